// What a target writes down of a job goes to disk in the order in which it was said: a takeover must not be overwritten by
// something older that took longer to write.
import { afterEach, expect, test } from 'vitest';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

test('a takeover is what stays on disk, however long an older state takes to get there', async () => {
  cluster = await MemoryCluster.start();
  cluster.workload.create('/work/a', Buffer.from('one'));
  const { jobId } = await cluster.turning(cluster.connect({}));
  await cluster.mirrored(jobId);
  const replica = await cluster.tree('beta', '/replica');
  const file = await replica.open('a' as never, 'write');
  await file.write(0, Buffer.from('two'));

  // What the verification has found is being written, and does not get to the disk for a while.
  const { storage } = cluster.machines.beta;
  const replace = storage.replace.bind(storage);
  const slow = Promise.withResolvers<void>();
  let isHeld = false;
  storage.replace = async (name, bytes) => {
    if (!isHeld && name.endsWith('/target.json')) {
      isHeld = true;
      await slow.promise;
    }
    return replace(name, bytes);
  };
  await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'));
  await cluster.clock.advance(100);
  expect(isHeld).toBe(true);

  cluster.kill('alpha');
  await cluster.clock.advance(100);
  const takingOver = cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' });
  await cluster.clock.advance(1000);
  slow.resolve();
  await cluster.turning(takingOver);

  cluster.kill('beta');
  await cluster.restart('beta');
  expect((await cluster.beta.jobs.list()).map(({ failedOver, epoch }) => ({ failedOver, epoch }))).toEqual([
    { failedOver: true, epoch: 1 },
  ]);
});
