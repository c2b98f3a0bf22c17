// The files port over a disk in memory. Several trees can be opened in one MemoryFiles; they share its disk, so `moveTo`
// works between them. Two MemoryFiles are two file systems.
import { assert, Failure } from '../../base/failure.ts';
import type { RawPath } from '../../base/raw-path.ts';
import { systemFailure } from '../../base/system-failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { type FolderIdentity, type FolderPlace, plainPlace } from '../../model/folder-place.ts';
import {
  type ExtendedAttribute,
  isSameObject,
  liveMarkName,
  type ObjectIdentity,
  type ObjectStatus,
} from '../../model/stream/attributes.ts';
import type {
  AttributeChange,
  DataRange,
  DirectoryEntry,
  Files,
  FileTree,
  OpenFile,
  OpenTreeOptions,
} from '../../ports/files.ts';
import { ManualClock } from '../time/manual-clock.ts';
import { MemoryDisk, type MemoryObject } from './memory-disk.ts';
import { PowerFailure } from './power-failure.ts';

export interface MemoryFilesOptions {
  /** Where times come from; without it time stands at one moment and every change counts one nanosecond on. */
  readonly clock?: Clock;
  /** Room for the contents of files, in blocks of 4 KiB. */
  readonly spaceBytes?: number;
  /** Packed as ObjectStatus.device. */
  readonly device?: number;
  /** Remembers what is not synced, so that the power can fail. */
  readonly canLosePower?: boolean;
}

export class MemoryFiles implements Files {
  readonly disk: MemoryDisk;
  readonly #power: PowerFailure | undefined;

  constructor(options: MemoryFilesOptions = {}) {
    const device = options.device ?? 8 * 2 ** 20 + 1;
    this.disk = new MemoryDisk(options.clock ?? new ManualClock(), device, options.spaceBytes ?? 2 ** 40);
    this.#power = options.canLosePower ? new PowerFailure(this.disk) : undefined;
  }

  async openTree(location: string, options: OpenTreeOptions = {}): Promise<FileTree> {
    const folder = this.disk.resolve(location, options.create ?? false, options.within);
    return new MemoryTree(this.disk, this.#power, location, folder);
  }

  async place(location: string): Promise<FolderPlace> {
    return plainPlace(String(this.disk.device), this.disk.realPath(location));
  }

  async identityOf(location: string): Promise<ObjectIdentity | undefined> {
    try {
      const { device, inode } = this.disk.statusOf(this.disk.resolve(location, false));
      return { device, inode };
    } catch (thrown) {
      if (thrown instanceof Failure && absentCodes.has(thrown.code)) return undefined;
      throw thrown;
    }
  }

  /** Everything is durable as it is now: the system has had time to write it. */
  becomeDurable(): void {
    this.#power?.synced();
  }

  /** The disk refuses what was to be synced: part of it is gone although nothing else says so. */
  loseWrites(choose: (count: number) => number): void {
    this.#power?.syncFailed(choose);
  }

  /** The power fails: part of what was not synced is gone. `choose(n)` gives a number from 0 to n - 1. */
  losePower(choose: (count: number) => number): void {
    assert(this.#power !== undefined, 'this file system does not remember what is not synced');
    this.#power.strike(choose);
  }
}

/** Codes that say "nothing is there" on the way to a path. */
const absentCodes: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

class MemoryTree implements FileTree {
  readonly location: string;
  readonly #disk: MemoryDisk;
  readonly #power: PowerFailure | undefined;
  readonly #openRoot: MemoryObject;
  #closed = false;

  constructor(disk: MemoryDisk, power: PowerFailure | undefined, location: string, root: MemoryObject) {
    this.#disk = disk;
    this.#power = power;
    this.location = location;
    this.#openRoot = root;
  }

  async status(path: RawPath): Promise<ObjectStatus | undefined> {
    const object = this.#findIfThere(path, 'look at');
    return object && this.#disk.statusOf(object);
  }

  async list(path: RawPath): Promise<DirectoryEntry[] | undefined> {
    const object = this.#findIfThere(path, 'list the folder');
    if (object?.kind !== 'directory') return undefined;
    return [...object.entries].map(([name, entry]) => ({ name, status: this.#disk.statusOf(entry) }));
  }

  async extended(path: RawPath, of?: ObjectIdentity): Promise<ExtendedAttribute[]> {
    return this.#disk.extendedOf(this.#find(path, 'read the extended attributes', of));
  }

  async readLink(path: RawPath, of?: ObjectIdentity): Promise<string> {
    const object = this.#find(path, 'read the symbolic link', of);
    if (object.kind !== 'symlink') throw systemFailure('EINVAL', 'read the symbolic link', path);
    return object.target;
  }

  async open(path: RawPath, mode: 'read' | 'write', of?: ObjectIdentity): Promise<OpenFile> {
    const object = this.#find(path, 'open the file', of);
    if (object.kind !== 'file') throw systemFailure('EINVAL', 'open the file', path);
    return new MemoryOpenFile(this.#disk, this.#power, object, path, mode === 'write');
  }

  async create(path: RawPath, mode: number): Promise<OpenFile> {
    const object = this.#disk.make(this.#root(), path, 'file', { mode });
    return new MemoryOpenFile(this.#disk, this.#power, object, path, true);
  }

  async makeDirectory(path: RawPath, mode: number): Promise<void> {
    this.#disk.make(this.#root(), path, 'directory', { mode });
  }

  async makeSymlink(path: RawPath, target: string): Promise<void> {
    if (target === '') throw systemFailure('ENOENT', 'create the symlink', path);
    if (target.length > 4095) throw systemFailure('ENAMETOOLONG', 'create the symlink', path);
    this.#disk.make(this.#root(), path, 'symlink', { mode: 0o777, target });
  }

  async makeSpecial(
    path: RawPath,
    special: 'fifo' | 'socket' | 'character' | 'block',
    mode: number,
    device: number,
  ): Promise<void> {
    const specialDevice = special === 'character' || special === 'block' ? device : 0;
    this.#disk.make(this.#root(), path, special, { mode, specialDevice });
  }

  async link(existing: RawPath, path: RawPath): Promise<void> {
    this.#disk.link(this.#root(), existing, path);
  }

  async rename(path: RawPath, to: RawPath): Promise<void> {
    this.#disk.rename(this.#root(), path, to);
  }

  async moveTo(path: RawPath, other: FileTree, to: RawPath): Promise<void> {
    assert(other instanceof MemoryTree, 'a tree in memory moves only into another one');
    if (other.#disk !== this.#disk) throw systemFailure('EXDEV', 'move', path);
    this.#disk.move(this.#root(), path, other.#root(), to);
  }

  async unlink(path: RawPath): Promise<void> {
    this.#disk.unlink(this.#root(), path);
  }

  async removeDirectory(path: RawPath): Promise<void> {
    this.#disk.removeDirectory(this.#root(), path);
  }

  async setAttributes(path: RawPath, change: AttributeChange): Promise<void> {
    this.#disk.setAttributes(this.#find(path, 'set the attributes'), change);
  }

  async setExtended(path: RawPath, name: string, value: Uint8Array | undefined): Promise<void> {
    this.#disk.setExtended(this.#find(path, 'set an extended attribute'), name, value, path);
  }

  async sync(): Promise<void> {
    this.#root();
    this.#power?.synced();
  }

  async space(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
    this.#root();
    return { freeBytes: this.#disk.freeBytes, totalBytes: this.#disk.totalBytes };
  }

  async identity(): Promise<FolderIdentity> {
    return { device: this.#disk.device, inode: String(this.#root().inode), bornNs: null };
  }

  async liveMark(): Promise<string | undefined> {
    return this.#root().extended.get(liveMarkName)?.toString();
  }

  async setLiveMark(text: string | undefined): Promise<void> {
    this.#disk.setLiveMark(this.#root(), text);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #root(): MemoryObject {
    if (this.#closed) throw systemFailure('EBADF', 'use the folder', this.location);
    return this.#openRoot;
  }

  #find(path: RawPath, operation: string, of?: ObjectIdentity): MemoryObject {
    const object = this.#disk.find(this.#root(), path, operation);
    const isMeant = of === undefined || isSameObject(of, { device: this.#disk.device, inode: object.inode });
    if (!isMeant) throw systemFailure('ESTALE', operation, path);
    return object;
  }

  #findIfThere(path: RawPath, operation: string): MemoryObject | undefined {
    try {
      return this.#find(path, operation);
    } catch (error) {
      if (absentCodes.has((error as { code?: string }).code ?? '')) return undefined;
      throw error;
    }
  }
}

class MemoryOpenFile implements OpenFile {
  readonly #disk: MemoryDisk;
  readonly #power: PowerFailure | undefined;
  readonly #path: string;
  readonly #writable: boolean;
  readonly #openObject: MemoryObject;
  #closed = false;

  constructor(
    disk: MemoryDisk,
    power: PowerFailure | undefined,
    object: MemoryObject,
    path: string,
    writable: boolean,
  ) {
    this.#disk = disk;
    this.#power = power;
    this.#openObject = object;
    this.#path = path;
    this.#writable = writable;
    object.openCount += 1;
  }

  async status(): Promise<ObjectStatus> {
    return this.#disk.statusOf(this.#object());
  }

  async read(offset: number, length: number): Promise<Buffer> {
    return this.#object().content.read(offset, length);
  }

  async write(offset: number, data: Uint8Array): Promise<void> {
    this.#disk.write(this.#writableObject(), offset, data, this.#path);
  }

  async truncate(size: number): Promise<void> {
    this.#disk.truncate(this.#writableObject(), size);
  }

  async punch(offset: number, length: number): Promise<void> {
    this.#disk.punch(this.#writableObject(), offset, length);
  }

  async dataRanges(): Promise<DataRange[]> {
    return this.#object().content.dataRanges();
  }

  async nextData(offset: number): Promise<DataRange | undefined> {
    for (const range of this.#object().content.dataRanges()) {
      const end = range.offset + range.length;
      const start = Math.max(offset, range.offset);
      if (start < end) return { offset: start, length: end - start };
    }
    return undefined;
  }

  async sync(): Promise<void> {
    this.#power?.fileSynced(this.#object());
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#openObject.openCount -= 1;
    this.#disk.release(this.#openObject);
  }

  #object(): MemoryObject {
    if (this.#closed) throw systemFailure('EBADF', 'use the file', this.#path);
    return this.#openObject;
  }

  #writableObject(): MemoryObject {
    const object = this.#object();
    if (!this.#writable) throw systemFailure('EBADF', 'write to the file', this.#path);
    return object;
  }
}
