// Mismatches met during a replay. Usually the replica is ahead of the operation: a later operation, applied before the crash,
// removed, made or moved the object. When that one is replayed the mismatch is explained. One that stays unexplained is real.
import type { ChangeOperation } from '../../model/stream/operation.ts';
import type { ApplyMismatch } from './apply-report.ts';
import { NameSet, nameOf, namesOf } from './entangled-names.ts';

export class ReplayDoubts {
  #doubts: ApplyMismatch[] = [];

  add(mismatches: readonly ApplyMismatch[]): void {
    this.#doubts.push(...mismatches);
  }

  /** To be called for every replayed operation, in order. */
  explain(operation: ChangeOperation): void {
    if (this.#doubts.length === 0 || !decidesWhatIsThere(operation)) return;
    const names = new NameSet();
    for (const name of namesOf(operation)) names.add(name);
    this.#doubts = this.#doubts.filter(({ root, path }) => !names.entangled(nameOf(root, path)));
  }

  take(): readonly ApplyMismatch[] {
    const doubts = this.#doubts;
    this.#doubts = [];
    return doubts;
  }
}

function decidesWhatIsThere({ kind }: ChangeOperation): boolean {
  return kind !== 'write' && kind !== 'hole' && kind !== 'truncate' && kind !== 'attributes';
}
