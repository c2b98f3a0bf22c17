// A place that comes back again and again is not sent again at once for ever.
import { expect, test } from 'vitest';
import { ResendDelays } from '../../../src/engine/session/resend-delays.ts';
import { ManualClock } from '../../../src/simulator/manual-clock.ts';

test('a place is sent again at once, then later and later, up to five minutes', () => {
  const delays = new ResendDelays(new ManualClock());
  const told = Array.from({ length: 15 }, () => delays.next(0, 'a'));
  expect(told.slice(0, 5)).toEqual([0, 100, 200, 400, 800]);
  expect(told.at(-1)).toBe(300_000);
  expect(delays.next(0, 'b')).toBe(0);
  expect(delays.next(1, 'a')).toBe(0);
});

test('a place that was good for a while begins anew', async () => {
  const clock = new ManualClock();
  const delays = new ResendDelays(clock);
  for (let count = 0; count < 4; count += 1) delays.next(0, 'a');
  await clock.advance(30_000);
  expect(delays.next(0, 'a')).toBe(800);
  await clock.advance(120_000);
  expect(delays.next(0, 'a')).toBe(0);
});
