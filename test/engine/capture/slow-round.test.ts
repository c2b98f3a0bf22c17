// Changes of which no notification comes: what a user finds in the replica a while later.
import { afterEach, describe, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import { MemoryCluster, type MemoryClusterOptions } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

const held = 20;
const all = 180;

async function connected(options: MemoryClusterOptions = {}): Promise<string> {
  cluster = await MemoryCluster.start(options);
  cluster.workload.create('/work/table', Buffer.alloc(300_000, 1));
  cluster.workload.makeDirectory('/work/folder');
  cluster.workload.create('/work/folder/small', Buffer.from('small'));
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  await cluster.clock.advance(60_000);
  return jobId;
}

async function equalWithin(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    await cluster.clock.advance(1000);
    if (JSON.stringify(await manifests('beta')) === JSON.stringify(await manifests('alpha'))) return;
  }
  expect(await manifests('beta')).toEqual(await manifests('alpha'));
}

const manifests = async (name: 'alpha' | 'beta'): Promise<readonly unknown[]> => {
  const entries = (await (name === 'alpha' ? cluster.workManifest() : cluster.replicaManifest())) as object;
  return Object.entries(entries).map(([path, entry]) => [path, { ...entry, modifiedNs: `${entry.modifiedNs}` }]);
};

describe('a file that a program holds open for writing', () => {
  test.each([0, 20_000])(
    'gets to the replica within seconds (notifications %d ms late)',
    async (notificationsLateMs) => {
      await connected({ notificationsLateMs });
      cluster.workload.writeUnseen('/work/table', 100_000, Buffer.from('pages'));
      cluster.workload.writeUnseen('/work/folder/small', 2, Buffer.from('pages'));
      await equalWithin(held);
    },
  );

  test('is looked at once more when it changed lately: bytes of asynchronous I/O arrive after the times moved', async () => {
    await connected();
    cluster.workload.writeUnseen('/work/table', 0, Buffer.from('begun'));
    await equalWithin(held);
    cluster.workload.writeUnseen('/work/table', 0, Buffer.from('ended'), { keepsTimes: true });
    await equalWithin(held);
  });

  test('is looked at before a failover that the source is asked about, however short the time', async () => {
    const jobId = await connected();
    cluster.workload.writeUnseen('/work/table', 100_000, Buffer.from('the last pages'));
    const report = await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));
    expect(report.complete).toBe(true);
    expect(await manifests('beta')).toEqual(await manifests('alpha'));
  });

  test('and that is let go before anybody looked gets there with the round over all files', async () => {
    await connected();
    cluster.workload.writeUnseen('/work/table', 0, Buffer.from('x'));
    cluster.workload.writeUnseen('/work/folder/small', 0, Buffer.from('y'));
    cluster.workload.letGo();
    await equalWithin(all);
  });
});

test('names that came and went without a notification are found by the round over all files', async () => {
  await connected();
  const tree = await cluster.tree('alpha', '/work');
  await (await tree.create('folder/new' as RawPath, 0o644)).close();
  await tree.makeDirectory('other' as RawPath, 0o755);
  await (await tree.create('other/new' as RawPath, 0o644)).close();
  await tree.unlink('folder/small' as RawPath);
  await equalWithin(all);
});

test('a workload in which nothing happens is sent nothing', async () => {
  const jobId = await connected();
  cluster.workload.writeUnseen('/work/table', 0, Buffer.from('x'));
  await equalWithin(held);
  await cluster.clock.advance(30_000);
  const before = await cluster.alpha.jobs.report(jobId);
  await cluster.clock.advance(300_000);
  expect((await cluster.alpha.jobs.report(jobId)).sequence).toEqual(before.sequence);
});

test('STATUS and FAILOVER say what a replica may be worth', async () => {
  const jobId = await connected();
  const promise = 'eventually equal: a running database may not open';
  expect((await cluster.alpha.jobs.report(jobId)).promise).toBe(promise);
  expect((await cluster.beta.jobs.report(jobId)).promise).toBe(promise);
  cluster.kill('alpha');
  cluster.kill('beta');
  await cluster.restart('beta');
  const report = await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));
  expect(report.lossText).toContain(promise);
  expect(report.evidence.join('\n')).toContain(promise);
});

test('where every operation is captured, both say so', async () => {
  const jobId = await connected({ capture: 'operations' });
  expect((await cluster.beta.jobs.report(jobId)).promise).toMatch(/^prefix/);
  cluster.kill('alpha');
  const report = await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));
  expect(report.lossText).not.toContain('eventually');
  expect(report.evidence.join('\n')).toContain('prefix');
});
