// What apply asks of the undo journal: to be told of every change before it happens, and to be handed what is removed.
// engine/snapshot/undo/undo-journal.ts keeps this contract. The order for a run of operations is: prepare each, commit once,
// apply each.
import type { RawPath } from '../../base/raw-path.ts';
import type { ObjectStatus } from '../../model/stream/attributes.ts';
import type { ChangeOperation } from '../../model/stream/operation.ts';

export interface UndoGuard {
  /** Whether a snapshot is held. While none is, nothing else here is called but `syncKept`. */
  readonly active: boolean;
  /**
   * Gathers what a snapshot would need if this operation were applied. Looks at the replica as it is before the run: in a
   * run without renames and links, or of disjoint ones, no object of before comes to a name that an operation uses.
   */
  prepare(operation: ChangeOperation): Promise<void>;
  /** Makes what was gathered durable. When it rejects, none of the gathered operations may be applied. */
  commit(): Promise<void>;
  /** Takes an object out of the replica with all below it, and keeps what a snapshot needs of it. */
  discard(root: number, path: RawPath, status: ObjectStatus): Promise<void>;
  /** An object was made: no snapshot knows it. */
  created(root: number, path: RawPath): Promise<void>;
  /** Makes what `discard` kept durable; always before the replica itself is synced. */
  syncKept(): Promise<void>;
}
