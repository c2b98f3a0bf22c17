// How a source learns of changes in its workload. There are two kinds, each with a promise of its own:
//   changes     notifications only: they tell where something changed, and the source looks what changed. The replica
//               becomes equal in the end.
//   operations  every operation with its bytes, in the order in which it took effect. The replica is always a prefix.
//
// Failure semantics
//   - No change is dropped in silence: `overflow` is delivered instead of lost changes, and then the listener must
//     assume that anything may have changed.
//   - A capture that can no longer work delivers `failed` once and nothing after it.
import type { RawPath } from '../base/raw-path.ts';
import type { CaptureMode, CaptureWish } from '../model/promise.ts';

export type WorkloadChange =
  /**
   * Bytes or size of a file may have changed (`content`), or mode, owner, times, extended attributes, links
   * (`attributes`).
   */
  | { readonly kind: 'changed'; readonly root: number; readonly path: RawPath; readonly what: 'content' | 'attributes' }
  /** A name appeared, or now stands for another object; `scan` when objects below it may have appeared unnoticed. */
  | { readonly kind: 'appeared'; readonly root: number; readonly path: RawPath; readonly scan: boolean }
  | { readonly kind: 'vanished'; readonly root: number; readonly path: RawPath }
  /** One object changed its name within one root; an object that was at `to` is gone. */
  | { readonly kind: 'renamed'; readonly root: number; readonly path: RawPath; readonly to: RawPath }
  /**
   * An object without a known name may have changed: a program reached it through a file handle, or one of its names
   * was removed. It may lie outside the workload.
   */
  | {
      readonly kind: 'touched';
      /** As in ObjectStatus. */
      readonly device: number;
      readonly inode: bigint;
      readonly what: 'content' | 'attributes';
    }
  /** Changes below `path` were missed; the empty path stands for the whole root. */
  | {
      readonly kind: 'overflow';
      readonly root: number;
      readonly path: RawPath;
      /** A file system was mounted or unmounted at the path. */
      readonly isMount?: boolean;
    }
  /**
   * Only in `operations` mode: one change with its bytes, as a record of the stream (wire/records) that carries the wall
   * time of the change and names this capture's roots. The record is the listener's to keep.
   */
  | { readonly kind: 'operation'; readonly record: Buffer };

/** An element that a capture delivers: a change, or as the very last that the capture has failed. */
export type CapturedChange = WorkloadChange | { readonly kind: 'failed'; readonly reason: string };

/** A file that a program holds open or mapped, and can change without a notification. */
export interface HeldFile {
  /** The inode number; the file system is not known. */
  readonly inode: bigint;
  /** The file is mapped into memory, shared and writable; otherwise it is only open for writing. */
  readonly isMapped: boolean;
  /** False when a write through the map does not change the file's times (tmpfs). */
  readonly timesTell: boolean;
}

/** Programs are held up for so long at most, milliseconds: far less than any of them would take for a failure. */
export const writersHeldMs = 1000;

export interface CaptureSession {
  readonly mode: CaptureMode;
  /** Resolves once everything that happened in the workload before this call has been delivered to the listener. */
  flush(): Promise<void>;
  /** What it promises at present, where that is less than `mode`: programs may get past a capture of operations. */
  readonly promise?: CaptureMode;
  /** For people: what this capture does not notice, and why no better one was taken. May change. */
  readonly remarks?: readonly string[];
  /**
   * The files of this machine, inside or outside the workload, whose changes may go unnoticed now, as far as the system
   * tells. Absent when every operation is captured.
   */
  heldFiles?(): Promise<readonly HeldFile[]>;
  /**
   * Holds up the programs that use the workload until what it resolves with is called, or for `writersHeldMs`. Resolves, also with
   * undefined when it cannot, once everything that happened before was delivered. Absent where capture is only told of changes.
   */
  holdWriters?(): Promise<(() => void) | undefined>;
  /** Nothing is delivered after it resolves. */
  stop(): Promise<void>;
}

/** Of the records in one batch. */
export const recordBatchBytes = 256 * 1024;

export interface CaptureRequest {
  /** What the operator asked for; absent for what is usual on the server. */
  readonly wish?: CaptureWish;
  /** Absolute paths, byte strings without a trailing slash; a change's `root` is an index into this list. */
  readonly roots: readonly string[];
  /**
   * Batches in order; called synchronously from the event loop, never re-entered. When it gives a promise, a capture of
   * operations delivers nothing more before that resolves, not even for `flush`: what happens meanwhile waits in the
   * capture, in bounded memory. Where that is not enough it lets the writers wait for a moment, and then delivers `overflow`.
   * So that the listener can say so in time, the records of a batch have at most `recordBatchBytes`, or are one record.
   */
  readonly listener: (batch: readonly CapturedChange[]) => Promise<void> | undefined;
}

export interface Capture {
  /** Resolves when every later change will be delivered. `ENOENT`, `ENOTDIR`, `EACCES` of a root, as Failure. */
  start(request: CaptureRequest): Promise<CaptureSession>;
  /**
   * The job of these roots is given up: what `start` has set up in the system, and a stopped session leaves for the next start,
   * is taken away, unless another session uses it. Absent where nothing is set up.
   */
  release?(roots: readonly string[]): Promise<void>;
}
