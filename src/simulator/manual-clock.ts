// A clock that stands still until a test or the simulator turns it. Timers fire in the order in which they are due (those
// due together in the order in which they were set), with the clock at exactly their time, and everything that a callback
// sets in motion by promises has run before the next one fires.

import type { CancelTimer, Clock } from '../base/clock.ts';
import { assert } from '../base/failure.ts';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** 2026-01-01T00:00:00Z. */
const defaultWallMs = 1_767_225_600_000;

export class ManualClock implements Clock {
  #elapsedMs = 0;
  #wallAtStartMs: number;
  readonly #timers = new Set<Timer>();

  constructor(wallMs: number = defaultWallMs) {
    this.#wallAtStartMs = wallMs;
  }

  wallMs(): number {
    return this.#wallAtStartMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, callback: () => void): CancelTimer {
    const timer = { dueMs: this.#elapsedMs + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Sets the wall clock alone, as an administrator might; timers are not touched. */
  setWall(wallMs: number): void {
    this.#wallAtStartMs = wallMs - this.#elapsedMs;
  }

  /** How long until the next timer fires; undefined when none is set. */
  nextTimerMs(): number | undefined {
    const next = this.#earliest();
    return next === undefined ? undefined : Math.max(0, next.dueMs - this.#elapsedMs);
  }

  /** Lets `durationMs` pass; resolves when every timer due by then has fired and what they set in motion has settled. */
  async advance(durationMs: number): Promise<void> {
    assert(durationMs >= 0, 'time does not go back');
    const endMs = this.#elapsedMs + durationMs;
    await settled();
    for (let next = this.#earliest(); next !== undefined && next.dueMs <= endMs; next = this.#earliest()) {
      this.#timers.delete(next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      next.callback();
      await settled();
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, endMs);
  }

  #earliest(): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) {
      if (earliest === undefined || timer.dueMs < earliest.dueMs) earliest = timer;
    }
    return earliest;
  }
}

/** The event loop comes to an immediate only after every promise callback that is ready has run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
