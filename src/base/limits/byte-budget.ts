// One budget of memory for all messages that others have begun to send and not ended. When it is used up, the message that
// began first is dropped: an honest one is whole within milliseconds, so it is never the oldest.
//
// Invariant: the messages hold at most `bytesMax`, and the piece that came last. One that is whole counts until it is closed,
// and is not dropped any more, because somebody works with it.

export interface HeldBytes {
  /** Counts more bytes. For want of room messages are dropped, maybe this one: `evicted` of each is called, and it counts no more. */
  add(bytes: number): void;
  /** It is whole. */
  keep(): void;
  close(): void;
}

interface Held {
  bytes: number;
  isWhole: boolean;
  readonly evicted: () => void;
}

export class ByteBudget {
  readonly #bytesMax: number;
  /** The oldest first. */
  readonly #held = new Set<Held>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  open(evicted: () => void): HeldBytes {
    const held: Held = { bytes: 0, isWhole: false, evicted };
    this.#held.add(held);
    return {
      add: (bytes) => {
        if (!this.#held.has(held)) return;
        held.bytes += bytes;
        this.#bytes += bytes;
        this.#makeRoom();
      },
      keep: () => {
        held.isWhole = true;
      },
      close: () => this.#release(held),
    };
  }

  #makeRoom(): void {
    for (const held of this.#held) {
      if (this.#bytes <= this.#bytesMax) return;
      if (held.isWhole || held.bytes === 0) continue;
      this.#release(held);
      held.evicted();
    }
  }

  #release(held: Held): void {
    if (this.#held.delete(held)) this.#bytes -= held.bytes;
  }
}
