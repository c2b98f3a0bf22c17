// The few calls of libc that this folder needs and Node lacks, through koffi. Each returns what libc returns; a negative
// result means `lastError()` names why. Paths are byte strings (base/raw-path.ts), passed as bytes with a final NUL.
import koffi from 'koffi';
import { Failure } from '../../../base/failure.ts';
import { rawBytes } from '../../../base/raw-path.ts';
import { errnoNameOf } from '../../kernel/errno.ts';

const libc = koffi.load(null);

const fanotifyInitCall = libc.func('int fanotify_init(unsigned int flags, unsigned int eventFlags)');
const fanotifyMarkCall = libc.func('int fanotify_mark(int fd, unsigned int flags, uint64_t mask, int at, void *path)');
const inotifyInitCall = libc.func('int inotify_init1(int flags)');
const inotifyAddCall = libc.func('int inotify_add_watch(int fd, void *path, uint32_t mask)');
const inotifyRemoveCall = libc.func('int inotify_rm_watch(int fd, int watch)');
const openByHandleCall = libc.func('int open_by_handle_at(int mount, void *handle, int flags)');
const nameToHandleCall = libc.func('int name_to_handle_at(int at, void *path, void *handle, void *mountId, int flags)');
const pollCall = libc.func('int poll(void *descriptors, unsigned long count, int timeoutMs)');
const eventfdCall = libc.func('int eventfd(unsigned int initial, int flags)');
const readCall = libc.func('intptr_t read(int fd, void *buffer, size_t length)');
const ioctlCall = libc.func('int ioctl(int fd, unsigned long request, void *argument)');
const statfsCall = libc.func('int statfs(void *path, void *result)');

const currentFolder = -100; // AT_FDCWD
const closeOnExec = 0x80000; // O_CLOEXEC, also of inotify and eventfd
const doNotBlock = 0x800; // O_NONBLOCK, also of inotify and eventfd
const pathOnly = 0x200000; // O_PATH
const bytesReadable = 0x541b; // FIONREAD

/** The errno name of the last call that failed on this thread, such as `ENOSPC`. */
export function lastError(): string {
  return errnoNameOf(koffi.errno());
}

/** A Failure from the last call that failed on this thread. */
export function lastFailure(operation: string, subject: string, hint?: string): Failure {
  const code = lastError();
  return new Failure({ code, operation, subject, reason: code, ...(hint === undefined ? {} : { hint }) });
}

function terminated(path: string): Buffer {
  return rawBytes(`${path}\0`);
}

export function fanotifyInit(flags: number): number {
  return fanotifyInitCall(flags, 0);
}

export function fanotifyMark(descriptor: number, flags: number, mask: number, path: string): number {
  return fanotifyMarkCall(descriptor, flags, mask, currentFolder, terminated(path));
}

export function inotifyInit(): number {
  return inotifyInitCall(closeOnExec | doNotBlock);
}

export function inotifyAddWatch(descriptor: number, path: string, mask: number): number {
  return inotifyAddCall(descriptor, terminated(path), mask);
}

export function inotifyRemoveWatch(descriptor: number, watch: number): number {
  return inotifyRemoveCall(descriptor, watch);
}

/** A descriptor for the object of a file handle, good for fstat and /proc/self/fd only. */
export function openByHandle(mount: number, handle: Uint8Array): number {
  return openByHandleCall(mount, handle, pathOnly | closeOnExec);
}

/** The file handle of a path: the bytes of `struct file_handle`; undefined when it has none. */
export function handleOf(path: string): Buffer | undefined {
  const handle = Buffer.alloc(8 + 128);
  handle.writeUInt32LE(128, 0);
  if (nameToHandleCall(currentFolder, terminated(path), handle, Buffer.alloc(4), 0) < 0) return undefined;
  return handle.subarray(0, 8 + handle.readUInt32LE(0));
}

/** The file system's id as fanotify reports it, eight bytes; undefined when it cannot be asked. */
export function fileSystemId(path: string): string | undefined {
  const result = Buffer.alloc(256);
  // In `struct statfs` of 64-bit Linux seven words precede f_fsid.
  return statfsCall(terminated(path), result) < 0 ? undefined : result.toString('latin1', 56, 64);
}

export function eventfd(): number {
  return eventfdCall(0, closeOnExec | doNotBlock);
}

/** Bytes read, 0 when nothing is there now. */
export function readQueue(descriptor: number, buffer: Uint8Array): number {
  const count = Number(readCall(descriptor, buffer, buffer.byteLength));
  if (count >= 0) return count;
  const code = lastError();
  if (code === 'EAGAIN' || code === 'EINTR') return 0;
  throw lastFailure('read the notification queue', `descriptor ${descriptor}`);
}

/** Bytes that could be read now (fanotify counts 24 for each event, whatever its size). */
export function readableBytes(descriptor: number): number {
  const result = Buffer.alloc(4);
  return ioctlCall(descriptor, bytesReadable, result) < 0 ? 0 : result.readInt32LE(0);
}

export const pollIn = 1;
export const pollPriority = 2;

/** Waits until one of the descriptors is ready or the time is over (-1: never). Returns the ready ones. */
export function poll(wanted: ReadonlyMap<number, number>, timeoutMs: number): ReadonlySet<number> {
  const entries = Buffer.alloc(8 * wanted.size);
  let offset = 0;
  for (const [descriptor, events] of wanted) {
    entries.writeInt32LE(descriptor, offset);
    entries.writeInt16LE(events, offset + 4);
    offset += 8;
  }
  const ready = new Set<number>();
  if (pollCall(entries, wanted.size, timeoutMs) <= 0) return ready;
  for (let at = 0; at < entries.length; at += 8) {
    if (entries.readInt16LE(at + 6) !== 0) ready.add(entries.readInt32LE(at));
  }
  return ready;
}
