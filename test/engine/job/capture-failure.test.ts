// Capture that has failed is begun anew, whatever the stream does at that moment: a failure that nobody hears would leave a job
// that looks healthy and sees nothing.
import { afterEach, expect, test } from 'vitest';
import { defaultQueueLimits } from '../../../src/engine/queue/queue-limits.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

test('capture that fails while its stream comes to an end is begun anew', async () => {
  const queueLimits = {
    ...defaultQueueLimits,
    memoryBytesMax: 400_000,
    logBytesMax: 65_536,
    disk: 'none',
    minimumFreeBytes: 0,
  } as const;
  cluster = await MemoryCluster.start({ queueLimits });
  const { workload, network, trouble } = cluster;
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  network.refuse('alpha', 'beta');
  network.cut('alpha', 'beta');
  await cluster.clock.advance(100);
  // The stream stands still for a mirror; called off, it goes on, with a file that is too large for its queue.
  workload.overflow();
  workload.create('/work/big', Buffer.alloc(1_000_000, 7));
  let hasFailed = false;
  trouble.beforeRead = () => {
    if (!hasFailed) workload.fail('the kernel gave up');
    hasFailed = true;
  };
  await cluster.alpha.mirrors.stop(jobId);
  await cluster.clock.advance(1000);
  expect(hasFailed).toBe(true);
  expect(await cluster.events('alpha')).toEqual(expect.arrayContaining([4007, 5021]));
  workload.unlink('/work/big');
  network.heal('alpha', 'beta');
  await cluster.until(jobId, ({ mirror }) => mirror.completed === 2 && mirror.status === 'Idle');
  workload.create('/work/later');
  await cluster.clock.advance(5000);
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
});
