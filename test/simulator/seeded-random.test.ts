import { expect, it } from 'vitest';
import { SeededRandom } from '../../src/simulator/seeded-random.ts';

it('gives the same bytes for the same seed, in whatever pieces, and others for another', () => {
  const whole = new SeededRandom(42).bytes(1000);
  const random = new SeededRandom(42);
  const pieces = Buffer.concat([random.bytes(1), random.bytes(500), random.bytes(499)]);
  expect(pieces.equals(whole)).toBe(true);
  expect(Buffer.from(new SeededRandom(43).bytes(1000)).equals(whole)).toBe(false);
  expect(Buffer.from(whole.subarray(0, 4)).toString('hex')).toMatchInlineSnapshot(`"1848e420"`);
});

it('uses every byte value about equally often', () => {
  const counts = new Array<number>(256).fill(0);
  for (const byte of new SeededRandom(7).bytes(256_000)) counts[byte] = (counts[byte] ?? 0) + 1;
  expect(Math.min(...counts)).toBeGreaterThan(850);
  expect(Math.max(...counts)).toBeLessThan(1150);
});
