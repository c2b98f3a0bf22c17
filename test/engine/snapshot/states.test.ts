// The table of snapshot states of the guide (ch. 10, Snapshot states; facts section 16), row by row: whether the data is good,
// what becomes of scheduled and automatic snapshots, and of one that a person asks for.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SnapshotReport } from '../../../src/model/report.ts';
import type { AskedSnapshotType } from '../../../src/model/stream/marker.ts';
import { takeScheduledSnapshot } from '../../../src/runtime/schedules/scheduled-snapshot.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
let jobId: string;
const gone = new AbortController();

beforeEach(async () => {
  cluster = await MemoryCluster.start({ capture: 'operations' });
  cluster.workload.create('/work/file', Buffer.from('one'));
  cluster.workload.create('/work/other', Buffer.from('one'));
  ({ jobId } = await cluster.turning(cluster.connect()));
  await cluster.mirrored(jobId);
});
afterEach(() => cluster.stop());

/** A scheduled snapshot that comes due now, whenever it is taken. */
function due(name: string): { readonly taken: Promise<SnapshotReport>; isTaken: boolean } {
  const taken = takeScheduledSnapshot(cluster.beta, jobId, name, gone.signal);
  const one = { taken, isTaken: false };
  taken.then(
    () => {
      one.isTaken = true;
    },
    () => undefined,
  );
  return one;
}

const take = (name: string, type: AskedSnapshotType = 'manual'): Promise<SnapshotReport> =>
  cluster.turning(cluster.beta.snapshots.take(jobId, name, type));

const automatic = async (): Promise<SnapshotReport | undefined> =>
  (await cluster.beta.snapshots.list(jobId)).find(({ type }) => type === 'automatic');

/** What the file holds once the replica is set back to a snapshot. */
async function contentAt({ snapshotId }: SnapshotReport, name = 'file'): Promise<string | undefined> {
  await cluster.turning(cluster.beta.snapshots.revert(jobId, snapshotId));
  return replicaContent(name);
}

async function replicaContent(name: string): Promise<string | undefined> {
  const tree = await cluster.tree('beta', '/replica');
  if ((await tree.status(name as never)) === undefined) return undefined;
  const file = await tree.open(name as never, 'read');
  try {
    return (await file.read(0, 100)).toString();
  } finally {
    await file.close();
  }
}

/** A mirror that cannot go on until the gate is opened. */
async function heldMirror(): Promise<() => void> {
  const gate = Promise.withResolvers<void>();
  cluster.trouble.beforeRead = () => gate.promise;
  await cluster.alpha.mirrors.start(jobId, 'data-delta');
  await cluster.until(jobId, ({ targetState }) => targetState === 'Mirroring');
  return () => {
    cluster.trouble.beforeRead = () => undefined;
    gate.resolve();
  };
}

/** Expects that the data is bad, that a scheduled snapshot waits, and that one by hand is taken and says that it is bad. */
async function expectBad(): Promise<{ readonly taken: Promise<SnapshotReport>; isTaken: boolean }> {
  await expect(cluster.beta.snapshots.take(jobId, 'now', 'scheduled')).rejects.toMatchObject({
    code: 'SNAPSHOT-NOT-NOW',
    retryable: true,
  });
  const waiting = due('late');
  await cluster.clock.advance(2000);
  expect(waiting.isTaken).toBe(false);
  expect(await take('by hand')).toMatchObject({ type: 'manual', state: 'bad' });
  return waiting;
}

async function expectGood(): Promise<void> {
  expect(await take('by hand')).toMatchObject({ type: 'manual', state: 'good' });
  expect(await cluster.turning(due('in time').taken)).toMatchObject({ type: 'scheduled', state: 'good' });
}

/** Another mirror completes; what waited is then taken as a deferred one. */
async function expectDeferred(waiting: { readonly taken: Promise<SnapshotReport> }, completed: number): Promise<void> {
  await cluster.until(jobId, ({ mirror, targetState }) => mirror.completed > completed && targetState === 'OK');
  expect(await cluster.turning(waiting.taken)).toMatchObject({ name: 'late', type: 'deferred', state: 'good' });
}

test('Mirror started: bad; automatic before it, scheduled delayed until it is complete, manual is bad', async () => {
  const open = await heldMirror();
  expect(await automatic()).toMatchObject({ state: 'good', name: 'before the mirror' });
  const waiting = await expectBad();
  open();
  await expectDeferred(waiting, 1);
});

test('Mirror stopped: bad; scheduled delayed until one was started again and is complete', async () => {
  const open = await heldMirror();
  const before = await automatic();
  await cluster.alpha.mirrors.stop(jobId);
  open();
  await cluster.until(jobId, ({ targetState }) => targetState === 'Mirror Required');
  const waiting = await expectBad();
  await cluster.alpha.mirrors.start(jobId, 'data-delta');
  await expectDeferred(waiting, 1);
  expect(await automatic()).toEqual(before);
});

test('Mirror complete: good', () => expectGood());

/** The write of one file is refused by the system of the target, as a file in use would be. */
async function refusedWrite(): Promise<void> {
  cluster.targetTrouble.refusedChanges.set('/replica/new', 'EBUSY');
  cluster.workload.write('/work/file', 0, Buffer.from('two'));
  cluster.workload.create('/work/new', Buffer.from('new'));
  cluster.workload.write('/work/other', 0, Buffer.from('two'));
  for (let step = 0; step < 100 && !(await cluster.events('beta')).includes(5030); step += 1)
    await cluster.clock.advance(50);
}

test('Write operation retried: good; snapshots are taken at once, without the operation', async () => {
  await refusedWrite();
  const { clock } = cluster;
  const startedMs = clock.monotonicMs();
  const scheduled = await cluster.turning(due('in time').taken);
  expect(scheduled).toMatchObject({ type: 'scheduled', state: 'good' });
  const manual = await take('by hand');
  expect(manual).toMatchObject({ type: 'manual', state: 'good' });
  expect(clock.monotonicMs() - startedMs).toBeLessThan(1000);
  cluster.targetTrouble.refusedChanges.clear();
  await cluster.until(jobId, ({ sequence }) => sequence.applied === sequence.head);
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  expect(await contentAt(scheduled)).toBe('two');
  expect(await replicaContent('new')).toBeUndefined();
  expect(await replicaContent('other')).toBe('one');
});

test('Write operation retried: a replica that is reverted meanwhile stays so', async () => {
  const before = await take('before');
  await refusedWrite();
  expect(await contentAt(before)).toBe('one');
  cluster.targetTrouble.refusedChanges.clear();
  await cluster.clock.advance(20_000);
  expect(await replicaContent('file')).toBe('one');
  expect(await replicaContent('new')).toBeUndefined();
});

test('Write operation dropped: bad; automatic just before the drop, scheduled delayed until a mirror is complete', async () => {
  await refusedWrite();
  await cluster.until(jobId, ({ targetState }) => targetState === 'Mirror Required');
  const kept = await automatic();
  expect(kept).toMatchObject({ state: 'good', name: 'before a dropped operation' });
  const waiting = await expectBad();
  expect(await replicaContent('other')).toBe('two');
  cluster.targetTrouble.refusedChanges.clear();
  const { mirror } = await cluster.alpha.jobs.report(jobId);
  await cluster.alpha.mirrors.start(jobId, 'data-delta');
  await expectDeferred(waiting, mirror.completed);
  expect(await contentAt(kept as SnapshotReport)).toBe('two');
  expect(await replicaContent('other')).toBe('one');
});

test('Write operation succeeded: good', async () => {
  await refusedWrite();
  cluster.targetTrouble.refusedChanges.clear();
  await cluster.until(jobId, ({ sequence }) => sequence.applied === sequence.head);
  expect(await cluster.events('beta')).not.toContain(5031);
  await expectGood();
});

test('Target restarted with job persistence: good', async () => {
  cluster.kill('beta');
  cluster.workload.write('/work/file', 0, Buffer.from('two'));
  await cluster.restart('beta');
  await cluster.until(jobId, ({ sequence, replication }) =>
    replication.status === 'Ready' ? sequence.applied === sequence.head : false,
  );
  await expectGood();
});

test('Target restarted without job persistence: bad; automatic after the restart, scheduled delayed until good', async () => {
  cluster.kill('alpha');
  cluster.kill('beta');
  const { storage } = cluster.machines.beta;
  for (const [name] of storage.sizesOf(/^jobs\/.*\/target-queue\/.*\.log$/)) await storage.remove(name);
  await cluster.restart('beta');
  expect(await automatic()).toMatchObject({ name: 'after the queue was lost' });
  const waiting = await expectBad();
  await cluster.restart('alpha');
  await cluster.mirrored(jobId);
  expect(await cluster.turning(waiting.taken)).toMatchObject({ type: 'deferred', state: 'good' });
});

test('Restore required: after a failover nothing is taken or reverted until a connection protects the live copy', async () => {
  const before = await take('before');
  await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));
  const waiting = due('late');
  await cluster.clock.advance(2000);
  expect(waiting.isTaken).toBe(false);
  const live = { code: 'REPLICA-LIVE', reason: expect.stringContaining('taken over') as string };
  await expect(take('now', 'scheduled')).rejects.toMatchObject({ code: 'SNAPSHOT-NOT-NOW' });
  await expect(take('now')).rejects.toMatchObject(live);
  await expect(cluster.turning(cluster.beta.snapshots.revert(jobId, before.snapshotId))).rejects.toMatchObject(live);
  expect(await cluster.beta.snapshots.list(jobId)).toEqual([before]);
});

test('Restore complete: good once a new connection has mirrored over the live copy', async () => {
  await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));
  await cluster.turning(cluster.alpha.jobs.disconnect(jobId));
  await cluster.turning(cluster.beta.jobs.disconnect(jobId));
  await cluster.beta.live.release('/replica');
  ({ jobId } = await cluster.turning(cluster.connect()));
  await cluster.mirrored(jobId);
  await expectGood();
});

test('Snapshot reverted: bad until a mirror overrules it; scheduled delayed', async () => {
  const before = await take('before');
  cluster.workload.write('/work/file', 0, Buffer.from('two'));
  await cluster.until(jobId, ({ sequence }) => sequence.applied === sequence.head);
  expect(await contentAt(before)).toBe('one');
  const waiting = await expectBad();
  expect(await automatic()).toBeUndefined();
  await cluster.alpha.mirrors.start(jobId, 'data-delta');
  await expectDeferred(waiting, 1);
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
});

test('a replica in which a verification found differences is bad, and does not replace a good automatic snapshot', async () => {
  const open = await heldMirror();
  open();
  await cluster.until(jobId, ({ mirror, targetState }) => mirror.completed > 1 && targetState === 'OK');
  const kept = await automatic();
  const { disk } = cluster.machines.beta.files;
  disk.write(disk.find(disk.root, 'replica/file', 'damage'), 0, Buffer.from('X'), 'file');
  await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'));
  await cluster.until(jobId, ({ targetState }) => targetState === 'Mirror Required');
  const waiting = await expectBad();
  await cluster.alpha.mirrors.start(jobId, 'data-delta');
  await expectDeferred(waiting, 2);
  expect(await automatic()).toEqual(kept);
});
