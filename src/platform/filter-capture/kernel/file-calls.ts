// The system calls of the loop, bound for speed: results are `int`, so that a call makes no BigInt and no 64-bit conversion,
// and memory is handed over as buffers that were made once. Each returns what the C function returns; a negative number says
// that it failed, and `errno` then says why, until the next call into C on this thread.
//
// Names are bytes that end in NUL. What may go wrong: a wrong signature here corrupts memory, so each stands as its manual
// page has it; a count above 2^31 would be cut, and no request of FUSE is that long.
import koffi from 'koffi';

const libc = koffi.load('libc.so.6');

export const read = libc.func('read', 'int', ['int', 'void *', 'uint32']);
export const write = libc.func('write', 'int', ['int', 'void *', 'uint32']);
export const pread = libc.func('pread', 'int', ['int', 'void *', 'uint32', 'int64']);
export const pwrite = libc.func('pwrite', 'int', ['int', 'void *', 'uint32', 'int64']);
export const openat = libc.func('int openat(int directory, void *path, int flags, uint32 mode)');
export const close = libc.func('close', 'int', ['int']);
export const statx = libc.func('statx', 'int', ['int', 'void *', 'int', 'uint32', 'void *']);
export const fstatfs = libc.func('fstatfs', 'int', ['int', 'void *']);
export const getdents64 = libc.func('getdents64', 'int', ['int', 'void *', 'uint32']);
export const lseek = libc.func('lseek', 'int64', ['int', 'int64', 'int']);
export const ftruncate = libc.func('ftruncate', 'int', ['int', 'int64']);
export const fallocate = libc.func('fallocate', 'int', ['int', 'int', 'int64', 'int64']);
export const fsync = libc.func('fsync', 'int', ['int']);
export const fdatasync = libc.func('fdatasync', 'int', ['int']);
export const syncfs = libc.func('syncfs', 'int', ['int']);
export const mkdirat = libc.func('mkdirat', 'int', ['int', 'void *', 'uint32']);
export const mknodat = libc.func('mknodat', 'int', ['int', 'void *', 'uint32', 'uint64']);
export const symlinkat = libc.func('symlinkat', 'int', ['void *', 'int', 'void *']);
export const linkat = libc.func('linkat', 'int', ['int', 'void *', 'int', 'void *', 'int']);
export const unlinkat = libc.func('unlinkat', 'int', ['int', 'void *', 'int']);
export const renameat2 = libc.func('renameat2', 'int', ['int', 'void *', 'int', 'void *', 'uint32']);
export const readlinkat = libc.func('readlinkat', 'int', ['int', 'void *', 'void *', 'uint32']);
export const fchownat = libc.func('fchownat', 'int', ['int', 'void *', 'uint32', 'uint32', 'int']);
export const utimensat = libc.func('utimensat', 'int', ['int', 'void *', 'void *', 'int']);
export const getxattr = libc.func('getxattr', 'int', ['void *', 'void *', 'void *', 'size_t']);
export const lgetxattr = libc.func('lgetxattr', 'int', ['void *', 'void *', 'void *', 'size_t']);
export const setxattr = libc.func('setxattr', 'int', ['void *', 'void *', 'void *', 'size_t', 'int']);
export const lsetxattr = libc.func('lsetxattr', 'int', ['void *', 'void *', 'void *', 'size_t', 'int']);
export const listxattr = libc.func('listxattr', 'int', ['void *', 'void *', 'size_t']);
export const llistxattr = libc.func('llistxattr', 'int', ['void *', 'void *', 'size_t']);
export const removexattr = libc.func('removexattr', 'int', ['void *', 'void *']);
export const lremovexattr = libc.func('lremovexattr', 'int', ['void *', 'void *']);
export const setfsuid = libc.func('setfsuid', 'int', ['uint32']);
export const setfsgid = libc.func('setfsgid', 'int', ['uint32']);
export const umask = libc.func('umask', 'uint32', ['uint32']);
export const prctl = libc.func('int prctl(int option, size_t value, size_t third, size_t fourth, size_t fifth)');

const fcntl = libc.func('int fcntl(int descriptor, int command, int argument)');
// <fcntl.h>
const [getFlags, setFlags, duplicateCloseOnExec, nonBlocking] = [3, 4, 1030, 0o4000];

/** Whether a call on the descriptor waits; for everybody who shares what is open. */
export function setBlocking(descriptor: number, isBlocking: boolean): void {
  const flags: number = fcntl(descriptor, getFlags, 0);
  fcntl(descriptor, setFlags, isBlocking ? flags & ~nonBlocking : flags | nonBlocking);
}

/** A further descriptor of the same, with the lowest free number that is at least this; negative when there is none. */
export function duplicateFrom(descriptor: number, least: number): number {
  return fcntl(descriptor, duplicateCloseOnExec, least);
}

/**
 * Ends the process at once (_exit(2)). Node.js would first wait for its threads, one of which may wait for a disk, and now and then waits for
 * itself when it has just been started.
 */
export const endProcess = libc.func('void _exit(int code)');

const syscallOnName = libc.func('int64 syscall(int64 number, int directory, void *path, uint32 mode, uint32 flags)');
/** The same on every architecture (asm-generic/unistd.h). */
const fchmodat2Number = 452;

/** Sets the mode of a name that must be no symbolic link, or of a descriptor (fchmodat2(2), Linux 6.6). */
export function fchmodat2(directory: number, path: Uint8Array, mode: number, flags: number): number {
  return Number(syscallOnName(fchmodat2Number, directory, path, mode, flags));
}

/** Why the last call failed, as the kernel's number. */
export function errno(): number {
  return koffi.errno();
}
