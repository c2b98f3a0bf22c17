// Slows down whoever guesses: after a few wrong tries each further one is followed by a time in which no try of the same key
// is looked at, twice as long every time. A key says who tries what, such as a peer and an account.
//
// Invariants: a try counts as wrong from its beginning until it turns out to be right, so making many at once does not help; a
// right one clears its key; memory is bounded (of too many keys the one that may try again soonest is forgotten first).
import type { Clock } from '../waiting/clock.ts';

export interface WrongTryLimits {
  /** Wrong tries that cost nothing. */
  readonly free: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  readonly keysMax: number;
}

interface Tries {
  count: number;
  /** On the monotonic clock. */
  freeAtMs: number;
}

export class WrongTries {
  readonly #clock: Clock;
  readonly #limits: WrongTryLimits;
  readonly #keys = new Map<string, Tries>();

  constructor(clock: Clock, limits: WrongTryLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Counts a try, or says in how many milliseconds the next one is looked at; undefined when this one may go on. */
  begin(key: string): number | undefined {
    const now = this.#clock.monotonicMs();
    const tries = this.#keys.get(key) ?? { count: 0, freeAtMs: now };
    if (tries.freeAtMs > now) return tries.freeAtMs - now;
    const { free, firstWaitMs, longestWaitMs, keysMax } = this.#limits;
    tries.count += 1;
    if (tries.count >= free) {
      tries.freeAtMs = now + Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(tries.count - free, 32));
    }
    if (!this.#keys.has(key) && this.#keys.size >= keysMax) this.#forgetOne();
    this.#keys.set(key, tries);
    return undefined;
  }

  right(key: string): void {
    this.#keys.delete(key);
  }

  #forgetOne(): void {
    let soonest: string | undefined;
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const [key, { freeAtMs }] of this.#keys) {
      if (freeAtMs >= soonestMs) continue;
      soonest = key;
      soonestMs = freeAtMs;
    }
    if (soonest !== undefined) this.#keys.delete(soonest);
  }
}
