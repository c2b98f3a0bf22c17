// Counts the bytes in which two copies of a large file differ, from the hashes of the blocks of the other copy.
// Stretches that are a hole in both copies are not read.
import type { BlockHashes } from '../../model/stream/listing.ts';
import type { OpenFile } from '../../ports/files.ts';
import { blockBytes, contentHash } from '../content-hash.ts';
import { filePieces, pieceBytes } from '../file-pieces.ts';
import { SparseHashes } from '../sparse-hashes.ts';

/**
 * The bytes of the blocks that differ. When the copies have different lengths, every block that reaches behind the end
 * of the shorter one counts (guide, ch. 10, Verification log). `ask` returns hashes of the other copy from a block on,
 * or undefined.
 */
export async function differingBytes(
  file: OpenFile,
  size: number,
  otherSize: number,
  ask: (first: number) => Promise<BlockHashes | undefined>,
): Promise<number> {
  const longer = Math.max(size, otherSize);
  const shared = size === otherSize ? size : Math.floor(Math.min(size, otherSize) / blockBytes) * blockBytes;
  let bytes = longer - shared;
  const scratch = Buffer.allocUnsafe(pieceBytes);
  for (let first = 0; first * blockBytes < shared; ) {
    const answer = await ask(first);
    const told = answer !== undefined && answer.end > first ? answer : undefined;
    // Blocks of which the other side has no hashes count as different.
    if (told === undefined) return bytes + shared - first * blockBytes;
    const end = Math.min(shared, told.end * blockBytes);
    bytes += await differingIn(file, first * blockBytes, end, SparseHashes.of(told.runs), scratch);
    first = told.end;
  }
  return bytes;
}

async function differingIn(
  file: OpenFile,
  from: number,
  end: number,
  theirs: SparseHashes,
  scratch: Buffer,
): Promise<number> {
  let bytes = 0;
  for await (const { offset, length, isHole } of filePieces(file, from, end)) {
    if (isHole) {
      bytes += Math.min(
        length,
        theirs.countIn(offset / blockBytes, Math.ceil((offset + length) / blockBytes)) * blockBytes,
      );
      continue;
    }
    const chunk = await file.read(offset, length, scratch);
    for (let at = 0; at < length; at += blockBytes) {
      const data = chunk.subarray(at, at + blockBytes);
      const same = data.length > 0 && theirs.isSame((offset + at) / blockBytes, contentHash(data), data.length);
      if (!same) bytes += Math.min(blockBytes, length - at);
    }
  }
  return bytes;
}
