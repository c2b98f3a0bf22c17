// The hashes of a file's blocks, of which only blocks that are not zeros take memory: a file that claims a terabyte and holds
// a few entries costs a few hashes.
//
// A block that is not here is zeros, whatever its length: so is what lies behind the end of the file, once it has grown.
import type { HashRun } from '../model/stream/listing.ts';
import { blockBytes, hashBytes, zeroHash } from './content-hash.ts';

/** Hashes of one run of blocks that are kept together; also what a run may take more than it needs. */
const runBlocksMax = 4096;
const runBlocksMin = 8;

interface Run {
  readonly first: number;
  count: number;
  hashes: Buffer;
}

export class SparseHashes {
  readonly #runs: Run[] = [];

  static of(runs: readonly HashRun[]): SparseHashes {
    const all = new SparseHashes();
    all.addRuns(runs);
    return all;
  }

  /** Memory that it takes, about. */
  get bytes(): number {
    return this.#runs.reduce((sum, run) => sum + run.hashes.length + 100, 0);
  }

  get runs(): HashRun[] {
    return this.#runs.map(({ first, count, hashes }) => ({ first, hashes: hashes.subarray(0, count * hashBytes) }));
  }

  /** The hash of a block of `length` bytes; blocks come in ascending order. */
  add(block: number, hash: Buffer, length = blockBytes): void {
    if (hash.equals(zeroHash(length))) return;
    let run = this.#runs.at(-1);
    if (run === undefined || run.first + run.count !== block || run.count === runBlocksMax) {
      run = { first: block, count: 0, hashes: Buffer.allocUnsafeSlow(runBlocksMin * hashBytes) };
      this.#runs.push(run);
    }
    if (run.hashes.length === run.count * hashBytes) {
      const grown = Buffer.allocUnsafeSlow(2 * run.hashes.length);
      run.hashes.copy(grown);
      run.hashes = grown;
    }
    hash.copy(run.hashes, run.count * hashBytes);
    run.count += 1;
  }

  /** Runs that follow all that is here. */
  addRuns(runs: readonly HashRun[]): void {
    for (const { first, hashes } of runs) this.#runs.push({ first, count: hashes.length / hashBytes, hashes });
  }

  /** Whether a block of `length` bytes with this hash is what is here. */
  isSame(block: number, hash: Buffer, length = blockBytes): boolean {
    const run = this.#runs[this.#indexFrom(block)];
    if (run === undefined || block < run.first) return hash.equals(zeroHash(length));
    const start = (block - run.first) * hashBytes;
    return run.hashes.compare(hash, 0, hashBytes, start, start + hashBytes) === 0;
  }

  /** How many of the blocks from `first` to before `end` are not zeros. */
  countIn(first: number, end: number): number {
    let count = 0;
    for (let index = this.#indexFrom(first); index < this.#runs.length; index += 1) {
      const run = this.#runs[index];
      if (run === undefined || run.first >= end) break;
      count += Math.min(end, run.first + run.count) - Math.max(first, run.first);
    }
    return count;
  }

  /** Index of the first run that ends behind a block. */
  #indexFrom(block: number): number {
    let [low, high] = [0, this.#runs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const run = this.#runs[middle];
      if (run !== undefined && run.first + run.count <= block) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
