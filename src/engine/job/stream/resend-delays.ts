// How long a place waits before it is sent again that the target's replica did not have as expected. The first time it is sent
// at once, as a merged notification or a reused name is mended by that. What comes back again and again has a reason that
// sending does not mend, so it waits longer each time, up to some minutes; meanwhile it counts as not yet sent.
import type { Clock } from '../../../base/waiting/clock.ts';
import { GrowingDelay } from '../../../base/waiting/growing-delay.ts';

interface Resent {
  readonly delay: GrowingDelay;
  /** Monotonic; a place that comes back later begins anew. */
  readonly quietFromMs: number;
}

const limits = { firstMs: 100, mostMs: 300_000 } as const;
/** A place that was good for so long, beyond its delay, begins anew. */
const quietMs = 60_000;
const placesMax = 10_000;

export class ResendDelays {
  readonly #clock: Clock;
  readonly #places = new Map<string, Resent>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A place came back: for how long, in milliseconds, it is to be left alone. */
  next(root: number, path: string): number {
    const key = `${root}:${path}`;
    const nowMs = this.#clock.monotonicMs();
    const before = this.#places.get(key);
    const again = before !== undefined && nowMs < before.quietFromMs ? before.delay : undefined;
    const delayMs = again?.after(key) ?? 0;
    this.#places.delete(key);
    this.#places.set(key, { delay: again ?? new GrowingDelay(limits), quietFromMs: nowMs + delayMs + quietMs });
    for (const oldest of this.#places.keys()) {
      if (this.#places.size <= placesMax) break;
      this.#places.delete(oldest);
    }
    return delayMs;
  }
}
