// Places of a replica that the source has to send again and has not said that it will: an operation did not find there what
// it needed. Kept in the job's state at every checkpoint, for what only memory knows to be wrong would be forgotten with it.
import type { ApplyMismatch } from '../../apply/apply-report.ts';
import type { TargetState } from './target-state.ts';

type StalePlace = TargetState['stale'][number];

/** With more of them a mirror is needed. */
const placesMax = 1000;

export class StalePlaces {
  readonly #places = new Map<string, StalePlace>();

  constructor(places: readonly StalePlace[]) {
    for (const place of places) this.#places.set(keyOf(place), place);
  }

  get size(): number {
    return this.#places.size;
  }

  list(): readonly StalePlace[] {
    return [...this.#places.values()];
  }

  note({ root, path, reason }: ApplyMismatch): StalePlace {
    const place = { root, path, reason };
    this.#places.set(keyOf(place), place);
    return place;
  }

  /** The source will send it, or a mirror compares everything. */
  forget(place: Pick<StalePlace, 'root' | 'path'>): void {
    this.#places.delete(keyOf(place));
  }

  forgetAll(): void {
    this.#places.clear();
  }

  /** Forgets all when there are too many to be kept, and says so. */
  overflowed(): boolean {
    const tooMany = this.#places.size > placesMax;
    if (tooMany) this.#places.clear();
    return tooMany;
  }
}

function keyOf({ root, path }: Pick<StalePlace, 'root' | 'path'>): string {
  return `${root}:${path}`;
}
