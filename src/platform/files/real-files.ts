// Trees of files on a Linux file system. Every path is resolved by the kernel itself, below the root's descriptor, over no
// symbolic link and not out of the root (openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS), anew for each call: no
// directory descriptor is kept, so none can stand for a directory that was moved away meanwhile.
//
// An object is first opened for its path alone (O_PATH), which has no effect on it whatever it is; then looked at and
// changed through that descriptor, so that what was looked at is what is changed. /proc must be mounted.
//
// Calls that only reach the page cache or the kernel's caches of names are made at once, on this thread; those that wait
// for a disk are made elsewhere. However many are made, the event loop has its turns (event-loop-turns.ts).
import { closeSync, constants, existsSync, fchmodSync, mkdirSync, openSync, readlinkSync, statfsSync } from 'node:fs';
import { assert, Failure } from '../../base/failure.ts';
import { baseName, joinRaw, parentOf, type RawPath, rawBytes } from '../../base/raw-path.ts';
import { systemFailure } from '../../base/system-failure.ts';
import type { FolderIdentity, FolderPlace } from '../../model/folder-place.ts';
import {
  type ExtendedAttribute,
  isSameObject,
  type ObjectIdentity,
  type ObjectStatus,
} from '../../model/stream/attributes.ts';
import type { AttributeChange, DirectoryEntry, Files, FileTree, OpenFile, OpenTreeOptions } from '../../ports/files.ts';
import { eventLoopTurn } from '../event-loop-turns.ts';
import { takeAwayDeadFilters } from '../filtered-folders/dead-filters.ts';
import { beneath, isFilter } from '../filtered-folders/mounted-filters.ts';
import {
  atEmptyPath,
  atRemoveDirectory,
  cString,
  descriptorPath,
  emptyPath,
  errnoName,
  linkat,
  mkdirat,
  mknodat,
  openBeneath,
  openFlags,
  readlinkat,
  renameat2,
  renameNoReplace,
  symlinkat,
  unlinkat,
} from '../kernel/libc.ts';
import { nodeErrorName } from '../kernel/node-error-name.ts';
import { readMounts } from '../watch-capture/kernel/mount-table.ts';
import { readEntries } from './directory-reading.ts';
import { readExtended, readLiveMark, writeExtended, writeLiveMark } from './extended-attributes.ts';
import { openWithin } from './folder-door.ts';
import { placeOf } from './folder-place.ts';
import { changeMode, changeOwner, changeTime } from './object-changes.ts';
import { readIdentity, readStatus, systemDevice } from './object-status.ts';
import { RealOpenFile } from './real-open-file.ts';
import { syncFileSystems } from './sync-file-systems.ts';

/** Asked once: asking sets it for a moment, and other threads make files too. */
const creationMask = process.umask();
const pathBytesMax = 4095;
const directoryFlags = openFlags.readOnly | openFlags.directory | openFlags.noFollow;
const specialTypes = { fifo: 0o010000, socket: 0o140000, character: 0o020000, block: 0o060000 } as const;

/** Codes that say "nothing is there" on the way to a path. */
const absentCodes: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

export class RealFiles implements Files {
  async openTree(location: string, options: OpenTreeOptions = {}): Promise<FileTree> {
    if (options.beneathFilter === true) takeAwayDeadFilters(location);
    const descriptor = openFolder(location, options);
    if (options.beneathFilter !== true) return new RealTree(location, descriptor);
    try {
      return new RealTree(location, swapForBeneath(descriptor, constants.O_RDONLY | constants.O_DIRECTORY));
    } catch (error) {
      throw systemFailure(nodeErrorName(error), 'open the folder', location);
    }
  }

  async place(location: string): Promise<FolderPlace> {
    return placeOf(location);
  }

  async identityOf(location: string): Promise<ObjectIdentity | undefined> {
    const operation = 'look at the folder';
    takeAwayDeadFilters(location);
    try {
      const flags = openFlags.pathOnly | openFlags.directory;
      const descriptor = swapForBeneath(openSync(rawBytes(location), flags), flags);
      try {
        const status = readStatus(descriptor, emptyPath, atEmptyPath);
        if (status === undefined) throw systemFailure(errnoName(), operation, location);
        return { device: status.device, inode: status.inode };
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      if (error instanceof Failure) throw error;
      const code = nodeErrorName(error);
      if (absentCodes.has(code)) return undefined;
      throw systemFailure(code, operation, location);
    }
  }
}

function openFolder(location: string, { within, create = false }: OpenTreeOptions): number {
  if (within !== undefined) return openWithin(location, within, create);
  try {
    if (create) makeDirectories(location);
    return openSync(rawBytes(location), constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    throw systemFailure(nodeErrorName(error), 'open the folder', location);
  }
}

/** What lies beneath the filter in which an open folder is; the folder itself when it is in none. Throws as openSync does. */
function swapForBeneath(descriptor: number, flags: number): number {
  const mounts = readMounts();
  if (!mounts.some(isFilter)) return descriptor;
  const path = readlinkSync(descriptorPath(descriptor), 'latin1' as 'utf8');
  const below = beneath(path, mounts);
  if (below === path) return descriptor;
  closeSync(descriptor);
  return openSync(rawBytes(below), flags);
}

/** Makes what is missing of an absolute path, for the owner alone. */
function makeDirectories(location: string): void {
  for (let end = location.indexOf('/', 1); ; end = location.indexOf('/', end + 1)) {
    const prefix = end < 0 ? location : location.slice(0, end);
    try {
      mkdirSync(rawBytes(prefix), 0o700);
    } catch (error) {
      // What is there may be refused for other reasons before that (EROFS, EACCES).
      if (!existsSync(rawBytes(prefix))) throw error;
    }
    if (end < 0) return;
  }
}

class RealTree implements FileTree {
  readonly location: string;
  readonly #openRoot: number;
  #closed = false;

  constructor(location: string, root: number) {
    this.location = location;
    this.#openRoot = root;
  }

  async status(path: RawPath): Promise<ObjectStatus | undefined> {
    await eventLoopTurn();
    const operation = 'look at';
    const descriptor = this.#openIfThere(path, openFlags.pathOnly | openFlags.noFollow, operation);
    if (descriptor === undefined) return undefined;
    try {
      return this.#statusOf(descriptor, path, operation);
    } finally {
      closeSync(descriptor);
    }
  }

  async list(path: RawPath): Promise<DirectoryEntry[] | undefined> {
    const operation = 'list the folder';
    const descriptor = this.#openIfThere(path, directoryFlags, operation);
    if (descriptor === undefined) return undefined;
    try {
      // What the operator opened is listed whatever it is.
      if (path !== '' && this.#statusOf(descriptor, path, operation).virtualFileSystem !== undefined) return [];
      return await readEntries(descriptor, this.#subject(path));
    } finally {
      closeSync(descriptor);
    }
  }

  async extended(path: RawPath, of?: ObjectIdentity): Promise<ExtendedAttribute[]> {
    await eventLoopTurn();
    const operation = 'read the extended attributes';
    return this.#withObject(path, operation, (descriptor) => {
      if (of !== undefined) this.#expect(of, this.#statusOf(descriptor, path, operation), operation, path);
      return readExtended(descriptor, this.#subject(path));
    });
  }

  async readLink(path: RawPath, of?: ObjectIdentity): Promise<string> {
    const operation = 'read the symbolic link';
    return this.#withObject(path, operation, (descriptor) => {
      const status = this.#statusOf(descriptor, path, operation);
      this.#expect(of, status, operation, path);
      if (status.kind !== 'symlink') this.#fail('EINVAL', operation, path);
      const target = Buffer.alloc(pathBytesMax + 1);
      const length = this.#check(readlinkat(descriptor, emptyPath, target, target.length), operation, path);
      return target.toString('latin1', 0, length);
    });
  }

  async open(path: RawPath, mode: 'read' | 'write', of?: ObjectIdentity): Promise<OpenFile> {
    await eventLoopTurn();
    const operation = 'open the file';
    return this.#withObject(path, operation, (descriptor) => {
      const status = this.#statusOf(descriptor, path, operation);
      this.#expect(of, status, operation, path);
      if (status.kind !== 'file') this.#fail('EINVAL', operation, path);
      const access = mode === 'read' ? openFlags.readOnly : openFlags.readWrite;
      return new RealOpenFile(this.#reopen(descriptor, access | openFlags.nonBlocking, path), this.#subject(path));
    });
  }

  async create(path: RawPath, mode: number): Promise<OpenFile> {
    await eventLoopTurn();
    const operation = 'create the file';
    if (path === '') this.#fail('EEXIST', operation, path);
    const flags = openFlags.readWrite | openFlags.create | openFlags.exclusive | openFlags.noFollow;
    const descriptor = this.#check(openBeneath(this.#root(), cString(path), flags, mode), operation, path);
    const file = new RealOpenFile(descriptor, this.#subject(path));
    if ((mode & creationMask) !== 0) fchmodSync(descriptor, mode);
    return file;
  }

  async makeDirectory(path: RawPath, mode: number): Promise<void> {
    await eventLoopTurn();
    const operation = 'create the folder';
    this.#inParent(path, operation, 'EEXIST', (parent, name) => mkdirat(parent, name, mode));
    // mkdir(2) takes no set-id bits, and gives one of its own in a folder that has it.
    this.#withObject(path, operation, (descriptor) => changeMode(descriptor, mode, this.#subject(path)));
  }

  async makeSymlink(path: RawPath, target: string): Promise<void> {
    await eventLoopTurn();
    this.#inParent(path, 'create the symbolic link', 'EEXIST', (parent, name) =>
      symlinkat(cString(target), parent, name),
    );
  }

  async makeSpecial(
    path: RawPath,
    special: 'fifo' | 'socket' | 'character' | 'block',
    mode: number,
    device: number,
  ): Promise<void> {
    await eventLoopTurn();
    const isDevice = special === 'character' || special === 'block';
    this.#makeIn(path, `create the ${special}`, mode, (parent, name) =>
      mknodat(parent, name, specialTypes[special] | mode, isDevice ? systemDevice(device) : 0n),
    );
  }

  async link(existing: RawPath, path: RawPath): Promise<void> {
    await eventLoopTurn();
    const operation = 'make a hard link';
    this.#inParent(existing, operation, 'EPERM', (fromParent, fromName) =>
      this.#inParent(path, operation, 'EEXIST', (parent, name) => linkat(fromParent, fromName, parent, name, 0)),
    );
  }

  async rename(path: RawPath, to: RawPath): Promise<void> {
    await eventLoopTurn();
    this.#inParent(path, 'rename', 'EBUSY', (fromParent, fromName) =>
      this.#inParent(to, 'rename', 'EBUSY', (parent, name) => renameat2(fromParent, fromName, parent, name, 0)),
    );
  }

  async moveTo(path: RawPath, other: FileTree, to: RawPath): Promise<void> {
    await eventLoopTurn();
    assert(other instanceof RealTree, 'a tree on a disk moves only into another one');
    this.#inParent(path, 'move', 'EBUSY', (fromParent, fromName) =>
      other.#inParent(to, 'move', 'EEXIST', (parent, name) =>
        renameat2(fromParent, fromName, parent, name, renameNoReplace),
      ),
    );
  }

  async unlink(path: RawPath): Promise<void> {
    await eventLoopTurn();
    this.#inParent(path, 'remove the file', 'EBUSY', (parent, name) => unlinkat(parent, name, 0));
  }

  async removeDirectory(path: RawPath): Promise<void> {
    await eventLoopTurn();
    this.#inParent(path, 'remove the folder', 'EBUSY', (parent, name) => unlinkat(parent, name, atRemoveDirectory));
  }

  async setAttributes(path: RawPath, change: AttributeChange): Promise<void> {
    await eventLoopTurn();
    this.#withObject(path, 'set the attributes', (descriptor) => {
      const subject = this.#subject(path);
      if (change.userId !== undefined || change.groupId !== undefined) changeOwner(descriptor, change, subject);
      if (change.mode !== undefined) changeMode(descriptor, change.mode, subject);
      if (change.modifiedNs !== undefined) changeTime(descriptor, change.modifiedNs, subject);
    });
  }

  async setExtended(path: RawPath, name: string, value: Uint8Array | undefined): Promise<void> {
    await eventLoopTurn();
    this.#withObject(path, 'set an extended attribute', (descriptor) =>
      writeExtended(descriptor, name, value, this.#subject(path)),
    );
  }

  sync(): Promise<void> {
    return syncFileSystems(this.#root(), this.location);
  }

  async space(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
    const root = this.#root();
    try {
      const { bavail, blocks, bsize } = statfsSync(descriptorPath(root));
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    } catch (error) {
      return this.#fail(nodeErrorName(error), 'ask for the free space of', '');
    }
  }

  async identity(): Promise<FolderIdentity> {
    return readIdentity(this.#root()) ?? this.#fail(errnoName(), 'look at', '');
  }

  async liveMark(): Promise<string | undefined> {
    return readLiveMark(this.#root(), this.location);
  }

  async setLiveMark(text: string | undefined): Promise<void> {
    writeLiveMark(this.#root(), text, this.location);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#openRoot);
  }

  #root(): number {
    if (this.#closed) this.#fail('EBADF', 'use the folder', '');
    return this.#openRoot;
  }

  #subject(path: string): string {
    return path === '' ? this.location : joinRaw(this.location, path);
  }

  #fail(code: string, operation: string, path: string): never {
    throw systemFailure(code, operation, this.#subject(path));
  }

  #check(result: number, operation: string, path: string): number {
    if (result < 0) this.#fail(errnoName(), operation, path);
    return result;
  }

  #openIfThere(path: RawPath, flags: number, operation: string): number | undefined {
    const descriptor = openBeneath(this.#root(), path === '' ? cString('.') : cString(path), flags);
    if (descriptor >= 0) return descriptor;
    const code = errnoName();
    return absentCodes.has(code) ? undefined : this.#fail(code, operation, path);
  }

  /** Runs `call` on the object at a path, opened for its path alone. */
  #withObject<Result>(path: RawPath, operation: string, call: (descriptor: number) => Result): Result {
    const name = path === '' ? cString('.') : cString(path);
    const flags = openFlags.pathOnly | openFlags.noFollow;
    const descriptor = this.#check(openBeneath(this.#root(), name, flags), operation, path);
    try {
      return call(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  #statusOf(descriptor: number, path: RawPath, operation: string): ObjectStatus {
    return readStatus(descriptor, emptyPath, atEmptyPath) ?? this.#fail(errnoName(), operation, path);
  }

  /** Throws `ESTALE` when the name has become another object's. */
  #expect(of: ObjectIdentity | undefined, found: ObjectStatus, operation: string, path: RawPath): void {
    if (of !== undefined && !isSameObject(of, found)) this.#fail('ESTALE', operation, path);
  }

  /** Runs `call` on the last name of a path in its directory. `codeForRoot` is thrown for the root, which has no name. */
  #inParent(
    path: RawPath,
    operation: string,
    codeForRoot: string,
    call: (parent: number, name: Uint8Array) => number,
  ): number {
    if (path === '') this.#fail(codeForRoot, operation, path);
    if (path.length > pathBytesMax) this.#fail('ENAMETOOLONG', operation, path);
    const parentPath = parentOf(path);
    const name = cString(baseName(path));
    if (parentPath === '') return this.#check(call(this.#root(), name), operation, path);
    const flags = openFlags.pathOnly | openFlags.directory;
    const parent = this.#check(openBeneath(this.#root(), cString(parentPath), flags), operation, path);
    try {
      return this.#check(call(parent, name), operation, path);
    } finally {
      closeSync(parent);
    }
  }

  /** Makes an object, and gives it the bits of its mode that the process's mask took away. */
  #makeIn(path: RawPath, operation: string, mode: number, make: (parent: number, name: Uint8Array) => number): void {
    this.#inParent(path, operation, 'EEXIST', make);
    if ((mode & creationMask) === 0) return;
    this.#withObject(path, operation, (descriptor) => changeMode(descriptor, mode, this.#subject(path)));
  }

  /** Opens for its content what is open for its path: the very same object, through the kernel's own link to it. */
  #reopen(descriptor: number, flags: number, path: RawPath): number {
    try {
      return openSync(descriptorPath(descriptor), flags | openFlags.noAccessTime);
    } catch (error) {
      // Only the owner may leave the access time alone.
      if (nodeErrorName(error) !== 'EPERM') this.#fail(nodeErrorName(error), 'open the file', path);
    }
    try {
      return openSync(descriptorPath(descriptor), flags);
    } catch (error) {
      return this.#fail(nodeErrorName(error), 'open the file', path);
    }
  }
}
