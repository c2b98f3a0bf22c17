// What watching asks of the kernel, over the calls of libc (platform/kernel/libc.ts): structures are filled and read here. A negative
// result means that `lastError()` names why. Paths are byte strings (base/raw-path.ts).
import { Failure } from '../../../base/failure.ts';
import * as libc from '../../kernel/libc.ts';

const currentFolder = -100; // AT_FDCWD
const closeOnExec = 0x80000; // O_CLOEXEC, also of inotify and eventfd
const doNotBlock = 0x800; // O_NONBLOCK, also of inotify and eventfd
const pathOnly = 0x200000; // O_PATH
const bytesReadable = 0x541b; // FIONREAD

/** The errno name of the last call that failed on this thread, such as `ENOSPC`. */
export function lastError(): string {
  return libc.errnoName();
}

/** A Failure from the last call that failed on this thread. */
export function lastFailure(operation: string, subject: string, hint?: string): Failure {
  const code = lastError();
  return new Failure({ code, operation, subject, reason: code, ...(hint === undefined ? {} : { hint }) });
}

export function fanotifyInit(flags: number): number {
  return libc.fanotifyInit(flags, 0);
}

export function fanotifyMark(descriptor: number, flags: number, mask: number, path: string): number {
  return libc.fanotifyMark(descriptor, flags, mask, currentFolder, libc.cString(path));
}

export function inotifyInit(): number {
  return libc.inotifyInit1(closeOnExec | doNotBlock);
}

export function inotifyAddWatch(descriptor: number, path: string, mask: number): number {
  return libc.inotifyAddWatch(descriptor, libc.cString(path), mask);
}

export function inotifyRemoveWatch(descriptor: number, watch: number): number {
  return libc.inotifyRemoveWatch(descriptor, watch);
}

/** A descriptor for the object of a file handle, good for fstat and /proc/self/fd only. */
export function openByHandle(mount: number, handle: Uint8Array): number {
  return libc.openByHandleAt(mount, handle, pathOnly | closeOnExec);
}

/** The file handle of a path: the bytes of `struct file_handle`; undefined when it has none. */
export function handleOf(path: string): Buffer | undefined {
  const handle = Buffer.alloc(8 + 128);
  handle.writeUInt32LE(128, 0);
  if (libc.nameToHandleAt(currentFolder, libc.cString(path), handle, Buffer.alloc(4), 0) < 0) return undefined;
  return handle.subarray(0, 8 + handle.readUInt32LE(0));
}

/** The file system's id as fanotify reports it, eight bytes; undefined when it cannot be asked. */
export function fileSystemId(path: string): string | undefined {
  const result = Buffer.alloc(256);
  // In `struct statfs` of 64-bit Linux seven words precede f_fsid.
  return libc.statfs(libc.cString(path), result) < 0 ? undefined : result.toString('latin1', 56, 64);
}

export function eventfd(): number {
  return libc.eventfd(0, closeOnExec | doNotBlock);
}

/** Bytes read, 0 when nothing is there now. */
export function readQueue(descriptor: number, buffer: Uint8Array): number {
  const count = Number(libc.read(descriptor, buffer, buffer.byteLength));
  if (count >= 0) return count;
  const code = lastError();
  if (code === 'EAGAIN' || code === 'EINTR') return 0;
  throw lastFailure('read the notification queue', `descriptor ${descriptor}`);
}

/** Bytes that could be read now (fanotify counts 24 for each event, whatever its size). */
export function readableBytes(descriptor: number): number {
  const result = Buffer.alloc(4);
  return libc.ioctl(descriptor, bytesReadable, result) < 0 ? 0 : result.readInt32LE(0);
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
  if (libc.poll(entries, wanted.size, timeoutMs) <= 0) return ready;
  for (let at = 0; at < entries.length; at += 8) {
    if (entries.readInt16LE(at + 6) !== 0) ready.add(entries.readInt32LE(at));
  }
  return ready;
}
