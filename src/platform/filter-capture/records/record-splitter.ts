// Splits what arrives from a filter into records and words, wherever the pieces were cut.
import { recordEnd } from '../../../wire/records/operation-codec.ts';

export class RecordSplitter {
  /** The beginning of one that is not whole yet. */
  #rest: Buffer = Buffer.alloc(0);

  /** The whole ones, in order; views of what came, where it was not cut. Throws WireFailure when no record has its length. */
  push(bytes: Buffer): Buffer[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const whole: Buffer[] = [];
    let at = 0;
    for (let end = recordEnd(all, at); end !== undefined; end = recordEnd(all, at)) {
      whole.push(all.subarray(at, end));
      at = end;
    }
    this.#rest = all.subarray(at);
    return whole;
  }
}
