// The record of a write, made in place where its bytes are to go: it is the one record of which there may be tens of thousands
// a second. The bytes are those that encodeOperation makes.
import { assert } from '../../base/failure.ts';
import type { RawPath } from '../../base/raw-path.ts';
import { writtenBytesMax } from '../../model/stream/operation.ts';
import { kindNumbers, pathAt } from './operation-codec.ts';

/** How many bytes the record takes. */
export function writeRecordBytes(path: RawPath, length: number): number {
  return pathAt + path.length + 8 + length;
}

export interface WrittenRange {
  readonly root: number;
  readonly path: RawPath;
  /** In the file, bytes. */
  readonly offset: number;
  /** At most `writtenBytesMax`. */
  readonly length: number;
  /** The source's time, milliseconds since the epoch. */
  readonly wallMs: number;
}

/** Puts the record of a write at `at` into `target`, its data from `start` on in `source`. Gives where it ends. */
export function putWriteRecord(
  target: Buffer,
  at: number,
  { root, path, offset, length, wallMs }: WrittenRange,
  source: Buffer,
  start: number,
): number {
  assert(length <= writtenBytesMax, 'an operation carries too much content');
  assert(Number.isSafeInteger(offset) && offset >= 0, 'an offset is out of range');
  const total = writeRecordBytes(path, length);
  target.writeUInt32BE(total - 4, at);
  target[at + 4] = kindNumbers.write;
  target[at + 5] = 0;
  target.writeUIntBE(wallMs, at + 6, 6);
  target.writeUInt16BE(root, at + 12);
  target.writeUInt16BE(path.length, at + 14);
  const afterPath = at + pathAt + target.write(path, at + pathAt, 'latin1');
  target.writeUInt32BE(Math.floor(offset / 2 ** 32), afterPath);
  target.writeUInt32BE(offset % 2 ** 32, afterPath + 4);
  source.copy(target, afterPath + 8, start, start + length);
  return at + total;
}
