// One place where many may wait for "something changed": a single promise for all of them, and none when nobody waits.

export class Gate {
  #opened: PromiseWithResolvers<void> | undefined;

  /** Resolves at the next `open`. */
  wait(): Promise<void> {
    this.#opened ??= Promise.withResolvers<void>();
    return this.#opened.promise;
  }

  open(): void {
    this.#opened?.resolve();
    this.#opened = undefined;
  }
}
