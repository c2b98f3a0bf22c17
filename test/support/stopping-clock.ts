// The clock of one process that may be stopped, as by SIGSTOP: time goes on, and the timers that come due meanwhile fire when it
// goes on, in their order. Or its machine sleeps: then time as the process knows it stands still.
import type { CancelTimer, Clock } from '../../src/base/waiting/clock.ts';
import type { ManualClock } from '../../src/simulator/time/manual-clock.ts';

export class StoppingClock implements Clock {
  readonly #world: ManualClock;
  #stopped = false;
  #held: (() => void)[] = [];
  #sleptMs = 0;

  constructor(world: ManualClock) {
    this.#world = world;
  }

  wallMs(): number {
    return this.#world.wallMs();
  }

  monotonicMs(): number {
    return this.#world.monotonicMs();
  }

  bootMs(): number {
    return this.#world.monotonicMs() + this.#sleptMs;
  }

  after(delayMs: number, callback: () => void): CancelTimer {
    let cancelled = false;
    const cancel = this.#world.after(delayMs, () => {
      const run = (): void => void (cancelled || callback());
      if (this.#stopped) this.#held.push(run);
      else run();
    });
    return () => {
      cancelled = true;
      cancel();
    };
  }

  /** The process is stopped for so long; whatever else has this clock's world goes on. */
  async stopFor(durationMs: number): Promise<void> {
    this.#stopped = true;
    await this.#world.advance(durationMs);
    this.#stopped = false;
    for (const run of this.#held.splice(0)) {
      run();
      await this.#world.advance(0);
    }
  }

  /** The machine sleeps for so long. */
  sleep(durationMs: number): void {
    this.#sleptMs += durationMs;
  }
}
