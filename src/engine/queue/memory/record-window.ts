// Consecutive records of a queue in memory, oldest first, each with the rolling checksum after it. Records are numbered by
// whatever the queue counts (sequence or index). Taking from the front costs O(1) on average.
//
// A small Buffer is mostly a view of a piece of memory that it shares with whatever was made at the same time (Node.js,
// `Buffer.poolSize`), and keeps all of that. So small records are copied, one behind the other, into pieces that only this
// window uses: they go in order, and what they take is what the window says. Records that came together, as they do from a link
// or a log, lie in a block that holds nothing else, and are left there.
import { assert } from '../../../base/failure.ts';

/** A record in memory costs this much beside its bytes: its Buffer, its checksum, its places in two arrays. */
export const recordOverheadBytes = 128;

const gone = Buffer.alloc(0);
const compactMin = 1024;
const pieceBytes = 65_536;
/** Node.js gives a buffer of this size memory of its own. */
const largeBytes = pieceBytes / 2;

export interface WindowSlice {
  readonly records: readonly Buffer[];
  readonly checksumAfter: bigint;
}

export class RecordWindow {
  #records: Buffer[] = [];
  #checksums: bigint[] = [];
  /** Where the first record lies in the arrays; those before are gone. */
  #start = 0;
  #first: number;
  /** The checksum before the first record. */
  #checksumBefore: bigint;
  #bytes = 0;
  /** The rest of the piece that takes the next small records. */
  #room = gone;

  readonly #comesInBlocks: boolean;

  /**
   * `first`: the number of the first record that will be pushed; `checksumBefore`: the rolling checksum before it. `comesInBlocks`:
   * what is pushed lies in memory that it fills.
   */
  constructor(first: number, checksumBefore: bigint, comesInBlocks = false) {
    this.#first = first;
    this.#checksumBefore = checksumBefore;
    this.#comesInBlocks = comesInBlocks;
  }

  get first(): number {
    return this.#first;
  }

  /** One less than `first` when it is empty. */
  get last(): number {
    return this.#first + this.#count - 1;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Of the records alone. */
  get bytes(): number {
    return this.#bytes;
  }

  get memoryBytes(): number {
    return this.#bytes + this.#count * recordOverheadBytes;
  }

  get #count(): number {
    return this.#records.length - this.#start;
  }

  holds(number: number): boolean {
    return number >= this.#first && number <= this.last;
  }

  /** Appends the record with the number `last + 1`. */
  push(record: Buffer, checksum: bigint): void {
    this.#keep(this.#owned(record), checksum);
  }

  #keep(record: Buffer, checksum: bigint): void {
    this.#records.push(record);
    this.#checksums.push(checksum);
    this.#bytes += record.length;
  }

  #owned(record: Buffer): Buffer {
    const { length } = record;
    const { byteLength } = record.buffer;
    if (length >= largeBytes || length === byteLength) return record;
    if (this.#comesInBlocks && byteLength > Buffer.poolSize) return record;
    if (length > this.#room.length) this.#room = Buffer.allocUnsafeSlow(pieceBytes);
    const own = this.#room.subarray(0, length);
    own.set(record);
    this.#room = this.#room.subarray(length);
    return own;
  }

  /** The checksum after a record that is held, or after the one just before the first. */
  checksumAt(number: number): bigint | undefined {
    if (number === this.#first - 1) return this.#checksumBefore;
    return this.holds(number) ? this.#checksums[this.#start + number - this.#first] : undefined;
  }

  /**
   * Records from the number `from` on, not beyond `lastMax`: as many as take no more than `bytesMax` together with `each`
   * bytes for each, but at least one. undefined when `from` is not held.
   */
  slice(from: number, bytesMax: number, lastMax = this.last, each = 0): WindowSlice | undefined {
    if (!this.holds(from)) return undefined;
    const begin = this.#start + from - this.#first;
    const endMax = Math.min(this.#records.length, begin + lastMax - from + 1);
    let end = begin + 1;
    let bytes = (this.#records[begin] ?? gone).length + each;
    while (end < endMax) {
      bytes += (this.#records[end] ?? gone).length + each;
      if (bytes > bytesMax) break;
      end += 1;
    }
    return { records: this.#records.slice(begin, end), checksumAfter: this.#checksums[end - 1] ?? 0n };
  }

  /** The checksums that belong to a slice of `count` records from the number `from` on. */
  checksums(from: number, count: number): readonly bigint[] {
    const begin = this.#start + from - this.#first;
    return this.#checksums.slice(begin, begin + count);
  }

  /** Moves the first record to the end of another window. */
  moveFirst(to: RecordWindow): void {
    const record = this.#records[this.#start];
    const checksum = this.#checksums[this.#start];
    assert(record !== undefined && checksum !== undefined && to.last + 1 === this.#first, 'records move in order');
    to.#keep(record, checksum);
    this.dropThrough(this.#first);
  }

  /** Bytes in memory of the first record; 0 when there is none. */
  get firstMemoryBytes(): number {
    const record = this.#records[this.#start];
    return record === undefined ? 0 : record.length + recordOverheadBytes;
  }

  /** Lets go of all records up to this number. */
  dropThrough(number: number): void {
    while (this.#first <= number && this.#start < this.#records.length) {
      this.#bytes -= (this.#records[this.#start] ?? gone).length;
      this.#checksumBefore = this.#checksums[this.#start] ?? 0n;
      this.#records[this.#start] = gone;
      this.#start += 1;
      this.#first += 1;
    }
    if (this.#start === this.#records.length) {
      this.#records = [];
      this.#checksums = [];
      this.#start = 0;
    } else if (this.#start >= compactMin && this.#start * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#start);
      this.#checksums = this.#checksums.slice(this.#start);
      this.#start = 0;
    }
  }
}
