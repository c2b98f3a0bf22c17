// What several probes say together, and which of them are ended early.
import { expect, test } from 'vitest';
import { type Check, type CheckResult, checkTogether, gone, there } from '../../../src/engine/failover/source-check.ts';

const nothing = (reason: string): CheckResult => ({ says: 'nothing', reason });
const given =
  (result: CheckResult): Check =>
  async () =>
    result;
const never = new AbortController().signal;

test.each<[string, 'all' | 'any', readonly CheckResult[], CheckResult]>([
  ['one answers', 'all', [gone('a'), there, nothing('c')], there],
  ['all fail', 'all', [gone('a'), gone('b')], gone('a; b')],
  ['one says nothing', 'all', [gone('a'), nothing('b')], nothing('b')],
  ['one fails', 'any', [there, gone('b'), nothing('c')], gone('b')],
  ['all answer', 'any', [there, there], there],
  ['one says nothing', 'any', [there, nothing('b')], nothing('b')],
])('%s, and the source is gone when %s do(es)', async (_what, rule, results, expected) => {
  expect(await checkTogether(results.map(given), rule, never)).toEqual(expected);
  expect(await checkTogether(results.toReversed().map(given), rule, never)).toMatchObject({ says: expected.says });
});

test.each([
  ['all', there],
  ['any', gone('x')],
] as const)('with %s, the probe that decides ends the others', async (rule, decides) => {
  let ended = false;
  const slow: Check = (signal) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        ended = true;
        resolve(gone('too late'));
      });
    });
  expect(await checkTogether([slow, given(decides)], rule, never)).toEqual(decides);
  expect(ended).toBe(true);
});
