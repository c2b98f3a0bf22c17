// What is handed to the applier, and what became of it.
import type { Failure } from '../../base/failure.ts';
import type { RawPath } from '../../base/raw-path.ts';
import type { ChangeOperation } from '../../model/stream/operation.ts';
import type { StreamPosition } from '../../model/stream/position.ts';

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

/** The replica does not hold what an operation builds on; the source has to send the object at `path` again. */
export interface ApplyMismatch {
  readonly root: number;
  readonly path: RawPath;
  readonly reason: string;
}

/** A rename that does not fit leaves two names wrong: the one it should have emptied and the one it should have filled. */
export type ApplyOutcome =
  | { readonly outcome: 'applied' }
  | { readonly outcome: 'mismatch'; readonly mismatches: readonly ApplyMismatch[] };

export interface ApplyReport {
  /** One for each operation that is done with, in order. */
  readonly outcomes: readonly ApplyOutcome[];
  /** Why the operation behind the last outcome could not be applied. Applying it again later is safe. */
  readonly failure?: Failure;
}
