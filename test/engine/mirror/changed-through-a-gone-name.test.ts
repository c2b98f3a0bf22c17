// A file with two names changes under one of them while a mirror walks, and that name is gone before the mirror sees it. Nothing is
// told of the other name, and the mirror may have compared it before the change.
import { afterEach, describe, expect, test } from 'vitest';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

describe.each(['changes', 'operations'] as const)('with a capture of %s', (capture) => {
  test.each([
    ['content', 'removed', (): void => cluster.workload.write('/work/d/e/other', 0, Buffer.from('new')), remove],
    ['attributes', 'removed', (): void => cluster.workload.setAttributes('/work/d/e/other', { mode: 0o600 }), remove],
    ['content', 'renamed', (): void => cluster.workload.write('/work/d/e/other', 0, Buffer.from('new')), rename],
    ['attributes', 'renamed', (): void => cluster.workload.setAttributes('/work/d/e/other', { mode: 0o600 }), rename],
    ['content', 'replaced', (): void => cluster.workload.write('/work/d/e/other', 0, Buffer.from('new')), replace],
  ])('%s under a name that is then %s', async (_what, _how, change, leave) => {
    cluster = await MemoryCluster.start({ capture });
    cluster.workload.makeDirectory('/work/d');
    cluster.workload.makeDirectory('/work/d/e');
    cluster.workload.create('/work/a', Buffer.from('old bytes'));
    cluster.workload.create('/work/z', Buffer.from('of another file'));
    const { jobId } = await cluster.turning(cluster.connect());
    await cluster.mirrored(jobId);
    cluster.workload.link('/work/a', '/work/d/e/other');
    await cluster.clock.advance(2000);
    let isCompared = false;
    cluster.trouble.beforeCall = (name, path) => {
      isCompared ||= name === 'open' && path === '/work/a';
      if (!isCompared || name !== 'list' || path !== '/work/d/e') return;
      cluster.trouble.beforeCall = () => undefined;
      change();
      leave();
    };
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await cluster.until(jobId, ({ mirror }) => mirror.completed === 2 && mirror.status === 'Idle');
    await cluster.clock.advance(2000);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });
});

test('a name that comes and goes while the mirror walks', async () => {
  cluster = await MemoryCluster.start({ capture: 'operations' });
  cluster.workload.makeDirectory('/work/d');
  cluster.workload.create('/work/a', Buffer.from('old bytes'));
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  let isCompared = false;
  cluster.trouble.beforeCall = (name, path) => {
    isCompared ||= name === 'open' && path === '/work/a';
    if (!isCompared || name !== 'status' || path !== '/work/d') return;
    cluster.trouble.beforeCall = () => undefined;
    cluster.workload.link('/work/a', '/work/passing');
    cluster.workload.write('/work/passing', 0, Buffer.from('new'));
    cluster.workload.unlink('/work/passing');
  };
  await cluster.alpha.mirrors.start(jobId, 'data-delta');
  await cluster.until(jobId, ({ mirror }) => mirror.completed === 2 && mirror.status === 'Idle');
  await cluster.clock.advance(2000);
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
});

function remove(): void {
  cluster.workload.unlink('/work/d/e/other');
}

function rename(): void {
  cluster.workload.rename('/work/d/e/other', '/work/renamed');
}

function replace(): void {
  cluster.workload.rename('/work/z', '/work/d/e/other');
}
