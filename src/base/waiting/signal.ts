// Waiting for "something changed" without losing a change that comes before the wait: a waiter takes the promise of the next
// change first, then looks, then waits.

export class Signal {
  #notify: () => void = () => undefined;
  #next: Promise<void>;

  constructor() {
    this.#next = this.#fresh();
  }

  /** Resolves at the next `notify` after this call. */
  next(): Promise<void> {
    return this.#next;
  }

  notify(): void {
    const notify = this.#notify;
    this.#next = this.#fresh();
    notify();
  }

  /** Resolves when `condition` holds, looking again at every change. */
  async until(condition: () => boolean): Promise<void> {
    for (let next = this.#next; !condition(); next = this.#next) await next;
  }

  #fresh(): Promise<void> {
    return new Promise((resolve) => {
      this.#notify = resolve;
    });
  }
}
