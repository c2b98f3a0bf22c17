// The bytes of one in-memory file, in blocks of 4 KiB as a disk would keep them. A block that was never written is a hole:
// it reads as zeros and occupies nothing. A block's bytes are never changed, only replaced, so that a copy of the whole costs
// no bytes.

export const blockBytes = 4096;

/** What a file held at some moment. */
export interface KeptBytes {
  readonly size: number;
  readonly blocks: ReadonlyMap<number, Buffer>;
}

export class SparseBytes {
  #blocks = new Map<number, Buffer>();
  #size = 0;
  #revision = 0;

  /** Changes whenever the bytes may have changed. */
  get revision(): number {
    return this.#revision;
  }

  keep(): KeptBytes {
    return { size: this.#size, blocks: new Map(this.#blocks) };
  }

  /** Returns how many blocks were given back, or taken when negative. */
  restore(kept: KeptBytes): number {
    const freed = this.#blocks.size - kept.blocks.size;
    this.#blocks = new Map(kept.blocks);
    this.#size = kept.size;
    this.#revision += 1;
    return freed;
  }

  get size(): number {
    return this.#size;
  }

  get allocatedBytes(): number {
    return this.#blocks.size * blockBytes;
  }

  read(offset: number, length: number): Buffer {
    const end = Math.min(offset + length, this.#size);
    const result = Buffer.alloc(Math.max(0, end - offset));
    for (const part of blocksOf(offset, result.length)) {
      this.#blocks.get(part.block)?.copy(result, part.at - offset, part.from, part.to);
    }
    return result;
  }

  /** Asks `allocate` before a hole becomes a block; when it throws, what came before stays written, as on a full disk. */
  write(offset: number, data: Uint8Array, allocate: () => void): void {
    this.#revision += 1;
    for (const part of blocksOf(offset, data.length)) {
      const before = this.#blocks.get(part.block);
      if (before === undefined) allocate();
      const block = before === undefined ? Buffer.alloc(blockBytes) : Buffer.from(before);
      this.#blocks.set(part.block, block);
      block.set(data.subarray(part.at - offset, part.at - offset + part.to - part.from), part.from);
      this.#size = Math.max(this.#size, part.at + part.to - part.from);
    }
  }

  /** Returns how many blocks were given back. */
  truncate(size: number): number {
    this.#revision += 1;
    const freed = this.#size > size ? this.punch(size, this.#size - size) : 0;
    this.#size = size;
    return freed;
  }

  /** Makes a range read as zeros; the part of it behind the end is ignored. Returns how many blocks were given back. */
  punch(offset: number, length: number): number {
    this.#revision += 1;
    let freed = 0;
    for (const part of this.#partsOf(offset, Math.min(length, this.#size - offset))) {
      const reachesEnd = part.at + part.to - part.from >= this.#size;
      if (part.from === 0 && (part.to === blockBytes || reachesEnd)) {
        if (this.#blocks.delete(part.block)) freed += 1;
      } else {
        const before = this.#blocks.get(part.block);
        if (before !== undefined) this.#blocks.set(part.block, Buffer.from(before).fill(0, part.from, part.to));
      }
    }
    return freed;
  }

  /** The parts of blocks in a range; of one with more blocks than there are, only those that are there. */
  *#partsOf(offset: number, length: number): Generator<BlockPart> {
    if (length / blockBytes <= this.#blocks.size + 2) {
      yield* blocksOf(offset, length);
      return;
    }
    for (const block of this.#blocks.keys()) {
      const from = Math.max(offset, block * blockBytes);
      const end = Math.min(offset + length, (block + 1) * blockBytes);
      if (from < end) yield* blocksOf(from, end - from);
    }
  }

  /** Where there are blocks, in order, neighbours joined, cut at the size. */
  dataRanges(): { offset: number; length: number }[] {
    const ranges: { offset: number; length: number }[] = [];
    for (const block of [...this.#blocks.keys()].sort((left, right) => left - right)) {
      const offset = block * blockBytes;
      const length = Math.min(blockBytes, this.#size - offset);
      const last = ranges.at(-1);
      if (last !== undefined && last.offset + last.length === offset) last.length += length;
      else ranges.push({ offset, length });
    }
    return ranges;
  }
}

interface BlockPart {
  readonly block: number;
  /** Where the part begins in the file, and from where to where it reaches in its block. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

function* blocksOf(offset: number, length: number): Generator<BlockPart> {
  const end = offset + length;
  for (let at = offset; at < end; ) {
    const block = Math.floor(at / blockBytes);
    const from = at - block * blockBytes;
    const to = Math.min(blockBytes, end - block * blockBytes);
    yield { block, at, from, to };
    at += to - from;
  }
}
