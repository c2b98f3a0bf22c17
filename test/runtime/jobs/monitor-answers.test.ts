// A notice that waits for a person, on two servers in memory: its answers, a restart of the target, and what the failover then does.
// Also: a monitor watches while its connection is paused or stopped.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import type { MonitorReport, MonitorSpecification } from '../../../src/model/report.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { monitorOf } from '../../support/monitors.ts';

let cluster: MemoryCluster;
let jobId: string;

beforeEach(async () => {
  cluster = await MemoryCluster.start();
  cluster.workload.create('/work/file', Buffer.from('one'));
  ({ jobId } = await cluster.turning(cluster.connect()));
  await cluster.mirrored(jobId);
});
afterEach(() => cluster.stop());

async function watch(changes: Partial<MonitorSpecification> = {}): Promise<void> {
  await cluster.beta.monitors.create(monitorOf(jobId, changes));
  await cluster.beta.monitors.start('watch');
}

async function report(): Promise<MonitorReport | undefined> {
  return (await cluster.beta.monitors.list())[0];
}

async function killed(): Promise<void> {
  cluster.kill('alpha');
  await cluster.clock.advance(15_000);
}

async function content(): Promise<string> {
  const file = await (await cluster.tree('beta', '/replica')).open('file' as RawPath, 'read');
  const bytes = await file.read(0, 100);
  await file.close();
  return bytes.toString();
}

describe('a monitor that waits for a person', () => {
  test('waits in Failover Condition Met, says so in an event, and takes over by IMPLEMENT', async () => {
    await watch({ waitForUser: true });
    await expect(cluster.beta.monitors.implement('watch')).rejects.toMatchObject({
      code: 'MONITOR-NOT-PENDING',
      reason: "no failover waits for an answer: its state is 'Monitoring'",
    });
    await killed();
    expect(await report()).toMatchObject({ state: 'Failover Condition Met' });
    const told = (await cluster.beta.events.since(0)).filter(({ id }) => id === 5192);
    expect(told.map(({ message }) => message)).toEqual([
      'Failover pending for alpha: MONITOR IMPLEMENT watch takes over, MONITOR DISMISS watch does not',
    ]);
    expect((await cluster.beta.jobs.report(jobId)).failedOver).toBe(false);
    await cluster.turning(cluster.beta.monitors.implement('watch'));
    expect(await cluster.beta.jobs.report(jobId)).toMatchObject({ failedOver: true, epoch: 1 });
    expect(await report()).toMatchObject({ state: 'Failed Over' });
  });

  test('by DISMISS watches on: the notice is gone, and comes again when the source stays silent', async () => {
    await watch({ waitForUser: true });
    await killed();
    await cluster.beta.monitors.dismiss('watch');
    expect(await report()).toMatchObject({ state: 'Monitoring', consecutiveFailures: 0 });
    await cluster.clock.advance(15_000);
    expect(await report()).toMatchObject({ state: 'Failover Condition Met' });
    const ids = (await cluster.events('beta')).filter((id) => id === 5192 || id === 5193);
    expect(ids).toEqual([5192, 5193, 5192]);
    expect((await cluster.beta.jobs.report(jobId)).failedOver).toBe(false);
  });

  test('gives its notice again after a restart of the target, from new checks', async () => {
    await watch({ waitForUser: true });
    await killed();
    cluster.kill('beta');
    await cluster.restart('beta');
    await expect(cluster.beta.monitors.implement('watch')).rejects.toMatchObject({ code: 'MONITOR-NOT-PENDING' });
    await cluster.clock.advance(15_000);
    expect(await report()).toMatchObject({ state: 'Failover Condition Met' });
    await cluster.turning(cluster.beta.monitors.implement('watch'));
    expect((await cluster.beta.jobs.report(jobId)).failedOver).toBe(true);
  });

  test('after a restart gives no notice about a source that is back', async () => {
    await watch({ waitForUser: true });
    await killed();
    cluster.kill('beta');
    await cluster.restart('alpha');
    await cluster.restart('beta');
    await cluster.clock.advance(60_000);
    expect(await report()).toMatchObject({ state: 'Monitoring', consecutiveFailures: 0 });
  });
});

describe('a monitor watches and takes over', () => {
  test.each([
    ['the target is paused', () => cluster.beta.transmission.pauseTarget(jobId)],
    ['the connection is paused', () => cluster.alpha.transmission.pause(jobId)],
    ['the connection is stopped', () => cluster.alpha.transmission.stop(jobId)],
  ])('while %s', async (_what, hold) => {
    await watch();
    await cluster.turning(hold());
    await cluster.clock.advance(60_000);
    expect(await report()).toMatchObject({ state: 'Monitoring', consecutiveFailures: 0 });
    await killed();
    expect(await report()).toMatchObject({ state: 'Failed Over' });
    expect((await cluster.beta.jobs.report(jobId)).failedOver).toBe(true);
  });
});

describe('what the failover of a monitor does', () => {
  /** Data that waits in the queue of the target when the source dies. */
  async function withQueue(failover: MonitorSpecification['failover']): Promise<void> {
    await watch({ failover });
    await cluster.turning(cluster.beta.snapshots.take(jobId, 'older', 'manual'));
    await cluster.turning(cluster.beta.transmission.pauseTarget(jobId));
    cluster.workload.write('/work/file', 0, Buffer.from('two'));
    await cluster.clock.advance(10_000);
    await killed();
  }

  test.each([
    ['QUEUE APPLY', { type: 'live', queue: 'apply' }, 'two'],
    ['QUEUE DISCARD', { type: 'live', queue: 'discard' }, 'one'],
    ['QUEUE REVERT, with a good state,', { type: 'live', queue: 'revert' }, 'two'],
    ['TO LATEST SNAPSHOT', { type: 'snapshot', latestGood: true, queue: 'apply' }, 'one'],
  ] as const)('is as %s says', async (_what, failover, expected) => {
    await withQueue(failover);
    expect(await report()).toMatchObject({ state: 'Failed Over' });
    expect(await content()).toBe(expected);
  });

  test('to the latest snapshot it takes the newest good one, of the moment of the failover', async () => {
    await watch({ failover: { type: 'snapshot', latestGood: true, queue: 'apply' } });
    await cluster.turning(cluster.beta.snapshots.take(jobId, 'first', 'manual'));
    cluster.workload.write('/work/file', 0, Buffer.from('two'));
    await cluster.clock.advance(10_000);
    await cluster.turning(cluster.beta.snapshots.take(jobId, 'second', 'manual'));
    cluster.workload.write('/work/file', 0, Buffer.from('six'));
    await cluster.clock.advance(10_000);
    await killed();
    expect(await content()).toBe('two');
  });

  test('to the latest snapshot it fails where there is no good one, and says so', async () => {
    await watch({ failover: { type: 'snapshot', latestGood: true, queue: 'apply' } });
    await killed();
    expect(await report()).toMatchObject({ state: 'Failover Failed' });
    expect((await report())?.evidence.at(-1)).toMatch(/there is no good snapshot/);
    expect((await cluster.beta.jobs.report(jobId)).failedOver).toBe(false);
  });
});

test('a file of monitors that an earlier version wrote is read, and written with the new version', async () => {
  const { storage } = cluster.machines.beta;
  await watch();
  const text = (await storage.read('monitors.json'))?.toString('utf8') ?? '';
  expect(JSON.parse(text).version).toBe(2);
  await cluster.turning(cluster.beta.stop());
  await storage.replace('monitors.json', Buffer.from(text.replace('"version": 2', '"version": 1')));
  await cluster.restart('beta');
  expect(await report()).toMatchObject({ state: 'Monitoring', specification: { probe: { type: 'service' } } });
});
