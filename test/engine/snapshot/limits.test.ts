// How many snapshots there are, how long one may take, and what becomes of the stream when one fails (guide, ch. 2 and 10; facts
// section 16).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemFailure } from '../../../src/base/system-failure.ts';
import { snapshotsMax } from '../../../src/engine/snapshot/snapshot-list.ts';
import type { EventId } from '../../../src/model/event-catalogue.ts';
import type { SnapshotReport } from '../../../src/model/report.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
let jobId: string;

beforeEach(async () => {
  cluster = await MemoryCluster.start({ capture: 'operations' });
  cluster.workload.create('/work/file', Buffer.from('one'));
  ({ jobId } = await cluster.turning(cluster.connect()));
  await cluster.mirrored(jobId);
});
afterEach(() => cluster.stop());

const take = (name: string): Promise<SnapshotReport> => cluster.beta.snapshots.take(jobId, name, 'manual');
const held = async (): Promise<string[]> => (await cluster.beta.snapshots.list(jobId)).map(({ name }) => name);

async function told(id: EventId): Promise<string[]> {
  return (await cluster.beta.events.since(0)).filter((event) => event.id === id).map(({ message }) => message);
}

/** What changes now arrives, so nothing holds the stream up. */
async function expectFlowing(): Promise<void> {
  cluster.workload.write('/work/file', 0, Buffer.from('two'));
  await cluster.until(jobId, ({ sequence }) => sequence.applied === sequence.head);
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
}

test('at the limit the oldest goes for the new one, and an event names it', { timeout: 60_000 }, async () => {
  for (let number = 1; number <= snapshotsMax; number += 1) await cluster.turning(take(`s${number}`));
  expect(await told(5053)).toEqual([]);
  await cluster.turning(take('one more'));
  const names = await held();
  expect(names).toHaveLength(snapshotsMax);
  expect([names[0], names.at(-1)]).toEqual(['s2', 'one more']);
  expect(await told(5053)).toEqual(['Snapshot s1 was removed to make room for one more: 512 are held at most']);
});

test('an automatic one that takes the place of the last is no loss, and no event', async () => {
  for (const _ of [1, 2]) {
    const { mirror } = await cluster.alpha.jobs.report(jobId);
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await cluster.until(jobId, (now) => now.mirror.completed > mirror.completed && now.targetState === 'OK');
  }
  expect(await held()).toEqual(['before the mirror']);
  expect(await told(5053)).toEqual([]);
});

describe('one that is not made within a minute has failed', () => {
  test('because its turn does not come: nothing is kept when it comes later', async () => {
    const onexecute = { type: 'program', program: '/long', arguments: [] } as const;
    await cluster.turning(cluster.alpha.tasks.queue(jobId, { name: 'long', actions: { onexecute }, timeoutMs: null }));
    for (let step = 0; step < 50 && cluster.machines.beta.programs.started.length === 0; step += 1)
      await cluster.clock.advance(50);
    const startedMs = cluster.clock.monotonicMs();
    await expect(cluster.turning(take('late'))).rejects.toMatchObject({ code: 'SNAPSHOT-TOO-LATE' });
    expect(cluster.clock.monotonicMs() - startedMs).toBeCloseTo(60_000, -2);
    expect(await told(5051)).toEqual([expect.stringMatching(/^Snapshot late failed: .*within one minute/)]);
    for (const program of cluster.machines.beta.programs.started) program.end();
    await expectFlowing();
    expect(await held()).toEqual([]);
    expect(await told(5051)).toHaveLength(1);
  });

  test('because the disk is slow', async () => {
    cluster.targetTrouble.beforeSync = () =>
      new Promise<void>((resolve) => {
        cluster.clock.after(61_000, resolve);
      });
    await expect(cluster.turning(take('late'))).rejects.toMatchObject({ code: 'SNAPSHOT-TOO-LATE', retryable: true });
    expect(await told(5051)).toHaveLength(1);
    cluster.targetTrouble.beforeSync = () => undefined;
    await cluster.clock.advance(200_000);
    await expectFlowing();
    expect(await held()).toEqual([]);
    await cluster.turning(take('in time'));
    expect(await held()).toEqual(['in time']);
  });
});

test('without room it has failed, says so, and the stream goes on', async () => {
  const { storage } = cluster.machines.beta;
  const replace = storage.replace.bind(storage);
  storage.replace = async (name, bytes) => {
    if (name.endsWith('snapshots.json')) throw systemFailure('ENOSPC', 'write', name);
    return replace(name, bytes);
  };
  await expect(cluster.turning(take('no room'))).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(await told(5051)).toEqual([expect.stringMatching(/^Snapshot no room failed: .*no space/)]);
  expect(await held()).toEqual([]);
  await expectFlowing();
  storage.replace = replace;
  await cluster.turning(take('with room'));
  expect(await held()).toEqual(['with room']);
});

test('when it is taken and what is not needed any more cannot be removed, it is kept and the job begins anew', async () => {
  const { storage } = cluster.machines.beta;
  const list = storage.list.bind(storage);
  storage.list = async (folder) => {
    if (folder.endsWith('/snapshots')) throw systemFailure('EIO', 'list', folder);
    return list(folder);
  };
  await expect(cluster.turning(take('kept'))).rejects.toMatchObject({ code: 'EIO' });
  storage.list = list;
  await cluster.clock.advance(60_000);
  expect(await held()).toEqual(['kept']);
  await expectFlowing();
  const [kept] = await cluster.beta.snapshots.list(jobId);
  await cluster.turning(cluster.beta.snapshots.revert(jobId, kept?.snapshotId ?? ''));
  const tree = await cluster.tree('beta', '/replica');
  const file = await tree.open('file' as never, 'read');
  expect((await file.read(0, 3)).toString()).toBe('one');
  await file.close();
});
