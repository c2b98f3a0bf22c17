// Random bytes that a seed determines: the same seed gives the same bytes on every machine, in whatever pieces they are
// asked for. The generator is SplitMix32 (public domain): good enough to spread faults, never for keys.
import type { Random } from '../base/random.ts';

export class SeededRandom implements Random {
  #state: number;
  #word = 0;
  #bytesLeft = 0;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  bytes(length: number): Uint8Array {
    const result = new Uint8Array(length);
    for (let index = 0; index < length; index += 1) {
      if (this.#bytesLeft === 0) {
        this.#word = this.#nextWord();
        this.#bytesLeft = 4;
      }
      result[index] = this.#word & 0xff;
      this.#word >>>= 8;
      this.#bytesLeft -= 1;
    }
    return result;
  }

  #nextWord(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }
}
