// Tells any number of waiters that something changed. A waiter that looks at the state first could miss a change between its
// look and its wait; so it calls `next` first, then looks, then awaits. `until` does exactly that; a method that is called for
// every batch loops over `next` itself, which costs nothing where the condition already holds.

export class Signal {
  /** The promise of the next notification; undefined when nobody has asked for it. */
  #next: PromiseWithResolvers<void> | undefined;

  /** Resolves at the first `notify` after this call. */
  next(): Promise<void> {
    this.#next ??= Promise.withResolvers<void>();
    return this.#next.promise;
  }

  /** Wakes everybody who waits. */
  notify(): void {
    this.#next?.resolve();
    this.#next = undefined;
  }

  /** Resolves when `condition` holds. The condition is checked now and after every notification. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.next();
  }
}
