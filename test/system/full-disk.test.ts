// Issue 2, "Bad input": a full disk under the replica. The operation is retried and said to be, then dropped and said to be;
// the replica is known to need a mirror, and gets it by itself once there is space.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RealCluster } from '../support/real-cluster.ts';
import { diffOf, rsyncOf } from './equality.ts';

const mebibyte = 2 ** 20;

describe.runIf(process.getuid?.() === 0)('a replica on a disk of 8 MiB', () => {
  let disk: string;
  let cluster: RealCluster | undefined;

  beforeEach(() => {
    disk = mkdtempSync(join(tmpdir(), 'understudy-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=0755', 'understudy-test', disk]);
  });
  afterEach(async () => {
    try {
      await cluster?.remove();
    } finally {
      execFileSync('umount', ['-l', disk]);
      rmdirSync(disk);
    }
  });

  test('is said to be full, never quietly short, and recovers when there is space', async () => {
    cluster = await RealCluster.start({ replica: join(disk, 'replica'), clockSpeed: 5 });
    const { work, replica } = cluster;
    writeFileSync(join(work, 'first'), 'fits');
    const { jobId } = await cluster.connect();
    await cluster.mirrored(jobId);

    // Somebody else takes the space.
    writeFileSync(join(disk, 'of somebody else'), Buffer.alloc(6 * mebibyte, 1));
    writeFileSync(join(work, 'large'), Buffer.alloc(4 * mebibyte, 2));
    await expect.poll(async () => (await cluster?.events('beta', 5030))?.length).toBeGreaterThan(0);
    const [retried] = await cluster.events('beta', 5030);
    expect(retried).toMatchObject({ severity: 'warning', jobId });
    expect(retried?.message).toMatch(/large.*no space is left/);
    // Everything before has been applied, and what follows waits in order.
    expect((await cluster.beta.jobs.report(jobId)).targetState).toBe('OK');

    await cluster.until(jobId, ({ targetState }) => targetState !== 'OK', { server: cluster.beta });
    const [dropped] = await cluster.events('beta', 5031);
    expect(dropped).toMatchObject({ severity: 'error', jobId });
    expect(dropped?.message).toMatch(/large.*no space is left.*mirror required/);
    expect((await cluster.alpha.jobs.report(jobId)).targetState).not.toBe('OK');

    rmSync(join(disk, 'of somebody else'));
    await cluster.mirrored(jobId, 2);
    await cluster.settled(jobId);
    expect(diffOf(work, replica)).toEqual([]);
    expect(rsyncOf(work, replica)).toEqual([]);
  });

  test('needs no mirror when the space comes back in time', async () => {
    cluster = await RealCluster.start({ replica: join(disk, 'replica') });
    const { work, replica } = cluster;
    writeFileSync(join(work, 'first'), 'fits');
    const { jobId } = await cluster.connect();
    await cluster.mirrored(jobId);
    writeFileSync(join(disk, 'of somebody else'), Buffer.alloc(6 * mebibyte, 1));
    writeFileSync(join(work, 'large'), Buffer.alloc(4 * mebibyte, 2));
    await expect.poll(async () => (await cluster?.events('beta', 5030))?.length).toBeGreaterThan(0);
    rmSync(join(disk, 'of somebody else'));
    await cluster.settled(jobId);
    expect(rsyncOf(work, replica)).toEqual([]);
    expect(await cluster.events('beta', 5031)).toEqual([]);
    expect((await cluster.alpha.jobs.report(jobId)).mirror.completed).toBe(1);
  });
});
