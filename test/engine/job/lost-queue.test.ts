// A target whose queue was damaged on its disk (guide, ch. 10, "Target restarted without job persistence"): it says so when
// it starts, alone, and a failover says what is lost.
import { afterEach, describe, expect, test } from 'vitest';
import type { EventId } from '../../../src/model/event-catalogue.ts';
import type { FailoverReport, JobReport } from '../../../src/model/report.ts';
import type { MemoryStorage } from '../../../src/simulator/memory/memory-storage.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
let jobId: string;
afterEach(() => cluster.stop());

/** Two tasks wait in the queue of beta, with data between them; then both servers are gone. */
async function queueAndKill(): Promise<void> {
  cluster = await MemoryCluster.start({ capture: 'operations' });
  cluster.workload.create('/work/file', Buffer.from('one'));
  ({ jobId } = await cluster.turning(cluster.connect()));
  await cluster.mirrored(jobId);
  await cluster.clock.advance(5000);
  for (const name of ['hold', 'later']) {
    const onexecute = { type: 'program', program: `/${name}`, arguments: [] } as const;
    await cluster.turning(cluster.alpha.tasks.queue(jobId, { name, actions: { onexecute }, timeoutMs: null }));
    cluster.workload.write('/work/file', 0, Buffer.alloc(50_000, name));
    await cluster.until(jobId, ({ sequence }) => sequence.durable === sequence.head);
  }
  cluster.kill('alpha');
  cluster.kill('beta');
}

const failover = (): Promise<FailoverReport> =>
  cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));

const onBeta = (): Promise<JobReport> => cluster.beta.jobs.report(jobId);

async function told(id: EventId): Promise<string[]> {
  return (await cluster.beta.events.since(0)).filter((event) => event.id === id).map(({ message }) => message);
}

async function cut(storage: MemoryStorage, name: string): Promise<void> {
  const bytes = await storage.read(name);
  await storage.replace(name, bytes?.subarray(0, 100) ?? Buffer.alloc(0));
}

type Damage = (storage: MemoryStorage, name: string, bytes: number) => Promise<void> | void;

const damages: readonly (readonly [string, Damage])[] = [
  ['a byte in its middle', (storage, name, bytes) => storage.rot(name, bytes >> 1)],
  ['a byte of what came last', (storage, name, bytes) => storage.rot(name, bytes - 200)],
  ['its first byte', (storage, name) => storage.rot(name, 0)],
  ['all but the beginning', cut],
  ['all of it', (storage, name) => storage.remove(name)],
];

async function damageQueue(damage: Damage): Promise<void> {
  const { storage } = cluster.machines.beta;
  for (const [name, bytes] of storage.sizesOf(/^jobs\/.*\/target-queue\/.*\.log$/)) await damage(storage, name, bytes);
}

describe.each(damages)('of the queue was damaged: %s', (_, damage) => {
  test('the target says so before any source comes, and at its failover what is lost', async () => {
    await queueAndKill();
    await damageQueue(damage);
    await cluster.restart('beta');
    expect(await told(5111)).toHaveLength(1);
    expect(await onBeta()).toMatchObject({ targetState: 'Mirror Required', health: 'warning' });
    expect((await onBeta()).additional).toMatch(/queue of this server/);
    // The guide: an automatic snapshot after the restart, when the data was good before. What it shows is not known to be good.
    expect(await cluster.beta.snapshots.list(jobId)).toMatchObject([{ type: 'automatic', state: 'bad' }]);
    expect(await told(5045)).toHaveLength(1);
    const { lossText, complete } = await failover();
    expect(complete).toBe(false);
    expect(lossText).toMatch(/what the queue of this server held was lost at \d{4}-.*: how much is unknown/);
    expect(lossText).toMatch(/the replica is not whole/);
    expect(lossText).not.toMatch(/nothing|was received/);
    expect(await told(5072)).toEqual([expect.stringContaining('was lost')]);
  });
});

test('it is remembered through restarts, and forgotten when a mirror has made the replica whole', async () => {
  await queueAndKill();
  await damageQueue((storage, name, bytes) => storage.rot(name, bytes >> 1));
  await cluster.restart('beta');
  cluster.kill('beta');
  await cluster.restart('beta');
  expect(await told(5111)).toHaveLength(1);
  expect((await onBeta()).additional).toMatch(/queue of this server/);
  await cluster.restart('alpha');
  await cluster.mirrored(jobId);
  expect((await onBeta()).additional).not.toMatch(/queue of this server/);
  const report = await failover();
  expect(report).toMatchObject({ complete: true, lossText: 'nothing was lost: the source handed over everything' });
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
});

test('a good automatic snapshot is not given up for one of a replica that lost its queue', async () => {
  await queueAndKill();
  await cluster.restart('beta');
  await cluster.restart('alpha');
  for (const program of cluster.machines.beta.programs.started) program.end();
  await cluster.until(jobId, ({ mirror, targetState }) => mirror.completed > 1 && targetState === 'OK');
  const held = await cluster.beta.snapshots.list(jobId);
  expect(held).toMatchObject([{ type: 'automatic', state: 'good' }]);
  cluster.kill('alpha');
  cluster.kill('beta');
  await damageQueue((storage, name) => storage.rot(name, 0));
  await cluster.restart('beta');
  expect(await onBeta()).toMatchObject({ targetState: 'Mirror Required' });
  expect(await cluster.beta.snapshots.list(jobId)).toEqual(held);
});

test('snapshots that are lost with a damaged journal are told, and the job goes on without them', async () => {
  cluster = await MemoryCluster.start({ capture: 'operations' });
  cluster.workload.create('/work/file', Buffer.from('one'));
  ({ jobId } = await cluster.turning(cluster.connect()));
  await cluster.mirrored(jobId);
  await cluster.turning(cluster.beta.snapshots.take(jobId, 'before', 'manual'));
  cluster.workload.write('/work/file', 0, Buffer.from('two'));
  await cluster.until(jobId, ({ sequence }) => sequence.applied === sequence.head);
  cluster.kill('beta');
  const { storage } = cluster.machines.beta;
  for (const [name] of storage.sizesOf(/^.*\.undo$/)) storage.rot(name, 40);
  await cluster.restart('beta');
  expect(await told(5051)).toEqual([expect.stringMatching(/^Snapshot before failed: it is lost: .*checksum/)]);
  expect(await cluster.beta.snapshots.list(jobId)).toEqual([]);
  cluster.workload.write('/work/file', 0, Buffer.from('three'));
  await cluster.until(
    jobId,
    ({ sequence, replication }) => replication.status === 'Ready' && sequence.applied === sequence.head,
  );
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
});

test('a failover in the middle of a mirror says that the replica is not whole, also when the source is there', async () => {
  cluster = await MemoryCluster.start({ capture: 'operations' });
  for (const name of ['a', 'b', 'c']) cluster.workload.create(`/work/${name}`, Buffer.from(name));
  ({ jobId } = await cluster.turning(cluster.connect()));
  await cluster.mirrored(jobId);
  const gate = Promise.withResolvers<void>();
  cluster.trouble.beforeRead = () => gate.promise;
  await cluster.alpha.mirrors.start(jobId, 'none');
  await cluster.until(jobId, ({ targetState }) => targetState === 'Mirroring');
  const takeover = failover();
  await cluster.clock.advance(1000);
  gate.resolve();
  const { lossText } = await takeover;
  expect(lossText).not.toMatch(/nothing was lost/);
  expect(lossText).toMatch(/the replica is not whole: its state is 'Mirror/);
});
