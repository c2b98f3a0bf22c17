// The journal of the node table: each change of it, so that the next process of the filter has the same table, with the same
// node numbers. It lies in memory that outlives the process (kernel/lasting-memory.ts).
//
// The table follows from its changes alone, so it is made again by doing them again. Records are appended to one of two halves; when
// a half has grown to a multiple of what the table needs, the table itself is written to the other half, which then is the one in use.
//
//   record: a word (kind: 8 bits, count of numbers: 8 bits, length of the record in words: 16 bits), its numbers, each a word; if it has
//   names, a word (their lengths: 16 bits each), the two names, the second of which may be empty, up to a whole word
//
// Invariants: a record is whole before `head` is moved behind it. `mark` is where the request began that is not finished: when it is done
// again, everything behind it has not happened.

export const recordKind = {
  tell: 1,
  removeName: 2,
  loseName: 3,
  move: 4,
  exchange: 5,
  forget: 6,
  opened: 7,
  closed: 8,
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

/** More than any record has: two names of 4095 bytes each, and what stands before them. */
const recordBytesMax = 9 * 1024;

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
  readonly #halves: readonly Half[];
  #half: number;
  #words: Uint32Array;
  #bytes: Uint8Array;
  #head: number;
  #leaveAt = growthBytesMin;
  /** The record that is being written: its kind, and the word where it goes on. */
  #kind = 0;
  #at = 0;

  constructor(memory: ArrayBuffer, start: number) {
    this.#control = new Uint32Array(memory, start, journalControlBytes / 4);
    this.#halves = [0, 1].map((half) => halfAt(memory, start + journalControlBytes + half * halfBytes));
    this.#half = this.#control[control.active] as number;
    ({ words: this.#words, bytes: this.#bytes } = this.#halves[this.#half] as Half);
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

  /** Begins a record. Its numbers follow by `put`, then `end` or `endNamed`. */
  begin(kind: number): void {
    if (this.#head + recordBytesMax > halfBytes) this.#control[control.isFull] = 1;
    this.#kind = kind;
    this.#at = (this.#head >> 2) + 1;
  }

  put(number: number): void {
    this.#words[this.#at++] = number;
  }

  end(): void {
    this.#finish(this.#at, this.#at);
  }

  endNamed(first: string, second = ''): void {
    const namesAt = this.#at;
    const firstAt = 4 * (namesAt + 1);
    const secondAt = firstAt + first.length;
    this.#words[namesAt] = first.length | (second.length << 16);
    putText(this.#bytes, firstAt, first);
    if (second !== '') putText(this.#bytes, secondAt, second);
    this.#finish(namesAt, (secondAt + second.length + 3) >> 2);
  }

  *records(): Generator<JournalRecord> {
    const { words, bytes } = this.#halves[this.#half] as Half;
    for (let at = 0; at < this.#head >> 2; ) {
      const word = words[at] as number;
      const namesAt = at + 1 + ((word >> 8) & 0xff);
      const end = at + (word >>> 16);
      const lengths = namesAt < end ? (words[namesAt] as number) : 0;
      const firstAt = 4 * (namesAt + 1);
      const secondAt = firstAt + (lengths & 0xffff);
      yield {
        kind: word & 0xff,
        numbers: Array.from(words.subarray(at + 1, namesAt)),
        first: bytes.toString('latin1', firstAt, secondAt),
        second: bytes.toString('latin1', secondAt, secondAt + (lengths >>> 16)),
      };
      at = end;
    }
  }

  /** Writes a table to the other half, and goes on there. @param write Appends the records of the whole table. */
  rewrite(write: () => void): void {
    this.#half = 1 - this.#half;
    ({ words: this.#words, bytes: this.#bytes } = this.#halves[this.#half] as Half);
    this.#head = 0;
    this.begin(recordKind.reset);
    this.end();
    write();
    this.#leaveAt = Math.min(fullAt, Math.max(growthBytesMin, growthMax * this.#head));
    if (this.#head > tableBytesMax) {
      this.#control[control.isFull] = 1;
      this.#leaveAt = Number.POSITIVE_INFINITY;
    }
    this.mark();
    Atomics.store(this.#control, control.active, this.#half);
  }

  /** @param numbersEnd The word behind the last number. @param end The word behind the record. */
  #finish(numbersEnd: number, end: number): void {
    if (this.isFull) return;
    const at = this.#head >> 2;
    this.#words[at] = this.#kind | ((numbersEnd - at - 1) << 8) | ((end - at) << 16);
    this.#moveHead(4 * end);
  }

  #moveHead(to: number): void {
    this.#head = to;
    this.#control[control.head + this.#half] = to;
  }
}

interface Half {
  readonly words: Uint32Array;
  readonly bytes: Buffer;
}

function halfAt(memory: ArrayBuffer, start: number): Half {
  return { words: new Uint32Array(memory, start, halfBytes / 4), bytes: Buffer.from(memory, start, halfBytes) };
}

/** For a short text this takes less time than a call of Node.js. */
function putText(bytes: Uint8Array, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
}
