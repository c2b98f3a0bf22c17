// One piece of work at a time, in the order in which it was asked for.

export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #busy = false;
  /** While the piece of work that is being done lends its turn: the turns of those who work meanwhile. */
  #lent: Turns | undefined;

  /** Whether a piece of work is being done now. */
  get isBusy(): boolean {
    return this.#busy;
  }

  /** Runs the work when everything asked for before has ended, however it ended; nothing else runs meanwhile. */
  runAlone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#lent !== undefined) return this.#lent.runAlone(work);
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

  /**
   * Not to run alone, but its opposite: from inside a piece of work that runs alone, lets others run alone, one after the other,
   * while `work` lasts. What they have begun has ended when this resolves.
   */
  async lendTurn(work: () => Promise<void>): Promise<void> {
    const lent = new Turns();
    this.#lent = lent;
    try {
      await work();
    } finally {
      this.#lent = undefined;
      await lent.runAlone(async () => undefined);
    }
  }
}
