import { afterEach, describe, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import type { SelectionRule } from '../../../src/model/job.ts';
import type { JobReport } from '../../../src/model/report.ts';
import type { FileTree } from '../../../src/ports/files.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

async function names(server: 'alpha' | 'beta', folder: string): Promise<string[]> {
  const tree = await cluster.tree(server, folder);
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

async function onTarget(...paths: string[]): Promise<FileTree> {
  const tree = await cluster.machines.beta.files.openTree('/replica', { create: true });
  for (const path of paths) {
    if (path.endsWith('/')) await tree.makeDirectory(path.slice(0, -1) as RawPath, 0o755);
    else await (await tree.create(path as RawPath, 0o644)).close();
  }
  return tree;
}

async function mirrored(changes: Parameters<MemoryCluster['connect']>[0] = {}): Promise<JobReport> {
  const { jobId } = await cluster.turning(cluster.connect(changes));
  return cluster.mirrored(jobId);
}

const exclude = (pattern: string): SelectionRule => ({ action: 'exclude', root: 0, pattern });
const include = (pattern: string): SelectionRule => ({ action: 'include', root: 0, pattern });

describe('orphans (guide, ch. 3, General Options)', () => {
  test('are deleted, or kept, as the job says', async () => {
    for (const [orphans, left] of [
      ['delete', ['mine']],
      ['keep', ['d', 'd/x', 'mine', 'orphan']],
    ] as const) {
      cluster = await MemoryCluster.start();
      cluster.workload.create('/work/mine');
      await onTarget('orphan', 'd/', 'd/x');
      await mirrored({ orphans });
      expect(await names('beta', '/replica')).toEqual(left);
      if (orphans === 'delete') await cluster.stop();
    }
  });

  test('what an exclude matches is no orphan, also in a folder that is one', async () => {
    cluster = await MemoryCluster.start();
    cluster.workload.makeDirectory('/work/d');
    cluster.workload.create('/work/d/a.log');
    cluster.workload.create('/work/d/a.txt');
    await onTarget('b.log', 'b.txt', 'd/', 'd/c.log', 'd/c.txt', 'old/', 'old/c.log', 'old/c.txt', 'old/e/', 'old/e/f');
    await mirrored({ rules: [exclude('*.log')] });
    expect(await names('beta', '/replica')).toEqual(['b.log', 'd', 'd/a.txt', 'd/c.log', 'old', 'old/c.log']);
  });

  test('what an include by pattern does not match is one', async () => {
    cluster = await MemoryCluster.start();
    cluster.workload.create('/work/a.db');
    cluster.workload.create('/work/a.txt');
    await onTarget('b.db', 'a.txt', 'b.txt', 'old.db');
    await mirrored({ rules: [include('*.db'), exclude('old*')] });
    expect(await names('beta', '/replica')).toEqual(['a.db', 'old.db']);
  });

  test('an object of another kind in the way of one of the workload is replaced, even with orphans kept', async () => {
    cluster = await MemoryCluster.start();
    cluster.workload.create('/work/a', Buffer.from('file'));
    cluster.workload.makeDirectory('/work/b');
    cluster.workload.makeSymlink('/work/c', 'somewhere');
    await onTarget('a/', 'a/x', 'b', 'c');
    await mirrored({ orphans: 'keep' });
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });
});

describe('a difference mirror', () => {
  test('with nothing to do sends no bytes and nothing but markers and the root’s attributes', async () => {
    cluster = await MemoryCluster.start();
    const { workload } = cluster;
    workload.makeDirectory('/work/d');
    workload.create('/work/d/small', Buffer.from('x'));
    workload.create('/work/d/large', Buffer.alloc(300_000, 1));
    workload.link('/work/d/small', '/work/second');
    workload.makeSymlink('/work/link', 'd');
    const before = await mirrored();
    await cluster.alpha.mirrors.start(before.jobId, 'data-delta');
    const after = await cluster.until(before.jobId, ({ mirror }) => mirror.completed === 2 && mirror.status === 'Idle');
    expect(after.mirror.skippedBytes).toBe(300_002);
    expect(after.mirror.sentBytes - before.mirror.sentBytes).toBeLessThan(200);
    expect(after.sequence.head - before.sequence.head).toBe(3);
  });

  test.each([
    ['two files there, one with two names here', ['a', 'b'], ['a=b'] as string[]],
    ['one with two names there, two files here', ['a=b'], ['a', 'b']],
    ['pairs crossed', ['a=b', 'c=d'], ['a=c', 'b=d']],
    ['a group that lost one to another', ['a=b=c', 'd=e'], ['a=b', 'c=d=e']],
  ])('sets hard links right: %s', async (_, onReplica, onSource) => {
    cluster = await MemoryCluster.start();
    const replica = await cluster.machines.beta.files.openTree('/replica', { create: true });
    for (const group of onReplica) {
      const [first, ...others] = group.split('=') as [RawPath, ...RawPath[]];
      const file = await replica.create(first, 0o644);
      await file.write(0, Buffer.from('same bytes'));
      await file.close();
      for (const other of others) await replica.link(first, other);
    }
    for (const group of onSource) {
      const [first = '', ...others] = group.split('=');
      cluster.workload.create(`/work/${first}`, Buffer.from('same bytes'));
      for (const other of others) cluster.workload.link(`/work/${first}`, `/work/${other}`);
    }
    await mirrored();
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });

  test('tells a large folder in parts', async () => {
    cluster = await MemoryCluster.start();
    cluster.workload.makeDirectory('/work/d');
    for (let number = 0; number < 2100; number += 1) {
      cluster.workload.create(`/work/d/${number}`);
      cluster.workload.create(`/work/${number}`);
    }
    const { jobId } = await mirrored();
    for (let number = 0; number < 2100; number += 100) await (await onTarget()).unlink(`d/${number}` as RawPath);
    await onTarget('d/surplus');
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await cluster.until(jobId, ({ mirror }) => mirror.completed === 2 && mirror.status === 'Idle');
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });
});

describe('a mirror on its way', () => {
  /** A mirror that comes no further than its first file while the gate is closed. */
  async function held(): Promise<{ readonly jobId: string; readonly open: () => void }> {
    cluster = await MemoryCluster.start();
    for (let number = 0; number < 10; number += 1) {
      cluster.workload.create(`/work/${number}`, Buffer.alloc(100_000, number));
    }
    const gate = Promise.withResolvers<void>();
    cluster.trouble.beforeRead = () => gate.promise;
    const { jobId } = await cluster.turning(cluster.connect());
    await cluster.until(jobId, ({ mirror }) => mirror.status === 'In Progress' && mirror.percent !== null);
    return { jobId, open: gate.resolve };
  }

  test('is stopped: Stopped and Mirror Required, until it is started again', async () => {
    const { jobId, open } = await held();
    await cluster.alpha.mirrors.stop(jobId);
    open();
    await cluster.until(jobId, ({ mirror }) => mirror.status === 'Stopped');
    await cluster.clock.advance(30_000);
    expect(await cluster.alpha.jobs.report(jobId)).toMatchObject({
      targetState: 'Mirror Required',
      mirror: { completed: 0 },
    });
    cluster.network.cut('alpha', 'beta');
    await cluster.clock.advance(30_000);
    expect(await cluster.alpha.jobs.report(jobId)).toMatchObject({
      targetState: 'Mirror Required',
      mirror: { completed: 0, status: 'Stopped' },
    });
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await cluster.mirrored(jobId);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
    expect(await cluster.events('alpha')).toEqual(expect.arrayContaining([5012, 5011]));
  });

  test('goes on after the link was cut in the middle', async () => {
    const { jobId, open } = await held();
    cluster.network.cut('alpha', 'beta');
    open();
    await cluster.clock.advance(50);
    cluster.network.cut('alpha', 'beta');
    await cluster.mirrored(jobId);
    expect((await cluster.events('alpha')).filter((id) => id === 5010)).toHaveLength(1);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });

  test('reports what it cannot read, goes on, and is tried with the next one', async () => {
    cluster = await MemoryCluster.start();
    const { workload, trouble } = cluster;
    workload.create('/work/a', Buffer.from('unreadable'));
    workload.makeDirectory('/work/closed');
    workload.create('/work/closed/x', Buffer.from('x'));
    workload.create('/work/z', Buffer.from('fine'));
    await onTarget('closed/', 'closed/kept');
    trouble.refused.set('/work/a', 'EACCES');
    trouble.refused.set('/work/closed', 'EACCES');
    const report = await mirrored();
    expect(report).toMatchObject({ health: 'warning', additional: expect.stringMatching(/^2 objects/) });
    expect((await cluster.events('alpha')).filter((id) => id === 5023)).toHaveLength(2);
    // Nothing is taken for an orphan because its source could not be looked at.
    expect(await names('beta', '/replica')).toEqual(['closed', 'closed/kept', 'z']);
    trouble.refused.clear();
    await cluster.alpha.mirrors.start(report.jobId, 'data-delta');
    const after = await cluster.until(report.jobId, ({ mirror }) => mirror.completed === 2 && mirror.status === 'Idle');
    expect(after).toMatchObject({ health: 'healthy', additional: '' });
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });
});
