// Queues that run full (guide, ch. 10, Auto-disconnect): on the source the stream is replaced and mirrored anew, on the
// target the source waits.
import { afterEach, describe, expect, test } from 'vitest';
import { defaultQueueLimits, type QueueLimits } from '../../../src/engine/queue/queue-limits.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

const small: QueueLimits = {
  ...defaultQueueLimits,
  memoryBytesMax: 4_000_000,
  logBytesMax: 100_000,
  disk: 1_000_000,
  minimumFreeBytes: 0,
};

describe.each(['changes', 'operations'] as const)('with a capture of %s', (capture) => {
  test('the source’s queue is used up: auto-disconnect, auto-reconnect, auto-remirror, and the replica is equal', async () => {
    cluster = await MemoryCluster.start({ capture, queueLimits: small });
    const { workload } = cluster;
    workload.create('/work/file', Buffer.from('first'));
    const { jobId } = await cluster.turning(cluster.connect());
    const { streamId } = await cluster.mirrored(jobId);
    cluster.network.refuse('alpha', 'beta');
    cluster.network.cut('alpha', 'beta');
    for (let number = 0; number < 120; number += 1) {
      workload.create(`/work/${number}`, Buffer.alloc(60_000, number));
      await cluster.clock.advance(50);
    }
    workload.unlink('/work/file');
    // What only notifications told of waits outside the queue, until a place in the stream wants all of it in.
    if (capture === 'changes') {
      const task = { name: 'place', actions: { onexecute: { type: 'verify' } }, timeoutMs: null } as const;
      await expect(cluster.turning(cluster.alpha.tasks.queue(jobId, task))).rejects.toMatchObject({
        code: 'STREAM-ENDED',
      });
      await cluster.clock.advance(100);
    }
    expect((await cluster.events('alpha')).filter((id) => id >= 4007 && id <= 4009).slice(0, 3)).toEqual([
      4007, 4008, 4009,
    ]);
    cluster.network.heal('alpha', 'beta');
    const report = await cluster.mirrored(jobId);
    await cluster.until(jobId, ({ mirror, targetState }) => mirror.status === 'Idle' && targetState === 'OK');
    expect(report.streamId).not.toBe(streamId);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
    workload.create('/work/last', Buffer.from('still followed'));
    await cluster.until(jobId, ({ replication, sequence }) => {
      return replication.status === 'Ready' && sequence.applied === sequence.head;
    });
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });
});

describe('operations that come faster than the disk takes them', () => {
  const unlimited: QueueLimits = { ...small, disk: 'unlimited' };

  test('wait in the capture, and the stream goes on', async () => {
    cluster = await MemoryCluster.start({ capture: 'operations', queueLimits: unlimited });
    const { workload } = cluster;
    const { jobId } = await cluster.turning(cluster.connect());
    const { streamId } = await cluster.mirrored(jobId);
    cluster.network.refuse('alpha', 'beta');
    cluster.network.cut('alpha', 'beta');
    for (let number = 0; number < 120; number += 1) workload.create(`/work/${number}`, Buffer.alloc(60_000, number));
    cluster.network.heal('alpha', 'beta');
    await cluster.until(jobId, ({ sequence }) => sequence.head >= 240 && sequence.applied === sequence.head);
    expect((await cluster.alpha.jobs.report(jobId)).streamId).toBe(streamId);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });

  test('and are too many to wait are missed, which is said, and a mirror finds them', async () => {
    cluster = await MemoryCluster.start({ capture: 'operations', queueLimits: unlimited });
    const { workload } = cluster;
    const { jobId } = await cluster.turning(cluster.connect());
    await cluster.mirrored(jobId);
    for (let number = 0; number < 600; number += 1) workload.create(`/work/${number}`, Buffer.alloc(60_000, number));
    const { mirror } = await cluster.until(jobId, (report) => report.mirror.completed === 2);
    expect(mirror.completed).toBe(2);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });
});

test('the target’s queue is full: the source waits, nothing is lost, nothing is mirrored again', async () => {
  cluster = await MemoryCluster.start({ queueLimits: { ...small, memoryBytesMax: 1_000_000, disk: 400_000 } });
  const { workload } = cluster;
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  // A task holds the target's queue up.
  await cluster.turning(
    cluster.alpha.tasks.queue(jobId, {
      name: 'wait',
      actions: { onexecute: { type: 'program', program: '/wait', arguments: [] } },
      timeoutMs: null,
    }),
  );
  for (let number = 0; number < 12; number += 1) {
    workload.create(`/work/${number}`, Buffer.alloc(60_000, number));
    await cluster.clock.advance(100);
  }
  await cluster.clock.advance(5000);
  const waiting = await cluster.alpha.jobs.report(jobId);
  expect(waiting.replication.queuedOperations).toBeGreaterThan(0);
  // The link goes and comes while the target is full.
  cluster.network.cut('alpha', 'beta');
  await cluster.clock.advance(20_000);
  cluster.machines.beta.programs.started[0]?.end();
  const after = await cluster.until(jobId, ({ sequence }) => sequence.applied === sequence.head);
  expect(after.mirror.completed).toBe(1);
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  for (const name of ['alpha', 'beta'] as const) {
    expect((await cluster.events(name)).filter((id) => id === 4007 || id === 5003)).toEqual([]);
  }
});
