// Capture missed something: until a mirror has been, nothing that came later reaches a replica that counts as good, and nobody
// says that it is whole.
import { afterEach, describe, expect, test } from 'vitest';
import { type RawPath, rootPath } from '../../../src/base/raw-path.ts';
import { defaultQueueLimits } from '../../../src/engine/queue/queue-limits.ts';
import type { FailoverReport } from '../../../src/model/report.ts';
import { MemoryCluster, type MemoryClusterOptions } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
let jobId: string;
afterEach(() => cluster.stop());

const failover = (): Promise<FailoverReport> =>
  cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));

/** A job that is mirrored, of a workload with one file. */
async function protect(options: MemoryClusterOptions): Promise<void> {
  cluster = await MemoryCluster.start(options);
  cluster.workload.create('/work/file', Buffer.from('one'));
  ({ jobId } = await cluster.turning(cluster.connect()));
  await cluster.mirrored(jobId);
}

/** The servers do not reach each other, so that no mirror can begin. */
async function part(): Promise<void> {
  cluster.network.refuse('alpha', 'beta');
  cluster.network.cut('alpha', 'beta');
  await cluster.clock.advance(100);
}

/** Something is missed while the servers are apart; then something is written. */
async function missApart(capture: 'changes' | 'operations'): Promise<void> {
  await protect({ capture });
  await part();
  cluster.workload.overflow(() => cluster.workload.create('/work/unseen', Buffer.from('missed')));
  cluster.workload.write('/work/file', 0, Buffer.from('two'));
  await cluster.clock.advance(1000);
}

/** Something is missed while the queue is full and nothing passes between the servers; then something is created. */
async function missWithFullQueue(capture: 'changes' | 'operations'): Promise<void> {
  const queueLimits = { ...defaultQueueLimits, memoryBytesMax: 1_000_000, logBytesMax: 65_536, minimumFreeBytes: 0 };
  await protect({ capture, queueLimits });
  cluster.network.hold('alpha', 'beta');
  cluster.workload.create('/work/large', Buffer.alloc(300_000, 1));
  await cluster.clock.advance(100);
  cluster.workload.overflow(() => cluster.workload.create('/work/unseen', Buffer.from('missed')));
  cluster.workload.create('/work/later', Buffer.from('seen'));
}

/** The replica has been mirrored once more, and is equal. */
async function expectMirrored(): Promise<void> {
  await cluster.until(jobId, ({ mirror }) => mirror.completed === 2 && mirror.status === 'Idle');
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
}

const dataOf = async (): Promise<unknown> => (await cluster.beta.jobs.report(jobId)).targetState;

describe.each(['changes', 'operations'] as const)('with a capture of %s', (capture) => {
  test('the mirror makes good for it when the servers meet again', async () => {
    await missApart(capture);
    cluster.network.heal('alpha', 'beta');
    await expectMirrored();
    expect(await dataOf()).toBe('OK');
  });

  test('a person who asks for a mirror that compares less gets one that compares enough', async () => {
    await protect({ capture });
    await part();
    const { workload } = cluster;
    const status = await (await cluster.tree('alpha', '/work')).status('file' as RawPath);
    const modifiedNs = status?.modifiedNs ?? 0n;
    workload.overflow(() => {
      workload.write('/work/file', 0, Buffer.from('two'));
      workload.setAttributes('/work/file', { modifiedNs });
    });
    await cluster.alpha.mirrors.start(jobId, 'attributes-whole');
    cluster.network.heal('alpha', 'beta');
    await expectMirrored();
  });

  test('a mirror that a person calls off lets changes pass again, into a replica that is not whole', async () => {
    await missApart(capture);
    await cluster.alpha.mirrors.stop(jobId);
    cluster.workload.create('/work/later', Buffer.from('seen'));
    cluster.network.heal('alpha', 'beta');
    await cluster.until(jobId, ({ sequence, connectedSinceMs }) => {
      return connectedSinceMs !== null && sequence.applied === sequence.head;
    });
    await cluster.clock.advance(5000);
    const replica = await cluster.tree('beta', '/replica');
    expect((await replica.list(rootPath))?.map(({ name }) => name)).toContain('later');
    expect(await dataOf()).toBe('Mirror Required');
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await expectMirrored();
  });

  test('a mirror is said to come at once, also when the queue has no room for anything else', async () => {
    await missWithFullQueue(capture);
    expect(await cluster.alpha.jobs.report(jobId)).toMatchObject({ mirror: { status: 'Calculating' } });
    cluster.network.heal('alpha', 'beta');
    await expectMirrored();
    expect(await dataOf()).toBe('OK');
  });

  test('a replica is not said to be whole before the mirror, also when the queue has no room for anything else', async () => {
    await missWithFullQueue(capture);
    cluster.network.heal('alpha', 'beta');
    const replica = await cluster.tree('beta', '/replica');
    for (let piece = 0; piece < 2000; piece += 1) {
      await cluster.clock.advance(1);
      const [{ targetState, sequence }, entries = []] = [
        await cluster.beta.jobs.report(jobId),
        await replica.list(rootPath),
      ];
      const names = entries.map(({ name }) => name);
      if (targetState !== 'OK' || sequence.applied < sequence.durable) continue;
      expect(names.includes('later') && !names.includes('unseen')).toBe(false);
    }
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
    expect(await dataOf()).toBe('OK');
  });

  test('a source that hands over before the mirror has begun does not make the replica whole', async () => {
    await protect({ capture });
    cluster.workload.overflow(() => cluster.workload.create('/work/unseen', Buffer.from('missed')));
    const { lossText } = await failover();
    const replica = await cluster.tree('beta', '/replica');
    const isWhole = (await replica.list(rootPath))?.some(({ name }) => name === 'unseen') ?? false;
    expect(isWhole || /the replica is not whole/.test(lossText)).toBe(true);
  });
});
