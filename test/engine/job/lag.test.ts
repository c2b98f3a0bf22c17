// The age of the oldest operation that the target has not applied.
import { beforeEach, expect, it } from 'vitest';
import { Lag } from '../../../src/engine/job/stream/lag.ts';

let lag: Lag;

beforeEach(() => {
  lag = new Lag();
});

it('is nothing before the first operation, and when all are applied', () => {
  expect(lag.of(0, 0, 5000)).toBe(0);
  lag.made(1, 1000);
  expect(lag.of(1, 1, 5000)).toBe(0);
});

it('is that of the oldest one that is not applied, to a second', () => {
  lag.made(1, 1000);
  lag.made(2, 1500);
  lag.made(3, 2000);
  lag.made(4, 60_000);
  expect(lag.of(0, 4, 61_000)).toBe(60_000);
  expect(lag.of(1, 4, 61_000)).toBe(60_000);
  expect(lag.of(2, 4, 61_000)).toBe(59_000);
  expect(lag.of(3, 4, 61_000)).toBe(1000);
});

it('needs little memory for a day without a link, and then still knows the oldest', () => {
  for (let second = 0; second < 86_400; second++) lag.made(second + 1, second * 1000);
  expect(lag.of(0, 86_400, 86_400_000)).toBe(86_400_000);
  const half = lag.of(43_200, 86_400, 86_400_000);
  expect(half).toBeGreaterThanOrEqual(43_200_000);
  expect(half).toBeLessThan(43_200_000 + 600_000);
});

it('never goes below zero when the clock is set back', () => {
  lag.made(1, 1000);
  expect(lag.of(0, 1, 500)).toBe(0);
});
