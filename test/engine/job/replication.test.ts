import { afterEach, describe, expect, test } from 'vitest';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

describe.each(['changes', 'operations'] as const)('with a capture of %s', (capture) => {
  test('a workload is mirrored, with links, odd names and holes', async () => {
    cluster = await MemoryCluster.start({ capture });
    const { workload } = cluster;
    workload.makeDirectory('/work/a');
    workload.create('/work/a/small', Buffer.from('hello'));
    workload.create('/work/a/large', Buffer.alloc(300_000, 7));
    workload.create('/work/a/\xff\n name', Buffer.from('odd'));
    workload.link('/work/a/small', '/work/second');
    workload.makeSymlink('/work/link', '../nowhere');
    workload.create('/work/sparse');
    workload.truncate('/work/sparse', 1_000_000);
    workload.write('/work/sparse', 500_000, Buffer.from('middle'));
    const { jobId } = await cluster.turning(cluster.connect());
    await cluster.mirrored(jobId);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });

  test('what changes after the mirror arrives, in order, without another mirror', async () => {
    cluster = await MemoryCluster.start({ capture });
    const { workload } = cluster;
    workload.create('/work/file', Buffer.from('one'));
    const { jobId } = await cluster.turning(cluster.connect());
    await cluster.mirrored(jobId);
    workload.write('/work/file', 0, Buffer.from('two'));
    workload.makeDirectory('/work/new');
    workload.create('/work/new/file', Buffer.alloc(200_000, 1));
    workload.rename('/work/file', '/work/new/moved');
    workload.write('/work/new/file', 100_000, Buffer.alloc(10, 2));
    workload.create('/work/gone');
    workload.unlink('/work/gone');
    const task = await cluster.turning(
      cluster.alpha.tasks.queue(jobId, {
        name: 'mark',
        actions: { onexecute: { type: 'snapshot', name: 'mark' } },
        timeoutMs: null,
      }),
    );
    await cluster.until(jobId, ({ sequence }) => sequence.applied === sequence.head);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
    expect((await cluster.alpha.jobs.report(jobId)).mirror.completed).toBe(1);
    expect((await cluster.beta.tasks.list(jobId)).map(({ taskId, state }) => [taskId, state])).toEqual([
      [task, 'finished'],
    ]);
    expect((await cluster.beta.snapshots.list(jobId)).map(({ name }) => name)).toEqual(['mark']);
  });
});
