// How long the source waits before it sends a place again about which the target reported a mismatch. The first time it
// sends at once, which mends the effects of a merged notification or a reused name. A place that comes back again and
// again has a reason that sending does not mend, so it waits longer each time, up to some minutes; meanwhile it counts
// as not yet sent.
import type { Clock } from '../../../base/waiting/clock.ts';
import { GrowingDelay } from '../../../base/waiting/growing-delay.ts';

interface Resent {
  readonly delay: GrowingDelay;
  /** Monotonic milliseconds; for a place that comes back later the delays begin anew. */
  readonly quietFromMs: number;
}

const limits = { firstMs: 100, mostMs: 300_000 } as const;
/** The time beyond its delay after which the delays of a place begin anew. */
const quietMs = 60_000;
const placesMax = 10_000;

export class ResendDelays {
  readonly #clock: Clock;
  readonly #places = new Map<string, Resent>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes that a place came back; returns how long to leave it alone, in milliseconds. */
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
