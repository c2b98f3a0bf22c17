// Issue 2, "It must show", line 7: when the kernel's queue of notifications overflows, what was missed is neither lost nor
// passed over in silence: an event says so, a difference mirror follows, and the replica is equal at its end.
import { mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { RealCluster } from '../support/real-cluster.ts';
import { diffOf, rsyncOf } from './equality.ts';

/** More than the 16,384 notifications that the kernel keeps by default, two for each name. */
const noise = 9000;

let cluster: RealCluster;
afterEach(() => cluster?.remove());

test.each(['fanotify', 'inotify'] as const)(
  'an overflow of %s is an event and a difference mirror, and the replica is equal',
  async (method) => {
    cluster = await RealCluster.start({ watch: { method, unlimitedQueue: false } });
    const { work } = cluster;
    mkdirSync(join(work, 'folder'));
    for (let file = 0; file < 50; file += 1) writeFileSync(join(work, 'folder', `file ${file}`), `content ${file}`);
    writeFileSync(join(work, 'large'), Buffer.alloc(5_000_000, 'large'));
    const { jobId } = await cluster.connect();
    await cluster.mirrored(jobId);

    const before = (await cluster.alpha.jobs.report(jobId)).mirror.sentBytes;
    const capture = cluster.captures[0];
    await capture?.hold();
    for (let name = 0; name < noise; name += 1) {
      writeFileSync(join(work, `noise ${name}`), '');
      unlinkSync(join(work, `noise ${name}`));
    }
    // Nothing notifies of these any more.
    writeFileSync(join(work, 'folder', 'file 1'), 'missed');
    unlinkSync(join(work, 'folder', 'file 2'));
    renameSync(join(work, 'folder', 'file 3'), join(work, 'moved'));
    mkdirSync(join(work, 'new/deep/down'), { recursive: true });
    writeFileSync(join(work, 'new/deep/down/file'), 'missed too');
    capture?.release();
    await cluster.mirrored(jobId, 2);
    await cluster.settled(jobId);

    expect(diffOf(work, cluster.replica)).toEqual([]);
    expect(rsyncOf(work, cluster.replica)).toEqual([]);
    expect((await cluster.events('alpha', 5020)).map(({ severity }) => severity)).toEqual(['warning']);
    const mirrors = await cluster.events('alpha', 5010, 5011);
    expect(mirrors.map(({ id }) => id)).toEqual([5010, 5011, 5010, 5011]);
    expect(mirrors[2]?.message).toMatch(/data-delta.*overflow/);
    // A difference mirror: what was there already was not sent again.
    expect((await cluster.alpha.jobs.report(jobId)).mirror).toMatchObject({ completed: 2 });
    expect((await cluster.alpha.jobs.report(jobId)).mirror.sentBytes - before).toBeLessThan(2000);

    // Capture goes on as before: what changes now needs no mirror.
    rmSync(join(work, 'new'), { recursive: true });
    writeFileSync(join(work, 'afterwards'), 'as ever');
    await cluster.settled(jobId);
    expect(rsyncOf(work, cluster.replica)).toEqual([]);
    expect((await cluster.alpha.jobs.report(jobId)).mirror.completed).toBe(2);
  },
);
