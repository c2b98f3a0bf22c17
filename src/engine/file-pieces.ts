// A file in the order of its bytes, as what has to be read and what is a hole: a hole is one piece, however long it is, so
// that a file which claims a terabyte and holds a few entries costs what it holds.
import type { OpenFile } from '../ports/files.ts';
import { blockBytes } from './content-hash.ts';

/** Bytes of data in one piece at most. */
export const pieceBytes = 16 * blockBytes;

export interface FilePiece {
  /** A multiple of `blockBytes`. */
  readonly offset: number;
  /** A multiple of `blockBytes` too, unless the piece ends where it was asked to. */
  readonly length: number;
  readonly isHole: boolean;
}

/** The pieces from `from`, which is a multiple of `blockBytes`, to before `end`. Where data lies is asked as the reader goes on. */
export async function* filePieces(file: OpenFile, from: number, end: number): AsyncGenerator<FilePiece, void> {
  for (let offset = from; offset < end; ) {
    const data = await file.nextData(offset);
    // Whole blocks of a hole are not read: they are zeros.
    const holeEnd = data === undefined || data.offset >= end ? end : blockStart(data.offset);
    if (holeEnd > offset) {
      yield { offset, length: holeEnd - offset, isHole: true };
      offset = holeEnd;
    }
    if (data === undefined || offset >= end) continue;
    const dataEnd = Math.min(end, blockStart(data.offset + data.length + blockBytes - 1));
    while (offset < dataEnd) {
      const length = Math.min(pieceBytes, dataEnd - offset);
      yield { offset, length, isHole: false };
      offset += length;
    }
  }
}

function blockStart(offset: number): number {
  return Math.floor(offset / blockBytes) * blockBytes;
}
