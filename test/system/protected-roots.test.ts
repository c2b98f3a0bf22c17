// What an operator does to a protected folder on a real system: mounts over it, unmounts it, restores it. Root only.
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rawFromText } from '../../src/base/raw-path.ts';
import type { JobReport } from '../../src/model/report.ts';
import { Mounts } from '../support/mounts.ts';
import { RealCluster } from '../support/real-cluster.ts';

let base: string;
let work: string;
let mounts: Mounts;
let cluster: RealCluster | undefined;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'understudy-roots-')));
  work = join(base, 'work');
  mkdirSync(work);
  mounts = new Mounts();
});

afterEach(async () => {
  await cluster?.remove();
  cluster = undefined;
  mounts.removeAll();
  rmSync(base, { recursive: true, force: true });
});

const isWrong = ({ health, targetState, additional }: JobReport): boolean =>
  health === 'error' && targetState !== 'OK' && additional.includes('is not the one that is protected');
const isRight = ({ health, targetState, additional, mirror }: JobReport): boolean =>
  health === 'healthy' && targetState === 'OK' && additional === '' && mirror.status === 'Idle';

/** The job of `work`, its first mirror done. */
async function protect(): Promise<{ cluster: RealCluster; jobId: string }> {
  writeFileSync(join(work, 'file'), 'content');
  cluster = await RealCluster.start({ work, clockSpeed: 10 });
  const { jobId } = await cluster.connect();
  await cluster.mirrored(jobId);
  return { cluster, jobId };
}

async function replicaNames(from: RealCluster): Promise<string[]> {
  return Object.keys(await from.manifestOf(from.replica))
    .filter((name) => name !== '.')
    .sort();
}

test.skipIf(process.getuid?.() !== 0)(
  'a root of a container is protected without the state of the kernel in it',
  async () => {
    for (const name of ['etc', 'proc', 'sys']) mkdirSync(join(work, name));
    writeFileSync(join(work, 'etc/hostname'), 'host');
    mounts.add(['-t', 'proc', 'proc'], join(work, 'proc'));
    mounts.add(['-t', 'sysfs', 'sysfs'], join(work, 'sys'));
    const { cluster: both, jobId } = await protect();
    const names = ['etc', 'etc/hostname', 'file', 'proc', 'sys'];
    expect(await replicaNames(both)).toEqual(names);
    writeFileSync(join(work, 'etc/new'), '');
    await both.settled(jobId);
    expect(await replicaNames(both)).toEqual([...names, 'etc/new'].sort());
    expect(await both.alpha.jobs.verify(jobId, 'report')).toMatchObject({
      filesDifferent: 0,
      filesMissing: 0,
      surplus: 0,
    });
    const { roots, rules } = { roots: [{ source: rawFromText(work), replica: '/' }], rules: [] };
    expect(await both.alpha.workloads.calculate({ roots, rules })).toEqual({ bytes: 11, files: 3, directories: 3 });
    await both.alpha.mirrors.start(jobId, 'data-delta');
    await both.mirrored(jobId, 2);
    expect(await both.events('alpha', 5022)).toHaveLength(2);
  },
);

describe.skipIf(process.getuid?.() !== 0)('a protected folder', () => {
  test.each([
    ['an empty file system', () => undefined],
    ['one that holds something', () => writeFileSync(join(work, 'stranger'), '')],
  ])('over which %s is mounted keeps its replica, and goes on when that is gone', async (_, fill) => {
    const { cluster: both, jobId } = await protect();
    mounts.memory(work);
    fill();
    await both.until(jobId, isWrong);
    expect(await replicaNames(both)).toEqual(['file']);
    mounts.remove(work);
    await both.until(jobId, isRight);
    writeFileSync(join(work, 'later'), '');
    await both.settled(jobId);
    expect(await replicaNames(both)).toEqual(['file', 'later']);
  });

  test('whose file system is unmounted keeps its replica, and one that is mounted there is taken by an operator', async () => {
    mounts.memory(work);
    const { cluster: both, jobId } = await protect();
    mounts.remove(work);
    await both.until(jobId, isWrong);
    await expect(both.alpha.jobs.verify(jobId, 'report')).rejects.toMatchObject({ code: 'ROOT-REPLACED' });
    expect(await replicaNames(both)).toEqual(['file']);
    writeFileSync(join(work, 'other'), '');
    await both.alpha.mirrors.start(jobId, 'data-delta');
    await both.until(jobId, isRight);
    expect(await replicaNames(both)).toEqual(['other']);
  });

  test('that is moved away and restored as a copy is protected again by itself', async () => {
    const { cluster: both, jobId } = await protect();
    renameSync(work, join(base, 'old'));
    await both.until(jobId, isWrong);
    mkdirSync(work);
    writeFileSync(join(work, 'restored'), '');
    await both.until(jobId, isRight);
    writeFileSync(join(work, 'later'), '');
    await both.settled(jobId);
    expect(await replicaNames(both)).toEqual(['later', 'restored']);
    expect(await both.events('alpha', 5150, 5151)).toHaveLength(2);
  });
});
