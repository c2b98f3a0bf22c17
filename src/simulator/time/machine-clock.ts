// The clock of one machine: the time of the world, and a wall clock of its own that an administrator may set wrongly.
import type { CancelTimer, Clock } from '../../base/waiting/clock.ts';

export class MachineClock implements Clock {
  readonly #world: Clock;
  #aheadMs = 0;

  constructor(world: Clock) {
    this.#world = world;
  }

  wallMs(): number {
    return this.#world.wallMs() + this.#aheadMs;
  }

  monotonicMs(): number {
    return this.#world.monotonicMs();
  }

  after(delayMs: number, callback: () => void): CancelTimer {
    return this.#world.after(delayMs, callback);
  }

  /** Sets the wall clock by so much; a negative number sets it back. */
  set(byMs: number): void {
    this.#aheadMs += byMs;
  }
}
