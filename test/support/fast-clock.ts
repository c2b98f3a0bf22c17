// A clock that runs faster than the system's, for tests that wait for a retry. It goes in steps of bounded size, and each step needs a
// turn of the event loop: so a limit of ten seconds does not end on a busy machine just because this process had no turn to work in.
import type { CancelTimer, Clock } from '../../src/base/waiting/clock.ts';
import { SystemClock } from '../../src/platform/kernel/system-clock.ts';
import { TimerQueue } from '../../src/simulator/time/timer-queue.ts';

const tickMs = 5;
const stepMostMs = 200;

export class FastClock implements Clock {
  readonly #system = new SystemClock();
  readonly #timers = new TimerQueue();
  readonly #speed: number;
  #nowMs = 0;
  #tickedMs = 0;
  #isTicking = false;

  constructor(speed: number) {
    this.#speed = speed;
  }

  wallMs(): number {
    return this.#system.wallMs();
  }

  /** Stands still while nobody waits. */
  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): CancelTimer {
    const timer = this.#timers.add(this.#nowMs + delayMs, callback);
    this.#tickLater();
    return () => this.#timers.cancel(timer);
  }

  #tickLater(): void {
    if (this.#isTicking || this.#timers.first() === undefined) return;
    this.#isTicking = true;
    this.#tickedMs = this.#system.monotonicMs();
    setTimeout(() => {
      this.#isTicking = false;
      this.#nowMs += Math.min(stepMostMs, (this.#system.monotonicMs() - this.#tickedMs) * this.#speed);
      for (let due = this.#timers.first(); due !== undefined && due.dueMs <= this.#nowMs; due = this.#timers.first())
        this.#timers.take(due)?.();
      this.#tickLater();
    }, tickMs);
  }
}
