// A folder that the replica has lost, or was told to remove, has to come with everything in it, also with files that the
// stream has already carried once and that have not changed since.
import { afterEach, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

async function mirroredFolder(): Promise<string> {
  cluster = await MemoryCluster.start();
  const { workload } = cluster;
  for (const folder of ['/work/a', '/work/a/b', '/elsewhere']) workload.makeDirectory(folder);
  workload.create('/work/a/file', Buffer.from('one'));
  workload.create('/work/a/b/file', Buffer.from('two'));
  workload.link('/work/a/b/file', '/work/a/second name');
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  return jobId;
}

async function becomesEqual(jobId: string): Promise<void> {
  await cluster.clock.advance(5000);
  await cluster.until(
    jobId,
    ({ sequence, replication }) => replication.status === 'Ready' && sequence.applied === sequence.head,
  );
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  expect((await cluster.alpha.jobs.report(jobId)).mirror.completed).toBe(1);
}

test('a folder that was moved out of the workload and back', async () => {
  const jobId = await mirroredFolder();
  cluster.workload.rename('/work/a', '/elsewhere/a');
  await becomesEqual(jobId);
  cluster.workload.rename('/elsewhere/a', '/work/a');
  await becomesEqual(jobId);
});

test('a folder that was moved out, another renamed to its name and away, and the first moved back below a new name', async () => {
  const jobId = await mirroredFolder();
  cluster.workload.rename('/work/a/b', '/elsewhere/b');
  await becomesEqual(jobId);
  cluster.workload.rename('/work/a', '/work/c');
  await becomesEqual(jobId);
  cluster.workload.rename('/elsewhere/b', '/work/c/b');
  await becomesEqual(jobId);
});

test('a folder that somebody else removed from the replica', async () => {
  const jobId = await mirroredFolder();
  const replica = await cluster.tree('beta', '/replica');
  for (const name of ['a/b/file', 'a/file', 'a/second name'] as RawPath[]) await replica.unlink(name);
  for (const name of ['a/b', 'a'] as RawPath[]) await replica.removeDirectory(name);
  cluster.workload.setAttributes('/work/a', { mode: 0o700 });
  await becomesEqual(jobId);
});
