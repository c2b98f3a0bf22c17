// What a verification says of hard links, and of a replica that a mirror changes while it looks.
import { afterEach, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import type { FileTree } from '../../../src/ports/files.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

/** A job whose workload holds `/work/a`, `/work/d/b` and `/work/e`, made by `make`, and is mirrored. */
async function mirrored(make: (path: string) => void): Promise<string> {
  cluster = await MemoryCluster.start();
  cluster.workload.makeDirectory('/work/d');
  for (const path of ['/work/a', '/work/d/b', '/work/e']) make(path);
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  return jobId;
}

/** Somebody replaces `d/b` in the replica, so that nothing but its links can be told from before. */
async function replaceOnReplica(make: (tree: FileTree) => Promise<void>): Promise<void> {
  const tree = await cluster.tree('beta', '/replica');
  const folder = await tree.status('d' as RawPath);
  const file = await tree.status('d/b' as RawPath);
  await tree.unlink('d/b' as RawPath);
  await make(tree);
  await tree.setAttributes('d/b' as RawPath, { mode: file?.mode ?? 0, modifiedNs: file?.modifiedNs ?? 0n });
  await tree.setAttributes('d' as RawPath, { modifiedNs: folder?.modifiedNs ?? 0n });
}

const differsInLinks = [{ path: '/work/d/b', verdict: 'different', bytesOutOfSync: 0, attributes: ['hard links'] }];

test('names that are one file in the replica and two in the workload differ, whatever they hold', async () => {
  const jobId = await mirrored((path) => {
    cluster.workload.create(path);
    cluster.workload.setAttributes(path, { modifiedNs: 1_000_000_000n });
  });
  await replaceOnReplica((tree) => tree.link('a' as RawPath, 'd/b' as RawPath));
  const report = await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'));
  expect(report.differences).toEqual(differsInLinks);
});

test('names that are one file in the workload and two in the replica differ, and a repair links them', async () => {
  const jobId = await mirrored((path) => {
    if (path === '/work/a') cluster.workload.create(path);
    else cluster.workload.link('/work/a', path);
  });
  expect((await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'))).differences).toEqual([]);
  await replaceOnReplica(async (tree) => (await tree.create('d/b' as RawPath, 0o644)).close());
  const found = await cluster.turning(cluster.alpha.jobs.verify(jobId, 'repair'));
  expect(found.differences).toEqual(differsInLinks);
  await cluster.until(jobId, ({ targetState, mirror }) => targetState === 'OK' && mirror.completed > 1);
  expect((await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'))).differences).toEqual([]);
});

test('a verification that a mirror overtakes says so, instead of telling what the mirror takes away', async () => {
  const jobId = await mirrored((path) => cluster.workload.create(path));
  cluster.network.cut('alpha', 'beta');
  const verification = cluster.alpha.jobs.verify(jobId, 'report');
  verification.catch(() => undefined);
  await cluster.clock.advance(50);
  await cluster.alpha.mirrors.start(jobId, 'data-delta');
  await expect(cluster.turning(verification)).rejects.toMatchObject({ code: 'MIRROR-IN-PROGRESS' });
});
