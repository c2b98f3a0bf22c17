// A size, a rate or a percentage prints as a literal of the same value, in both modes; a duration as text that parse() and
// a PARAM read, and as one literal where a command is shown.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lex } from '../../src/language/lexer/lexer.ts';
import { parseDuration, parseLiteral } from '../../src/language/values/units.ts';
import { duration, numberMax, percent, rate, size, type Value } from '../../src/language/values/value.ts';
import { literalText, valueText } from '../../src/language/values/value-text.ts';
import { run } from './scripted-host.ts';

/** Whole amounts of all magnitudes, and round ones of each unit. */
const amounts = (factors: readonly number[]): fc.Arbitrary<number> =>
  fc
    .tuple(fc.constantFrom(...factors), fc.nat({ max: 50 }), fc.nat({ max: 2 ** 31 - 1 }))
    .map(([factor, bits, seed]) => Math.floor((seed * 2 ** (bits - 31)) / factor) * factor)
    .filter((amount) => amount <= numberMax);
const bytes = amounts([1, 1, 1024, 1024 ** 2, 1024 ** 3, 1024 ** 4, 1024 ** 5]);
const milliseconds = amounts([1, 1000, 60_000, 3_600_000, 86_400_000]);

/** The one token that a text is, behind a sign of its own in an expression. */
function isOneLiteral(text: string): boolean {
  const inCommand = lex(`ping ${text}`);
  const inExpression = lex(`write ${text}`);
  return [inCommand, inExpression].every((one) => one.length === 2 && one.kindAt(1) === 'literal');
}

function isReadBack(value: Value, text: string): void {
  expect(isOneLiteral(text), text).toBe(true);
  expect(parseLiteral(text), text).toEqual(value);
}

describe('the printed form is a literal of the same value', () => {
  test('of sizes and rates', () => {
    fc.assert(
      fc.property(bytes, (amount) => {
        isReadBack(size(amount), valueText(size(amount)));
        isReadBack(rate(amount), valueText(rate(amount)));
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  test('of percentages', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1_000_000 }), (amount) =>
        isReadBack(percent(amount / 100), valueText(percent(amount / 100))),
      ),
      { numRuns: 500, seed: 1 },
    );
  });

  test('of durations, where a command is shown', () => {
    fc.assert(
      fc.property(milliseconds, (amount) => isReadBack(duration(amount), literalText(duration(amount)))),
      { numRuns: 2000, seed: 1 },
    );
  });
});

test('the printed form of a duration is read by parse() and by a PARAM', () => {
  fc.assert(
    fc.property(milliseconds, (amount) => {
      const text = valueText(duration(amount));
      expect(parseDuration(text) ?? parseLiteral(text), text).toEqual(duration(amount));
    }),
    { numRuns: 2000, seed: 1 },
  );
});

test('bytes stand apart with a capital B alone, which no word of a command is without a number before it', async () => {
  const { host } = await run('write 0 B = 0B, 1536 B + 512 B, 5 B/s\nping B\nping "5 b"');
  expect(host.lines).toEqual(['true2 KB5 B/s']);
  expect(host.requests.map(({ arguments: { server } }) => server)).toEqual(['B', '5 b']);
  expect(lex('ping 5 b').length).toBe(3);
});
