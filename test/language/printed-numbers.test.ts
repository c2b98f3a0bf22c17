// Numbers in texts: put together from remembered thousands, and the same as JavaScript writes them.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printed } from '../../src/language/functions/operations.ts';

const meter = { spend: () => undefined };

it('are written as they are, whatever was written before', () => {
  const near = fc.constantFrom(0, 1, 9, 10, 99, 100, 999, 1000, 1001, 9999, 10_000, 99_999, 999_999, 1_000_000);
  const edge = fc.constantFrom(999_999_998, 999_999_999, 1_000_000_000, 1_000_000_001, 2 ** 31, 2 ** 53 - 1);
  const value = fc.oneof(near, edge, fc.integer(), fc.integer({ min: 0, max: 2_000_000 }), fc.double({ noNaN: true }));
  fc.assert(
    fc.property(fc.array(fc.tuple(value, fc.boolean())), (values) => {
      const numbers = values.map(([one, isNegative]) => (isNegative ? -one : one) + 0);
      expect(numbers.map((one) => printed(one, meter))).toEqual(numbers.map(String));
    }),
    { numRuns: 500 },
  );
});
