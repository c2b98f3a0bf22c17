// One element of the replication stream: a change, or a marker. A path is relative to one of the job's roots, which both
// sides know by index. The binary form is in wire/records/operation-codec.ts; queues and links carry only that form.
//
// Replay. A target may apply a stretch of the stream a second time after a crash, on a replica that already holds any part
// of its effects. Every operation but `rename` and `link` is therefore blind: its effect does not depend on what was there
// before. Before the two that are not a checkpoint is made (engine/apply/DESIGN.md).
import type { RawPath } from '../../base/raw-path.ts';
import type { ObjectAttributes } from './attributes.ts';
import type { Marker } from './marker.ts';

interface OnPath {
  /** Index into the job's list of roots. */
  readonly root: number;
  readonly path: RawPath;
}

/**
 * Makes `path` a regular file of `size` bytes, in place when it is one already (hard links stay), and writes `content` at
 * offset 0. With `attributes` the file is whole with this operation: what follows `content` up to `size` is a hole, and the
 * attributes are set last. Without, writes follow and an `attributes` operation closes them; bytes that are there stay.
 */
export interface FileOperation extends OnPath {
  readonly kind: 'file';
  readonly size: number;
  readonly content: Uint8Array;
  readonly attributes?: ObjectAttributes;
}

/** Overwrites a range of an existing regular file, which grows when the range ends behind its end. */
export interface WriteOperation extends OnPath {
  readonly kind: 'write';
  readonly offset: number;
  readonly data: Uint8Array;
}

/** Makes a range of an existing regular file read as zeros, giving back its space where the file system can. Never grows it. */
export interface HoleOperation extends OnPath {
  readonly kind: 'hole';
  readonly offset: number;
  readonly length: number;
}

export interface TruncateOperation extends OnPath {
  readonly kind: 'truncate';
  readonly size: number;
}

/** Makes `path` a directory (an existing one stays with its entries; anything else there is removed) with these attributes. */
export interface DirectoryOperation extends OnPath {
  readonly kind: 'directory';
  readonly attributes: ObjectAttributes;
}

/** Makes `path` a symbolic link with exactly this text (a byte string), replacing what is there. */
export interface SymlinkOperation extends OnPath {
  readonly kind: 'symlink';
  readonly target: string;
  readonly attributes: ObjectAttributes;
}

/** Makes `path` a fifo, socket or device node, replacing what is there. */
export interface SpecialOperation extends OnPath {
  readonly kind: 'special';
  readonly special: 'fifo' | 'socket' | 'character' | 'block';
  /** Packed as ObjectStatus.specialDevice; 0 for fifo and socket. */
  readonly device: number;
  readonly attributes: ObjectAttributes;
}

/** Makes `path` another name (hard link) of `existing` in the same root, replacing what is there. */
export interface LinkOperation extends OnPath {
  readonly kind: 'link';
  readonly existing: RawPath;
}

/** Renames `path` to `to` in the same root; what was at `to` is removed, with everything below it. */
export interface RenameOperation extends OnPath {
  readonly kind: 'rename';
  readonly to: RawPath;
}

/** Removes `path` and everything below it. Nothing there is success. Of the root itself (empty path): its entries. */
export interface RemoveOperation extends OnPath {
  readonly kind: 'remove';
}

/** Sets all attributes of what is at `path`, whatever its kind. Surplus extended attributes are removed. */
export interface AttributesOperation extends OnPath {
  readonly kind: 'attributes';
  readonly attributes: ObjectAttributes;
}

export interface MarkerOperation {
  readonly kind: 'marker';
  readonly marker: Marker;
}

export type ChangeOperation =
  | FileOperation
  | WriteOperation
  | HoleOperation
  | TruncateOperation
  | DirectoryOperation
  | SymlinkOperation
  | SpecialOperation
  | LinkOperation
  | RenameOperation
  | RemoveOperation
  | AttributesOperation;

export type Operation = ChangeOperation | MarkerOperation;

/** Largest number of content bytes in one operation of a mirror (guide, ch. 10, "Size of mirror packets": 65536). */
export const contentBytesMax = 65_536;
/** Largest write that is one operation, so that the replica has all of it or nothing: the largest that a filter is handed at once. */
export const writtenBytesMax = 1024 * 1024;
