import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rootPath } from '../../src/base/raw-path.ts';
import { decodeOperations, encodeOperations, type RecordBatch, verifyBatch } from '../../src/wire/operations-frame.ts';
import { encodeOperation } from '../../src/wire/records/operation-codec.ts';
import { WireFailure } from '../../src/wire/records/wire-failure.ts';
import { advance } from '../../src/wire/stream-checksum.ts';
import { operation } from './arbitraries.ts';

const batch = fc
  .record({
    firstSequence: fc.integer({ min: 1, max: 2 ** 40 }),
    operations: fc.array(operation, { minLength: 1, maxLength: 10 }),
    before: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  })
  .map(({ firstSequence, operations, before }) => {
    const records = operations.map((one, index) => encodeOperation(one, index));
    return { before, batch: { firstSequence, records, checksumAfter: records.reduce(advance, before) } };
  });

function batchOf(data: Buffer): RecordBatch {
  const record = encodeOperation({ kind: 'write', root: 0, path: rootPath, offset: 0, data }, 0);
  return { firstSequence: 1, records: [record], checksumAfter: advance(0n, record) };
}

describe('an operations frame', () => {
  it('gives back its batch, compressed or not, and proves its history', () => {
    fc.assert(
      fc.property(batch, fc.constantFrom(undefined, 1, 12), ({ batch: sent, before }, level) => {
        const got = decodeOperations(Buffer.concat(encodeOperations(sent, level)));
        expect(got).toEqual(sent);
        expect(verifyBatch(got, before)).toBe(true);
        expect(verifyBatch(got, before ^ 1n)).toBe(false);
      }),
    );
  });

  it('is read at every level, also when it is as long as a frame may be', () => {
    const large = Buffer.alloc(60_000, 'some text that repeats itself, and more of it. ');
    const [record = Buffer.alloc(0)] = batchOf(large).records;
    const records = Array.from({ length: 130 }, () => record);
    const sent = { firstSequence: 1, records, checksumAfter: records.reduce(advance, 0n) };
    for (let level = 1; level <= 9; level += 1) {
      const payload = Buffer.concat(encodeOperations(sent, level));
      expect(payload.length).toBeLessThan(100_000);
      expect(Buffer.concat(decodeOperations(payload).records).equals(Buffer.concat(records))).toBe(true);
    }
  });

  it('is compressed only when that pays', () => {
    const random = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * index * 7919 + (index << 3)) % 251));
    const noisy = Buffer.concat(
      encodeOperations(batchOf(Buffer.from(random.map((one, index) => one ^ (index % 256)))), 1),
    );
    const zeros = batchOf(Buffer.alloc(60_000));
    expect(Buffer.concat(encodeOperations(zeros, 1)).length).toBeLessThan(200);
    expect(noisy.length).toBeLessThan(1100);
    expect(Buffer.concat(encodeOperations(zeros)).length).toBeGreaterThan(60_000);
  });

  it('is refused, whatever changes in it or is cut off, or is a batch', () => {
    const change = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
    fc.assert(
      fc.property(batch, fc.constantFrom(undefined, 1), change, fc.nat(), ({ batch: sent }, level, changes, cut) => {
        const whole = Buffer.concat(encodeOperations(sent, level));
        for (const [at, value] of changes) whole[at % whole.length] = value;
        const payload = whole.subarray(0, whole.length - (cut % 20));
        try {
          expect(decodeOperations(payload).records.length).toBeGreaterThan(0);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(WireFailure);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('does not blow up: what says it is small is never decompressed to more', () => {
    const payload = Buffer.concat(encodeOperations(batchOf(Buffer.alloc(65_000)), 1));
    payload.writeUInt32BE(100, 19);
    expect(() => decodeOperations(payload)).toThrow('cannot be decompressed to the length it says');
    payload.writeUInt32BE(9 * 1024 * 1024, 19);
    expect(() => decodeOperations(payload)).toThrow('too long in plain form');
  });

  it('is refused when its reader would need a window larger than the longest payload', () => {
    const { records, ...sent } = batchOf(Buffer.alloc(65_000));
    const [head = Buffer.alloc(0)] = encodeOperations({ records, ...sent }, 1);
    const plain = Buffer.concat(records);
    // RFC 8878, 3.1.1: the magic number, no flags, the window's size, and one raw block, which is the last.
    const framed = (windowLog: number): Buffer => {
      const block = Buffer.alloc(3);
      block.writeUIntLE(plain.length * 8 + 1, 0, 3);
      return Buffer.concat([head, Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (windowLog - 10) << 3]), block, plain]);
    };
    expect(decodeOperations(framed(23)).records.length).toBe(1);
    expect(() => decodeOperations(framed(27))).toThrow('cannot be decompressed');
  });
});
