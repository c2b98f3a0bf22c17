// A copy that is not whole can have the size and times of its source: what changed in the object since brings them along. A
// mirror that compares nothing else must not make it good, and nobody may call it good meanwhile.
import { afterEach, expect, test } from 'vitest';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

/** /work/x is 150 KB of ones, which are twos on the source since it could not be read; it has changed once more since. */
async function staleCopy(): Promise<string> {
  cluster = await MemoryCluster.start({ capture: 'operations' });
  cluster.workload.create('/work/x', Buffer.alloc(150_000, 1));
  const { jobId } = await cluster.turning(cluster.connect({ mirrorMethod: 'attributes-whole' }));
  await cluster.mirrored(jobId);
  cluster.trouble.refused.set('/work/x', 'EIO');
  // The mirror walks when the file changes, and sends it at its end.
  cluster.trouble.beforeCall = (name, path) => {
    if (name !== 'list' || path !== '/work/') return;
    cluster.trouble.beforeCall = () => undefined;
    cluster.workload.write('/work/x', 0, Buffer.alloc(100_000, 2));
  };
  await cluster.alpha.mirrors.start(jobId, 'data-delta');
  await cluster.until(jobId, ({ mirror }) => mirror.completed === 2 && mirror.status === 'Idle');
  cluster.workload.write('/work/x', 140_000, Buffer.alloc(100, 3));
  await cluster.clock.advance(2000);
  expect(await cluster.replicaManifest()).not.toEqual(await cluster.workManifest());
  return jobId;
}

const isSame = async (): Promise<void> => expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());

test('what could not be read is compared whole, whatever method was asked for', async () => {
  const jobId = await staleCopy();
  cluster.trouble.refused.clear();
  await cluster.alpha.mirrors.start(jobId, 'attributes-whole');
  await cluster.until(jobId, ({ mirror }) => mirror.completed === 3 && mirror.status === 'Idle');
  await isSame();
});

test('the target remembers it over a restart of the source', async () => {
  const jobId = await staleCopy();
  cluster.kill('alpha');
  cluster.trouble.refused.clear();
  await cluster.restart('alpha');
  await cluster.until(jobId, ({ mirror, health }) => mirror.status === 'Idle' && health === 'healthy');
  await isSame();
  expect(await cluster.beta.jobs.report(jobId)).toMatchObject({ health: 'healthy', additional: '' });
});

test('the target says it, and says it when it takes over', async () => {
  const jobId = await staleCopy();
  expect(await cluster.beta.jobs.report(jobId)).toMatchObject({
    health: 'warning',
    additional: '1 object of the workload could not be read',
  });
  cluster.kill('alpha');
  const options = { type: 'live', queue: 'apply' } as const;
  const { lossText } = await cluster.turning(cluster.beta.jobs.failover(jobId, options));
  expect(lossText).toContain('1 object of the workload could not be read: their copies are stale');
});

test('both sides go on saying it while something else is wrong as well', async () => {
  const jobId = await staleCopy();
  cluster.network.refuse('alpha', 'beta');
  cluster.network.cut('alpha', 'beta');
  await cluster.until(jobId, ({ transmit }) => transmit.mode === 'Error');
  const unread = '1 object of the workload could not be read';
  for (const server of [cluster.alpha, cluster.beta]) {
    const { additional } = await server.jobs.report(jobId);
    expect(additional).toContain(unread);
    expect(additional).not.toBe(unread);
  }
});

test('a mirror that was stopped leaves copies of which equal times prove nothing', async () => {
  cluster = await MemoryCluster.start({ capture: 'operations' });
  cluster.workload.create('/work/x', Buffer.alloc(150_000, 1));
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  // The file changes while a mirror walks that cannot read it, and that is stopped.
  cluster.trouble.beforeCall = (name, path) => {
    if (name !== 'list' || path !== '/work/') return;
    cluster.trouble.beforeCall = () => undefined;
    cluster.workload.write('/work/x', 0, Buffer.alloc(100_000, 2));
    void cluster.alpha.mirrors.stop(jobId);
  };
  cluster.trouble.refused.set('/work/x', 'EIO');
  await cluster.alpha.mirrors.start(jobId, 'data-delta');
  await cluster.until(jobId, ({ mirror }) => mirror.status === 'Stopped');
  cluster.workload.write('/work/x', 140_000, Buffer.alloc(100, 3));
  await cluster.clock.advance(2000);
  cluster.trouble.refused.clear();
  await cluster.alpha.mirrors.start(jobId, 'attributes-delta');
  await cluster.until(jobId, ({ mirror }) => mirror.status === 'Idle');
  await isSame();
});
