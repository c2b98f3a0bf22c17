// A file that claims 1.2 TB and holds three entries (lastlog of an account with a large number, a thin disk image): whatever is
// done with it costs what it holds.
import { afterEach, expect, test } from 'vitest';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

const size = 1_200 * 2 ** 30;

async function connected(): Promise<string> {
  cluster = await MemoryCluster.start();
  cluster.workload.create('/work/lastlog', Buffer.from('first'));
  cluster.workload.truncate('/work/lastlog', size);
  cluster.workload.write('/work/lastlog', size - 3, Buffer.from('end'));
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  return jobId;
}

const level = (jobId: string) =>
  cluster.until(
    jobId,
    ({ replication, sequence }) => replication.status === 'Ready' && sequence.applied === sequence.head,
  );

test('is mirrored, changed and mirrored again by its few blocks', async () => {
  const jobId = await connected();
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  cluster.workload.write('/work/lastlog', size / 2, Buffer.from('middle'));
  cluster.workload.punch('/work/lastlog', 0, 65_536);
  cluster.workload.create('/work/after', Buffer.from('small'));
  const before = await level(jobId);
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  await cluster.alpha.mirrors.start(jobId, 'data-delta');
  const again = await cluster.until(jobId, ({ mirror }) => mirror.completed === 2);
  // The root's attributes, and no content.
  expect(again.mirror.sentBytes - before.mirror.sentBytes).toBeLessThan(200);
});

test('is verified by its few blocks, and one that was changed on the target is told with its bytes', async () => {
  const jobId = await connected();
  const good = await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'));
  expect(good.differences).toEqual([]);
  const replica = await cluster.tree('beta', '/replica');
  const file = await replica.open('lastlog' as never, 'write');
  await file.write(size / 2, Buffer.from('strange'));
  await file.write(0, Buffer.from('strange'));
  await file.close();
  const bad = await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'));
  expect(bad.differences.map(({ path, bytesOutOfSync }) => [path, bytesOutOfSync])).toEqual([
    [expect.stringMatching(/lastlog$/), 2 * 65_536],
  ]);
});

test('is emptied and grown on a target that keeps snapshots, which have it back', async () => {
  const jobId = await connected();
  const before = await cluster.replicaManifest();
  await cluster.turning(cluster.beta.snapshots.take(jobId, 'full', 'manual'));
  cluster.workload.truncate('/work/lastlog', 0);
  await level(jobId);
  cluster.workload.truncate('/work/lastlog', size + 65_536);
  cluster.workload.write('/work/lastlog', size / 4, Buffer.alloc(10_000, 7));
  await level(jobId);
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  const snapshot = (await cluster.beta.snapshots.list(jobId)).find(({ name }) => name === 'full');
  const { snapshotId } = snapshot ?? {};
  if (snapshotId === undefined) throw new Error('the snapshot is gone');
  await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'snapshot', snapshotId, queue: 'apply' }));
  expect(await cluster.replicaManifest()).toEqual(before);
});
