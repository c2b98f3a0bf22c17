// Memory that outlives the process that writes it: an anonymous file (memfd_create(2)) that two processes have open and one has mapped. What
// is stored in it is there for the next process, whatever ends this one.
import koffi from 'koffi';
import { Failure } from '../../../base/failure.ts';
import { cString, errnoName } from '../../kernel/libc.ts';

const libc = koffi.load('libc.so.6');
const memfdCreate = libc.func('int memfd_create(void *name, uint32 flags)');
const ftruncate = libc.func('int ftruncate(int descriptor, int64 length)');
const mmap = libc.func(
  'void *mmap(void *address, size_t length, int protection, int flags, int descriptor, int64 offset)',
);
const syscallOnProcess = libc.func('long syscall(long number, int first, int second, uint32 flags)');

const readAndWrite = 3; // PROT_READ | PROT_WRITE
const shared = 1; // MAP_SHARED
// The same on every architecture (asm-generic/unistd.h).
const pidfdOpen = 434;
const pidfdGetfd = 438;

/** A file in memory of so many bytes, which take no room before something is stored in them. */
export function makeLastingMemory(bytes: number): number {
  const descriptor: number = memfdCreate(cString('understudy-filter'), 0);
  if (descriptor < 0 || ftruncate(descriptor, bytes) < 0) throw noMemory();
  return descriptor;
}

export function mapLastingMemory(descriptor: number, bytes: number): ArrayBuffer {
  const address: bigint | null = mmap(null, bytes, readAndWrite, shared, descriptor, 0);
  if (address === null || BigInt.asIntN(64, address) === -1n) throw noMemory();
  return koffi.view(address, bytes);
}

function noMemory(): Failure {
  const code = errnoName();
  return new Failure({ code, operation: 'filter folders', subject: 'memory for the filter', reason: code });
}

/** A descriptor for a process (pidfd_open(2)); negative when it is gone. */
export function openProcess(id: number): number {
  return syscallOnProcess(pidfdOpen, id, 0, 0);
}

/** A descriptor of our own for what another process has open (pidfd_getfd(2)); negative when that failed. */
export function takeDescriptor(process: number, descriptor: number): number {
  return syscallOnProcess(pidfdGetfd, process, descriptor, 0);
}
