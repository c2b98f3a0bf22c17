// MIRROR PAUSE and RESUME, REPLICATION STOP and START (guide, ch. 6, Other Job Actions): nothing more is sent, nobody calls the
// data good meanwhile, and what was left out comes with a whole mirror, whatever died in between.
import { afterEach, describe, expect, test } from 'vitest';
import { rootPath } from '../../../src/base/raw-path.ts';
import type { JobReport } from '../../../src/model/report.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
let jobId: string;
afterEach(() => cluster.stop());

const report = (): Promise<JobReport> => cluster.alpha.jobs.report(jobId);
const dataOf = async (): Promise<unknown> => (await cluster.beta.jobs.report(jobId)).targetState;

async function replicaNames(): Promise<string[]> {
  const replica = await cluster.tree('beta', '/replica');
  return ((await replica.list(rootPath)) ?? []).map(({ name }) => name).toSorted();
}

/** Says something in the middle of a mirror of ten files. */
async function inTheMiddle(capture: 'changes' | 'operations', say: () => Promise<void>): Promise<void> {
  cluster = await MemoryCluster.start({ capture });
  for (let number = 0; number < 10; number += 1) {
    cluster.workload.create(`/work/${number}`, Buffer.alloc(100_000, number));
  }
  const gate = Promise.withResolvers<void>();
  cluster.trouble.beforeRead = () => gate.promise;
  ({ jobId } = await cluster.turning(cluster.connect()));
  await cluster.until(jobId, ({ mirror }) => mirror.status === 'In Progress');
  await say();
  gate.resolve();
  await cluster.clock.advance(5000);
}

async function expectEqual(): Promise<void> {
  const isQuiet = ({ mirror, replication, targetState }: JobReport): boolean =>
    mirror.status === 'Idle' && replication.status === 'Ready' && targetState === 'OK';
  await cluster.until(jobId, isQuiet, 900);
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
}

async function expectReport(expected: object): Promise<void> {
  expect(await report()).toMatchObject(expected);
}

/** No report of either side says that the data is good, for so many seconds. */
async function expectNeverGood(seconds: number): Promise<void> {
  for (let step = 0; step < seconds * 4; step += 1) {
    await cluster.clock.advance(250);
    expect([(await report()).targetState, await dataOf()]).not.toContain('OK');
  }
}

describe.each(['changes', 'operations'] as const)('a paused mirror, with a capture of %s', (capture) => {
  /** A mirror that is paused in the middle of ten files. */
  async function paused(): Promise<number> {
    await inTheMiddle(capture, () => cluster.alpha.mirrors.pause(jobId));
    await expectReport({ mirror: { status: 'Paused', completed: 0 } });
    return (await replicaNames()).length;
  }

  test('sends nothing more, also of what changes, and says why', async () => {
    const names = await paused();
    expect(names).toBeLessThan(10);
    cluster.workload.create('/work/later', Buffer.from('later'));
    await expectNeverGood(60);
    expect(await replicaNames()).toHaveLength(names);
    await expectReport({ mirror: { status: 'Paused' }, replication: { status: 'Pending' }, health: 'warning' });
    expect((await report()).additional).toContain('MIRROR RESUME 1');
  });

  test('goes on where it was, and what changed meanwhile follows', async () => {
    await paused();
    cluster.workload.create('/work/later', Buffer.from('later'));
    cluster.workload.write('/work/0', 5, Buffer.from('written while it was paused'));
    cluster.workload.unlink('/work/9');
    await cluster.clock.advance(60_000);
    await cluster.alpha.mirrors.resume(jobId);
    await expectEqual();
    // One mirror began, and nothing was sent twice.
    const events = await cluster.events('alpha');
    expect(events.filter((id) => id === 5010)).toHaveLength(1);
    expect(events).toEqual(expect.arrayContaining([5208, 5209, 5011]));
    expect((await report()).mirror.sentBytes).toBeLessThan(1_300_000);
  });

  test('keeps its place over a lost link', async () => {
    await paused();
    cluster.network.cut('alpha', 'beta');
    await expectNeverGood(30);
    await expectReport({ mirror: { status: 'Paused' } });
    await cluster.alpha.mirrors.resume(jobId);
    await expectEqual();
    expect((await cluster.events('alpha')).filter((id) => id === 5010)).toHaveLength(1);
  });

  test('is not resumed by a restart of the target', async () => {
    await paused();
    cluster.kill('beta');
    await cluster.restart('beta');
    cluster.workload.create('/work/later', Buffer.from('later'));
    await expectNeverGood(30);
    await expectReport({ mirror: { status: 'Paused' } });
    await cluster.alpha.mirrors.resume(jobId);
    await expectEqual();
  });

  test('stays paused over a restart of the source, and begins anew when it is resumed', async () => {
    const names = await paused();
    cluster.kill('alpha');
    await cluster.restart('alpha');
    cluster.workload.create('/work/later', Buffer.from('later'));
    await expectNeverGood(30);
    await expectReport({ mirror: { status: 'Paused', completed: 0 } });
    expect(await replicaNames()).toHaveLength(names);
    await cluster.alpha.mirrors.resume(jobId);
    await expectEqual();
  });

  test('stays paused when capture loses track, and is whole when it is resumed', async () => {
    await paused();
    cluster.workload.overflow(() => cluster.workload.create('/work/unseen', Buffer.from('missed')));
    await expectNeverGood(30);
    await expectReport({ mirror: { status: 'Paused' } });
    await cluster.alpha.mirrors.resume(jobId);
    await expectEqual();
  });

  test('is stopped: without a place to go on, until it is started', async () => {
    await paused();
    await cluster.alpha.mirrors.stop(jobId);
    await expectNeverGood(30);
    await expectReport({ mirror: { status: 'Stopped' }, targetState: 'Mirror Required' });
    await expect(cluster.alpha.mirrors.resume(jobId)).rejects.toMatchObject({ code: 'MIRROR-NOT-PAUSED' });
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await expectEqual();
  });

  test('is over when another one is started', async () => {
    await paused();
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await expectEqual();
  });

  test('is over when the job is stopped and started', async () => {
    await paused();
    await cluster.turning(cluster.alpha.transmission.stop(jobId));
    await cluster.turning(cluster.alpha.transmission.start(jobId));
    await expectEqual();
  });

  test('does not keep the job from being given up', async () => {
    await paused();
    await cluster.turning(cluster.alpha.jobs.disconnect(jobId));
    expect(await cluster.alpha.jobs.list()).toEqual([]);
    expect(await cluster.beta.jobs.list()).toEqual([]);
  });

  test('is told by a failover', async () => {
    await paused();
    const { lossText } = await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));
    expect(lossText).toContain('the replica is not whole');
  });
});

/** A job that is mirrored, of a workload with one file. */
async function protect(capture: 'changes' | 'operations' = 'changes'): Promise<void> {
  cluster = await MemoryCluster.start({ capture });
  cluster.workload.create('/work/file', Buffer.from('one'));
  ({ jobId } = await cluster.turning(cluster.connect()));
  await cluster.mirrored(jobId);
}

describe('a mirror that does not walk', () => {
  test('is paused before it begins', async () => {
    await protect();
    cluster.network.refuse('alpha', 'beta');
    cluster.network.cut('alpha', 'beta');
    await cluster.clock.advance(100);
    await cluster.alpha.mirrors.start(jobId, 'attributes-delta');
    await cluster.alpha.mirrors.pause(jobId);
    await expectReport({ mirror: { status: 'Paused' } });
    cluster.workload.create('/work/later', Buffer.from('later'));
    cluster.network.heal('alpha', 'beta');
    await cluster.until(jobId, ({ sequence, connectedSinceMs }) => {
      return connectedSinceMs !== null && sequence.applied === sequence.head;
    });
    await expectNeverGood(30);
    expect(await replicaNames()).toEqual(['file']);
    await cluster.alpha.mirrors.resume(jobId);
    await expectEqual();
  });

  test('cannot be paused when there is none, nor when all of it is sent', async () => {
    await protect();
    const refused = { code: 'MIRROR-NOT-RUNNING' };
    await expect(cluster.alpha.mirrors.pause(jobId)).rejects.toMatchObject(refused);
    cluster.network.setLatency(40);
    await cluster.alpha.mirrors.start(jobId, 'none');
    await cluster.until(jobId, ({ mirror }) => mirror.status === 'Waiting');
    await expect(cluster.alpha.mirrors.pause(jobId)).rejects.toMatchObject(refused);
    cluster.network.setLatency(undefined);
    await expectEqual();
  });
});

describe.each(['changes', 'operations'] as const)('stopped replication, with a capture of %s', (capture) => {
  async function stopped(): Promise<void> {
    await protect(capture);
    await cluster.alpha.mirrors.stopReplication(jobId);
    await cluster.until(jobId, ({ sequence }) => sequence.applied === sequence.head);
  }

  test('sends and queues nothing, and the data is not good from then on', async () => {
    await stopped();
    const { sequence } = await report();
    expect(await dataOf()).toBe('Mirror Required');
    cluster.workload.create('/work/later', Buffer.from('later'));
    cluster.workload.write('/work/file', 0, Buffer.from('two'));
    await expectNeverGood(60);
    await expectReport({
      mirror: { status: 'Stopped' },
      replication: { status: 'Stopped', queuedOperations: 0 },
      targetState: 'Mirror Required',
      health: 'warning',
      sequence: { head: sequence.head },
    });
    expect(await dataOf()).toBe('Mirror Required');
    expect((await report()).additional).toContain('REPLICATION START 1');
    expect(await replicaNames()).toEqual(['file']);
  });

  test('starts again with a mirror, which brings what was missed', async () => {
    await stopped();
    cluster.workload.create('/work/later', Buffer.from('later'));
    cluster.workload.write('/work/file', 0, Buffer.from('two'));
    await cluster.clock.advance(30_000);
    await cluster.alpha.mirrors.startReplication(jobId);
    await expectEqual();
    cluster.workload.create('/work/after', Buffer.from('after'));
    await cluster.clock.advance(5000);
    await expectEqual();
    expect(await cluster.events('alpha')).toEqual(expect.arrayContaining([5210, 5211]));
  });

  test.each(['alpha', 'beta'] as const)('holds over a restart of %s', async (name) => {
    await stopped();
    cluster.kill(name);
    await cluster.restart(name);
    cluster.workload.create('/work/later', Buffer.from('later'));
    await cluster.until(jobId, ({ connectedSinceMs }) => connectedSinceMs !== null);
    await expectNeverGood(30);
    await expectReport({ replication: { status: 'Stopped' }, targetState: 'Mirror Required' });
    expect(await dataOf()).toBe('Mirror Required');
    expect(await replicaNames()).toEqual(['file']);
    await cluster.alpha.mirrors.startReplication(jobId);
    await expectEqual();
  });

  test('ends a mirror that runs, and refuses others until it is started', async () => {
    await inTheMiddle(capture, () => cluster.alpha.mirrors.stopReplication(jobId));
    await expectReport({ mirror: { status: 'Stopped' }, replication: { status: 'Stopped' } });
    const refused = { code: 'REPLICATION-STOPPED' };
    await expect(cluster.alpha.mirrors.start(jobId, 'none')).rejects.toMatchObject(refused);
    await expect(cluster.alpha.mirrors.pause(jobId)).rejects.toMatchObject(refused);
    await expect(cluster.alpha.mirrors.deleteOrphans(jobId)).rejects.toMatchObject(refused);
    await expect(cluster.alpha.jobs.verify(jobId, 'report')).rejects.toMatchObject({ code: 'MIRRORS-HELD' });
    await cluster.alpha.mirrors.stop(jobId);
    await expectNeverGood(10);
    await cluster.alpha.mirrors.startReplication(jobId);
    await expectEqual();
  });

  test('is over when the job is stopped and started', async () => {
    await stopped();
    cluster.workload.create('/work/later', Buffer.from('later'));
    await cluster.turning(cluster.alpha.transmission.stop(jobId));
    await cluster.turning(cluster.alpha.transmission.start(jobId));
    await expectEqual();
  });

  test('is told by a failover, whatever the source hands over', async () => {
    await stopped();
    cluster.workload.create('/work/later', Buffer.from('later'));
    const { lossText } = await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));
    expect(lossText).toContain("the replica is not whole: its state is 'Mirror Required'");
  });

  test('stops and starts twice without harm', async () => {
    await stopped();
    await cluster.alpha.mirrors.stopReplication(jobId);
    await cluster.alpha.mirrors.startReplication(jobId);
    await cluster.alpha.mirrors.startReplication(jobId);
    await expectEqual();
  });
});
