// A witness between two servers in memory: who may be written to while it answers, is down, or is cut off from one of the two.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobReport, MonitorReport } from '../../../src/model/report.ts';
import { MemoryWitness } from '../../../src/simulator/memory/network/memory-leases.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { monitorOf } from '../../support/monitors.ts';

const timeToLiveMs = 10_000;
const live = { type: 'live', queue: 'apply' } as const;
let cluster: MemoryCluster;
let witness: MemoryWitness;
let jobId: string;

beforeEach(async () => {
  cluster = await MemoryCluster.start({
    parts: (name, { clock }) => {
      witness ??= new MemoryWitness(clock, timeToLiveMs);
      return { leases: witness.server(name) };
    },
  });
  cluster.workload.create('/work/file', Buffer.from('one'));
  ({ jobId } = await cluster.turning(cluster.connect()));
  await cluster.mirrored(jobId);
  await cluster.clock.advance(timeToLiveMs);
});
afterEach(async () => {
  await cluster.stop();
  witness = undefined as unknown as MemoryWitness;
});

async function watch(): Promise<void> {
  await cluster.beta.monitors.create(monitorOf(jobId));
  await cluster.beta.monitors.start('watch');
}

const monitor = async (): Promise<MonitorReport | undefined> => (await cluster.beta.monitors.list())[0];
const source = (): Promise<JobReport> => cluster.alpha.jobs.report(jobId);
const target = (): Promise<JobReport> => cluster.beta.jobs.report(jobId);
const holder = () => witness.server('observer').holderOf(jobId);
const told = async (name: 'alpha' | 'beta', id: number): Promise<number> =>
  (await cluster.events(name)).filter((one) => one === id).length;

describe('the source', () => {
  test('holds the lease while it has the job, and says so', async () => {
    expect(await holder()).toEqual({ holder: 'alpha', forGood: false });
    expect(await source()).toMatchObject({
      health: 'healthy',
      witnessed: true,
      remarks: ['the witness says that alpha alone may be written to'],
    });
    await cluster.turning(cluster.alpha.transmission.stop(jobId));
    await cluster.clock.advance(10 * timeToLiveMs);
    expect(await holder()).toEqual({ holder: 'alpha', forGood: false });
    await cluster.turning(cluster.alpha.jobs.disconnect(jobId));
    await cluster.clock.advance(timeToLiveMs / 2);
    expect(await holder()).toBeUndefined();
  });

  test('says before its lease is over that nothing holds any more when the witness is down, and replicates on', async () => {
    witness.cut('alpha');
    await cluster.clock.advance(timeToLiveMs * 0.5);
    expect(await told('alpha', 5241)).toBe(0);
    await cluster.clock.advance(timeToLiveMs * 0.35);
    expect(await told('alpha', 5241)).toBe(1);
    expect(await source()).toMatchObject({
      health: 'error',
      remarks: [expect.stringMatching(/^nothing says any more that alpha alone may be written to, .*: no answer$/)],
    });
    cluster.workload.create('/work/more', Buffer.from('two'));
    await cluster.clock.advance(10_000);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
    witness.heal('alpha');
    await cluster.clock.advance(timeToLiveMs / 2);
    expect(await source()).toMatchObject({ health: 'healthy' });
    expect([await told('alpha', 5241), await told('alpha', 5240)]).toEqual([1, 1]);
  });

  test('says that it has lost the job when another has it', async () => {
    cluster.network.hold('alpha', 'beta');
    await cluster.turning(cluster.beta.jobs.failover(jobId, { ...live, force: true }));
    await cluster.clock.advance(timeToLiveMs / 2);
    expect(await source()).toMatchObject({
      health: 'error',
      remarks: [expect.stringMatching(/beta has the connection: what is written on alpha may be lost/)],
    });
    expect(await told('alpha', 5242)).toBe(1);
  });

  test('has the job again, as the witness says too, when the failover is undone', async () => {
    await cluster.turning(cluster.beta.jobs.failover(jobId, live));
    await cluster.until(jobId, ({ failedOver }) => failedOver);
    expect(await holder()).toEqual({ holder: 'beta', forGood: true });
    await cluster.turning(cluster.beta.jobs.undoFailover(jobId));
    await cluster.until(jobId, ({ failedOver, targetState }) => !failedOver && targetState === 'OK');
    await cluster.clock.advance(2 * timeToLiveMs);
    expect(await holder()).toEqual({ holder: 'alpha', forGood: false });
    expect(await source()).toMatchObject({
      health: 'healthy',
      remarks: ['the witness says that alpha alone may be written to'],
    });
  });

  test('goes on with the lease of its earlier life after a crash', async () => {
    cluster.kill('alpha');
    await cluster.restart('alpha');
    await cluster.clock.advance(2000);
    expect(await source()).toMatchObject({ remarks: ['the witness says that alpha alone may be written to'] });
  });
});

describe('a monitor', () => {
  test('takes over only when the lease of the source is over, and then has it for good', async () => {
    await watch();
    cluster.kill('alpha');
    await cluster.clock.advance(5000);
    expect(await monitor()).toMatchObject({ state: 'Failover Condition Met' });
    expect((await target()).failedOver).toBe(false);
    expect(await told('beta', 5195)).toBe(1);
    expect((await monitor())?.evidence.at(-1)).toMatch(/the witness says that alpha has it, so it is there/);
    await cluster.clock.advance(timeToLiveMs + 2000);
    expect(await monitor()).toMatchObject({ state: 'Failed Over' });
    expect(await holder()).toEqual({ holder: 'beta', forGood: true });
    expect(await told('beta', 5195)).toBe(1);
    // The source comes back and is not given the job again.
    await cluster.restart('alpha');
    await cluster.clock.advance(60_000);
    expect(await source()).toMatchObject({ failedOver: true });
    expect(await holder()).toEqual({ holder: 'beta', forGood: true });
  });

  test('does not take over from a source that is only cut off from the target', async () => {
    await watch();
    cluster.network.hold('alpha', 'beta');
    await cluster.clock.advance(300_000);
    expect((await target()).failedOver).toBe(false);
    expect(await told('beta', 5195)).toBe(1);
    cluster.network.heal('alpha', 'beta');
    await cluster.clock.advance(60_000);
    expect(await monitor()).toMatchObject({ state: 'Monitoring' });
    expect(await source()).toMatchObject({ health: 'healthy' });
  });

  test('does not take over while the witness is down, and says so once', async () => {
    await watch();
    witness.cut('beta');
    cluster.kill('alpha');
    await cluster.clock.advance(120_000);
    expect(await monitor()).toMatchObject({ state: 'Failover Condition Met' });
    expect((await target()).failedOver).toBe(false);
    expect(await told('beta', 5195)).toBe(1);
    witness.heal('beta');
    await cluster.clock.advance(10_000);
    expect(await monitor()).toMatchObject({ state: 'Failed Over' });
  });

  test('that stops while it is blocked is stopped', async () => {
    await watch();
    cluster.kill('alpha');
    await cluster.clock.advance(5000);
    await cluster.turning(cluster.beta.monitors.stop('watch'));
    expect(await monitor()).toMatchObject({ state: 'Stopped' });
    await cluster.clock.advance(60_000);
    expect((await target()).failedOver).toBe(false);
  });
});

describe('FAILOVER by hand', () => {
  test('needs FORCE while the source has its lease and is not linked', async () => {
    cluster.network.hold('alpha', 'beta');
    await cluster.clock.advance(60_000);
    await expect(cluster.turning(cluster.beta.jobs.failover(jobId, live))).rejects.toMatchObject({
      code: 'WITNESS-HELD',
      hint: expect.stringContaining('both sides may be written to'),
    });
    expect((await target()).failedOver).toBe(false);
    expect(await holder()).toEqual({ holder: 'alpha', forGood: false });
    await cluster.turning(cluster.beta.jobs.failover(jobId, { ...live, force: true }));
    expect((await target()).failedOver).toBe(true);
    expect(await holder()).toEqual({ holder: 'beta', forGood: true });
  });

  test('of a source that is linked takes its place, and nothing is lost', async () => {
    const report = await cluster.turning(cluster.beta.jobs.failover(jobId, live));
    expect(report.complete).toBe(true);
    expect(await holder()).toEqual({ holder: 'beta', forGood: true });
  });

  test('with FORCE and a witness that is down it is claimed as soon as the witness answers', async () => {
    cluster.network.hold('alpha', 'beta');
    witness.cut('beta');
    await cluster.clock.advance(60_000);
    await expect(cluster.turning(cluster.beta.jobs.failover(jobId, live))).rejects.toMatchObject({
      code: 'WITNESS-UNREACHABLE',
    });
    await cluster.turning(cluster.beta.jobs.failover(jobId, { ...live, force: true }));
    expect(await holder()).toEqual({ holder: 'alpha', forGood: false });
    witness.heal('beta');
    await cluster.clock.advance(timeToLiveMs / 2);
    expect(await holder()).toEqual({ holder: 'beta', forGood: true });
  });

  test.each([
    ['whose answer came', false],
    ['whose answer was lost', true],
  ])('that fails gives back a claim %s, so the source has its lease again', async (_what, isLost) => {
    const snapshot = { type: 'snapshot', snapshotId: 'none', queue: 'apply' } as const;
    if (isLost) witness.loseAnswers('beta');
    const code = isLost ? 'WITNESS-UNREACHABLE' : 'SNAPSHOT-MISSING';
    await expect(cluster.turning(cluster.beta.jobs.failover(jobId, snapshot))).rejects.toMatchObject({ code });
    witness.heal('beta');
    await cluster.clock.advance(timeToLiveMs);
    expect(await holder()).toEqual({ holder: 'alpha', forGood: false });
    expect(await source()).toMatchObject({ health: 'healthy', failedOver: false });
  });

  test('a claim before a crash of the target is given back at its next start', async () => {
    await witness.server('beta').claim(jobId, 'beta', 'alpha');
    cluster.kill('beta');
    await cluster.clock.advance(timeToLiveMs);
    expect(await source()).toMatchObject({ health: 'error' });
    await cluster.restart('beta');
    await cluster.clock.advance(timeToLiveMs);
    expect(await holder()).toEqual({ holder: 'alpha', forGood: false });
  });
});
