// Issue 2, "It must show", line 1: a folder of 5,000 files of every odd kind is mirrored and then changed live, and
// independent tools find no difference.
import { afterEach, describe, expect, test } from 'vitest';
import { requireProgram } from '../support/packages.ts';
import { RealCluster } from '../support/real-cluster.ts';
import { diffOf, rsyncOf } from './equality.ts';
import { OddTree } from './odd-tree.ts';

const able = requireProgram('rsync', 'setfacl', 'setfattr') && process.getuid?.() === 0;

let cluster: RealCluster;
afterEach(() => cluster?.remove());

describe.runIf(able).each(['fanotify', 'inotify'] as const)('watched with %s', (method) => {
  test('5,000 odd files are mirrored, changed live, and equal by diff and rsync', async () => {
    cluster = await RealCluster.start({ watch: { method } });
    const tree = new OddTree(cluster.work);
    tree.make();
    const { jobId } = await cluster.connect();
    await cluster.mirrored(jobId);
    expect(diffOf(cluster.work, cluster.replica)).toEqual([]);
    expect(rsyncOf(cluster.work, cluster.replica)).toEqual([]);

    tree.change();
    await cluster.settled(jobId);
    expect(diffOf(cluster.work, cluster.replica)).toEqual([]);
    expect(rsyncOf(cluster.work, cluster.replica)).toEqual([]);
    expect((await cluster.alpha.jobs.report(jobId)).mirror.completed).toBe(1);
    expect(await cluster.events('alpha', 5020, 5021, 5023)).toEqual([]);
  });
});
