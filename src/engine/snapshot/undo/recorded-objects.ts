// What has been recorded in the current interval, so that nothing is recorded twice. Forgetting any of it is harmless
// (DESIGN.md, "Intervals and segments"), which bounds its memory.
import type { Identity } from '../../apply/replica/identity.ts';
import type { UndoRecord } from './undo-records.ts';

export const blockBytes = 4096;
const chunkBlocks = 256;
/** A longer row of blocks (a hole) is kept as a range: 256 MiB. */
const rangeBlocksMin = 65_536;

interface BlockRange {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** A set of block numbers of one file. */
export class BlockSet {
  /** By number of chunk; one bit a block. */
  readonly #chunks = new Map<number, Uint8Array>();
  readonly #ranges: BlockRange[] = [];
  #allFrom = Number.POSITIVE_INFINITY;

  has(block: number): boolean {
    if (block >= this.#allFrom || this.#ranges.some(({ from, to }) => block >= from && block < to)) return true;
    const bits = this.#chunks.get(Math.floor(block / chunkBlocks));
    const bit = block % chunkBlocks;
    return bits !== undefined && ((bits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }

  add(block: number): void {
    if (this.has(block)) return;
    const number = Math.floor(block / chunkBlocks);
    let bits = this.#chunks.get(number);
    if (bits === undefined) {
      bits = new Uint8Array(chunkBlocks / 8);
      this.#chunks.set(number, bits);
    }
    const bit = block % chunkBlocks;
    bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
  }

  addRange(from: number, to: number): void {
    if (to - from >= rangeBlocksMin) this.#ranges.push({ from, to });
    else for (let block = from; block < to; block += 1) this.add(block);
  }

  /** True only when all of these blocks are in the set, by one reason. */
  hasRow(from: number, to: number): boolean {
    return from >= this.#allFrom || this.#ranges.some((range) => range.from <= from && range.to >= to);
  }

  /** Whether any of these blocks is in the set. */
  hasSome(from: number, to: number): boolean {
    if (to > this.#allFrom || this.#ranges.some((range) => from < range.to && to > range.from)) return true;
    const [first, last] = [Math.floor(from / chunkBlocks), Math.floor((to - 1) / chunkBlocks)];
    for (const number of this.#chunks.keys()) {
      if (number < first || number > last) continue;
      const end = Math.min(to, (number + 1) * chunkBlocks);
      for (let block = Math.max(from, number * chunkBlocks); block < end; block += 1) if (this.has(block)) return true;
    }
    return false;
  }

  addAllFrom(block: number): void {
    this.#allFrom = Math.min(this.#allFrom, block);
    for (const number of this.#chunks.keys()) {
      if (number * chunkBlocks >= this.#allFrom) this.#chunks.delete(number);
    }
  }

  get chunkCount(): number {
    return this.#chunks.size;
  }
}

export interface RecordedObject {
  /** Bytes a regular file had at its first touch; blocks behind need not be recorded. */
  readonly size: number;
  readonly blocks: BlockSet;
}

export class RecordedObjects {
  readonly #entries = new Set<string>();
  readonly #objects = new Map<Identity, RecordedObject>();
  readonly #born = new Set<Identity>();
  readonly #thingsMax: number;

  /** `thingsMax`: how many names, objects and born objects are remembered before all is forgotten. */
  constructor(thingsMax: number) {
    this.#thingsMax = thingsMax;
  }

  isBorn(object: Identity): boolean {
    return this.#born.has(object);
  }

  object(object: Identity): RecordedObject | undefined {
    return this.#objects.get(object);
  }

  hasEntry(directory: Identity, name: string): boolean {
    return this.#entries.has(`${directory}/${name}`);
  }

  /** Takes note of a record, one just gathered or one read back from the journal. */
  note(record: UndoRecord): void {
    switch (record.type) {
      case 'entry':
        this.#entries.add(`${record.directory}/${record.name}`);
        return;
      case 'object':
        if (!this.#objects.has(record.object)) {
          this.#objects.set(record.object, { size: record.size, blocks: new BlockSet() });
        }
        return;
      case 'bytes':
        this.#noteBlocks(record.object, record.offset, record.data.length);
        return;
      case 'zeros':
        this.#noteBlocks(record.object, record.offset, record.length);
        return;
      case 'born':
        this.#born.add(record.object);
    }
  }

  /** To be called while nothing gathered waits to be written. */
  bound(): void {
    if (this.#born.size + this.#entries.size + this.#objects.size > this.#thingsMax) {
      this.#entries.clear();
      this.#objects.clear();
    }
    // What was born is kept as long as possible: without it, whatever happens to new objects is recorded too.
    if (this.#born.size > this.#thingsMax) this.#born.clear();
  }

  #noteBlocks(object: Identity, offset: number, length: number): void {
    const blocks = this.#objects.get(object)?.blocks;
    if (blocks === undefined) return;
    blocks.addRange(offset / blockBytes, Math.ceil((offset + length) / blockBytes));
  }
}
