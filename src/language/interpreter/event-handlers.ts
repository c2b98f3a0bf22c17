// The event handlers of a run. Events come whenever the host has some, and wait in a queue; handlers run one after the other
// at the places where the script lets them: between two statements, and while it waits. A handler is never interrupted by
// another one, and runs in no command's middle.
import { Signal } from '../../base/waiting/signal.ts';
import type { RecordValue } from '../values/value.ts';

type Handler = (event: RecordValue) => Promise<void>;

export class EventHandlers {
  readonly #queue: { readonly handler: Handler; readonly event: RecordValue }[] = [];
  /** How many of PARALLEL, handlers and FINALLY blocks of a stopped run keep handlers from running now. */
  #held = 0;
  readonly #wake = new Signal();

  /** What the host calls for each event that a handler wants. */
  add(handler: Handler, event: RecordValue): void {
    this.#queue.push({ handler, event });
    this.#wake.notify();
  }

  get isDue(): boolean {
    return this.#queue.length > 0 && this.#held === 0;
  }

  async hold<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#held++;
    try {
      return await work();
    } finally {
      this.#held--;
    }
  }

  /** Runs what is queued now, and leaves what comes meanwhile. */
  async runLast(): Promise<void> {
    for (let left = this.#queue.length; left > 0 && this.isDue; left--) await this.#runNext();
  }

  /** Runs what is queued, and what comes meanwhile. Rejects with what a handler ended with; the rest stays queued. */
  async run(): Promise<void> {
    while (this.isDue) await this.#runNext();
  }

  async #runNext(): Promise<void> {
    const next = this.#queue.shift();
    if (next !== undefined) await this.hold(() => next.handler(next.event));
  }

  /** Waits for `work`, and runs handlers meanwhile. Rejects as soon as a handler does. */
  async during<Result>(work: Promise<Result>): Promise<Result> {
    let ended = false;
    const end = work.finally(() => {
      ended = true;
      this.#wake.notify();
    });
    // When a handler ends the run first, nobody else asks how the work ended.
    end.catch(() => undefined);
    while (!ended) {
      if (this.isDue) await this.run();
      const woken = this.#wake.next();
      // Beside the work itself, which may last for days, each wait would leave something.
      if (!ended && !this.isDue) await woken;
    }
    return end;
  }
}
