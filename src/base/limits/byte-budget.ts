// Memory for what others have begun to send and not ended, shared by all of them. When it is used up, the one that began
// first goes: what is sent in good order is whole in milliseconds, so the oldest is never that.
//
// Invariant: what is held is at most `bytesMax` and the piece that came last. What is whole counts until it is closed, and is
// not taken away any more: somebody works with it.

export interface HeldBytes {
  /** May take others, or this one itself, away: then `evicted` of that one is called, and it counts no more. */
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
