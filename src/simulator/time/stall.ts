// A process that stands still, as a stopped one or one in a paused machine does, and what waits for it meanwhile. When it goes on
// it does what Node does: first the timers that are due, in order, then what has come in, one after the other.

type Event = () => void;

interface HeldTimer {
  readonly callback: unknown;
  readonly fire: Event;
}

export class Stall {
  readonly #breathe: () => Promise<void>;
  #isOn = false;
  #timers: HeldTimer[] = [];
  readonly #events: Event[] = [];
  #isCatchingUp = false;

  /** @param breathe Lets what a callback has set in motion come to its end. */
  constructor(breathe: () => Promise<void>) {
    this.#breathe = breathe;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Whether what happens now has to wait: the process stands still, or has not caught up with what came before. */
  get holds(): boolean {
    return this.#isOn || this.#isCatchingUp;
  }

  begin(): void {
    this.#isOn = true;
  }

  end(): void {
    if (!this.#isOn) return;
    this.#isOn = false;
    if (!this.#isCatchingUp) void this.#catchUp();
  }

  /** `timer` is the callback of a timer; everything else comes after those. */
  hold(event: Event, timer?: unknown): void {
    if (timer === undefined) this.#events.push(event);
    else this.#timers.push({ callback: timer, fire: event });
  }

  cancelTimer(callback: unknown): void {
    if (this.#timers.length > 0) this.#timers = this.#timers.filter((timer) => timer.callback !== callback);
  }

  /** Resolves when the process has gone on and it is the caller's turn; at once where it does not stand still. */
  over(): Promise<void> {
    if (!this.holds) return Promise.resolve();
    return new Promise((resolve) => this.hold(resolve));
  }

  async #catchUp(): Promise<void> {
    this.#isCatchingUp = true;
    while (!this.#isOn) {
      const next = this.#timers.shift()?.fire ?? this.#events.shift();
      if (next === undefined) break;
      next();
      await this.#breathe();
    }
    this.#isCatchingUp = false;
  }
}
