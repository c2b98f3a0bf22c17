// Timers in the order in which they are due, those due together in the order in which they were set: a binary heap, so that
// a day of heartbeats among hundreds of waiting timers costs no search. A cancelled timer is left out when its turn comes.

export interface QueuedTimer {
  readonly dueMs: number;
  /** Undefined once cancelled. */
  callback: (() => void) | undefined;
}

interface Entry extends QueuedTimer {
  readonly order: number;
}

export class TimerQueue {
  readonly #heap: Entry[] = [];
  #set = 0;
  #cancelled = 0;

  add(dueMs: number, callback: () => void): QueuedTimer {
    const entry: Entry = { dueMs, callback, order: this.#set };
    this.#set += 1;
    this.#rise(entry);
    return entry;
  }

  cancel(timer: QueuedTimer): void {
    if (timer.callback === undefined) return;
    timer.callback = undefined;
    this.#cancelled += 1;
    // Long timeouts that are cancelled soon must not pile up until they would have been due.
    if (this.#cancelled > 64 && this.#cancelled > this.#heap.length >> 1) this.#sweep();
  }

  /** The next one that was not cancelled; it stays. */
  first(): QueuedTimer | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.callback !== undefined) return first;
      this.#cancelled -= 1;
      this.#removeFirst();
    }
    return undefined;
  }

  /** Takes `first` out: it is about to fire, and cancelling it does nothing any more. */
  take(first: QueuedTimer): (() => void) | undefined {
    const { callback } = first;
    first.callback = undefined;
    this.#removeFirst();
    return callback;
  }

  #sweep(): void {
    const kept = this.#heap.splice(0).filter((entry) => entry.callback !== undefined);
    this.#cancelled = 0;
    for (const entry of kept) this.#rise(entry);
  }

  #rise(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      if (left === undefined) break;
      const right = heap[2 * at + 2];
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);
}
