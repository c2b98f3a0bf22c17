// The bytes of one in-memory file, in blocks of 4 KiB as a disk would keep them. A block that was never written is a hole:
// it reads as zeros and occupies nothing.

export const blockBytes = 4096;

export class SparseBytes {
  readonly #blocks = new Map<number, Buffer>();
  #size = 0;

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
    for (const part of blocksOf(offset, data.length)) {
      let block = this.#blocks.get(part.block);
      if (block === undefined) {
        allocate();
        block = Buffer.alloc(blockBytes);
        this.#blocks.set(part.block, block);
      }
      block.set(data.subarray(part.at - offset, part.at - offset + part.to - part.from), part.from);
      this.#size = Math.max(this.#size, part.at + part.to - part.from);
    }
  }

  /** Returns how many blocks were given back. */
  truncate(size: number): number {
    const freed = this.#size > size ? this.punch(size, this.#size - size) : 0;
    this.#size = size;
    return freed;
  }

  /** Makes a range read as zeros; the part of it behind the end is ignored. Returns how many blocks were given back. */
  punch(offset: number, length: number): number {
    let freed = 0;
    for (const part of blocksOf(offset, Math.min(length, this.#size - offset))) {
      const reachesEnd = part.at + part.to - part.from >= this.#size;
      if (part.from === 0 && (part.to === blockBytes || reachesEnd)) {
        if (this.#blocks.delete(part.block)) freed += 1;
      } else {
        this.#blocks.get(part.block)?.fill(0, part.from, part.to);
      }
    }
    return freed;
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
