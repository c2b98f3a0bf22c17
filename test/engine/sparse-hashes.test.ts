// Held against a map of all blocks.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blockBytes, contentHash, zeroHash } from '../../src/engine/content-hash.ts';
import { SparseHashes } from '../../src/engine/sparse-hashes.ts';

const hashOf = (value: number): Buffer => (value === 0 ? zeroHash(blockBytes) : contentHash(Buffer.of(value)));

test('tells every block as a full list would, also after it was told in runs', () => {
  const block = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(3));
  fc.assert(
    fc.property(fc.array(block, { maxLength: 40 }), fc.nat(120), fc.nat(120), (steps, from, count) => {
      const hashes = new SparseHashes();
      const model = new Map<number, number>();
      let at = -1;
      for (const [step, value] of steps) {
        at += step;
        hashes.add(at, hashOf(value));
        model.set(at, value);
      }
      for (const one of [hashes, SparseHashes.of(hashes.runs)]) {
        for (let index = 0; index <= at + 2; index += 1) {
          for (let value = 0; value <= 3; value += 1) {
            expect(one.isSame(index, hashOf(value))).toBe((model.get(index) ?? 0) === value);
          }
        }
        const held = [...model].filter(([index, value]) => value !== 0 && index >= from && index < from + count);
        expect(one.countIn(from, from + count)).toBe(held.length);
      }
    }),
  );
});

test('a run that is too long for one buffer goes on in the next', () => {
  const hashes = new SparseHashes();
  for (let block = 5; block < 10_005; block += 1) hashes.add(block, hashOf(1));
  expect(hashes.countIn(0, 20_000)).toBe(10_000);
  expect([4, 5, 4101, 10_004, 10_005].map((block) => hashes.isSame(block, hashOf(1)))).toEqual([
    false,
    true,
    true,
    true,
    false,
  ]);
});
