// What the report of a job says on both sides: never more good than is known.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/base/waiting/clock.ts';
import type { JobReport } from '../../../src/model/report.ts';
import { jobLines } from '../../../src/runtime/text/status-text.ts';
import { MemoryWorkload } from '../../../src/simulator/memory/memory-workload.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
let jobId: string;

beforeEach(async () => {
  cluster = await MemoryCluster.start();
  cluster.workload.create('/work/file', Buffer.alloc(10_000, 1));
  cluster.workload.create('/work/other', Buffer.alloc(5000, 2));
});
afterEach(() => cluster.stop());

async function connect(changes: Parameters<MemoryCluster['connect']>[0] = {}): Promise<void> {
  ({ jobId } = await cluster.turning(cluster.connect(changes)));
  await cluster.mirrored(jobId);
}

const settled = (): Promise<JobReport> =>
  cluster.until(
    jobId,
    ({ sequence, replication }) => replication.status === 'Ready' && sequence.applied === sequence.head,
  );
const both = async (): Promise<[JobReport, JobReport]> => [
  await cluster.alpha.jobs.report(jobId),
  await cluster.beta.jobs.report(jobId),
];

describe('bytes', () => {
  const totals = ({ mirror, replication }: JobReport): number[] => [
    mirror.sentBytes + replication.sentBytes,
    mirror.transmittedBytes + replication.transmittedBytes,
  ];

  test('sent and transmitted are equal without compression, in a mirror, after it, and over links', async () => {
    ({ jobId } = await cluster.turning(cluster.connect()));
    const during = await cluster.until(jobId, ({ mirror }) => mirror.sentBytes > 0);
    expect(totals(during)[1]).toBe(totals(during)[0]);
    await cluster.mirrored(jobId);
    const mirrored = await settled();
    const first = mirrored.mirror.sentBytes;
    expect(first).toBeGreaterThan(15_000);
    expect(first).toBeLessThan(16_000);
    expect(mirrored.mirror.transmittedBytes).toBe(first);
    expect(mirrored.replication).toMatchObject({ sentBytes: 0, transmittedBytes: 0 });

    cluster.workload.create('/work/new', Buffer.alloc(30_000, 3));
    await settled();
    const { replication } = await cluster.until(jobId, (report) => report.replication.sentBytes > 0);
    expect(replication.sentBytes).toBeGreaterThanOrEqual(30_000);
    expect(replication.sentBytes).toBeLessThan(31_000);
    // A link that was lost and made again brings nothing that counts, nor does a minute of heartbeats.
    cluster.network.cut('alpha', 'beta');
    await cluster.until(jobId, ({ transmit }) => transmit.mode === 'Active');
    await cluster.clock.advance(60_000);
    expect(totals(await settled())).toEqual([first + replication.sentBytes, first + replication.sentBytes]);
  });

  test('of a second mirror are added to those of the first, and no change becomes a mirror’s', async () => {
    await connect();
    const first = await settled();
    cluster.workload.create('/work/new', Buffer.alloc(30_000, 3));
    await cluster.until(jobId, (report) => report.replication.sentBytes > 0);
    const changed = await settled();
    await cluster.alpha.mirrors.start(jobId, 'none');
    await cluster.until(jobId, ({ mirror }) => mirror.completed === 2);
    const second = await settled();
    expect(changed.mirror.sentBytes).toBe(first.mirror.sentBytes);
    expect(second.mirror.sentBytes).toBeGreaterThan(first.mirror.sentBytes + 45_000);
    expect(second.replication.sentBytes).toBe(changed.replication.sentBytes);
    expect(totals(second)[1]).toBe(totals(second)[0]);
  });
});

describe('how far it is', () => {
  /** What is said at each read of a file of the workload. */
  function atEachRead<Said>(said: (report: JobReport) => Said): Said[] {
    const all: Said[] = [];
    cluster.trouble.beforeRead = async () => {
      all.push(said(await cluster.alpha.jobs.report(jobId)));
    };
    return all;
  }

  test('a mirror counts files and bytes towards what the workload holds, and nothing when none walks', async () => {
    const seen = atEachRead(({ mirror }) => mirror.progress);
    await connect();
    expect(seen.at(0)).toMatchObject({ doneBytes: 0, doneFiles: 0 });
    expect(seen.at(-1)).toEqual({ doneBytes: 10_000, totalBytes: 15_000, doneFiles: 1, totalFiles: 2 });
    expect((await settled()).mirror).not.toHaveProperty('progress');
  });

  test('a verification shows what it has compared, and later when it ended and what it found', async () => {
    await connect();
    await settled();
    expect((await cluster.alpha.jobs.report(jobId)).verification).toEqual({ running: null, last: null });
    const seen = atEachRead(({ verification }) => verification?.running);
    const { finishedMs } = await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'));
    const totals = { totalBytes: 15_000, totalFiles: 2 };
    expect(seen.at(-1)).toEqual({ doneBytes: 15_000, doneFiles: 2, ...totals });
    expect((await cluster.alpha.jobs.report(jobId)).verification).toEqual({
      running: null,
      last: { finishedMs, differences: 0 },
    });
  });

  test('a revert shows how many of the names that the snapshot remembers are restored, and nothing when it is over', async () => {
    await connect();
    await settled();
    const { snapshotId } = await cluster.turning(cluster.beta.snapshots.take(jobId, 'before', 'manual'));
    for (const name of ['file', 'other']) cluster.workload.unlink(`/work/${name}`);
    await settled();
    const seen: JobReport['revert'][] = [];
    cluster.targetTrouble.beforeCall = () =>
      void cluster.beta.jobs.report(jobId).then(({ revert }) => seen.push(revert));
    await cluster.turning(cluster.beta.snapshots.revert(jobId, snapshotId));
    const shown = seen.filter((one) => one !== undefined);
    expect(shown[0]).toEqual({ doneBytes: 0, totalBytes: null, doneFiles: 0, totalFiles: 2 });
    expect(shown.at(-1)).toMatchObject({ doneFiles: 2, totalFiles: 2 });
    expect(await cluster.beta.jobs.report(jobId)).not.toHaveProperty('revert');
  });

  test('the target is behind while it cannot be reached, until it has applied everything', async () => {
    await connect();
    expect((await settled()).behindSinceMs).toBe(null);
    cluster.network.refuse('alpha', 'beta');
    cluster.network.cut('alpha', 'beta');
    await cluster.until(jobId, ({ transmit }) => transmit.mode === 'Error');
    cluster.workload.create('/work/late', Buffer.from('late'));
    await cluster.until(jobId, ({ replication }) => replication.queuedOperations > 0);
    const { behindSinceMs } = await cluster.alpha.jobs.report(jobId);
    expect(behindSinceMs).toBeGreaterThan(cluster.clock.wallMs() - 5000);
    await cluster.clock.advance(30_000);
    expect((await cluster.alpha.jobs.report(jobId)).behindSinceMs).toBe(behindSinceMs);
    cluster.network.heal('alpha', 'beta');
    expect((await settled()).behindSinceMs).toBe(null);
  });
});

test('without a link nothing is calculated, and what the last mirror reached says nothing of the next', async () => {
  await connect();
  expect((await settled()).mirror).toMatchObject({ status: 'Idle', percent: 100 });
  cluster.network.refuse('alpha', 'beta');
  cluster.network.cut('alpha', 'beta');
  await cluster.until(jobId, ({ transmit }) => transmit.mode === 'Error');
  await cluster.alpha.mirrors.start(jobId, 'data-delta');
  const { mirror, transmit, health } = await cluster.alpha.jobs.report(jobId);
  expect(mirror).toMatchObject({ status: 'Idle', percent: null, remainingBytes: null });
  expect([transmit.mode, health]).toEqual(['Error', 'warning']);
});

test('a trouble that is over is not told of a healthy job', async () => {
  await connect();
  cluster.network.cut('alpha', 'beta');
  await cluster.until(jobId, ({ transmit }) => transmit.mode === 'Error');
  expect((await cluster.beta.jobs.report(jobId)).additional).not.toBe('');
  await cluster.until(jobId, ({ transmit, targetState }) => transmit.mode === 'Active' && targetState === 'OK');
  for (const report of await both()) expect(report).toMatchObject({ health: 'healthy', additional: '' });
});

describe('a verification that finds differences', () => {
  const harm = (text: string): void =>
    new MemoryWorkload(cluster.machines.beta.files, 'changes').write('/replica/file', 0, Buffer.from(text));
  const verify = async (mode: 'report' | 'repair'): Promise<void> => {
    await cluster.turning(cluster.alpha.jobs.verify(jobId, mode));
    await cluster.clock.advance(10);
  };
  const bad = {
    health: 'warning',
    targetState: 'Mirror Required',
    additional: 'the last verification found 1 difference: mirror required',
  };
  const good = { health: 'healthy', targetState: 'OK', additional: '' };

  beforeEach(async () => {
    await connect();
    await settled();
    harm('harm');
    await verify('report');
  });

  test('is known on both sides, over links and restarts of the target, and mirrors nothing by itself', async () => {
    for (const report of await both()) expect(report).toMatchObject(bad);
    cluster.kill('beta');
    await cluster.restart('beta');
    await cluster.until(jobId, ({ transmit }) => transmit.mode === 'Active');
    await cluster.clock.advance(60_000);
    for (const report of await both()) expect(report).toMatchObject({ ...bad, mirror: { completed: 1 } });
  });

  test('is over with a mirror', async () => {
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await cluster.until(jobId, ({ mirror }) => mirror.completed === 2);
    await settled();
    for (const report of await both()) expect(report).toMatchObject(good);
  });

  test('is over with a repair, and with a verification that finds none', async () => {
    await verify('repair');
    await cluster.until(jobId, ({ mirror }) => mirror.completed === 2);
    await settled();
    for (const report of await both()) expect(report).toMatchObject(good);
    harm('more');
    await verify('report');
    for (const report of await both()) expect(report).toMatchObject(bad);
    harm('\x01\x01\x01\x01');
    const { modifiedNs } = cluster.machines.alpha.files.disk.find(
      cluster.machines.alpha.files.disk.root,
      'work/file',
      'look',
    );
    new MemoryWorkload(cluster.machines.beta.files, 'changes').setAttributes('/replica/file', { modifiedNs });
    await verify('report');
    for (const report of await both()) expect(report).toMatchObject(good);
  });

  test('is told by a failover', async () => {
    const { lossText } = await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));
    expect(lossText).toBe(
      'the source handed over everything it had; the last verification found 1 difference: mirror required',
    );
    expect((await cluster.beta.jobs.report(jobId)).targetState).toBe('Mirror Required');
  });
});

test('what the job keeps of the replica’s own is counted, and is no difference that a mirror would take away', async () => {
  const replica = new MemoryWorkload(cluster.machines.beta.files, 'changes');
  replica.makeDirectory('/replica');
  replica.create('/replica/own', Buffer.from('mine'));
  await connect({ orphans: 'keep' });
  await settled();
  const report = await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'));
  expect(report).toMatchObject({ surplus: 1, surplusKept: 1 });
  expect(await cluster.alpha.jobs.report(jobId)).toMatchObject({ targetState: 'OK', health: 'healthy', surplus: 1 });
});

test('what somebody put into the replica since is a difference', async () => {
  await connect({ orphans: 'keep' });
  await settled();
  new MemoryWorkload(cluster.machines.beta.files, 'changes').create('/replica/own', Buffer.from('mine'));
  await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'));
  expect(await cluster.alpha.jobs.report(jobId)).toMatchObject({ health: 'warning', surplus: 1 });
});

test('after a takeover neither side is healthy, and the target says that it protects nothing', async () => {
  await connect();
  await settled();
  await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));
  await cluster.clock.advance(1000);
  const [source, target] = await both();
  expect(target).toMatchObject({ health: 'warning', targetState: 'Not Loaded', failedOver: true });
  expect(source).toMatchObject({ health: 'error', failedOver: true });
  const lines = jobLines(target);
  expect(lines).toContainEqual(expect.stringMatching(/^Failed over: +yes$/));
  expect(lines).toContainEqual(expect.stringMatching(/^Failover loss: +nothing was lost/));
});

test('asks nothing of the world: not even the time', async () => {
  let readings = 0;
  const read = (ms: number): number => {
    readings += 1;
    return ms;
  };
  const counted = (one: Clock): Clock => ({
    wallMs: () => read(one.wallMs()),
    monotonicMs: () => read(one.monotonicMs()),
    after: (delayMs, callback) => one.after(delayMs, callback),
  });
  await cluster.stop();
  cluster = await MemoryCluster.start({ parts: (_, { clock }) => ({ clock: counted(clock) }) });
  cluster.workload.create('/work/file', Buffer.alloc(10_000, 1));
  await connect();
  await settled();
  const before = readings;
  await both();
  expect(before).toBeGreaterThan(0);
  expect(readings).toBe(before);
});
