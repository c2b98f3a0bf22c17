// Auto-disconnect, auto-reconnect and auto-remirror (guide, ch. 10): a test for each scenario of its table, and for the settings.
import { afterEach, describe, expect, test } from 'vitest';
import { defaultQueueLimits, type QueueLimits } from '../../../src/engine/queue/queue-limits.ts';
import type { RemirrorChoice } from '../../../src/model/options/remirror.ts';
import type { JobReport } from '../../../src/model/report.ts';
import { MemoryCluster, type MemoryClusterOptions } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

const small: QueueLimits = {
  ...defaultQueueLimits,
  memoryBytesMax: 4_000_000,
  logBytesMax: 100_000,
  disk: 1_000_000,
  minimumFreeBytes: 0,
};

const missing =
  'mirror required: it was connected again, and no mirror begins by itself (remirror is off); MIRROR START begins one';

async function mirrored(options: MemoryClusterOptions = {}): Promise<JobReport> {
  cluster = await MemoryCluster.start({ capture: 'operations', ...options });
  cluster.workload.create('/work/file', Buffer.from('one'));
  const { jobId } = await cluster.turning(cluster.connect({ mirrorMethod: 'attributes-whole' }));
  return cluster.mirrored(jobId);
}

const remirror = (choice: RemirrorChoice, atStart = true): MemoryClusterOptions => ({
  parts: () => ({ reconnection: { atStart, remirror: choice } }),
});

/** Until everything is applied and equal. */
async function equal(jobId: string): Promise<JobReport> {
  const report = await cluster.until(jobId, ({ targetState, replication, sequence, mirror }) => {
    const isQuiet = replication.status === 'Ready' && mirror.status === 'Idle';
    return targetState === 'OK' && isQuiet && sequence.applied === sequence.head;
  });
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  return report;
}

async function fillQueue(files = 120): Promise<void> {
  for (let number = 0; number < files; number += 1) {
    cluster.workload.create(`/work/${number}`, Buffer.alloc(60_000, number));
    await cluster.clock.advance(50);
  }
}

async function mirrorsTold(): Promise<string[]> {
  return (await cluster.alpha.events.since(0)).filter(({ id }) => id === 5010).map(({ message }) => message);
}

describe('the source server restarts', () => {
  test('its jobs connect again and mirror, each in its own way', async () => {
    const { jobId, streamId } = await mirrored();
    cluster.kill('alpha');
    cluster.workload.create('/work/meanwhile', Buffer.from('two'));
    await cluster.restart('alpha');
    expect((await cluster.until(jobId, ({ mirror }) => mirror.completed > 1)).streamId).not.toBe(streamId);
    await equal(jobId);
    expect((await mirrorsTold()).at(-1)).toContain('attributes-whole');
  });

  test('with a method of the server’s own, in that way', async () => {
    const { jobId } = await mirrored(remirror('none'));
    expect((await mirrorsTold()).at(-1)).toContain('attributes-whole');
    cluster.kill('alpha');
    await cluster.restart('alpha');
    await cluster.until(jobId, ({ mirror }) => mirror.completed > 1);
    await equal(jobId);
    expect((await mirrorsTold()).at(-1)).toContain('none');
  });

  test('with Do not mirror it is an error that says what to do, on both servers, until MIRROR START', async () => {
    const { jobId } = await mirrored(remirror('off'));
    cluster.kill('alpha');
    cluster.workload.create('/work/meanwhile', Buffer.from('two'));
    await cluster.restart('alpha');
    const isMissing = ({ targetState, connectedSinceMs }: JobReport): boolean =>
      connectedSinceMs !== null && targetState === 'Mirror Required';
    const report = await cluster.until(jobId, isMissing);
    expect(report).toMatchObject({ health: 'error', additional: expect.stringContaining(missing) });
    cluster.workload.create('/work/later', Buffer.from('three'));
    await cluster.clock.advance(60_000);
    expect(await cluster.alpha.jobs.report(jobId)).toMatchObject({ health: 'error', targetState: 'Mirror Required' });
    expect((await cluster.beta.jobs.report(jobId)).targetState).toBe('Mirror Required');
    expect(await cluster.events('alpha')).toContain(5231);
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    expect((await equal(jobId)).health).toBe('healthy');
  });

  test('without a connection at the start it is stopped, and says so, until START', async () => {
    const { jobId } = await mirrored(remirror('auto', false));
    cluster.kill('alpha');
    await cluster.restart('alpha');
    await cluster.clock.advance(30_000);
    expect(await cluster.alpha.jobs.report(jobId)).toMatchObject({ transmit: { mode: 'Stopped' }, health: 'warning' });
    expect(await cluster.events('alpha')).toContain(5232);
    cluster.kill('alpha');
    await cluster.restart('alpha');
    await cluster.turning(cluster.alpha.transmission.start(jobId));
    await equal(jobId);
  });
});

describe('the queue of the source is exhausted', () => {
  const exhaust = async (jobId: string): Promise<void> => {
    cluster.network.refuse('alpha', 'beta');
    cluster.network.cut('alpha', 'beta');
    await fillQueue();
    cluster.network.heal('alpha', 'beta');
    await cluster.until(jobId, ({ connectedSinceMs }) => connectedSinceMs !== null);
  };

  test('it disconnects, connects again and mirrors by itself', async () => {
    const { jobId } = await mirrored({ queueLimits: small });
    await exhaust(jobId);
    await equal(jobId);
    expect((await cluster.events('alpha')).filter((id) => id >= 4007 && id <= 4009).slice(0, 3)).toEqual([
      4007, 4008, 4009,
    ]);
  });

  test('with Do not mirror it connects again, and says that a mirror is required', async () => {
    const { jobId } = await mirrored({ queueLimits: small, ...remirror('off') });
    await exhaust(jobId);
    const report = await cluster.until(jobId, ({ targetState }) => targetState === 'Mirror Required');
    expect(report).toMatchObject({ health: 'error', additional: expect.stringContaining(missing) });
    expect((await cluster.events('alpha')).filter((id) => id >= 4007 && id <= 4009)).not.toContain(4009);
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await equal(jobId);
  });
});

test('the queue of the target is exhausted: the source waits, nothing is lost, and no mirror follows', async () => {
  const { jobId, streamId } = await mirrored({
    parts: (name) => (name === 'beta' ? { queueLimits: small } : {}),
  });
  await cluster.beta.transmission.pauseTarget(jobId);
  await fillQueue();
  await cluster.until(jobId, ({ sequence }) => sequence.durable < sequence.head);
  await cluster.turning(cluster.beta.transmission.resumeTarget(jobId));
  expect(await equal(jobId)).toMatchObject({ streamId, mirror: { completed: 1 } });
});

test('the target cannot be reached: the source queues, and sends the queue without a mirror', async () => {
  const { jobId, streamId } = await mirrored();
  cluster.network.refuse('alpha', 'beta');
  cluster.network.cut('alpha', 'beta');
  cluster.workload.create('/work/meanwhile', Buffer.from('two'));
  await cluster.clock.advance(60_000);
  cluster.network.heal('alpha', 'beta');
  await cluster.until(jobId, ({ connectedSinceMs }) => connectedSinceMs !== null);
  expect(await equal(jobId)).toMatchObject({ streamId, mirror: { completed: 1 } });
});

describe('the target is stopped and started again', () => {
  test('with what it had: it goes on where it was', async () => {
    const { jobId, streamId } = await mirrored();
    await cluster.beta.transmission.pauseTarget(jobId);
    cluster.workload.create('/work/queued', Buffer.from('two'));
    await cluster.until(jobId, ({ sequence }) => sequence.durable === sequence.head && sequence.head > 3);
    await cluster.turning(cluster.beta.stop());
    cluster.workload.create('/work/meanwhile', Buffer.from('three'));
    await cluster.restart('beta');
    await cluster.beta.transmission.resumeTarget(jobId);
    await cluster.until(jobId, ({ connectedSinceMs }) => connectedSinceMs !== null);
    expect(await equal(jobId)).toMatchObject({ streamId, mirror: { completed: 1 } });
  });

  test.each(['auto', 'off'] as const)(
    'without its queue: a new stream, and a mirror by the setting %s',
    async (choice) => {
      const { jobId, streamId } = await mirrored(remirror(choice));
      cluster.kill('beta');
      const { storage } = cluster.machines.beta;
      for (const [name] of storage.sizesOf(/^jobs\/.*\/target-queue\/.*\.log$/)) storage.remove(name);
      await cluster.restart('beta');
      expect(await cluster.events('beta')).toContain(5111);
      const report = await cluster.until(jobId, (now) => now.streamId !== streamId && now.connectedSinceMs !== null);
      if (choice === 'off') {
        expect(report).toMatchObject({ health: 'error', additional: expect.stringContaining(missing) });
        await cluster.alpha.mirrors.start(jobId, 'data-delta');
      }
      await equal(jobId);
    },
  );
});

test.each([
  [true, 100, 0],
  [false, null, null],
])(
  'with the calculation of the size %s a mirror under way has the percentage %s',
  async (calculatesSize, percent, remainingBytes) => {
    cluster = await MemoryCluster.start({ parts: () => ({ calculatesSize }) });
    cluster.workload.create('/work/file', Buffer.alloc(200_000, 'x'));
    const { jobId } = await cluster.turning(cluster.connect({ line: { bytesPerSecond: 10_000 } }));
    await cluster.clock.advance(3000);
    const { mirror } = await cluster.alpha.jobs.report(jobId);
    expect(mirror).toMatchObject({ completed: 0, percent, remainingBytes });
    await equal(jobId);
  },
);
