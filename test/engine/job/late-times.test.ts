// Times that no clock should have: after 2262, before 1677, and beyond what the file system of a replica can hold.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryCluster } from '../../support/memory-cluster.ts';

const nsPerSecond = 1_000_000_000n;
const at2300 = 10_413_792_000n * nsPerSecond + 7n;
const at1600 = -11_676_096_000n * nsPerSecond - 1n;

let cluster: MemoryCluster;
let jobId: string;

beforeEach(async () => {
  cluster = await MemoryCluster.start();
  const { workload } = cluster;
  workload.makeDirectory('/work/folder');
  for (const name of ['late', 'early', 'live', 'folder/below']) workload.create(`/work/${name}`, Buffer.from(name));
  workload.makeSymlink('/work/link', 'late');
  for (const name of ['late', 'link', 'folder']) workload.setAttributes(`/work/${name}`, { modifiedNs: at2300 });
  workload.setAttributes('/work/early', { modifiedNs: at1600 });
});
afterEach(() => cluster.stop());

async function protect(): Promise<void> {
  ({ jobId } = await cluster.turning(cluster.connect()));
  await cluster.mirrored(jobId);
}

/** Everything is applied, and the job is content. */
async function settled(): Promise<void> {
  await cluster.clock.advance(2000);
  await cluster.until(jobId, ({ health, sequence }) => health === 'healthy' && sequence.applied === sequence.head);
}

const verify = () => cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'));

test('every time of the workload reaches the replica, in the mirror and afterwards', async () => {
  await protect();
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  cluster.workload.setAttributes('/work/live', { modifiedNs: at2300 });
  cluster.workload.setAttributes('/work/late', { modifiedNs: -1n });
  cluster.workload.create('/work/folder/after', Buffer.from('after'));
  cluster.workload.setAttributes('/work/folder', { modifiedNs: at1600 });
  await settled();
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  expect(await cluster.events('alpha')).not.toContain(5032);
});

describe('a replica on a disk that holds the times from 1901 to 2446', () => {
  beforeEach(() => {
    cluster.machines.beta.files.disk.heldTimesNs = [-(2n ** 31n) * nsPerSecond, 15_032_385_535n * nsPerSecond];
  });

  test('has the nearest time, says so once, and is not sent the same again', async () => {
    cluster.workload.setAttributes('/work/late', { modifiedNs: 16_000_000_000n * nsPerSecond });
    await protect();
    await settled();
    expect(await verify()).toMatchObject({ filesDifferent: 0, filesMissing: 0 });
    const sent = (await cluster.alpha.jobs.report(jobId)).sequence.head;
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await cluster.until(jobId, ({ mirror }) => mirror.completed === 2 && mirror.status === 'Idle');
    // The begin and the end of the mirror, the root's attributes, and the marker of the verification.
    expect((await cluster.alpha.jobs.report(jobId)).sequence.head - sent).toBeLessThanOrEqual(4);
    expect((await cluster.events('beta')).filter((id) => id === 5153)).toHaveLength(1);
  });

  test('has a time that differs for another reason called different', async () => {
    await protect();
    await settled();
    const replica = await cluster.tree('beta', '/replica');
    await replica.setAttributes('early' as never, { modifiedNs: 5n });
    expect(await verify()).toMatchObject({ filesDifferent: 1 });
  });
});
