// How a source learns what changes in its workload. Two kinds, each with a promise of its own:
//   changes     notification only: says where something changed, the source looks what. Eventually equal.
//   operations  every operation with its bytes, in the order in which it took effect. The replica is always a prefix.
//
// Failure semantics
//   - Nothing is ever dropped in silence: whatever could not be delivered is delivered as `overflow`, after which the
//     listener must assume that anything may have changed.
//   - A capture that can no longer work delivers `failed` once and nothing after it.
import type { RawPath } from '../base/raw-path.ts';
import type { CaptureMode } from '../model/promise.ts';
import type { ChangeOperation } from '../model/stream/operation.ts';

export type WorkloadChange =
  /** Bytes or size of a file may have changed (`content`), or mode, owner, times, extended attributes, links (`attributes`). */
  | { readonly kind: 'changed'; readonly root: number; readonly path: RawPath; readonly what: 'content' | 'attributes' }
  /** A name appeared, or now stands for another object; `scan` when things below it may have come unnoticed. */
  | { readonly kind: 'appeared'; readonly root: number; readonly path: RawPath; readonly scan: boolean }
  | { readonly kind: 'vanished'; readonly root: number; readonly path: RawPath }
  /** One object changed its name within one root; what was at `to` is gone. */
  | { readonly kind: 'renamed'; readonly root: number; readonly path: RawPath; readonly to: RawPath }
  /**
   * An object of which no name is known (somebody reached it through a file handle, or a name of it went) may have changed.
   * It may lie outside the workload.
   */
  | {
      readonly kind: 'touched';
      /** As in ObjectStatus. */
      readonly device: number;
      readonly inode: bigint;
      readonly what: 'content' | 'attributes';
    }
  /** Changes were missed. `path` says below what, the empty path for the whole root. */
  | {
      readonly kind: 'overflow';
      readonly root: number;
      readonly path: RawPath;
      /** A file system was mounted or unmounted there, with all that is in it. */
      readonly isMount?: boolean;
    }
  /** Only in `operations` mode. */
  | { readonly kind: 'operation'; readonly operation: ChangeOperation };

/** What a capture delivers: changes, and as the last of all that it can go on no longer. */
export type CapturedChange = WorkloadChange | { readonly kind: 'failed'; readonly reason: string };

/** A file that some program could change without a notification, as long as it holds it. */
export interface HeldFile {
  /** On whatever file system. */
  readonly inode: bigint;
  /** Mapped into memory, shared and writable; otherwise only open for writing. */
  readonly isMapped: boolean;
  /** False where a store into the map does not move the file's times (tmpfs). */
  readonly timesTell: boolean;
}

export interface CaptureSession {
  readonly mode: CaptureMode;
  /** Resolves once everything that happened in the workload before this call has been delivered to the listener. */
  flush(): Promise<void>;
  /**
   * The files of this machine, in the workload or not, of which changes may go unnoticed now, as far as that can be told. Absent
   * where every operation is captured.
   */
  heldFiles?(): Promise<readonly HeldFile[]>;
  /** Nothing is delivered after it resolves. */
  stop(): Promise<void>;
}

export interface CaptureRequest {
  /** Absolute paths, byte strings without a trailing slash; a change's `root` is an index into this list. */
  readonly roots: readonly string[];
  /** Batches in order; called synchronously from the event loop, never re-entered. */
  readonly listener: (batch: readonly CapturedChange[]) => void;
}

export interface Capture {
  /** Resolves when every later change will be delivered. `ENOENT`, `ENOTDIR`, `EACCES` of a root, as Failure. */
  start(request: CaptureRequest): Promise<CaptureSession>;
}
