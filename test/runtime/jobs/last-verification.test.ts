// The last verification of a job is known for as long as the job is, whatever becomes of its server meanwhile.
import { afterEach, expect, test } from 'vitest';
import { type RawPath, rawFromText } from '../../../src/base/raw-path.ts';
import { systemFailure } from '../../../src/base/system-failure.ts';
import type { JobReport } from '../../../src/model/report.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

async function mirroredJob(): Promise<string> {
  cluster = await MemoryCluster.start();
  cluster.workload.create('/work/a');
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  return jobId;
}

const file = (jobId: string): string => `jobs/${jobId}/source/source.json`;

async function lastOf(jobId: string): Promise<NonNullable<JobReport['verification']>['last'] | undefined> {
  return (await cluster.alpha.jobs.report(jobId)).verification?.last;
}

async function restarted(): Promise<void> {
  cluster.kill('alpha');
  await cluster.clock.advance(60_000);
  await cluster.restart('alpha');
}

test('it is known after a restart of the server, and while the job waits to be opened, until the next one', async () => {
  const jobId = await mirroredJob();
  expect(await lastOf(jobId)).toBeNull();
  await (await cluster.tree('beta', '/replica')).unlink(rawFromText('a') as RawPath);
  const { finishedMs } = await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'));
  const found = { finishedMs, differences: 1 };
  expect(await lastOf(jobId)).toEqual(found);
  await restarted();
  await cluster.mirrored(jobId);
  expect(await lastOf(jobId)).toEqual(found);

  cluster.kill('alpha');
  // With what is remembered of its folder a job opens without it.
  await cluster.machines.alpha.storage.remove(`jobs/${jobId}/source/roots.json`);
  const open = cluster.trouble.openTree.bind(cluster.trouble);
  cluster.trouble.openTree = async (location, options) => {
    if (location === '/work') throw systemFailure('EIO', 'open the folder', location);
    return open(location, options);
  };
  await cluster.restart('alpha');
  const { notOpen, verification } = await cluster.alpha.jobs.report(jobId);
  expect([notOpen, verification]).toEqual([expect.stringContaining('/work'), { running: null, last: found }]);
  cluster.trouble.openTree = open;
  await cluster.clock.advance(40_000);
  await cluster.mirrored(jobId);
  const next = await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'));
  await restarted();
  expect(await lastOf(jobId)).toEqual({ finishedMs: next.finishedMs, differences: 0 });
});

test('a disk that cannot keep it does not take the verification away', async () => {
  const jobId = await mirroredJob();
  const { storage } = cluster.machines.alpha;
  const replace = storage.replace.bind(storage);
  storage.replace = async (name, bytes) => {
    if (name === file(jobId)) throw systemFailure('ENOSPC', 'write the file', name);
    return replace(name, bytes);
  };
  const { finishedMs } = await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'));
  expect(await lastOf(jobId)).toEqual({ finishedMs, differences: 0 });
  storage.replace = replace;
});

test('a job that is given up while it is kept leaves no file', async () => {
  const jobId = await mirroredJob();
  const { storage } = cluster.machines.alpha;
  const replace = storage.replace.bind(storage);
  const writing = Promise.withResolvers<void>();
  const slow = Promise.withResolvers<void>();
  storage.replace = async (name, bytes) => {
    if (name === file(jobId)) {
      writing.resolve();
      await slow.promise;
    }
    return replace(name, bytes);
  };
  const verified = cluster.alpha.jobs.verify(jobId, 'report');
  await cluster.turning(Promise.race([writing.promise, verified]));
  const given = cluster.alpha.jobs.disconnect(jobId);
  await cluster.clock.advance(5000);
  slow.resolve();
  await cluster.turning(Promise.all([verified, given]));
  expect(await storage.list(`jobs/${jobId}/source`)).toEqual([]);
});

test('a file of an earlier version, which has none, is read, and keeps what comes', async () => {
  const jobId = await mirroredJob();
  const { storage } = cluster.machines.alpha;
  const { lastVerification: _, ...earlier } = JSON.parse(String(await storage.read(file(jobId))));
  await storage.replace(file(jobId), Buffer.from(JSON.stringify({ ...earlier, version: 1 })));
  await restarted();
  await cluster.mirrored(jobId);
  expect(await lastOf(jobId)).toBeNull();
  const { finishedMs } = await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'));
  await restarted();
  expect(await lastOf(jobId)).toEqual({ finishedMs, differences: 0 });
});
