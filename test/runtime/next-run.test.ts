import { expect, it } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { nextRun, runsBetween } from '../../src/runtime/schedules/next-run.ts';

function following(expression: string, timeZone: string, after: string, count: number): string[] {
  const instants: string[] = [];
  let afterMs = Date.parse(after);
  while (instants.length < count) {
    const next = nextRun(expression, timeZone, afterMs);
    if (next === undefined) break;
    instants.push(new Date(next).toISOString().slice(0, 16));
    afterMs = next;
  }
  return instants;
}

it('follows the clock of the time zone', () => {
  expect(following('0 2 * * *', 'Europe/Berlin', '2026-06-01T12:00:00Z', 2)).toEqual([
    '2026-06-02T00:00',
    '2026-06-03T00:00',
  ]);
});

it('runs a nightly block once in the night the clock goes forward, and once in the night it goes back', () => {
  expect(following('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
    '2026-03-29T01:00',
    '2026-03-30T00:30',
  ]);
  expect(following('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
    '2026-10-25T00:30',
    '2026-10-26T01:30',
  ]);
});

it('takes either day field when both are given', () => {
  expect(following('0 0 13 * fri', 'UTC', '2026-11-08T00:00:00Z', 3)).toEqual([
    '2026-11-13T00:00',
    '2026-11-20T00:00',
    '2026-11-27T00:00',
  ]);
});

it('never returns the instant it was asked after, and knows when none follows', () => {
  expect(following('0 0 1 1 *', 'UTC', '2026-01-01T00:00:00Z', 1)).toEqual(['2027-01-01T00:00']);
  expect(nextRun('0 0 30 2 *', 'UTC', 0)).toBeUndefined();
});

it('counts the instants of a stretch of time, its end included, its start not', () => {
  const from = Date.parse('2026-01-01T00:00:00Z');
  expect(runsBetween('0 * * * *', 'UTC', from, from + 3 * 3_600_000, 100)).toBe(3);
  expect(runsBetween('0 * * * *', 'UTC', from, from + 3 * 3_600_000, 2)).toBe(2);
  expect(runsBetween('0 * * * *', 'UTC', from, from, 100)).toBe(0);
});

it.each([
  ['', 'UTC', 'CRON-INVALID'],
  ['0 25 * * *', 'UTC', 'CRON-INVALID'],
  ['* * * * * * *', 'UTC', 'CRON-INVALID'],
  ['0 2 * * *', 'Europe/Nowhere', 'TIMEZONE-UNKNOWN'],
])('refuses %j in %s with %s', (expression, timeZone, code) => {
  const call = (): unknown => nextRun(expression, timeZone, 0);
  expect(call).toThrow(Failure);
  expect(call).toThrow(expect.objectContaining({ code }));
});
