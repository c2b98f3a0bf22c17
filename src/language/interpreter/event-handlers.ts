// The event handlers of a run. Events arrive at any time and wait in a queue. Handlers run one after the other between
// two statements, and while the script waits. A handler is never interrupted by another one, and never runs while a
// command runs.
import { Signal } from '../../base/waiting/signal.ts';
import type { RecordValue } from '../values/value.ts';

type Handler = (event: RecordValue) => Promise<void>;

export class EventHandlers {
  readonly #queue: { readonly handler: Handler; readonly event: RecordValue }[] = [];
  /**
   * The number of PARALLEL statements, handlers, and FINALLY blocks of a stopped run that now keep handlers from
   * running.
   */
  #held = 0;
  readonly #wake = new Signal();

  /** The host calls this for each event that a handler waits for. */
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

  /** Handles the events that are queued now; events that arrive meanwhile stay queued. */
  async runLast(): Promise<void> {
    for (let left = this.#queue.length; left > 0 && this.isDue; left--) await this.#runNext();
  }

  /**
   * Handles queued events, and those that arrive meanwhile. Rejects when a handler throws; the other events stay
   * queued.
   */
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
    // When a handler ends the run first, nothing else handles a rejection of `end`.
    end.catch(() => undefined);
    while (!ended) {
      if (this.isDue) await this.run();
      const woken = this.#wake.next();
      // A race against the work, which may last for days, would leave a listener on it at each wait.
      if (!ended && !this.isDue) await woken;
    }
    return end;
  }
}
