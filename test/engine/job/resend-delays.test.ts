// A place that comes back again and again is not sent again at once for ever.
import { expect, onTestFinished, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import { ResendDelays } from '../../../src/engine/job/stream/resend-delays.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

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

test('what lies below a folder that the target cannot make is sent again less and less often', async () => {
  const cluster = await MemoryCluster.start();
  onTestFinished(() => cluster.stop());
  const { workload, targetTrouble } = cluster;
  workload.makeDirectory('/work/folder');
  workload.create('/work/folder/below', Buffer.from('below'));
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  const replica = await cluster.tree('beta', '/replica');
  await replica.unlink('folder/below' as RawPath);
  await replica.removeDirectory('folder' as RawPath);
  targetTrouble.refusedChanges.set('/replica/folder', 'EPERM');
  // Without any delay it would be sent for ever at one moment.
  let triedCount = 0;
  targetTrouble.beforeCall = (name, path) => {
    if (name === 'create' && path.startsWith('/replica/folder/below')) triedCount += 1;
    if (triedCount > 500) targetTrouble.refusedChanges.clear();
  };
  workload.write('/work/folder/below', 0, Buffer.from('other'));
  for (let second = 0; second < 1800; second += 1) await cluster.clock.advance(1000);
  expect(triedCount).toBeLessThan(40);
});
