// When a mirror is said to be over, it is: whoever waited for that may verify at once.
import { afterEach, expect, test } from 'vitest';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
let slow: PromiseWithResolvers<void>;
afterEach(() => {
  slow.resolve();
  return cluster.stop();
});

test('a mirror is idle only when what is kept of it is stored, and can be verified then', async () => {
  cluster = await MemoryCluster.start();
  cluster.workload.create('/work/a', Buffer.from('one'));
  const { storage } = cluster.machines.alpha;
  const replace = storage.replace.bind(storage);
  slow = Promise.withResolvers();
  storage.replace = async (name, bytes) => {
    if (name.endsWith('/mounts.json')) await slow.promise;
    return replace(name, bytes);
  };
  const { jobId } = await cluster.turning(cluster.connect({}));
  await cluster.clock.advance(10_000);
  expect((await cluster.alpha.jobs.report(jobId)).mirror).toMatchObject({ completed: 1, status: 'Waiting' });

  let report = await cluster.alpha.jobs.report(jobId);
  slow.resolve();
  while (report.mirror.status !== 'Idle')
    report = await cluster.turning(cluster.alpha.jobs.wait(jobId, report.revision, 1000));
  expect((await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'))).differences).toEqual([]);
});
