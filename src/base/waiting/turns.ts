// One piece of work at a time, in the order in which it was asked for.

export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #busy = false;

  /** Whether a piece of work is being done now. */
  get isBusy(): boolean {
    return this.#busy;
  }

  /** Runs the work when everything asked for before has ended, however it ended. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      this.#busy = true;
      try {
        return await work();
      } finally {
        this.#busy = false;
      }
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
