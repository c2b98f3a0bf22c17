// The real calendar, in real time: an expression of every second is called back, and no more after it was cancelled.
import { expect, it } from 'vitest';
import { nodeCalendar } from '../../src/platform/node-calendar.ts';
import { nextRun } from '../../src/runtime/schedules/next-run.ts';

it('calls back at every match until it is cancelled', async () => {
  const calendar = nodeCalendar(nextRun, Date.now);
  const instants: number[] = [];
  let cancel = (): void => undefined;
  await new Promise<void>((resolve) => {
    cancel = calendar.schedule('* * * * * *', 'UTC', () => {
      instants.push(Date.now());
      if (instants.length === 2) resolve();
    });
  });
  cancel();
  expect((instants[1] ?? 0) - (instants[0] ?? 0)).toBeGreaterThan(500);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(instants).toHaveLength(2);
});

it('is not called back for what does not match', async () => {
  const calendar = nodeCalendar(nextRun, Date.now);
  let called = 0;
  const cancel = calendar.schedule('0 0 0 29 2 *', 'UTC', () => {
    called += 1;
  });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  cancel();
  expect(called).toBe(0);
});
