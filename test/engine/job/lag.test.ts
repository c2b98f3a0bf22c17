// Since when there is an operation that the target has not applied.
import { beforeEach, expect, it } from 'vitest';
import { Lag } from '../../../src/engine/job/stream/lag.ts';

let lag: Lag;

beforeEach(() => {
  lag = new Lag();
});

it('is nothing before the first operation, and when all are applied', () => {
  expect(lag.since(0, 0)).toBe(null);
  lag.made(1, 1000);
  expect(lag.since(1, 1)).toBe(null);
});

it('is the time of the oldest one that is not applied, to a second', () => {
  lag.made(1, 1000);
  lag.made(2, 1500);
  lag.made(3, 2000);
  lag.made(4, 60_000);
  expect(lag.since(0, 4)).toBe(1000);
  expect(lag.since(1, 4)).toBe(1000);
  expect(lag.since(2, 4)).toBe(2000);
  expect(lag.since(3, 4)).toBe(60_000);
});

it('needs little memory for a day without a link, and then still knows the oldest', () => {
  for (let second = 0; second < 86_400; second++) lag.made(second + 1, second * 1000);
  expect(lag.since(0, 86_400)).toBe(0);
  const half = lag.since(43_200, 86_400);
  expect(half).toBeLessThanOrEqual(43_200_000);
  expect(half).toBeGreaterThan(43_200_000 - 600_000);
});
