// Splits what arrives from a filter into records and words, wherever the pieces were cut.
//
// What comes is copied once, one behind the other, into large blocks: buffers of their own for every piece would make the
// collector of garbage run all the time.
import { recordEnd } from '../../../wire/records/operation-codec.ts';

const blockBytes = 1024 * 1024;

export class RecordSplitter {
  #block = Buffer.alloc(0);
  /** Where the first one begins that is not whole yet. */
  #start = 0;
  #end = 0;

  /** The whole ones, in order, in memory that stays as it is; `bytes` may be used again. Throws WireFailure when no record has its length. */
  push(bytes: Buffer): Buffer[] {
    if (this.#end + bytes.length > this.#block.length) this.#makeRoom(bytes.length);
    bytes.copy(this.#block, this.#end);
    this.#end += bytes.length;
    const all = this.#block.subarray(0, this.#end);
    const whole: Buffer[] = [];
    for (let end = recordEnd(all, this.#start); end !== undefined; end = recordEnd(all, this.#start)) {
      whole.push(all.subarray(this.#start, end));
      this.#start = end;
    }
    return whole;
  }

  /** The other ones keep the block before. */
  #makeRoom(length: number): void {
    const rest = this.#block.subarray(this.#start, this.#end);
    // One that takes more than a block soon takes twice as much, and not a little more with every piece.
    this.#block = Buffer.allocUnsafeSlow(Math.max(blockBytes, 2 * (rest.length + length)));
    rest.copy(this.#block);
    this.#start = 0;
    this.#end = rest.length;
  }
}
