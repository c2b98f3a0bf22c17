// Applies a connection's operations to the replica, strictly in order, and knows durably how far it has come. The rules
// that make a crash harmless are in DESIGN.md beside this file.
import type { Failure } from '../../base/failure.ts';
import type { RawPath } from '../../base/raw-path.ts';
import type { ChangeOperation } from '../../model/operation.ts';
import type { StreamPosition } from '../../model/position.ts';
import type { FileTree } from '../../ports/files.ts';
import type { Storage } from '../../ports/storage.ts';
import type { UndoGuard } from './undo-guard.ts';

/** A place in the target queue, just behind one of its elements. */
export interface Place {
  readonly position: StreamPosition;
  /** The element's number in the target queue; only compared and stored here. */
  readonly index: number;
}

export interface QueuedOperation {
  readonly operation: ChangeOperation;
  readonly place: Place;
}

/** `replay`: the operation may have been applied before a crash. See DESIGN.md. */
export type ApplyMode = 'normal' | 'replay';

/** `mismatch`: the replica does not hold what the operation builds on; the source has to send the object at `path` again. */
export type ApplyOutcome =
  | { readonly outcome: 'applied' }
  | { readonly outcome: 'mismatch'; readonly root: number; readonly path: RawPath; readonly reason: string };

export interface ApplyReport {
  /** One for each operation that is done with, in order. */
  readonly outcomes: readonly ApplyOutcome[];
  /** Why the operation behind the last outcome could not be applied. Applying it again later is safe. */
  readonly failure?: Failure;
}

export interface ApplierOptions {
  /** One per job root, in the job's order. */
  readonly trees: readonly FileTree[];
  readonly storage: Storage;
  /** Folder in the storage; `applied.json` in it is ours. */
  readonly folder: string;
  readonly undo?: UndoGuard;
}

export declare class Applier {
  /** Reads the last checkpoint. Throws a Failure when it cannot be read or is newer than this program. */
  static open(options: ApplierOptions): Promise<Applier>;
  /** The last checkpoint found at opening: everything behind it has to be applied again. undefined on a fresh replica. */
  readonly recovered: Place | undefined;
  /** How far everything is applied. */
  get applied(): Place | undefined;
  apply(operations: readonly QueuedOperation[], mode: ApplyMode): Promise<ApplyReport>;
  /** Passes an element that changes nothing (a marker), or an operation given up. */
  advance(place: Place): void;
  /** Makes all that was applied durable, then its place: `applied`, or the one given (a new stream, a revert). */
  checkpoint(place?: Place): Promise<void>;
}
