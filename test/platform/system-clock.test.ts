import { expect, it } from 'vitest';
import { sleep } from '../../src/base/waiting/clock.ts';
import { SystemClock } from '../../src/platform/kernel/system-clock.ts';
import { systemRandom } from '../../src/platform/kernel/system-random.ts';

it('never calls back early, and not at all once cancelled', async () => {
  const clock = new SystemClock();
  let cancelledFired = false;
  const cancel = clock.after(1, () => {
    cancelledFired = true;
  });
  cancel();
  cancel();
  for (const delayMs of [0, 0.3, 1.7, 5]) {
    const startMs = clock.monotonicMs();
    await sleep(clock, delayMs);
    expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(delayMs);
  }
  expect(cancelledFired).toBe(false);
});

it('waits longer than a timer of the system can', async () => {
  const clock = new SystemClock();
  let fired = false;
  const cancel = clock.after(2 ** 40, () => {
    fired = true;
  });
  await sleep(clock, 5);
  cancel();
  expect(fired).toBe(false);
});

it('gives random bytes that differ', () => {
  expect(Buffer.from(systemRandom.bytes(16)).equals(systemRandom.bytes(16))).toBe(false);
  expect(systemRandom.bytes(5)).toHaveLength(5);
});
