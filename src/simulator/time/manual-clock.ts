// A clock that stands still until a test or the simulator turns it. Timers fire in the order in which they are due (those
// due together in the order in which they were set), with the clock at exactly their time, and everything that a callback
// sets in motion by promises has run before the next one fires.
import { assert } from '../../base/failure.ts';
import type { CancelTimer, Clock } from '../../base/waiting/clock.ts';
import { TimerQueue } from './timer-queue.ts';

/** 2026-01-01T00:00:00Z. */
const defaultWallMs = 1_767_225_600_000;

/** How many timers may fire before the event loop has a turn, where it has none for each. */
const timersPerTurn = 1000;

const leastWaitMs = 0.001;

export class ManualClock implements Clock {
  #elapsedMs = 0;
  #wallAtStartMs: number;
  readonly #timers = new TimerQueue();
  readonly #promisesAlone: boolean;
  #fired = 0;

  /**
   * With `promisesAlone` nothing but promises is waited for between two timers, which is quicker; where files or sockets of
   * the system are used beside the clock, the event loop must have its turn.
   */
  constructor(wallMs: number = defaultWallMs, promisesAlone = false) {
    this.#wallAtStartMs = wallMs;
    this.#promisesAlone = promisesAlone;
  }

  wallMs(): number {
    // In whole milliseconds, as the system's clock tells it.
    return Math.floor(this.#wallAtStartMs + this.#elapsedMs);
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, callback: () => void): CancelTimer {
    // A delay that was calculated may be too small to change the sum; the system's timers wait at least a millisecond.
    const waitMs = delayMs > 0 ? Math.max(delayMs, leastWaitMs) : 0;
    const timer = this.#timers.add(this.#elapsedMs + waitMs, callback);
    return () => this.#timers.cancel(timer);
  }

  /** Sets the wall clock alone, as an administrator might; timers are not touched. */
  setWall(wallMs: number): void {
    this.#wallAtStartMs = wallMs - this.#elapsedMs;
  }

  /** How long until the next timer fires; undefined when none is set. */
  nextTimerMs(): number | undefined {
    const next = this.#timers.first();
    return next === undefined ? undefined : Math.max(0, next.dueMs - this.#elapsedMs);
  }

  /**
   * Lets `durationMs` pass; resolves when every timer due by then has fired and what they set in motion has settled. Where
   * `isOver` holds after a timer, no more time passes.
   */
  async advance(durationMs: number, isOver: () => boolean = () => false): Promise<void> {
    assert(durationMs >= 0, 'time does not go back');
    const endMs = this.#elapsedMs + durationMs;
    await settled();
    for (let next = this.#timers.first(); next !== undefined && next.dueMs <= endMs; next = this.#timers.first()) {
      if (isOver()) return;
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      this.#timers.take(next)?.();
      this.#fired += 1;
      await (this.#promisesAlone && this.#fired % timersPerTurn > 0 ? promisesSettled() : settled());
    }
    if (!isOver()) this.#elapsedMs = Math.max(this.#elapsedMs, endMs);
  }
}

/** The event loop comes to an immediate only after every promise callback that is ready has run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Asked for from a promise's callback, a tick comes as soon as no promise's callback is ready any more. */
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
