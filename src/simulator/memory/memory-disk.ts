// A whole Linux file system in memory: numbered objects, names that lead to them, and the rules of the system calls that
// change them. All calls take effect at once and in full; memory-files.ts gives them the shape of the port, and
// memory-workload.ts plays the programs that change a workload.
//
// It acts as root does on ext4. Not modelled: permissions, quotas, how an ACL and the mode move together.
import { systemFailure } from '../../base/system-failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import {
  type ExtendedAttribute,
  liveMarkName,
  type ObjectKind,
  type ObjectStatus,
} from '../../model/stream/attributes.ts';
import type { AttributeChange } from '../../ports/files.ts';
import { blockBytes, type KeptBytes, SparseBytes } from './sparse-bytes.ts';

/** An object of the file system, whatever names it has. */
export interface MemoryObject {
  readonly inode: bigint;
  readonly kind: ObjectKind;
  mode: number;
  userId: number;
  groupId: number;
  modifiedNs: bigint;
  changedNs: bigint;
  links: number;
  /** How many hold it open: the space of a file without names is given back when the last one lets go. */
  openCount: number;
  readonly content: SparseBytes;
  readonly entries: Map<string, MemoryObject>;
  readonly target: string;
  readonly specialDevice: number;
  readonly extended: Map<string, Buffer>;
}

interface Place {
  readonly folder: MemoryObject;
  readonly name: string;
}

/** On the way to a folder: a directory, and the name that led to it, empty for the root. */
interface Step {
  readonly name: string;
  readonly object: MemoryObject;
}

/** Is told of every change before it is made, and of everything that becomes durable. */
export interface DiskWatcher {
  /** A call begins; what it changes comes about as a whole, but for the bytes of files. */
  begins(): void;
  /** The object is about to change. */
  changes(object: MemoryObject): void;
}

const pathBytesMax = 4095;
const nameBytesMax = 255;
const symlinksMax = 40;

export class MemoryDisk {
  readonly root: MemoryObject;
  readonly device: number;
  readonly totalBytes: number;
  #usedBytes = 0;
  #nextInode = 2n;
  #lastNs = 0n;
  readonly #clock: Clock;
  watcher: DiskWatcher | undefined;
  /** The first and last time that it can hold, as disks have them; any when undefined. What lies outside is kept as the nearest. */
  heldTimesNs: readonly [first: bigint, last: bigint] | undefined;

  constructor(clock: Clock, device: number, totalBytes: number) {
    this.#clock = clock;
    this.device = device;
    this.totalBytes = totalBytes;
    this.root = this.#newObject('directory', { mode: 0o755 });
    this.root.links = 2;
  }

  get freeBytes(): number {
    return this.totalBytes - this.#usedBytes;
  }

  /** The object at a path; throws ENOENT, ENOTDIR, ELOOP or ENAMETOOLONG. A last symbolic link is the object itself. */
  find(root: MemoryObject, path: string, operation: string): MemoryObject {
    if (path.length > pathBytesMax) throw systemFailure('ENAMETOOLONG', operation, path);
    let object = root;
    if (path === '') return object;
    for (const name of path.split('/')) {
      if (name.length > nameBytesMax) throw systemFailure('ENAMETOOLONG', operation, path);
      if (object.kind === 'symlink') throw systemFailure('ELOOP', operation, path);
      if (object.kind !== 'directory') throw systemFailure('ENOTDIR', operation, path);
      const next = object.entries.get(name);
      if (next === undefined) throw systemFailure('ENOENT', operation, path);
      object = next;
    }
    return object;
  }

  /** The directory at an absolute path, symbolic links followed; with `within` as OpenTreeOptions has it. */
  resolve(location: string, create: boolean, within?: readonly string[]): MemoryObject {
    return this.#walk(location, create, within).at(-1)?.object ?? this.root;
  }

  /** The absolute path of the directory at a location, free of symbolic links; what is missing of it is left as it is written. */
  realPath(location: string): string {
    for (let at = location, missing = ''; ; at = at.slice(0, at.lastIndexOf('/'))) {
      try {
        const names = this.#walk(at, false).flatMap(({ name }) => (name === '' ? [] : [name]));
        return names.map((name) => `/${name}`).join('') + missing || '/';
      } catch (error) {
        if (at === '') throw error;
        missing = at.slice(at.lastIndexOf('/')) + missing;
      }
    }
  }

  #walk(location: string, create: boolean, within?: readonly string[]): readonly Step[] {
    const operation = 'open the folder';
    const folders = new Set(within?.flatMap((folder) => this.#folderAt(folder)));
    const trail: Step[] = [{ name: '', object: this.root }];
    let isInside = folders.has(this.root);
    const rest = location.split('/').reverse();
    let linksLeft = symlinksMax;
    while (rest.length > 0) {
      const name = rest.pop() ?? '';
      const here = trail.at(-1)?.object ?? this.root;
      if (name === '' || name === '.') continue;
      if (name === '..') {
        if (isInside) throw systemFailure('ELOOP', operation, location);
        if (trail.length > 1) trail.pop();
        continue;
      }
      if (here.kind !== 'directory') throw systemFailure('ENOTDIR', operation, location);
      const next = here.entries.get(name);
      if (next?.kind === 'symlink') {
        linksLeft -= 1;
        if (linksLeft < 0 || isInside) throw systemFailure('ELOOP', operation, location);
        if (next.target.startsWith('/')) trail.length = 1;
        rest.push(...next.target.split('/').reverse());
      } else if (next !== undefined) {
        trail.push({ name, object: next });
        isInside ||= folders.has(next);
      } else if (create && (within === undefined || isInside)) {
        trail.push({ name, object: this.add(here, name, 'directory', { mode: 0o700 }) });
      } else {
        throw systemFailure('ENOENT', operation, location);
      }
    }
    if (trail.at(-1)?.object.kind !== 'directory') throw systemFailure('ENOTDIR', operation, location);
    if (within !== undefined && !isInside) throw systemFailure('EPERM', operation, location);
    return trail;
  }

  #folderAt(location: string): MemoryObject[] {
    try {
      return [this.resolve(location, false)];
    } catch {
      return [];
    }
  }

  statusOf(object: MemoryObject): ObjectStatus {
    const sizes: Partial<Record<ObjectKind, number>> = {
      file: object.content.size,
      directory: blockBytes,
      symlink: object.target.length,
    };
    return {
      kind: object.kind,
      mode: object.mode,
      userId: object.userId,
      groupId: object.groupId,
      size: sizes[object.kind] ?? 0,
      allocatedBytes: object.kind === 'directory' ? blockBytes : object.content.allocatedBytes,
      modifiedNs: object.modifiedNs,
      changedNs: object.changedNs,
      device: this.device,
      inode: object.inode,
      links: object.links,
      specialDevice: object.specialDevice,
    };
  }

  /** Makes a new object at a path where there is nothing. */
  make(
    root: MemoryObject,
    path: string,
    kind: ObjectKind,
    given: { readonly mode: number; readonly target?: string; readonly specialDevice?: number },
  ): MemoryObject {
    const operation = `create the ${kind}`;
    this.watcher?.begins();
    const place = this.#freePlace(root, path, operation);
    return this.add(place.folder, place.name, kind, given);
  }

  add(
    folder: MemoryObject,
    name: string,
    kind: ObjectKind,
    given: { readonly mode: number; readonly target?: string; readonly specialDevice?: number },
  ): MemoryObject {
    const object = this.#newObject(kind, given);
    object.links = kind === 'directory' ? 2 : 1;
    // A folder with the set-group-id bit hands its group down.
    if (folder.mode & 0o2000) object.groupId = folder.groupId;
    this.#enter(folder, name, object);
    return object;
  }

  link(root: MemoryObject, existing: string, path: string): void {
    const operation = 'make a hard link';
    this.watcher?.begins();
    const object = this.find(root, existing, operation);
    const place = this.#freePlace(root, path, operation);
    if (object.kind === 'directory') throw systemFailure('EPERM', operation, existing);
    this.watcher?.changes(object);
    object.links += 1;
    object.changedNs = this.#nowNs();
    this.#enter(place.folder, place.name, object);
  }

  rename(root: MemoryObject, path: string, to: string): void {
    const operation = 'rename';
    this.watcher?.begins();
    const from = this.#place(root, path, operation, 'EBUSY');
    const object = this.find(from.folder, from.name, operation);
    const into = this.#place(root, to, operation, 'EBUSY');
    const replaced = into.folder.entries.get(into.name);
    if (replaced === object) return;
    if (object.kind === 'directory' && this.#isBelow(into.folder, object)) {
      throw systemFailure('EINVAL', operation, path);
    }
    if (replaced !== undefined) {
      if (replaced.kind === 'directory') {
        if (object.kind !== 'directory') throw systemFailure('EISDIR', operation, to);
        if (replaced.entries.size > 0) throw systemFailure('ENOTEMPTY', operation, to);
      } else if (object.kind === 'directory') {
        throw systemFailure('ENOTDIR', operation, to);
      }
      this.#leave(into.folder, into.name, replaced);
    }
    this.#move(from, into, object);
  }

  /** Into a place where nothing is, maybe below another root of the same disk. */
  move(root: MemoryObject, path: string, otherRoot: MemoryObject, to: string): void {
    const operation = 'move';
    this.watcher?.begins();
    const from = this.#place(root, path, operation, 'EBUSY');
    const object = this.find(from.folder, from.name, operation);
    const into = this.#freePlace(otherRoot, to, operation);
    if (object.kind === 'directory' && this.#isBelow(into.folder, object)) {
      throw systemFailure('EINVAL', operation, path);
    }
    this.#move(from, into, object);
  }

  unlink(root: MemoryObject, path: string): void {
    const operation = 'remove the file';
    this.watcher?.begins();
    const place = this.#place(root, path, operation, 'EBUSY');
    const object = this.find(place.folder, place.name, operation);
    if (object.kind === 'directory') throw systemFailure('EISDIR', operation, path);
    this.#leave(place.folder, place.name, object);
  }

  removeDirectory(root: MemoryObject, path: string): void {
    const operation = 'remove the folder';
    this.watcher?.begins();
    const place = this.#place(root, path, operation, 'EBUSY');
    const object = this.find(place.folder, place.name, operation);
    if (object.kind !== 'directory') throw systemFailure('ENOTDIR', operation, path);
    if (object.entries.size > 0) throw systemFailure('ENOTEMPTY', operation, path);
    this.#leave(place.folder, place.name, object);
  }

  write(object: MemoryObject, offset: number, data: Uint8Array, path: string): void {
    this.#changesAlone(object);
    try {
      object.content.write(offset, data, () => {
        if (this.freeBytes < blockBytes) throw systemFailure('ENOSPC', 'write to the file', path);
        this.#usedBytes += blockBytes;
      });
    } finally {
      this.#touch(object);
    }
  }

  truncate(object: MemoryObject, size: number): void {
    this.#changesAlone(object);
    this.#usedBytes -= object.content.truncate(size) * blockBytes;
    this.#touch(object);
  }

  punch(object: MemoryObject, offset: number, length: number): void {
    this.#changesAlone(object);
    this.#usedBytes -= object.content.punch(offset, length) * blockBytes;
    this.#touch(object);
  }

  setAttributes(object: MemoryObject, change: AttributeChange): void {
    this.#changesAlone(object);
    if (change.userId !== undefined || change.groupId !== undefined) {
      object.userId = change.userId ?? object.userId;
      object.groupId = change.groupId ?? object.groupId;
      // As the kernel does, for root too: a new owner must not inherit a program's powers.
      if (object.kind !== 'directory') {
        object.mode &= object.mode & 0o010 ? ~0o6000 : ~0o4000;
        object.extended.delete('security.capability');
      }
    }
    if (change.mode !== undefined && object.kind !== 'symlink') object.mode = change.mode & 0o7777;
    if (change.modifiedNs !== undefined) object.modifiedNs = this.#held(change.modifiedNs);
    object.changedNs = this.#nowNs();
  }

  extendedOf(object: MemoryObject): ExtendedAttribute[] {
    const shown = [...object.extended].filter(([name]) => name !== liveMarkName);
    const attributes = shown.map(([name, value]) => ({ name, value: Buffer.from(value) }));
    return attributes.sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  setExtended(object: MemoryObject, name: string, value: Uint8Array | undefined, path: string): void {
    const operation = 'set an extended attribute';
    const known = /^(user|trusted|security)\../.test(name) || /^system\.posix_acl_(access|default)$/.test(name);
    if (!known || name === liveMarkName) throw systemFailure('EOPNOTSUPP', operation, path);
    const carriesUserNames = object.kind === 'file' || object.kind === 'directory';
    if (name.startsWith('user.') && !carriesUserNames) throw systemFailure('EPERM', operation, path);
    this.#changesAlone(object);
    if (value === undefined) object.extended.delete(name);
    else object.extended.set(name, Buffer.from(value));
    object.changedNs = this.#nowNs();
  }

  setLiveMark(object: MemoryObject, text: string | undefined): void {
    this.#changesAlone(object);
    if (text === undefined) object.extended.delete(liveMarkName);
    else object.extended.set(liveMarkName, Buffer.from(text));
    object.changedNs = this.#nowNs();
  }

  /** The object becomes what it was: after a power failure. */
  restore(object: MemoryObject, fields: Partial<MemoryObject>, content: KeptBytes): void {
    Object.assign(object, fields);
    this.#usedBytes -= object.content.restore(content) * blockBytes;
  }

  /** Gives back the space of a file that has no name and is not open. */
  release(object: MemoryObject): void {
    if (object.links !== 0 || object.openCount !== 0) return;
    this.watcher?.changes(object);
    this.#usedBytes -= object.content.truncate(0) * blockBytes;
  }

  #newObject(
    kind: ObjectKind,
    given: { readonly mode: number; readonly target?: string; readonly specialDevice?: number },
  ): MemoryObject {
    const nowNs = this.#nowNs();
    const inode = this.#nextInode;
    this.#nextInode += 1n;
    return {
      inode,
      kind,
      mode: kind === 'symlink' ? 0o777 : given.mode & 0o7777,
      userId: 0,
      groupId: 0,
      modifiedNs: nowNs,
      changedNs: nowNs,
      links: 0,
      openCount: 0,
      content: new SparseBytes(),
      entries: new Map(),
      target: given.target ?? '',
      specialDevice: given.specialDevice ?? 0,
      extended: new Map(),
    };
  }

  #place(root: MemoryObject, path: string, operation: string, codeForRoot: string): Place {
    if (path === '') throw systemFailure(codeForRoot, operation, path);
    const slash = path.lastIndexOf('/');
    const folder = this.find(root, slash < 0 ? '' : path.slice(0, slash), operation);
    const name = path.slice(slash + 1);
    if (path.length > pathBytesMax || name.length > nameBytesMax) throw systemFailure('ENAMETOOLONG', operation, path);
    if (folder.kind === 'symlink') throw systemFailure('ELOOP', operation, path);
    if (folder.kind !== 'directory') throw systemFailure('ENOTDIR', operation, path);
    return { folder, name };
  }

  #freePlace(root: MemoryObject, path: string, operation: string): Place {
    const place = this.#place(root, path, operation, 'EEXIST');
    if (place.folder.entries.has(place.name)) throw systemFailure('EEXIST', operation, path);
    // A removed directory can be held as a tree's root, but nothing can be made in it.
    if (place.folder.links === 0) throw systemFailure('ENOENT', operation, path);
    return place;
  }

  #isBelow(object: MemoryObject, ancestor: MemoryObject): boolean {
    if (object === ancestor) return true;
    return [...ancestor.entries.values()].some((child) => child.kind === 'directory' && this.#isBelow(object, child));
  }

  #changesAlone(object: MemoryObject): void {
    this.watcher?.begins();
    this.watcher?.changes(object);
  }

  #enter(folder: MemoryObject, name: string, object: MemoryObject): void {
    this.watcher?.changes(folder);
    folder.entries.set(name, object);
    if (object.kind === 'directory') folder.links += 1;
    this.#touch(folder);
  }

  #leave(folder: MemoryObject, name: string, object: MemoryObject): void {
    this.watcher?.changes(folder);
    this.watcher?.changes(object);
    folder.entries.delete(name);
    object.links = object.kind === 'directory' ? 0 : object.links - 1;
    if (object.kind === 'directory') folder.links -= 1;
    object.changedNs = this.#nowNs();
    this.#touch(folder);
    this.release(object);
  }

  #move(from: Place, into: Place, object: MemoryObject): void {
    this.watcher?.changes(from.folder);
    this.watcher?.changes(object);
    from.folder.entries.delete(from.name);
    if (object.kind === 'directory') from.folder.links -= 1;
    this.#touch(from.folder);
    this.#enter(into.folder, into.name, object);
    object.changedNs = this.#nowNs();
  }

  /** Milliseconds since the epoch. */
  wallMs(): number {
    return this.#clock.wallMs();
  }

  #touch(object: MemoryObject): void {
    object.modifiedNs = this.#nowNs();
    object.changedNs = object.modifiedNs;
  }

  /** The clock's time, but never twice the same: two changes can be told apart, as on kernels with fine-grained times. */
  #held(timeNs: bigint): bigint {
    if (this.heldTimesNs === undefined) return timeNs;
    const [first, last] = this.heldTimesNs;
    if (timeNs < first) return first;
    return timeNs > last ? last : timeNs;
  }

  #nowNs(): bigint {
    const clockNs = BigInt(Math.round(this.#clock.wallMs() * 1e6));
    this.#lastNs = clockNs > this.#lastNs ? clockNs : this.#lastNs + 1n;
    return this.#lastNs;
  }
}
