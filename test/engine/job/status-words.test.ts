// Every word of the guide's lists (ch. 6) that a job of this version can say, on its source unless the name says otherwise. What is
// not said: Unknown of a mirror, replication and transmission (each is always known); Out of Memory (a queue without room ends at once,
// and a new stream begins with a mirror); Scheduled (a schedule limits how fast data travels, and never that it does); Busy (reports
// are made when they are asked for, however little memory there is).
import { afterEach, expect, test, vi } from 'vitest';
import { Surplus } from '../../../src/engine/mirror/surplus.ts';
import type { JobReport } from '../../../src/model/report.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
let jobId: string;
afterEach(async () => {
  vi.restoreAllMocks();
  await cluster.stop();
});

async function begin(): Promise<void> {
  cluster = await MemoryCluster.start();
  for (let number = 0; number < 5; number += 1)
    cluster.workload.create(`/work/${number}`, Buffer.alloc(100_000, number));
  cluster.network.setLatency(20);
  ({ jobId } = await cluster.turning(cluster.connect()));
}

async function protect(): Promise<void> {
  await begin();
  await cluster.mirrored(jobId);
  await cluster.until(jobId, ({ replication }) => replication.status === 'Ready');
}

/** Turns the clock in small pieces until the report says this. */
async function says(side: 'alpha' | 'beta', wanted: (report: JobReport) => boolean): Promise<void> {
  for (let step = 0; step < 20_000; step += 1) {
    const report = await cluster[side].jobs.report(jobId);
    if (wanted(report)) return;
    await cluster.clock.advance(1);
  }
  expect(await cluster[side].jobs.report(jobId)).toBe('as wanted');
}

const mirrorSays = (word: JobReport['mirror']['status']) => says('alpha', ({ mirror }) => mirror.status === word);
const replicationSays = (word: JobReport['replication']['status']) =>
  says('alpha', ({ replication }) => replication.status === word);
const transmitSays = (word: JobReport['transmit']['mode']) => says('alpha', ({ transmit }) => transmit.mode === word);
const dataSays = (word: JobReport['targetState']) => says('alpha', ({ targetState }) => targetState === word);

function part(): void {
  cluster.network.refuse('alpha', 'beta');
  cluster.network.cut('alpha', 'beta');
}

const words: Readonly<Record<string, () => Promise<void>>> = {
  'Mirror status Calculating: a mirror is about to begin': async () => {
    await protect();
    await cluster.alpha.mirrors.start(jobId, 'none');
    await mirrorSays('Calculating');
  },
  'Mirror status In Progress': async () => {
    await protect();
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await mirrorSays('In Progress');
  },
  'Mirror status Removing Orphans': async () => {
    await protect();
    const gate = Promise.withResolvers<void>();
    vi.spyOn(Surplus.prototype, 'remove').mockReturnValue(gate.promise);
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await mirrorSays('Removing Orphans');
    gate.resolve();
    await mirrorSays('Idle');
  },
  'Mirror status Waiting: the target still applies': async () => {
    await begin();
    await mirrorSays('Waiting');
  },
  'Mirror status Idle, Target data state OK': async () => {
    await protect();
    await mirrorSays('Idle');
    await dataSays('OK');
  },
  'Mirror status Paused': async () => {
    await protect();
    await cluster.alpha.mirrors.start(jobId, 'none');
    await cluster.alpha.mirrors.pause(jobId);
    await mirrorSays('Paused');
  },
  'Mirror status Stopped, Target data state Mirror Required': async () => {
    await protect();
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await mirrorSays('In Progress');
    await cluster.alpha.mirrors.stop(jobId);
    await mirrorSays('Stopped');
    await dataSays('Mirror Required');
  },
  'Mirror status Verifying: until the verification is over': async () => {
    await protect();
    const verifying = cluster.alpha.jobs.verify(jobId, 'report');
    await mirrorSays('Verifying');
    await cluster.turning(verifying);
    await mirrorSays('Idle');
  },
  'Replication status Replicating, then Ready': async () => {
    await protect();
    cluster.workload.create('/work/new', Buffer.from('new'));
    await replicationSays('Replicating');
    await replicationSays('Ready');
  },
  'Replication status Pending, Target data state Mirroring: behind a mirror': async () => {
    await begin();
    await replicationSays('Pending');
    await dataSays('Mirroring');
  },
  'Replication status Stopped: by hand': async () => {
    await protect();
    await cluster.alpha.mirrors.stopReplication(jobId);
    await replicationSays('Stopped');
  },
  'Replication status Failed: nothing is captured': async () => {
    await protect();
    cluster.workload.fail('the watch is gone');
    await replicationSays('Failed');
  },
  'Transmit mode Active, Paused, Active': async () => {
    await protect();
    await transmitSays('Active');
    await cluster.alpha.transmission.pause(jobId);
    await transmitSays('Paused');
    await cluster.alpha.transmission.start(jobId);
    await transmitSays('Active');
  },
  'Transmit mode Stopped': async () => {
    await protect();
    await cluster.turning(cluster.alpha.transmission.stop(jobId));
    await transmitSays('Stopped');
  },
  'Transmit mode Error, Target data state Unknown: without a link': async () => {
    await protect();
    part();
    await transmitSays('Error');
    await dataSays('Unknown');
  },
  'Target data state Snapshot Reverted': async () => {
    await protect();
    const taking = cluster.beta.snapshots.take(jobId, 'before', 'manual');
    const { snapshotId } = await cluster.turning(taking);
    await cluster.turning(cluster.beta.snapshots.revert(jobId, snapshotId));
    await says('beta', ({ targetState }) => targetState === 'Snapshot Reverted');
  },
  'Target data state Not Loaded: on a target that has taken over': async () => {
    await protect();
    await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));
    await says('beta', ({ targetState }) => targetState === 'Not Loaded');
  },
};

test.each(Object.entries(words))('%s', (_, word) => word());
