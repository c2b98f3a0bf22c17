// Requests that are answered by another thread, because what they ask for waits for a disk: which they are, in memory that
// outlives the process, so that the next process of the filter can do them again.
//
//   slot, 8 words: kind (0: free), two of the request's `unique`, node, descriptor (of this process), bytes written or `nothingWritten`
//
// A slot is taken by the loop's thread and freed by the one that has answered. Which thread has which slot is settled by the lock words
// of `SlotLocks`, which end with the process.

export const waitingKind = { free: 0, data: 1, all: 2 } as const;
export type WaitingKind = typeof waitingKind.data | typeof waitingKind.all;

export const slotCount = 32;
const slotWords = 8;
/** For a request that is no write. */
export const nothingWritten = 0xffffffff;

export interface WaitingRequest {
  readonly kind: WaitingKind;
  readonly unique: readonly [low: number, high: number];
  readonly node: number;
  readonly descriptor: number;
  readonly written: number;
}

export class WaitingSlots {
  readonly #words: Uint32Array;

  constructor(memory: ArrayBuffer, start: number) {
    this.#words = new Uint32Array(memory, start, slotCount * slotWords);
  }

  put(slot: number, { kind, unique, node, descriptor, written }: WaitingRequest): void {
    this.#words.set([unique[0], unique[1], node, descriptor, written], slot * slotWords + 1);
    Atomics.store(this.#words, slot * slotWords, kind);
  }

  get(slot: number): WaitingRequest | undefined {
    const [kind, low = 0, high = 0, node = 0, descriptor = 0, written = 0] = this.#words.subarray(
      slot * slotWords,
      (slot + 1) * slotWords,
    );
    if (kind !== waitingKind.data && kind !== waitingKind.all) return undefined;
    return { kind, unique: [low, high], node, descriptor, written };
  }

  free(slot: number): void {
    Atomics.store(this.#words, slot * slotWords, waitingKind.free);
  }
}

/** Of a slot: nobody's; to be done; being done. */
const lock = { free: 0, offered: 1, taken: 2 } as const;
const control = { offers: 0, ready: 1, idle: 2, firstSlot: 3 } as const;

/** Which thread has which slot, in memory that threads of one process share. */
export class SlotLocks {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(shared = new SharedArrayBuffer(4 * (control.firstSlot + slotCount))) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
  }

  /** How many threads have begun to serve. */
  get ready(): number {
    return Atomics.load(this.#words, control.ready);
  }

  /** How many of them have nothing to do. */
  get idle(): number {
    return Atomics.load(this.#words, control.idle);
  }

  /** A slot that nobody has; undefined when all are in use. */
  reserve(): number | undefined {
    for (let slot = 0; slot < slotCount; slot++)
      if (Atomics.load(this.#words, control.firstSlot + slot) === lock.free) return slot;
    return undefined;
  }

  offer(slot: number): void {
    Atomics.store(this.#words, control.firstSlot + slot, lock.offered);
    Atomics.add(this.#words, control.offers, 1);
    Atomics.notify(this.#words, control.offers, 1);
  }

  begin(): void {
    Atomics.add(this.#words, control.ready, 1);
  }

  /** Sleeps until a slot is offered, and takes it. */
  take(): number {
    Atomics.add(this.#words, control.idle, 1);
    for (;;) {
      const offers = Atomics.load(this.#words, control.offers);
      for (let slot = 0; slot < slotCount; slot++) {
        const at = control.firstSlot + slot;
        if (Atomics.compareExchange(this.#words, at, lock.offered, lock.taken) !== lock.offered) continue;
        Atomics.sub(this.#words, control.idle, 1);
        return slot;
      }
      Atomics.wait(this.#words, control.offers, offers);
    }
  }

  release(slot: number): void {
    Atomics.store(this.#words, control.firstSlot + slot, lock.free);
  }
}
