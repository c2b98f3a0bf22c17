// What a target says of one entry of its replica, so that the source can compare it with its own (mirror, verify).
import type { ObjectAttributes, ObjectKind } from './attributes.ts';

export interface ReplicaEntry {
  /** One component, a byte string. */
  readonly name: string;
  readonly kind: ObjectKind;
  readonly attributes: ObjectAttributes;
  /** Bytes; of a symbolic link, the length of its text. */
  readonly size: number;
  readonly links: number;
  /** With `inode`, tells on the replica which names are one object. Packed as ObjectStatus.device. */
  readonly device: number;
  readonly inode: bigint;
  /** Of a character or block device, its number, packed as ObjectStatus.specialDevice; otherwise 0. */
  readonly specialDevice: number;
  /** The text of a symbolic link, a byte string; of nothing else. */
  readonly linkText?: string;
  /** 16 bytes over the whole content, where that was cheap to give (small files). */
  readonly contentHash?: Uint8Array;
  /** It is a file with fewer bytes allocated than it has. */
  readonly isSparse?: boolean;
  /** It was there before the first mirror of a job that keeps orphans, with everything in it. */
  readonly isKept?: boolean;
}

/** The hashes of neighbouring blocks of a file. */
export interface HashRun {
  /** Number of the first of these blocks. */
  readonly first: number;
  /** 16 bytes for each block, in order. */
  readonly hashes: Buffer;
}

/** What a stretch of a replica's file holds, by the hashes of its blocks. Blocks of the stretch that are in no run are zeros. */
export interface BlockHashes {
  readonly fileSize: number;
  /** Number of the block behind the stretch; behind the last block of the file when the stretch ends there. */
  readonly end: number;
  /** In order, none overlapping the one before. */
  readonly runs: readonly HashRun[];
}

/** Bytes of a content or block hash (128 bits). */
export const contentHashBytes = 16;
