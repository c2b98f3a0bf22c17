// Names that the source lost while nobody could tell the target: whatever a mirror stands in for, they go; what was in the
// replica before the first mirror of a job that keeps orphans stays; and a source that is gone itself empties nothing.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import type { JobReport } from '../../../src/model/report.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
beforeEach(async () => {
  cluster = await MemoryCluster.start();
});
afterEach(() => cluster.stop());

async function names(server: 'alpha' | 'beta' = 'beta'): Promise<string[]> {
  const tree = await cluster.tree(server, server === 'alpha' ? '/work' : '/replica');
  const found: string[] = [];
  const look = async (path: string): Promise<void> => {
    for (const { name, status } of (await tree.list(path as RawPath)) ?? []) {
      const below = path === '' ? name : `${path}/${name}`;
      found.push(below);
      if (status.kind === 'directory') await look(below);
    }
  };
  await look('');
  return found.sort();
}

async function onTarget(...paths: string[]): Promise<void> {
  const tree = await cluster.machines.beta.files.openTree('/replica', { create: true });
  for (const path of paths) {
    if (path.endsWith('/')) await tree.makeDirectory(path.slice(0, -1) as RawPath, 0o755);
    else await (await tree.create(path as RawPath, 0o644)).close();
  }
}

/** A job that is mirrored, after these files are made in its workload. */
async function mirrored(
  files: readonly string[],
  changes?: Parameters<MemoryCluster['connect']>[0],
): Promise<JobReport> {
  for (const name of files) cluster.workload.create(`/work/${name}`);
  const { jobId } = await cluster.turning(cluster.connect(changes));
  return cluster.mirrored(jobId);
}

/** The source's server is not there while `work` is done to the workload. */
async function whileDown(work: () => void): Promise<void> {
  cluster.kill('alpha');
  work();
  await cluster.restart('alpha');
}

const whole = ({ mirror, targetState }: JobReport): boolean => targetState === 'OK' && mirror.status === 'Idle';
const again = (before: JobReport): Promise<JobReport> =>
  cluster.until(before.jobId, (now) => whole(now) && now.mirror.completed > before.mirror.completed);

describe.each(['delete', 'keep'] as const)('with orphans: %s', (orphans) => {
  test('what the source lost while it was down goes', async () => {
    const { workload } = cluster;
    workload.makeDirectory('/work/d');
    const before = await mirrored(['db', 'db-journal', 'stays', 'd/old'], { orphans });
    await whileDown(() => {
      workload.unlink('/work/db-journal');
      workload.unlink('/work/d/old');
      workload.removeDirectory('/work/d');
      workload.rename('/work/stays', '/work/renamed');
    });
    expect(await again(before)).toMatchObject({ surplus: 0, health: 'healthy' });
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });

  test('what the source lost when capture overflowed goes', async () => {
    const { workload } = cluster;
    const before = await mirrored(['a', 'gone'], { orphans });
    workload.overflow(() => workload.unlink('/work/gone'));
    await again(before);
    expect(await names()).toEqual(['a']);
  });

  test('a removal that the target refused until it was given up is made up for', async () => {
    const { workload, targetTrouble } = cluster;
    const before = await mirrored(['a', 'gone'], { orphans });
    targetTrouble.refusedChanges.set('/replica/gone', 'EPERM');
    workload.unlink('/work/gone');
    await cluster.until(before.jobId, ({ targetState }) => targetState === 'Mirror Required');
    targetTrouble.refusedChanges.clear();
    await again(before);
    expect(await names()).toEqual(['a']);
  });
});

describe('with orphans kept', () => {
  test('what was there before the first mirror stays, is told, and makes nothing the same', async () => {
    const { workload } = cluster;
    await onTarget('theirs', 'old/', 'old/x');
    const before = await mirrored(['a', 'gone'], { orphans: 'keep' });
    expect(before).toMatchObject({ surplus: 2, health: 'healthy' });
    expect(before.additional).toContain('2 names are only in the replica');
    expect(await cluster.turning(cluster.alpha.jobs.verify(before.jobId, 'report'))).toMatchObject({
      surplus: 2,
      surplusKept: 2,
    });
    await whileDown(() => workload.unlink('/work/gone'));
    expect(await again(before)).toMatchObject({ surplus: 2 });
    expect(await names()).toEqual(['a', 'old', 'old/x', 'theirs']);
  });

  test('it stays when its folder goes or moves, and across a crash of the target', async () => {
    const { workload } = cluster;
    for (const name of ['d', 'e']) workload.makeDirectory(`/work/${name}`);
    await onTarget('d/', 'd/theirs', 'e/', 'e/theirs');
    const before = await mirrored(['d/ours', 'e/ours'], { orphans: 'keep' });
    workload.unlink('/work/d/ours');
    workload.removeDirectory('/work/d');
    workload.rename('/work/e', '/work/f');
    await cluster.turning(cluster.alpha.jobs.verify(before.jobId, 'report'));
    cluster.kill('beta');
    await cluster.restart('beta');
    await whileDown(() => workload.unlink('/work/f/ours'));
    expect(await again(before)).toMatchObject({ surplus: 2 });
    expect(await names()).toEqual(['d', 'd/theirs', 'f', 'f/theirs']);
  });

  test('a name that the source made itself is the source’s', async () => {
    const { workload } = cluster;
    await onTarget('x', 'old/', 'old/theirs', 'while/', 'while/theirs');
    const before = await mirrored(['a'], { orphans: 'keep' });
    workload.create('/work/x');
    workload.makeDirectory('/work/old');
    workload.create('/work/old/ours');
    await cluster.turning(cluster.alpha.jobs.verify(before.jobId, 'report'));
    await whileDown(() => {
      workload.makeDirectory('/work/while');
      workload.create('/work/while/ours');
    });
    const then = await again(before);
    await whileDown(() => {
      workload.unlink('/work/x');
      workload.unlink('/work/old/ours');
      workload.unlink('/work/while/ours');
    });
    await again(then);
    expect(await names()).toEqual(['a', 'old', 'old/theirs', 'while', 'while/theirs']);
  });

  test('what a first mirror had sent before it was cut short is not taken for what was there before', async () => {
    const { workload, trouble } = cluster;
    for (const name of ['a', 'b']) workload.create(`/work/${name}`, Buffer.alloc(10, name));
    await onTarget('theirs');
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    trouble.beforeRead = (path) => {
      if (path !== '/work/b') return undefined;
      resolve();
      return new Promise(() => undefined);
    };
    const { jobId } = await cluster.turning(cluster.connect({ orphans: 'keep' }));
    await cluster.turning(reached);
    await cluster.clock.advance(3000);
    expect(await names()).toContain('a');
    trouble.beforeRead = () => undefined;
    await whileDown(() => workload.unlink('/work/a'));
    await cluster.mirrored(jobId);
    expect(await names()).toEqual(['b', 'theirs']);
  });

  test('ORPHANS DELETE lets go of it', async () => {
    await onTarget('theirs', 'd/', 'd/theirs');
    const before = await mirrored(['a'], { orphans: 'keep' });
    await cluster.alpha.mirrors.deleteOrphans(before.jobId);
    expect(await again(before)).toMatchObject({ surplus: 0 });
    expect(await names()).toEqual(['a']);
  });
});

describe('a source that is gone', () => {
  const many = Array.from({ length: 12 }, (_, index) => `f${index}`);

  test.each([
    ['its root is empty', ['a'], () => undefined],
    ['its root holds other names', many, () => cluster.workload.create('/work/other')],
  ])('does not empty the replica: %s', async (_, present, meanwhile) => {
    const { workload } = cluster;
    const before = await mirrored(present);
    await whileDown(() => {
      for (const name of present) workload.unlink(`/work/${name}`);
      meanwhile();
    });
    await cluster.clock.advance(60_000);
    const held = await cluster.alpha.jobs.report(before.jobId);
    expect(held).toMatchObject({ targetState: 'Mirror Required', health: 'warning', surplus: present.length });
    expect(held.additional).toContain('ORPHANS DELETE');
    expect(await names()).toEqual(expect.arrayContaining(present));
    const told = (await cluster.events('alpha')).filter((id) => id === 5140 || id === 5010);
    expect(told).toEqual([5010, 5010, 5140]);
    // Other changes pass, and lift nothing.
    workload.create('/work/new');
    await cluster.clock.advance(5000);
    expect(await names()).toEqual(expect.arrayContaining([...present, 'new']));
    await cluster.alpha.mirrors.deleteOrphans(before.jobId);
    await again(before);
    expect(await names()).toEqual(await names('alpha'));
    expect(await cluster.events('alpha')).toContain(5141);
  });

  test('is mirrored again by itself when its data is back', async () => {
    const { workload } = cluster;
    const before = await mirrored(['a', 'b']);
    await whileDown(() => {
      for (const name of ['a', 'b']) workload.unlink(`/work/${name}`);
    });
    await cluster.clock.advance(60_000);
    workload.create('/work/b');
    expect(await again(before)).toMatchObject({ health: 'healthy', surplus: 0 });
    expect(await names()).toEqual(['b']);
  });

  test('says nothing when a person deletes everything under the eyes of the job', async () => {
    const { jobId } = await mirrored(['a', 'b']);
    for (const name of ['a', 'b']) cluster.workload.unlink(`/work/${name}`);
    await cluster.clock.advance(5000);
    expect(await names()).toEqual([]);
    expect(await cluster.alpha.jobs.report(jobId)).toMatchObject({ targetState: 'OK', health: 'healthy' });
  });
});

describe('what a mirror deletes can be had again', () => {
  test('by a revert to the automatic snapshot before it', async () => {
    const { workload } = cluster;
    const before = await mirrored(['a', 'gone']);
    await whileDown(() => workload.unlink('/work/gone'));
    await again(before);
    expect(await names()).toEqual(['a']);
    const [snapshot] = await cluster.beta.snapshots.list(before.jobId);
    expect(snapshot).toMatchObject({ type: 'automatic', state: 'good' });
    await cluster.beta.snapshots.revert(before.jobId, snapshot?.snapshotId ?? '');
    expect(await names()).toEqual(['a', 'gone']);
  });

  test('also what the first mirror found there, which was no copy of the source', async () => {
    await onTarget('theirs', 'd/', 'd/theirs');
    const { jobId } = await mirrored(['a']);
    expect(await names()).toEqual(['a']);
    const [snapshot] = await cluster.beta.snapshots.list(jobId);
    expect(snapshot).toMatchObject({ type: 'automatic', state: 'bad' });
    await cluster.beta.snapshots.revert(jobId, snapshot?.snapshotId ?? '');
    expect(await names()).toEqual(['d', 'd/theirs', 'theirs']);
  });
});
