// Dirty places that are left alone for a while: a file that changes all the time, or one whose explanation is on its way.
import type { Clock } from '../../base/waiting/clock.ts';
import type { DirtyPath, DirtyPaths } from './dirty-paths.ts';

export class RestingPlaces {
  readonly #dirty: DirtyPaths;
  readonly #clock: Clock;
  /** When a place may be worked on again, in monotonic milliseconds. */
  readonly #untilMs = new Map<string, number>();

  constructor(dirty: DirtyPaths, clock: Clock) {
    this.#dirty = dirty;
    this.#clock = clock;
  }

  rest({ root, path }: Pick<DirtyPath, 'root' | 'path'>, forMs: number): void {
    this.#untilMs.set(`${root}:${path}`, this.#clock.monotonicMs() + forMs);
  }

  /** The first dirty place that does not rest. */
  next(): DirtyPath | undefined {
    const nowMs = this.#clock.monotonicMs();
    for (const place of this.#dirty.places()) {
      const key = `${place.root}:${place.path}`;
      const untilMs = this.#untilMs.get(key);
      if (untilMs === undefined || untilMs <= nowMs) {
        this.#untilMs.delete(key);
        return place;
      }
    }
    return undefined;
  }

  /** How long there is nothing to do: 0 when there is, Infinity when only a notification can bring something. */
  restMs(): number {
    if (this.#dirty.placeCount === 0) return this.#dirty.size > 0 ? 0 : Number.POSITIVE_INFINITY;
    let earliestMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.monotonicMs();
    for (const place of this.#dirty.places()) {
      const untilMs = this.#untilMs.get(`${place.root}:${place.path}`) ?? nowMs;
      if (untilMs <= nowMs) return 0;
      earliestMs = Math.min(earliestMs, untilMs - nowMs);
    }
    return earliestMs;
  }
}
