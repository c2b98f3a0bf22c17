// What became of operations that were to be applied.
import type { Failure } from '../../base/failure.ts';
import type { RawPath } from '../../base/raw-path.ts';

/** The replica does not hold what the operation builds on; the source has to send the object at `path` again. */
export interface ApplyMismatch {
  readonly outcome: 'mismatch';
  readonly root: number;
  readonly path: RawPath;
  readonly reason: string;
}

export type ApplyOutcome = { readonly outcome: 'applied' } | ApplyMismatch;

export interface ApplyReport {
  /** One for each operation that is done with, in order. */
  readonly outcomes: readonly ApplyOutcome[];
  /** Why the operation behind the last outcome could not be applied. Applying it again later is safe. */
  readonly failure?: Failure;
}
