// What a filter tells of the changes that pass through it.
//
// The loop calls a listener synchronously, on its own thread, after an operation has succeeded beneath and before the application
// is answered. So the order of the calls is the order of the changes, over all folders of one filter, and no application goes on
// before its change was told. An operation that failed is not told; nor is a change of what has no name any more.
//
// A listener must not throw, must not touch a filtered folder through its mount, and costs every application the time it takes.
import type { RawPath } from '../../base/raw-path.ts';
import type { ObjectKind, ObjectStatus } from '../../model/stream/attributes.ts';

/** An object of a filtered folder, the same one as long as the kernel knows it. */
export interface ChangedObject {
  /** Which of the filter's folders, from 0. */
  readonly root: number;
  /** One of its current names, relative to the folder. */
  readonly path: RawPath;
  /** For the listener: what it wants to find again at the object. Gone when the filter is started again. */
  attachment: unknown;
}

/** A name in a filtered folder. */
export interface ChangedName {
  readonly root: number;
  readonly path: RawPath;
}

export interface ChangeListener {
  /** A new object under its first name. `target` is the text of a symbolic link. */
  created(object: ChangedObject, status: ObjectStatus, target: string | undefined): void;
  /** `length` bytes from `start` in `bytes` are now in the file at `offset`. The memory is only valid during the call. */
  wrote(object: ChangedObject, offset: number, bytes: Buffer, start: number, length: number): void;
  /** The file was cut, or lengthened with zeros. */
  resized(object: ChangedObject, size: number): void;
  /** A part of the file reads as zeros; its size is as it was. */
  zeroed(object: ChangedObject, offset: number, length: number): void;
  /** Mode, owner or times were set. */
  attributesChanged(object: ChangedObject, status: ObjectStatus): void;
  /** `value` is undefined when the attribute was removed. An ACL is one (`system.posix_acl_access`), and may change the mode, too. */
  extendedAttributeChanged(object: ChangedObject, name: string, value: Uint8Array | undefined): void;
  /** The object has a further name. */
  linked(object: ChangedObject, name: ChangedName): void;
  /** What had the name `to` is gone, or with `isExchange` has the name `from`. */
  renamed(from: ChangedName, to: ChangedName, isExchange: boolean): void;
  removed(name: ChangedName, kind: ObjectKind): void;
  /**
   * A file in this folder changes of which no name is known any more, although it has one: a hard link that nobody has looked at since
   * the filter was mounted. Told once for each such file. What is in it must be found by looking at all files.
   */
  changedUnnamed(root: number): void;
  /** A program has closed a file that it had opened for writing. */
  closedAfterWriting(object: ChangedObject): void;
  /**
   * A program asks that what it wrote be durable; undefined for a whole file system. Told before that is begun, and whatever
   * comes of it: what matters is which changes came before.
   */
  syncAsked(object: ChangedObject | undefined): void;
}
