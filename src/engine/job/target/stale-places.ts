// Stale places of a replica: an operation did not find there what it needed, and the source has not yet announced that
// it will send the place again. They are stored in the job's state at every checkpoint, because a crash would lose
// those in memory.
import type { ApplyMismatch } from '../../apply/apply-report.ts';
import type { TargetState } from './target-state.ts';

type StalePlace = TargetState['stale'][number];

/** When there are more stale places, a mirror is needed. */
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

  /** Forgets a place that the source will send again. */
  forget(place: Pick<StalePlace, 'root' | 'path'>): void {
    this.#places.delete(keyOf(place));
  }

  forgetAll(): void {
    this.#places.clear();
  }

  /** Forgets all places when they are too many to be kept; returns whether it did. */
  overflowed(): boolean {
    const tooMany = this.#places.size > placesMax;
    if (tooMany) this.#places.clear();
    return tooMany;
  }
}

function keyOf({ root, path }: Pick<StalePlace, 'root' | 'path'>): string {
  return `${root}:${path}`;
}
