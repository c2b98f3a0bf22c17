// The system calls that Node lacks, bound once. Every binding returns what the C function returns: a negative number says
// that it failed, and `errnoName` then says why, until the next call into C. Paths and names are bytes ending in NUL (see
// `cString`). Nothing here knows what the calls are for.
//
// What may go wrong: a wrong signature here corrupts memory, so each stands as its manual page has it. Calls that may wait
// for a disk are called through `.async`, which runs them on another thread.
import koffi from 'koffi';
import { errnoNameOf } from './errno.ts';

const libc = koffi.load('libc.so.6');

export const mkdirat = libc.func('mkdirat', 'int', ['int', 'void *', 'uint32']);
export const symlinkat = libc.func('symlinkat', 'int', ['void *', 'int', 'void *']);
export const mknodat = libc.func('mknodat', 'int', ['int', 'void *', 'uint32', 'uint64']);
export const linkat = libc.func('linkat', 'int', ['int', 'void *', 'int', 'void *', 'int']);
export const renameat2 = libc.func('renameat2', 'int', ['int', 'void *', 'int', 'void *', 'uint32']);
export const unlinkat = libc.func('unlinkat', 'int', ['int', 'void *', 'int']);
export const readlinkat = libc.func('readlinkat', 'int64', ['int', 'void *', 'void *', 'size_t']);
export const fchownat = libc.func('fchownat', 'int', ['int', 'void *', 'uint32', 'uint32', 'int']);
export const utimensat = libc.func('utimensat', 'int', ['int', 'void *', 'void *', 'int']);
export const statx = libc.func('statx', 'int', ['int', 'void *', 'int', 'uint32', 'void *']);
export const getdents64 = libc.func('getdents64', 'int64', ['int', 'void *', 'size_t']);
export const listxattr = libc.func('listxattr', 'int64', ['void *', 'void *', 'size_t']);
export const getxattr = libc.func('getxattr', 'int64', ['void *', 'void *', 'void *', 'size_t']);
export const setxattr = libc.func('setxattr', 'int', ['void *', 'void *', 'void *', 'size_t', 'int']);
export const removexattr = libc.func('removexattr', 'int', ['void *', 'void *']);
export const fallocate = libc.func('fallocate', 'int', ['int', 'int', 'int64', 'int64']);
export const lseek = libc.func('lseek', 'int64', ['int', 'int64', 'int']);
export const syncfs = libc.func('syncfs', 'int', ['int']);
export const umount2 = libc.func('umount2', 'int', ['void *', 'int']);
export const flock = libc.func('flock', 'int', ['int', 'int']);
export const openByHandleAt = libc.func('open_by_handle_at', 'int', ['int', 'void *', 'int']);
export const nameToHandleAt = libc.func('name_to_handle_at', 'int', ['int', 'void *', 'void *', 'void *', 'int']);
export const statfs = libc.func('statfs', 'int', ['void *', 'void *']);
export const fanotifyInit = libc.func('fanotify_init', 'int', ['uint32', 'uint32']);
export const fanotifyMark = libc.func('fanotify_mark', 'int', ['int', 'uint32', 'uint64', 'int', 'void *']);
export const inotifyInit1 = libc.func('inotify_init1', 'int', ['int']);
export const inotifyAddWatch = libc.func('inotify_add_watch', 'int', ['int', 'void *', 'uint32']);
export const inotifyRemoveWatch = libc.func('inotify_rm_watch', 'int', ['int', 'int']);
export const eventfd = libc.func('eventfd', 'int', ['uint32', 'int']);
export const poll = libc.func('poll', 'int', ['void *', 'ulong', 'int']);
export const read = libc.func('read', 'int64', ['int', 'void *', 'size_t']);
export const ioctl = libc.func('ioctl', 'int', ['int', 'ulong', 'void *']);
export const socket = libc.func('socket', 'int', ['int', 'int', 'int']);
export const connect = libc.func('connect', 'int', ['int', 'void *', 'uint32']);
export const sendto = libc.func('sendto', 'int64', ['int', 'void *', 'size_t', 'int', 'void *', 'uint32']);

const syscall = libc.func('syscall', 'long', ['long', 'int', 'void *', 'void *', 'size_t']);
const syscallOnRange = libc.func('long syscall(long number, uint32 first, uint32 last, uint32 flags)');
/** The same on every architecture (asm-generic/unistd.h). */
const openat2Number = 437;
const closeRangeNumber = 436;
/** <linux/close_range.h> */
const closeRangeOnExec = 4;

// Flags, from <fcntl.h>, <linux/openat2.h>, <linux/stat.h>, <linux/falloc.h>.
export const openFlags = {
  readOnly: 0,
  readWrite: 0o2,
  create: 0o100,
  exclusive: 0o200,
  truncate: 0o1000,
  append: 0o2000,
  nonBlocking: 0o4000,
  directory: process.arch === 'arm64' ? 0o40000 : 0o200000,
  noFollow: process.arch === 'arm64' ? 0o100000 : 0o400000,
  noAccessTime: 0o1000000,
  closeOnExec: 0o2000000,
  pathOnly: 0o10000000,
} as const;
export const atSymlinkNoFollow = 0x100;
export const atRemoveDirectory = 0x200;
export const atEmptyPath = 0x1000;
export const renameNoReplace = 1;
export const punchHoleKeepSize = 3;
export const seekData = 3;
export const seekHole = 4;

const resolveNoMagicLinks = 0x02n;
const resolveNoSymlinks = 0x04n;
const resolveBeneath = 0x08n;

/** struct open_how; filled anew for each call. */
const openHow = Buffer.alloc(24);
openHow.writeBigUInt64LE(resolveNoMagicLinks | resolveNoSymlinks | resolveBeneath, 16);

/**
 * Opens a path below a directory, over no symbolic link and not out of it (openat2(2), Linux 5.6). With `pathOnly` and
 * `noFollow` a symbolic link at the end is itself what is opened.
 */
export function openBeneath(directory: number, path: Uint8Array, flags: number, mode = 0): number {
  openHow.writeUInt32LE(flags | openFlags.closeOnExec, 0);
  openHow.writeUInt32LE(mode, 8);
  return syscall(openat2Number, directory, path, openHow, openHow.length);
}

/**
 * No descriptor above 2 is handed to a program that is started from now on, whoever opened it and however (close_range(2),
 * Linux 5.11; false on an older one). Pipes that a child is meant to have are put into its place 0, 1 or 2 and stay.
 */
export function closeDescriptorsOnExec(): boolean {
  return syscallOnRange(closeRangeNumber, 3, 0xffffffff, closeRangeOnExec) === 0;
}

/** The bytes of a byte string, with the NUL that ends a string in C. */
export function cString(bytes: string): Buffer {
  return Buffer.from(`${bytes}\0`, 'latin1');
}

export const emptyPath: Buffer = cString('');

/** A path that leads to an open object itself, be it a symbolic link, whatever its names have become. */
export function descriptorPath(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

/** Why the last call failed. */
export function errnoName(): string {
  return errnoNameOf(koffi.errno());
}
