import { expect, it } from 'vitest';
import { nearestMatch } from '../../src/language/diagnostics/nearest-match.ts';

const words = ['REPSET', 'STATUS', 'STATISTICS', 'WAIT', 'WRITE'];

it.each([
  ['wiat', 'WAIT'],
  ['rep', 'REPSET'],
  ['statu', 'STATUS'],
  ['stat', undefined],
  ['re', undefined],
  ['zebra', undefined],
])('takes %s for %s', (word, meant) => {
  expect(nearestMatch(word, words)).toBe(meant);
});
