// The journal of the node table: each change of it, so that the next process of the filter has the same table, with the same
// node numbers. It lies in memory that outlives the process (kernel/lasting-memory.ts).
//
// The table follows from its changes alone, so it is made again by doing them again. Records are appended to one of two halves; when
// a half has grown to a multiple of what the table needs, the table itself is written to the other half, which then is the one in use.
//
//   record: 12 words (length of the record, kind, eight numbers, lengths of two names), the two names, up to a multiple of 8 bytes
//
// Invariants: a record is whole before `head` is moved behind it. `mark` is where the request began that is not finished: when it is done
// again, everything behind it has not happened.

export const recordKind = {
  tell: 1,
  removeName: 2,
  move: 3,
  exchange: 4,
  endInode: 5,
  forget: 6,
  opens: 7,
  loseLink: 8,
  reset: 9,
  node: 10,
  name: 11,
} as const;

export interface JournalRecord {
  readonly kind: number;
  readonly numbers: readonly number[];
  readonly first: string;
  readonly second: string;
}

const headerWords = 12;
const numbersMax = 8;
const nameBytesMax = 4096;

export const journalControlBytes = 64;
const halfBytes = 128 * 1024 * 1024;
/** Control words, then two halves. */
export const journalBytes = journalControlBytes + 2 * halfBytes;
/** A half is left when it holds so much more than the table needed, or is so full. */
const growthMax = 4;
const fullAt = 0.9 * halfBytes;
/** A table that needs more would have to be written again too often. */
const tableBytesMax = 0.7 * halfBytes;
const growthBytesMin = 1024 * 1024;

/** Control words. Heads and marks, one for each half, are bytes from the beginning of their half. */
const control = { active: 0, head: 1, mark: 3, isFull: 5 } as const;

export class NodeJournal {
  readonly #control: Uint32Array;
  readonly #words: readonly Uint32Array[];
  readonly #bytes: readonly Buffer[];
  #half: number;
  #head: number;
  #leaveAt = growthBytesMin;

  constructor(memory: ArrayBuffer, start: number) {
    this.#control = new Uint32Array(memory, start, journalControlBytes / 4);
    const halves = [0, 1].map((half) => start + journalControlBytes + half * halfBytes);
    this.#words = halves.map((at) => new Uint32Array(memory, at, halfBytes / 4));
    this.#bytes = halves.map((at) => Buffer.from(memory, at, halfBytes));
    this.#half = this.#control[control.active] as number;
    this.#head = this.#control[control.head + this.#half] as number;
  }

  /** Whether the table can no longer be made again, because it has had more nodes than there is room for. */
  get isFull(): boolean {
    return this.#control[control.isFull] !== 0;
  }

  /** A request begins: what is recorded from now on belongs to it. */
  mark(): void {
    this.#control[control.mark + this.#half] = this.#head;
  }

  /** Takes back what belongs to the request that has begun. */
  rollBack(): void {
    this.#moveHead(this.#control[control.mark + this.#half] as number);
  }

  /** Whether the table is to be written anew; between two requests only. */
  get isGrown(): boolean {
    return this.#head > this.#leaveAt;
  }

  append(kind: number, numbers: readonly number[], first = '', second = ''): void {
    const at = this.#head;
    const length = (4 * headerWords + first.length + second.length + 7) & ~7;
    if (at + 4 * headerWords + 2 * nameBytesMax > halfBytes) {
      this.#control[control.isFull] = 1;
      return;
    }
    const words = this.#words[this.#half] as Uint32Array;
    const word = at >> 2;
    words[word] = length;
    words[word + 1] = kind;
    for (let index = 0; index < numbersMax; index++) words[word + 2 + index] = numbers[index] ?? 0;
    words[word + 10] = first.length;
    words[word + 11] = second.length;
    const bytes = this.#bytes[this.#half] as Buffer;
    if (first !== '') bytes.write(first, at + 4 * headerWords, 'latin1');
    if (second !== '') bytes.write(second, at + 4 * headerWords + first.length, 'latin1');
    this.#moveHead(at + length);
  }

  *records(): Generator<JournalRecord> {
    const words = this.#words[this.#half] as Uint32Array;
    const bytes = this.#bytes[this.#half] as Buffer;
    for (let at = 0; at < this.#head; at += words[at >> 2] as number) {
      const word = at >> 2;
      const firstAt = at + 4 * headerWords;
      const secondAt = firstAt + (words[word + 10] as number);
      yield {
        kind: words[word + 1] as number,
        numbers: Array.from(words.subarray(word + 2, word + 2 + numbersMax)),
        first: bytes.toString('latin1', firstAt, secondAt),
        second: bytes.toString('latin1', secondAt, secondAt + (words[word + 11] as number)),
      };
    }
  }

  /** Writes a table to the other half, and goes on there. @param write Appends the records of the whole table. */
  rewrite(write: () => void): void {
    const before = this.#half;
    this.#half = 1 - before;
    this.#head = 0;
    this.append(recordKind.reset, []);
    write();
    this.#leaveAt = Math.min(fullAt, Math.max(growthBytesMin, growthMax * this.#head));
    if (this.#head > tableBytesMax) {
      this.#control[control.isFull] = 1;
      this.#leaveAt = Number.POSITIVE_INFINITY;
    }
    this.mark();
    Atomics.store(this.#control, control.active, this.#half);
  }

  #moveHead(to: number): void {
    this.#head = to;
    Atomics.store(this.#control, control.head + this.#half, to);
  }
}
