// Records and words out of pieces that were cut anywhere and lie in memory that is used again.
import { describe, expect, it } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import { RecordSplitter } from '../../../src/platform/filter-capture/records/record-splitter.ts';
import { encodeOperation } from '../../../src/wire/records/operation-codec.ts';

const record = (index: number, bytes: number): Buffer => {
  const data = Buffer.alloc(bytes, index + 1);
  return encodeOperation({ kind: 'write', root: 0, path: `file-${index}` as RawPath, offset: index, data }, 1000);
};

describe('RecordSplitter', () => {
  it.each([1, 7, 4096, 100_000])('gives what came whole when %i bytes come at a time', (pieceBytes) => {
    const records = Array.from({ length: 60 }, (_, index) => record(index, (index * 997) % 65_536));
    const all = Buffer.concat(records);
    const splitter = new RecordSplitter();
    const reused = Buffer.alloc(pieceBytes);
    const got: Buffer[] = [];
    for (let at = 0; at < all.length; at += pieceBytes) {
      const length = all.copy(reused, 0, at);
      got.push(...splitter.push(reused.subarray(0, length)));
      reused.fill(0xff);
    }
    expect(got.length).toBe(records.length);
    expect(got.every((one, index) => one.equals(records[index] ?? Buffer.alloc(0)))).toBe(true);
  });

  it('refuses what has no length of a record', () => {
    expect(() => new RecordSplitter().push(Buffer.from([0, 0, 0, 1, 0]))).toThrow('no record has its length');
  });
});
