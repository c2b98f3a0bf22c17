// A name is replaced after the mirror has listed it and before it reads it, or between the reads: what is read there then is
// another object's, and must go nowhere. Worst are hard links, where it would be written into every other name.
import { afterEach, describe, expect, test } from 'vitest';
import type { MirrorMethod } from '../../../src/model/stream/marker.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

/** Two names of one file on both sides, and a file that will take one of them. */
async function linked(capture: 'changes' | 'operations'): Promise<string> {
  cluster = await MemoryCluster.start({ capture });
  cluster.workload.makeDirectory('/work/b');
  cluster.workload.create('/work/b/w', Buffer.alloc(150_000, 1));
  cluster.workload.link('/work/b/w', '/work/w');
  cluster.workload.create('/work/y', Buffer.alloc(150_000, 2));
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  return jobId;
}

/** Does it once, right before the mirror makes this call about one of the paths. */
function before(call: string, paths: readonly string[], action: (path: string) => void): void {
  cluster.trouble.beforeCall = (name, path) => {
    if (name !== call || !paths.includes(path)) return;
    cluster.trouble.beforeCall = () => undefined;
    action(path);
  };
}

const mirroredAgain = async (jobId: string, method: MirrorMethod): Promise<void> => {
  await cluster.alpha.mirrors.start(jobId, method);
  await cluster.until(jobId, ({ mirror }) => mirror.completed === 2 && mirror.status === 'Idle');
  await cluster.clock.advance(2000);
};

describe.each(['changes', 'operations'] as const)('with a capture of %s', (capture) => {
  test.each([
    ['none', 'open'],
    ['data-delta', 'extended'],
    ['data-delta', 'open'],
    ['attributes-delta', 'extended'],
  ] as const)('another file takes one of two names before a mirror with %s calls %s', async (method, call) => {
    const jobId = await linked(capture);
    // So that there is something to send under the first name as well.
    const names = ['/work/b/w', '/work/w'];
    before(call, names, (path) => cluster.workload.rename('/work/y', path));
    await mirroredAgain(jobId, method);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
    for (const name of names) cluster.workload.write(name, 0, Buffer.from(name));
    await cluster.clock.advance(2000);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });

  test('a name that could not be read is replaced later, and its old file keeps its bytes under the other', async () => {
    const jobId = await linked(capture);
    cluster.trouble.refused.set('/work/w', 'EIO');
    await mirroredAgain(jobId, 'data-delta');
    cluster.trouble.refused.clear();
    cluster.workload.rename('/work/y', '/work/w');
    await cluster.clock.advance(2000);
    await cluster.until(jobId, ({ mirror, health }) => mirror.status === 'Idle' && health === 'healthy');
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });
});

test('a file that changes back between the readings of its two names is what it is', async () => {
  const jobId = await linked('changes');
  cluster.workload.write('/work/w', 0, Buffer.alloc(10, 7));
  await cluster.clock.advance(2000);
  // Under the first name the mirror reads sevens, and by the time of the second they are gone again.
  const replica = await cluster.tree('beta', '/replica');
  const copy = await replica.open('w' as never, 'write');
  await copy.write(0, Buffer.alloc(10, 1));
  await copy.close();
  before('open', ['/work/w'], () => cluster.workload.write('/work/w', 0, Buffer.alloc(10, 1)));
  await mirroredAgain(jobId, 'data-delta');
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
});

test('a name that is another object each time it is read is told, and looked at again later', async () => {
  const jobId = await linked('changes');
  let turn = 0;
  cluster.trouble.beforeCall = (name, path) => {
    if (name !== 'open' || path !== '/work/w' || turn === 25) return;
    cluster.workload.create(`/work/new${turn}`, Buffer.from(`turn ${turn}`));
    cluster.workload.rename(`/work/new${turn}`, path);
    turn += 1;
  };
  cluster.workload.write('/work/w', 0, Buffer.from('begin'));
  const { additional } = await cluster.until(jobId, ({ health }) => health === 'warning');
  expect(additional).toMatch(/could not be read/);
  expect(await cluster.events('alpha')).toContain(5023);
  await cluster.clock.advance(60_000);
  await cluster.until(jobId, ({ health }) => health === 'healthy');
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
});
