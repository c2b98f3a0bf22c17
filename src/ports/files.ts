// Trees of files: the workload on a source, the replica on a target. Everything is addressed below an opened root; no
// call follows a symbolic link in any component, and none can leave the root, whatever the path says.
//
// Failure semantics, for every call
//   - An error of the system is thrown as a Failure whose code is the errno name (ENOSPC, EACCES, EIO, EXDEV, …).
//     `ENOENT` and `ENOTDIR` on the way to a path, and a symbolic link in the middle of a path (`ELOOP`), are thrown,
//     too, except where "undefined" is documented.
//   - An effect is visible to later calls at once, but durable only after `sync` has resolved. When `sync` rejects,
//     writes since the last success may be lost, and a later success does not bring them back.
//   - Calls take effect in the order in which they were made when each is awaited before the next. Timers and sockets
//     get their turn between two calls, however many calls follow each other.
//   - Between two calls a name may come to stand for another object. Reading calls take the identity of the object that
//     is meant, as `status` or `list` gave it: they then read that object or throw `ESTALE`.
import type { RawPath } from '../base/raw-path.ts';
import type { FolderIdentity, FolderPlace } from '../model/folder-place.ts';
import type { ExtendedAttribute, ObjectIdentity, ObjectStatus } from '../model/stream/attributes.ts';

export interface DirectoryEntry {
  /** One component, a byte string. */
  readonly name: string;
  readonly status: ObjectStatus;
}

/** A stretch of a file that holds data; what lies between stretches is a hole and reads as zeros. */
export interface DataRange {
  readonly offset: number;
  readonly length: number;
}

export interface OpenFile {
  status(): Promise<ObjectStatus>;
  /**
   * Reads up to `length` bytes; fewer only at the end of the file. The caller may keep the result. With `into`, which
   * holds at least `length` bytes, the result may be a part of `into`.
   */
  read(offset: number, length: number, into?: Buffer): Promise<Buffer>;
  /** Writes all of `data`, growing the file when needed. */
  write(offset: number, data: Uint8Array): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Makes a range read as zeros without changing the size; where the file system cannot punch, zeros are written. */
  punch(offset: number, length: number): Promise<void>;
  /** The ranges that hold data, in order; one range for the whole file when the file system cannot tell. */
  dataRanges(): Promise<DataRange[]>;
  /** The first stretch of data at or behind `offset`, cut to begin at `offset`; undefined when only a hole follows. */
  nextData(offset: number): Promise<DataRange | undefined>;
  /** Makes the file's data durable. */
  sync(): Promise<void>;
  /** Never fails; no other call may follow. */
  close(): Promise<void>;
}

export interface AttributeChange {
  readonly mode?: number;
  readonly userId?: number;
  readonly groupId?: number;
  readonly modifiedNs?: bigint;
}

export interface FileTree {
  /** The absolute path that was opened, a byte string; for messages only. */
  readonly location: string;
  /** undefined when nothing is there (ENOENT, ENOTDIR or ELOOP on the way). */
  status(path: RawPath): Promise<ObjectStatus | undefined>;
  /**
   * Entries in no order, without `.` and `..` and those that vanish meanwhile. undefined when `path` is not a
   * directory.
   */
  list(path: RawPath): Promise<DirectoryEntry[] | undefined>;
  /** The readable extended attributes, sorted by name, without kernel-private namespaces and the live mark. */
  extended(path: RawPath, of?: ObjectIdentity): Promise<ExtendedAttribute[]>;
  readLink(path: RawPath, of?: ObjectIdentity): Promise<string>;
  /**
   * Opens an existing regular file; anything else there is `EINVAL`. Opening never blocks and changes no access time.
   */
  open(path: RawPath, mode: 'read' | 'write', of?: ObjectIdentity): Promise<OpenFile>;
  /** Makes a new regular file, open for reading and writing; `EEXIST` when there is anything. */
  create(path: RawPath, mode: number): Promise<OpenFile>;
  makeDirectory(path: RawPath, mode: number): Promise<void>;
  makeSymlink(path: RawPath, target: string): Promise<void>;
  makeSpecial(
    path: RawPath,
    special: 'fifo' | 'socket' | 'character' | 'block',
    mode: number,
    device: number,
  ): Promise<void>;
  link(existing: RawPath, path: RawPath): Promise<void>;
  /** As rename(2): replaces a file, or an empty directory by a directory. */
  rename(path: RawPath, to: RawPath): Promise<void>;
  /**
   * Moves one object into another tree of the same kind, replacing nothing (`EEXIST`); `EXDEV` when it lies on another
   * file system.
   */
  moveTo(path: RawPath, other: FileTree, to: RawPath): Promise<void>;
  /** Removes anything but a directory. */
  unlink(path: RawPath): Promise<void>;
  removeDirectory(path: RawPath): Promise<void>;
  /**
   * Sets the given attributes: owner before mode, as a change of owner clears set-id bits; time last. Links have no
   * mode.
   */
  setAttributes(path: RawPath, change: AttributeChange): Promise<void>;
  /** undefined removes the attribute; removing one that is not there is success. The live mark is `EOPNOTSUPP`. */
  setExtended(path: RawPath, name: string, value: Uint8Array | undefined): Promise<void>;
  /** Makes everything done in this tree durable, names included. */
  sync(): Promise<void>;
  /** Bytes an ordinary writer can still write to the root's file system, and its size. */
  space(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;
  /** The identity of the root folder, which stays the same in a later run. */
  identity(): Promise<FolderIdentity>;
  /**
   * The text of the root's live mark (model/stream/attributes.ts); undefined without one, and where the file system can
   * keep none.
   */
  liveMark(): Promise<string | undefined>;
  /** Durable only after `sync`. undefined removes it; one that is not there, or cannot be there, is success. */
  setLiveMark(text: string | undefined): Promise<void>;
  close(): Promise<void>;
}

export interface OpenTreeOptions {
  /** Missing directories are made with mode 0700. */
  readonly create?: boolean;
  /**
   * Absolute folders, byte strings, one of which has to hold the folder: for a path that another machine has chosen.
   * The operator chose these folders, so they may be reached over symbolic links. Behind the first of them on the path,
   * under whatever name, no symbolic link is followed (`ELOOP`), and nothing is made outside of them. `EPERM` when the
   * path enters none of them.
   */
  readonly within?: readonly string[];
  /** What lies beneath a filter that captures the folder (ports/capture.ts), so that looking at it asks no filter. */
  readonly beneathFilter?: boolean;
}

export interface Files {
  /**
   * Opens the directory at an absolute path (a byte string) as the root of a tree. `ENOENT` or `ENOTDIR` when there is
   * none. Without `within` the operator chose the path, so it may lead over symbolic links.
   */
  openTree(location: string, options?: OpenTreeOptions): Promise<FileTree>;
  /**
   * Where an absolute path leads when symbolic links are followed. For a path that does not exist yet, the answer
   * starts from the nearest folder above it that exists.
   */
  place(location: string): Promise<FolderPlace>;
  /**
   * The directory to which an absolute path now leads, over symbolic links; undefined for none (ENOENT, ENOTDIR,
   * ELOOP).
   */
  identityOf(location: string): Promise<ObjectIdentity | undefined>;
}
