// The system calls of the loop, bound for speed: results are `int`, so that a call makes no BigInt and no 64-bit conversion,
// and memory is handed over by its address. Each returns what the C function returns; a negative number says
// that it failed, and `errno` then says why, until the next call into C on this thread.
//
// Names are bytes that end in NUL. What may go wrong: a wrong signature here corrupts memory, so each stands as its manual
// page has it; a count above 2^31 would be cut, and no request of FUSE is that long.
import koffi from 'koffi';
import type { Address } from '../../kernel/memory-address.ts';

const libc = koffi.load('libc.so.6');
/** An `Address`, as koffi takes it. */
const address = 'int64';

type Call<Words extends unknown[]> = (...words: Words) => number;
type Transfer = Call<[descriptor: number, memory: Address, length: number]>;
type TransferAt = Call<[descriptor: number, memory: Address, length: number, offset: number]>;
type OnName = Call<[folder: number, name: Address, flags: number]>;

export const read: Transfer = libc.func('read', 'int', ['int', address, 'uint32']);
export const write: Transfer = libc.func('write', 'int', ['int', address, 'uint32']);
export const pread: TransferAt = libc.func('pread', 'int', ['int', address, 'uint32', 'int64']);
export const pwrite: TransferAt = libc.func('pwrite', 'int', ['int', address, 'uint32', 'int64']);
type Openat = Call<[folder: number, name: Address, flags: number, mode: number]>;
export const openat: Openat = libc.func('openat', 'int', ['int', address, 'int', 'uint32']);
export const close: Call<[descriptor: number]> = libc.func('close', 'int', ['int']);
type Statx = Call<[folder: number, name: Address, flags: number, mask: number, status: Address]>;
export const statx: Statx = libc.func('statx', 'int', ['int', address, 'int', 'uint32', address]);
export const fstatfs = libc.func('fstatfs', 'int', ['int', 'void *']);
export const getdents64: Transfer = libc.func('getdents64', 'int', ['int', address, 'uint32']);
export const lseek = libc.func('lseek', 'int64', ['int', 'int64', 'int']);
export const ftruncate = libc.func('ftruncate', 'int', ['int', 'int64']);
export const fallocate = libc.func('fallocate', 'int', ['int', 'int', 'int64', 'int64']);
export const fsync = libc.func('fsync', 'int', ['int']);
export const fdatasync = libc.func('fdatasync', 'int', ['int']);
export const syncfs = libc.func('syncfs', 'int', ['int']);
type Mkdirat = Call<[folder: number, name: Address, mode: number]>;
export const mkdirat: Mkdirat = libc.func('mkdirat', 'int', ['int', address, 'uint32']);
type Mknodat = Call<[folder: number, name: Address, mode: number, device: number]>;
export const mknodat: Mknodat = libc.func('mknodat', 'int', ['int', address, 'uint32', 'uint64']);
type Symlinkat = Call<[target: Address, folder: number, name: Address]>;
export const symlinkat: Symlinkat = libc.func('symlinkat', 'int', [address, 'int', address]);
type Linkat = Call<[fromFolder: number, from: Address, toFolder: number, to: Address, flags: number]>;
export const linkat: Linkat = libc.func('linkat', 'int', ['int', address, 'int', address, 'int']);
export const unlinkat: OnName = libc.func('unlinkat', 'int', ['int', address, 'int']);
type Renameat2 = Call<[fromFolder: number, from: Address, toFolder: number, to: Address, flags: number]>;
export const renameat2: Renameat2 = libc.func('renameat2', 'int', ['int', address, 'int', address, 'uint32']);
type Readlinkat = Call<[folder: number, name: Address, memory: Address, length: number]>;
export const readlinkat: Readlinkat = libc.func('readlinkat', 'int', ['int', address, address, 'uint32']);
type Fchownat = Call<[folder: number, name: Address, user: number, group: number, flags: number]>;
export const fchownat: Fchownat = libc.func('fchownat', 'int', ['int', address, 'uint32', 'uint32', 'int']);
type Utimensat = Call<[folder: number, name: Address, times: Address, flags: number]>;
export const utimensat: Utimensat = libc.func('utimensat', 'int', ['int', address, address, 'int']);
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

const syscallOnName = libc.func('syscall', 'int64', ['int64', 'int', address, 'uint32', 'uint32']);
/** The same on every architecture (asm-generic/unistd.h). */
const fchmodat2Number = 452;

/** Sets the mode of a name that must be no symbolic link, or of a descriptor (fchmodat2(2), Linux 6.6). */
export function fchmodat2(folder: number, name: Address, mode: number, flags: number): number {
  return Number(syscallOnName(fchmodat2Number, folder, name, mode, flags));
}

/** Why the last call failed, as the kernel's number. */
export function errno(): number {
  return koffi.errno();
}
