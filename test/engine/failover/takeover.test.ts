// Failover on the target (guide, ch. 7): type times queue times state, what is said of the loss, and that one writer is left.
import { afterEach, describe, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import type { FailoverOptions, FailoverReport } from '../../../src/model/report.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
let jobId: string;
afterEach(() => cluster.stop());

const live = (queue: FailoverOptions['queue']): FailoverOptions => ({ type: 'live', queue });

async function replicaText(name = 'file'): Promise<string> {
  const tree = await cluster.tree('beta', '/replica');
  const file = await tree.open(name as RawPath, 'read');
  return (await file.read(0, 100)).toString();
}

function failover(options: FailoverOptions): Promise<FailoverReport> {
  return cluster.turning(cluster.beta.jobs.failover(jobId, options));
}

/** A replica that says `one`, with a snapshot of that; the state is as asked for. */
async function protect(state: 'good' | 'bad' = 'good'): Promise<string> {
  cluster = await MemoryCluster.start({ capture: 'operations' });
  cluster.workload.create('/work/file', Buffer.from('one'));
  ({ jobId } = await cluster.turning(cluster.connect()));
  await cluster.mirrored(jobId);
  const { snapshotId } = await cluster.turning(cluster.beta.snapshots.take(jobId, 'one', 'manual'));
  cluster.workload.write('/work/file', 0, Buffer.from('two'));
  await cluster.until(jobId, ({ sequence }) => sequence.applied === sequence.head);
  if (state === 'bad') {
    const gate = Promise.withResolvers<void>();
    cluster.trouble.beforeRead = () => gate.promise;
    await cluster.alpha.mirrors.start(jobId, 'none');
    await cluster.until(jobId, ({ mirror }) => mirror.status === 'In Progress');
    await cluster.alpha.mirrors.stop(jobId);
    gate.resolve();
    await cluster.until(jobId, ({ targetState }) => targetState === 'Mirror Required');
  }
  return snapshotId;
}

/** Holds the target's queue up at a task, puts `three` behind it, and kills the source. */
async function queueAndKill(): Promise<void> {
  const task = { type: 'program', program: '/hold', arguments: [] } as const;
  await cluster.turning(
    cluster.alpha.tasks.queue(jobId, { name: 'hold', actions: { onexecute: task }, timeoutMs: 20_000 }),
  );
  cluster.workload.write('/work/file', 0, Buffer.from('three'));
  await cluster.until(jobId, ({ sequence }) => sequence.durable === sequence.head);
  await cluster.clock.advance(2000);
  cluster.kill('alpha');
}

describe('live, of a source that is dead', () => {
  test.each([
    ['apply', 'good', 'three'],
    ['apply', 'bad', 'three'],
    ['discard', 'good', 'two'],
    ['discard', 'bad', 'two'],
    // Good: no revert, the queue is applied (guide, ch. 7).
    ['revert', 'good', 'three'],
    // Bad: the last good one is the snapshot that was taken by itself before the state became so.
    ['revert', 'bad', 'two'],
  ] as const)('queue %s with a state that is %s gives %s', async (queue, state, text) => {
    await protect(state);
    await queueAndKill();
    const report = await failover(live(queue));
    expect(await replicaText()).toBe(text);
    expect(report).toMatchObject({ type: 'live', queue, epoch: 1, complete: false });
    if (queue === 'discard') expect(report.discardedOperations).toBeGreaterThan(0);
    const words =
      queue === 'revert' && state === 'bad'
        ? /^everything after snapshot .* was discarded$/
        : /^the source was last heard \d\.\d seconds before; everything it had sent word of was received; later/;
    expect(report.lossText).toMatch(words);
    expect(await cluster.events('beta')).toEqual(expect.arrayContaining([5071, 5072]));
  });
});

test.each([false, true])(
  'what may have been applied before a crash is applied again, even when the queue is discarded (target paused: %s)',
  async (isPaused) => {
    cluster = await MemoryCluster.start({ capture: 'operations' });
    const names = ['one', 'other'];
    for (const name of names) cluster.workload.create(`/work/${name}`, Buffer.from('1'));
    ({ jobId } = await cluster.turning(cluster.connect()));
    await cluster.mirrored(jobId);
    await cluster.clock.advance(2000);
    for (const text of ['2', '3'])
      for (const name of names) cluster.workload.write(`/work/${name}`, 0, Buffer.from(text));
    await cluster.until(jobId, ({ sequence }) => sequence.applied === sequence.head);
    if (isPaused) await cluster.turning(cluster.beta.transmission.pauseTarget(jobId));
    for (const name of ['alpha', 'beta'] as const) cluster.kill(name);
    cluster.targetTrouble.refused.set('/replica/other', 'EIO');
    await cluster.restart('beta');
    // No state that the source had: the first of two writes is applied again, the one behind it waits.
    if (!isPaused) expect([await replicaText('one'), await replicaText('other')]).toEqual(['2', '3']);
    const failingOver = cluster.beta.jobs.failover(jobId, live('discard'));
    await cluster.clock.advance(100);
    cluster.targetTrouble.refused.clear();
    await cluster.turning(failingOver);
    expect([await replicaText('one'), await replicaText('other')]).toEqual(['3', '3']);
  },
);

describe('live, of a source that is there', () => {
  test('it hands over everything, stops, and nothing is lost', async () => {
    await protect();
    cluster.workload.write('/work/file', 0, Buffer.from('last'));
    const report = await failover(live('apply'));
    expect(report).toMatchObject({ complete: true, lossText: 'nothing was lost: the source handed over everything' });
    expect(await replicaText()).toBe('last');
    await cluster.clock.advance(100);
    expect(await cluster.alpha.jobs.report(jobId)).toMatchObject({
      failedOver: true,
      replication: { status: 'Stopped' },
    });
  });

  test('of one that does not answer it waits half a minute, and says so', async () => {
    await protect();
    cluster.network.hold('alpha', 'beta');
    cluster.workload.write('/work/file', 0, Buffer.from('never'));
    const report = await failover(live('apply'));
    expect(report.complete).toBe(false);
    expect(report.evidence.join('\n')).toContain('did not finish');
    expect(await replicaText()).toBe('two');
    cluster.network.heal('alpha', 'beta');
  });
});

describe('to a snapshot', () => {
  test('the replica is as it was then, whatever the queue holds', async () => {
    const snapshotId = await protect();
    await queueAndKill();
    const report = await failover({ type: 'snapshot', snapshotId, queue: 'apply' });
    expect(await replicaText()).toBe('one');
    const [held] = await cluster.beta.snapshots.list(jobId);
    expect(held?.snapshotId).toBe(snapshotId);
    const named = `snapshot "one" of ${new Date(held?.takenMs ?? 0).toISOString()}`;
    expect(report.lossText).toContain(`everything after ${named} was discarded`);
    expect(report.evidence).toContain(`the replica was reverted to ${named}`);
  });

  test('that is not there, or with no good one to revert to, nothing happens', async () => {
    const snapshotId = await protect('bad');
    await expect(failover({ type: 'snapshot', snapshotId: 'other', queue: 'apply' })).rejects.toMatchObject({
      code: 'SNAPSHOT-MISSING',
    });
    await expect(failover({ type: 'test', queue: 'apply' })).rejects.toMatchObject({ code: 'NOT-AVAILABLE' });
    for (const one of await cluster.beta.snapshots.list(jobId)) {
      await cluster.turning(cluster.beta.snapshots.delete(jobId, one.snapshotId));
    }
    expect(await cluster.beta.snapshots.list(jobId)).not.toContainEqual(expect.objectContaining({ snapshotId }));
    await expect(failover(live('revert'))).rejects.toMatchObject({ code: 'SNAPSHOT-MISSING' });
    expect((await cluster.events('beta')).filter((id) => id === 5073)).toHaveLength(3);
    expect(await cluster.beta.jobs.report(jobId)).toMatchObject({ failedOver: false, epoch: 0 });
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await cluster.mirrored(jobId);
  });
});

describe('afterwards', () => {
  test('the old source stops when it comes back, and its writes never reach the replica', async () => {
    await protect();
    cluster.network.refuse('alpha', 'beta');
    cluster.network.cut('alpha', 'beta');
    cluster.workload.write('/work/file', 0, Buffer.from('behind the back'));
    await failover(live('apply'));
    cluster.network.heal('alpha', 'beta');
    await cluster.clock.advance(10_000);
    expect(await cluster.events('alpha')).toContain(5074);
    expect(await cluster.alpha.jobs.report(jobId)).toMatchObject({ failedOver: true, health: 'error' });
    cluster.workload.write('/work/file', 0, Buffer.from('still writing'));
    await cluster.clock.advance(30_000);
    expect(await replicaText()).toBe('two');
    // Also when it is started anew, and does not remember.
    cluster.kill('alpha');
    await cluster.restart('alpha');
    await cluster.clock.advance(10_000);
    expect((await cluster.events('alpha')).filter((id) => id === 5074)).toHaveLength(2);
    expect(await replicaText()).toBe('two');
  });

  test('a second one is refused, with when the first was; its report stays, also after a restart', async () => {
    await protect();
    const first = cluster.beta.jobs.failover(jobId, live('apply'));
    const meanwhile = cluster.beta.jobs.failover(jobId, live('discard'));
    await expect(meanwhile).rejects.toMatchObject({ code: 'FAILING-OVER', subject: 'work to beta' });
    const report = await cluster.turning(first);
    const when = new Date(report.startedMs).toISOString();
    const refusal = { code: 'FAILED-OVER', reason: `this server took over on ${when} with epoch 1` };
    for (const queue of ['apply', 'revert'] as const) {
      await expect(failover(live(queue))).rejects.toMatchObject(refusal);
    }
    expect((await cluster.events('beta')).filter((id) => [5072, 5073].includes(id))).toEqual([5072]);
    for (const start of ['as it is', 'after a restart']) {
      if (start === 'after a restart') {
        cluster.kill('beta');
        await cluster.restart('beta');
      }
      const job = await cluster.beta.jobs.report(jobId);
      expect(job).toMatchObject({ failedOver: true, epoch: 1, failover: report });
      expect(job.additional).toContain(`failed over on ${when} with epoch 1: ${report.lossText}`);
      await expect(failover(live('apply'))).rejects.toMatchObject(refusal);
    }
  });

  test('a takeover is not forgotten for what was being written of the job before it', async () => {
    await protect();
    const { storage } = cluster.machines.beta;
    const replace = storage.replace.bind(storage);
    let slow = 0;
    storage.replace = async (name, bytes) => {
      const text = Buffer.from(bytes).toString();
      if (name.endsWith('target.json') && text.includes('"failedOver":false')) {
        slow += 1;
        await new Promise<void>((resolve) => cluster.clock.after(500, resolve));
      }
      await replace(name, bytes);
    };
    await cluster.alpha.mirrors.start(jobId, 'none');
    for (let turn = 0; turn < 50 && slow === 0; turn += 1) await cluster.clock.advance(1);
    expect(slow).toBe(1);
    cluster.kill('alpha');
    await failover(live('discard'));
    cluster.kill('beta');
    await cluster.restart('beta');
    expect(await cluster.beta.jobs.report(jobId)).toMatchObject({ failedOver: true, epoch: 1 });
  });
});
