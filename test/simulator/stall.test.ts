// What waits for a process that stands still, and the order in which it comes to it.
import { expect, test } from 'vitest';
import { Stall } from '../../src/simulator/time/stall.ts';

test('timers that are due come first, then what has come in, each after what the one before has set in motion', async () => {
  const stall = new Stall(() => Promise.resolve());
  const heard: string[] = [];
  const cancelled = (): void => undefined;
  stall.begin();
  stall.hold(() => heard.push('data'));
  stall.hold(() => heard.push('cancelled timer'), cancelled);
  stall.hold(() => {
    heard.push('timer');
    stall.hold(() => heard.push('answer'));
  }, 'timer');
  stall.cancelTimer(cancelled);
  expect(heard).toEqual([]);
  stall.end();
  await stall.over();
  expect(heard).toEqual(['timer', 'data', 'answer']);
  expect(stall.holds).toBe(true);
  await Promise.resolve();
  await Promise.resolve();
  expect(stall.holds).toBe(false);
});
