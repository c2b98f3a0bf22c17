// How jobs send to a target: limits, compression and pauses, shared by all jobs to one address, kept over restarts.
import { afterEach, describe, expect, test } from 'vitest';
import type { NewJob } from '../../../src/model/job.ts';
import type { JobReport } from '../../../src/model/report.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

const text = (bytes: number): Buffer => Buffer.alloc(bytes, 'one line of a log that is much like the next one\n');

async function start(): Promise<void> {
  cluster = await MemoryCluster.start();
}

async function mirrored(line?: NewJob['line']): Promise<string> {
  const { jobId } = await cluster.turning(cluster.connect(line === undefined ? {} : { line }));
  await cluster.mirrored(jobId);
  return jobId;
}

/** A second job of alpha to beta. */
async function second(line?: NewJob['line']): Promise<string> {
  cluster.workload.makeDirectory('/more');
  cluster.workload.create('/more/file', text(1000));
  const more = {
    name: 'more to beta',
    roots: [{ source: '/more', replica: '/more-replica' }],
    ...(line === undefined ? {} : { line }),
  };
  const { jobId } = await cluster.turning(cluster.connect(more));
  await cluster.mirrored(jobId);
  return jobId;
}

const report = (jobId: string): Promise<JobReport> => cluster.alpha.jobs.report(jobId);

async function settled(jobId: string, secondsMax = 120): Promise<JobReport> {
  const isSettled = ({ sequence, replication }: JobReport): boolean =>
    replication.status === 'Ready' && sequence.applied === sequence.head;
  return cluster.until(jobId, isSettled, secondsMax);
}

/** The milliseconds until a new file of so many bytes is applied on the target. */
async function timeOf(jobId: string, name: string, bytes: number): Promise<number> {
  const beginMs = cluster.clock.monotonicMs();
  const { sequence: before } = await report(jobId);
  cluster.workload.create(`/work/${name}`, text(bytes));
  await cluster.until(jobId, ({ sequence }) => sequence.head > before.head);
  await settled(jobId, 600);
  return cluster.clock.monotonicMs() - beginMs;
}

describe('a limit', () => {
  test('is asked for with the job, shown, and holds', async () => {
    await start();
    cluster.workload.create('/work/file', text(100_000));
    const beginMs = cluster.clock.monotonicMs();
    const jobId = await mirrored({ bytesPerSecond: 10_000 });
    expect(cluster.clock.monotonicMs() - beginMs).toBeGreaterThan(9_500);
    expect((await report(jobId)).line).toMatchObject({ bytesPerSecond: 10_000, override: null });
  });

  test('of less than 3,500 bytes per second is refused, and no job is made', async () => {
    await start();
    const asked = cluster.turning(cluster.connect({ line: { bytesPerSecond: 3499 } }));
    await expect(asked).rejects.toMatchObject({ code: 'BANDWIDTH-INVALID', hint: expect.stringContaining('3500') });
    const jobId = await mirrored({ bytesPerSecond: 3500 });
    await expect(cluster.alpha.transmission.limit(jobId, { mode: 'fixed', fixed: 3499 })).rejects.toMatchObject({
      code: 'BANDWIDTH-INVALID',
    });
    expect((await cluster.alpha.jobs.list()).length).toBe(1);
  });

  test('that overrides the settings holds over a restart of the server, until it is given back to the schedule', async () => {
    await start();
    const jobId = await mirrored({ bytesPerSecond: 50_000 });
    const entry = { name: 'day', days: 'every day', fromMinute: 0, untilMinute: 1439, bytesPerSecond: 40_000 } as const;
    await cluster.alpha.transmission.addLimit(jobId, entry);
    expect((await report(jobId)).line).toMatchObject({ bytesPerSecond: 40_000, limit: { mode: 'scheduled' } });
    await cluster.alpha.transmission.limit(jobId, { mode: 'none' });
    expect((await report(jobId)).line).toMatchObject({ bytesPerSecond: null, limit: { schedule: [entry] } });
    cluster.kill('alpha');
    await cluster.restart('alpha');
    expect((await report(jobId)).line).toMatchObject({ bytesPerSecond: null, override: { mode: 'none' } });
    await cluster.alpha.transmission.limit(jobId, { mode: 'fixed', fixed: 5000 });
    await cluster.alpha.transmission.limit(jobId, { mode: 'scheduled' });
    expect((await report(jobId)).line).toMatchObject({ bytesPerSecond: 40_000, override: null });
    const told = (await cluster.alpha.events.since(0)).filter(({ id }) => id === 5200).map(({ message }) => message);
    expect(told.at(-2)).toBe('Bandwidth limit to beta has changed, and is now: 5000 bytes per second');
    await cluster.turning(cluster.alpha.transmission.removeLimit(jobId, 'DAY'));
    await expect(cluster.alpha.transmission.limit(jobId, { mode: 'scheduled' })).rejects.toMatchObject({
      code: 'LIMIT-SCHEDULE-EMPTY',
    });
  });

  test('and a pause are shared by all jobs to one address', async () => {
    await start();
    const one = await mirrored();
    const other = await second({ bytesPerSecond: 20_000 });
    expect((await report(one)).line?.bytesPerSecond).toBe(20_000);
    expect(await cluster.alpha.transmission.limit(one, { mode: 'fixed', fixed: 30_000 })).toEqual([
      'work to beta',
      'more to beta',
    ]);
    expect((await report(other)).line?.bytesPerSecond).toBe(30_000);
    await cluster.alpha.transmission.pause(other);
    expect([(await report(one)).transmit.mode, (await report(other)).transmit.mode]).toEqual(['Paused', 'Paused']);
    await cluster.turning(cluster.alpha.jobs.disconnect(other));
    expect((await report(one)).transmit.mode).toBe('Paused');
  });
});

describe('compression', () => {
  test('makes what is alike travel at least twice as fast over a limited link, and is counted', async () => {
    await start();
    const jobId = await mirrored({ bytesPerSecond: 20_000 });
    const plainMs = await timeOf(jobId, 'plain', 200_000);
    await cluster.alpha.transmission.compress(jobId, 3);
    const before = (await report(jobId)).replication;
    const shortMs = await timeOf(jobId, 'short', 200_000);
    expect(plainMs / shortMs).toBeGreaterThan(2);
    const after = (await report(jobId)).replication;
    expect(before.transmittedBytes).toBe(before.sentBytes);
    expect(after.sentBytes - before.sentBytes).toBeGreaterThan(200_000);
    expect(after.transmittedBytes - before.transmittedBytes).toBeLessThan(100_000);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
    cluster.kill('alpha');
    await cluster.restart('alpha');
    expect((await report(jobId)).line?.compression).toBe(3);
  });
});

describe('a paused connection', () => {
  test('queues changes on the source, keeps its link and its time, and goes on where it was', async () => {
    await start();
    const jobId = await mirrored();
    const before = await settled(jobId);
    await cluster.alpha.transmission.pause(jobId);
    cluster.workload.create('/work/later', text(5000));
    await cluster.clock.advance(60_000);
    const paused = await report(jobId);
    expect(paused).toMatchObject({
      transmit: { mode: 'Paused' },
      health: 'warning',
      connectedSinceMs: before.connectedSinceMs,
      sequence: { applied: before.sequence.applied },
    });
    expect(paused.replication.queuedOperations).toBeGreaterThan(0);
    await cluster.turning(cluster.alpha.transmission.start(jobId));
    const after = await settled(jobId);
    expect(after).toMatchObject({ transmit: { mode: 'Active' }, streamId: before.streamId, health: 'healthy' });
    expect(after.mirror.completed).toBe(before.mirror.completed);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });

  test('is still paused after a restart of its server, refuses a verification, and can be given up', async () => {
    await start();
    const jobId = await mirrored();
    await cluster.alpha.transmission.pause(jobId);
    cluster.kill('alpha');
    await cluster.restart('alpha');
    await cluster.clock.advance(10_000);
    expect((await report(jobId)).transmit.mode).toBe('Paused');
    await expect(cluster.alpha.jobs.verify(jobId, 'report')).rejects.toMatchObject({ code: 'JOB-PAUSED' });
    await cluster.turning(cluster.alpha.jobs.disconnect(jobId), 5);
    expect(await cluster.alpha.jobs.list()).toEqual([]);
  });
});

describe('a stopped connection', () => {
  test('stays listed, queues nothing, over a restart too, and begins with a mirror when it is started', async () => {
    await start();
    const jobId = await mirrored({ bytesPerSecond: 50_000 });
    await cluster.alpha.transmission.limit(jobId, { mode: 'none' });
    await cluster.turning(cluster.alpha.transmission.stop(jobId));
    const stopped = {
      transmit: { mode: 'Stopped' },
      mirror: { status: 'Stopped' },
      replication: { status: 'Stopped', queuedOperations: 0 },
      health: 'warning',
    };
    expect(await report(jobId)).toMatchObject(stopped);
    cluster.workload.create('/work/later', text(5000));
    await cluster.clock.advance(60_000);
    cluster.kill('alpha');
    await cluster.restart('alpha');
    await cluster.clock.advance(60_000);
    expect(await report(jobId)).toMatchObject(stopped);
    await cluster.turning(cluster.alpha.transmission.start(jobId));
    const after = await cluster.until(jobId, ({ mirror }) => mirror.completed === 2);
    expect(after).toMatchObject({ transmit: { mode: 'Active' }, line: { bytesPerSecond: 50_000, override: null } });
    await settled(jobId);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });
});

describe('a paused target', () => {
  test('takes and queues what comes from that source, applies nothing, and goes on after a restart', async () => {
    await start();
    const one = await mirrored();
    const other = await second();
    const before = await settled(one);
    expect(await cluster.turning(cluster.beta.transmission.pauseTarget(other))).toEqual([
      'work to beta',
      'more to beta',
    ]);
    cluster.workload.create('/work/later', text(5000));
    const durable = await cluster.until(one, ({ sequence }) => sequence.durable > before.sequence.durable);
    expect(durable.sequence.applied).toBe(before.sequence.applied);
    cluster.kill('beta');
    await cluster.restart('beta');
    await cluster.clock.advance(60_000);
    const paused = await report(one);
    expect(paused.sequence.applied).toBe(before.sequence.applied);
    expect(paused.additional).toContain('the target is paused');
    await cluster.turning(cluster.beta.transmission.resumeTarget(one));
    const after = await settled(one);
    expect(after).toMatchObject({ additional: '', streamId: before.streamId });
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });

  test('applies what it has queued when it takes over', async () => {
    await start();
    const jobId = await mirrored();
    await cluster.turning(cluster.beta.transmission.pauseTarget(jobId));
    cluster.workload.create('/work/later', text(5000));
    await cluster.clock.advance(5000);
    const taken = await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));
    expect(taken.lossText).toContain('the source handed over everything');
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });
});

test('a call at the wrong server says so', async () => {
  await start();
  const jobId = await mirrored();
  await expect(cluster.beta.transmission.pause(jobId)).rejects.toMatchObject({ code: 'WRONG-SIDE' });
  await expect(cluster.alpha.transmission.pauseTarget(jobId)).rejects.toMatchObject({ code: 'WRONG-SIDE' });
});

describe('the files of a job', () => {
  test('of version 1 are read', async () => {
    await start();
    const jobId = await mirrored();
    cluster.kill('alpha');
    cluster.kill('beta');
    for (const [name, side] of [
      ['alpha', 'source'],
      ['beta', 'target'],
    ] as const) {
      const { storage } = cluster.machines[name];
      const file = `jobs/${jobId}/${side}/${side}.json`;
      const { line: _, ...state } = JSON.parse(String(await storage.read(file)));
      expect(state.version).toBe(3);
      await storage.replace(file, Buffer.from(JSON.stringify({ ...state, version: 1 })));
    }
    await cluster.restart('beta');
    await cluster.restart('alpha');
    await cluster.until(jobId, ({ transmit, targetState }) => transmit.mode === 'Active' && targetState === 'OK');
    expect((await report(jobId)).line).toMatchObject({ compression: null, bytesPerSecond: null });
  });
});
