// A clock for code that looks again and again whether something is new. While it is known that nothing is, its timers do not fire at
// all; after the next news they fire when the next look would have come. So the code sees the same at the same times, at less cost.
import type { CancelTimer, Clock } from '../../base/waiting/clock.ts';

interface Waiting {
  readonly dueMs: number;
  readonly everyMs: number;
  readonly callback: () => void;
}

export class NewsClock implements Clock {
  readonly #clock: Clock;
  readonly #waiting = new Map<symbol, Waiting>();
  readonly #armed = new Map<symbol, CancelTimer>();
  #isNews = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, callback: () => void): CancelTimer {
    const key = Symbol('timer');
    this.#waiting.set(key, { dueMs: this.monotonicMs() + delayMs, everyMs: Math.max(1, delayMs), callback });
    if (this.#isNews) this.#armAll();
    return () => {
      this.#waiting.delete(key);
      this.#armed.get(key)?.();
      this.#armed.delete(key);
    };
  }

  /** Something has happened that a look would see. */
  news(): void {
    this.#isNews = true;
    this.#armAll();
  }

  #armAll(): void {
    const nowMs = this.monotonicMs();
    for (const [key, { dueMs, everyMs, callback }] of this.#waiting) {
      const missed = Math.max(0, Math.ceil((nowMs - dueMs) / everyMs));
      const fire = (): void => {
        this.#armed.delete(key);
        this.#isNews = false;
        callback();
      };
      this.#armed.set(key, this.#clock.after(dueMs + missed * everyMs - nowMs, fire));
    }
    this.#waiting.clear();
  }
}
