// Whether to tell again of something that happens over and over for the same reason: at once, then after a minute, then after
// two, four and so on, up to an hour. What happens in between is counted, and is part of what is told next. What has not
// happened for an hour is new.
import type { Clock } from './clock.ts';

const firstMs = 60_000;
const mostMs = 3_600_000;
/** Reasons that are remembered at a time. */
const keysMax = 1000;

interface Told {
  /** When it may be told again, and how long after the last telling that is. */
  nextMs: number;
  waitMs: number;
  /** When it happened last. */
  lastMs: number;
  untold: number;
}

export class PacedTelling {
  readonly #clock: Clock;
  readonly #told = new Map<string, Told>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It happened. undefined: not to be told now. Otherwise how often it happened without being told since it last was. */
  due(key: string): number | undefined {
    const now = this.#clock.monotonicMs();
    const told = this.#told.get(key);
    if (told === undefined || now >= told.lastMs + mostMs) {
      this.#told.delete(key);
      const [oldest] = this.#told.keys();
      if (oldest !== undefined && this.#told.size >= keysMax) this.#told.delete(oldest);
      this.#told.set(key, { nextMs: now + firstMs, waitMs: firstMs, lastMs: now, untold: 0 });
      return 0;
    }
    told.lastMs = now;
    if (now < told.nextMs) {
      told.untold += 1;
      return undefined;
    }
    const { untold } = told;
    told.untold = 0;
    told.waitMs = Math.min(2 * told.waitMs, mostMs);
    told.nextMs = now + told.waitMs;
    return untold;
  }

  /** It is over: the next time is told at once. */
  forget(): void {
    this.#told.clear();
  }
}

/** The reason with how often it was not told. */
export function withUntold(reason: string, untold: number): string {
  return untold === 0 ? reason : `${reason} (and ${untold} times more since this was told last)`;
}
