// The undo of a live failover (guide, ch. 7): the replica is one again, what was written to it is kept as a snapshot, and the
// source goes on by itself, whenever it hears of it. After a crash at any step a state of the table holds.
import { afterEach, describe, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import type { NewJob } from '../../../src/model/job.ts';
import type { SnapshotReport, UndoReport } from '../../../src/model/report.ts';
import type { MirrorMethod } from '../../../src/model/stream/marker.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
let jobId: string;
afterEach(() => cluster.stop());

async function textOn(name: 'alpha' | 'beta', path: string): Promise<string | undefined> {
  const tree = await cluster.tree(name, name === 'alpha' ? '/work' : '/replica');
  const file = await tree.open(path as RawPath, 'read').catch(() => undefined);
  return file && (await file.read(0, 100)).toString();
}

/** A program writes to the live copy, with the size and the times of what was there. */
function writeLive(name: string, text: string): void {
  const { disk } = cluster.machines.beta.files;
  const object = disk.find(disk.root, `replica/${name}`, 'write');
  const kept = object.modifiedNs;
  disk.write(object, 0, Buffer.from(text), `/replica/${name}`);
  disk.setAttributes(object, { modifiedNs: kept });
}

async function protect(changes: Partial<NewJob> = {}): Promise<void> {
  cluster = await MemoryCluster.start();
  for (const name of ['file', 'other']) cluster.workload.create(`/work/${name}`, Buffer.from('one'));
  ({ jobId } = await cluster.turning(cluster.connect(changes)));
  await cluster.mirrored(jobId);
}

const failOver = () => cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));
const undo = (): Promise<UndoReport> => cluster.turning(cluster.beta.jobs.undoFailover(jobId));
const snapshots = (): Promise<readonly SnapshotReport[]> => cluster.beta.snapshots.list(jobId);

async function protectsAgain(): Promise<void> {
  await cluster.until(
    jobId,
    ({ health, epoch, targetState }) => health === 'healthy' && epoch === 2 && targetState === 'OK',
  );
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
}

describe('with a source that runs and is fenced', () => {
  test.each<MirrorMethod>(['data-delta', 'attributes-delta', 'attributes-whole', 'none'])(
    'it goes on by itself, and its mirror (%s) finds what was written with equal sizes and times',
    async (mirrorMethod) => {
      await protect({ mirrorMethod });
      await failOver();
      await cluster.until(jobId, ({ failedOver }) => failedOver);
      cluster.workload.write('/work/other', 0, Buffer.from('two'));
      writeLive('file', 'new');
      expect(await undo()).toEqual({ epoch: 2, snapshot: 'live copy before the mirror' });
      await protectsAgain();
      expect(await textOn('beta', 'file')).toBe('one');
      expect(await textOn('beta', 'other')).toBe('two');
      expect(await cluster.events('beta')).toContain(5075);
      expect(await cluster.events('alpha')).toContain(5076);
      expect(await cluster.beta.live.list()).toEqual([]);
      const [kept] = await snapshots();
      await cluster.turning(cluster.beta.snapshots.revert(jobId, kept?.snapshotId ?? ''));
      expect(await textOn('beta', 'file')).toBe('new');
    },
  );

  test('a connection that was edited before learns of its undo as well, and keeps its options', async () => {
    await protect();
    await cluster.turning(cluster.alpha.jobs.edit(jobId, { mirrorMethod: 'attributes-whole' }));
    await failOver();
    await cluster.until(jobId, ({ failedOver }) => failedOver);
    await undo();
    await protectsAgain();
    for (const server of [cluster.alpha, cluster.beta])
      expect((await server.jobs.report(jobId)).options).toMatchObject({
        mirrorMethod: 'attributes-whole',
        revision: 1,
      });
  });

  test('a takeover ends the pause of a mirror, so the one of the undo begins by itself', async () => {
    await protect();
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await cluster.turning(cluster.alpha.mirrors.pause(jobId));
    await failOver();
    await cluster.until(jobId, ({ failedOver }) => failedOver);
    writeLive('file', 'new');
    await undo();
    await protectsAgain();
  });

  test('replication that was stopped before stays stopped, and nothing is called good until it is started', async () => {
    await protect();
    await cluster.turning(cluster.alpha.mirrors.stopReplication(jobId));
    await failOver();
    await cluster.until(jobId, ({ failedOver }) => failedOver);
    writeLive('file', 'new');
    await undo();
    await cluster.until(jobId, ({ epoch, replication }) => epoch === 2 && replication.status === 'Stopped');
    await cluster.clock.advance(60_000);
    for (const server of [cluster.alpha, cluster.beta])
      expect(await server.jobs.report(jobId)).toMatchObject({ health: 'warning', targetState: 'Mirror Required' });
    await cluster.turning(cluster.alpha.mirrors.startReplication(jobId));
    await protectsAgain();
  });

  test('a second failover, and its undo, work as the first', async () => {
    await protect();
    for (const epoch of [2, 4]) {
      expect((await failOver()).epoch).toBe(epoch - 1);
      await cluster.until(jobId, ({ failedOver }) => failedOver);
      expect((await undo()).epoch).toBe(epoch);
      await cluster.until(jobId, (report) => report.health === 'healthy' && report.epoch === epoch);
    }
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });

  test('snapshots of before the failover are bad: the journal has not seen what programs wrote', async () => {
    await protect();
    await cluster.turning(cluster.beta.snapshots.take(jobId, 'noon', 'manual'));
    await failOver();
    writeLive('file', 'new');
    await undo();
    const states = (await snapshots()).map(({ name, state }) => [name, state]);
    expect(states).toContainEqual(['noon', 'bad']);
    expect(states.at(-1)).toEqual(['live copy before the mirror', 'good']);
  });

  test('until a mirror has completed no report of the target calls the replica good', async () => {
    await protect();
    await failOver();
    cluster.kill('alpha');
    await undo();
    const report = await cluster.beta.jobs.report(jobId);
    expect(report).toMatchObject({ failedOver: false, health: 'warning', targetState: 'Mirror Required', epoch: 2 });
    expect(report.additional).toMatch(/the failover was undone, and no mirror has completed since/);
    await cluster.restart('alpha');
    await protectsAgain();
    expect((await cluster.beta.jobs.report(jobId)).additional).toBe('');
  });
});

describe('a source that was not there', () => {
  test('that never heard of the failover begins a new stream: nothing of the old one gets through', async () => {
    await protect();
    cluster.network.hold('alpha', 'beta');
    cluster.workload.write('/work/file', 0, Buffer.from('two'));
    await failOver();
    writeLive('other', 'new');
    await undo();
    const before = (await cluster.beta.jobs.report(jobId)).streamId;
    cluster.network.heal('alpha', 'beta');
    await protectsAgain();
    expect((await cluster.beta.jobs.report(jobId)).streamId).not.toBe(before);
    expect(await cluster.events('alpha')).not.toContain(5074);
  });

  test('comes back days later, and after one more restart it needs no word of the undo', async () => {
    await protect();
    cluster.kill('alpha');
    await failOver();
    await undo();
    await cluster.clock.advance(2 * 86_400_000);
    await cluster.restart('alpha');
    await protectsAgain();
    cluster.kill('alpha');
    await cluster.restart('alpha');
    await protectsAgain();
    expect((await cluster.events('alpha')).filter((id) => id === 5076)).toHaveLength(1);
  });

  test('is fenced as long as the failover is not undone, however often it starts', async () => {
    await protect();
    await failOver();
    cluster.kill('alpha');
    await cluster.restart('alpha');
    await cluster.clock.advance(120_000);
    expect(await cluster.alpha.jobs.report(jobId)).toMatchObject({ failedOver: true, health: 'error' });
    await undo();
    await protectsAgain();
  });
});

test('a source whose operator gave the job up makes the undo say so, and change nothing', async () => {
  await protect();
  await failOver();
  await cluster.until(jobId, ({ failedOver }) => failedOver);
  await cluster.turning(cluster.alpha.jobs.disconnect(jobId));
  expect(await cluster.events('beta')).toContain(5077);
  await expect(undo()).rejects.toMatchObject({
    code: 'SOURCE-LEFT',
    reason: expect.stringMatching(/alpha gave the connection up at .*: it would not protect again/),
    hint: expect.stringContaining('LIVE RELEASE'),
  });
  expect(await cluster.beta.jobs.report(jobId)).toMatchObject({ failedOver: true, epoch: 1 });
  expect(await snapshots()).toEqual([]);
});

test('there is nothing to undo of a job that protects, of one that is unknown, and of one that is being taken over', async () => {
  await protect();
  await expect(undo()).rejects.toMatchObject({ code: 'NOT-FAILED-OVER' });
  await expect(cluster.beta.jobs.undoFailover('none')).rejects.toMatchObject({ code: 'JOB-UNKNOWN' });
  await expect(cluster.alpha.jobs.undoFailover(jobId)).rejects.toMatchObject({ code: 'WRONG-SIDE' });
  cluster.network.hold('alpha', 'beta');
  const failingOver = failOver();
  await cluster.clock.advance(1000);
  await expect(cluster.beta.jobs.undoFailover(jobId)).rejects.toMatchObject({ code: 'FAILING-OVER' });
  await failingOver;
  cluster.network.heal('alpha', 'beta');
});

test('monitors of the job are stopped: one that went on would take over at once while the source is away', async () => {
  await protect();
  const specification = { probe: { type: 'service' }, intervalMs: 1000, waitForUser: false, dns: [] } as const;
  await cluster.beta.monitors.create({
    ...specification,
    name: 'guard',
    jobId,
    condition: { type: 'failures', count: 3 },
    failover: { type: 'live', queue: 'apply' },
  });
  await cluster.beta.monitors.start('guard');
  cluster.kill('alpha');
  await cluster.clock.advance(60_000);
  expect(await cluster.beta.monitors.list()).toMatchObject([{ state: 'Failed Over' }]);
  await undo();
  expect(await cluster.beta.monitors.list()).toMatchObject([{ state: 'Stopped' }]);
  await cluster.clock.advance(60_000);
  expect(await cluster.beta.jobs.report(jobId)).toMatchObject({ failedOver: false });
  await cluster.beta.monitors.start('guard');
  await cluster.clock.advance(60_000);
  expect(await cluster.beta.jobs.report(jobId)).toMatchObject({ failedOver: true });
});

test('killed at any write of the undo, the target is failed over or has undone it, and one more UNDO leads on', async () => {
  const seen = new Set<string>();
  for (let writes = 0; ; writes += 1) {
    await protect();
    await failOver();
    writeLive('file', 'new');
    const { storage } = cluster.machines.beta;
    const replace = storage.replace.bind(storage);
    let left = writes;
    let isDead = false;
    storage.replace = async (name, bytes) => {
      if (left === 0 && !isDead) {
        isDead = true;
        cluster.kill('beta');
      }
      left -= 1;
      return isDead ? new Promise<never>(() => undefined) : replace(name, bytes);
    };
    const undoing = cluster.beta.jobs.undoFailover(jobId);
    undoing.catch(() => undefined);
    await cluster.clock.advance(2000);
    storage.replace = replace;
    if (isDead) {
      await cluster.restart('beta');
      const { failedOver } = await cluster.beta.jobs.report(jobId);
      seen.add(failedOver ? 'failed over' : 'undone');
      expect((await cluster.beta.live.list()).length).toBe(failedOver ? 1 : 0);
      expect(await textOn('beta', 'file')).toBe('new');
      if (failedOver) await undo();
    }
    await protectsAgain();
    const kept = (await snapshots()).find(({ state }) => state === 'good');
    expect(kept?.name).toBe('live copy before the mirror');
    await cluster.turning(cluster.beta.snapshots.revert(jobId, kept?.snapshotId ?? ''));
    expect(await textOn('beta', 'file')).toBe('new');
    if (!isDead) break;
    await cluster.stop();
  }
  expect(seen).toEqual(new Set(['failed over', 'undone']));
});
