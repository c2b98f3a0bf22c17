// What a user sees of snapshots besides reverting: the list, its limits, and failures of the journal.
import { expect, it } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import { Snapshots } from '../../../src/engine/snapshot/snapshots.ts';
import type { SnapshotType } from '../../../src/model/stream/marker.ts';
import type { ChangeOperation } from '../../../src/model/stream/operation.ts';
import type { MemoryStorage } from '../../../src/simulator/memory/memory-storage.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';
import { manifest } from '../../support/manifest.ts';
import { memoryGround, openReplica, placeAt, type ReplicaGround } from '../apply/replica-rig.ts';

function snapshot(id: string, type: SnapshotType) {
  return { id, name: `name of ${id}`, type, position: placeAt(7).position };
}

function open({ tree, graveyard, storage }: ReplicaGround): Promise<Snapshots> {
  return Snapshots.open({ trees: [tree], graveyards: [graveyard], storage, folder: 'undo', clock: new ManualClock() });
}

function file(at: string, text: string): ChangeOperation {
  const content = Buffer.from(text);
  const attributes = { mode: 0o644, userId: 0, groupId: 0, modifiedNs: 5n, extended: [] };
  return { kind: 'file', root: 0, path: at as RawPath, size: content.length, content, attributes };
}

const ids = (snapshots: Snapshots): string[] => snapshots.list().map(({ id }) => id);

it('keeps the list over a restart', async () => {
  const ground = await memoryGround();
  const snapshots = await open(ground);
  const taken = await snapshots.take(snapshot('one', 'manual'));
  await snapshots.take(snapshot('two', 'scheduled'));
  await snapshots.close();
  const again = await open(ground);
  expect(ids(again)).toEqual(['one', 'two']);
  expect(again.list()[0]).toEqual(taken);
});

it('keeps one automatic snapshot, and at the limit lets the oldest go', async () => {
  const snapshots = await open(await memoryGround());
  await snapshots.take(snapshot('automatic 1', 'automatic'));
  await snapshots.take(snapshot('manual', 'manual'));
  await snapshots.take(snapshot('automatic 2', 'automatic'));
  expect(ids(snapshots)).toEqual(['manual', 'automatic 2']);
  for (let number = 0; number < 511; number += 1) await snapshots.take(snapshot(`s${number}`, 'scheduled'));
  expect(snapshots.list()).toHaveLength(512);
  expect(ids(snapshots)[0]).toBe('automatic 2');
});

it('says which snapshot is missing', async () => {
  const snapshots = await open(await memoryGround());
  await expect(snapshots.revert('none')).rejects.toMatchObject({ code: 'SNAPSHOT-MISSING', subject: 'none' });
  await expect(snapshots.remove('none')).rejects.toMatchObject({ code: 'SNAPSHOT-MISSING' });
});

it('remembers a revert until it is acknowledged', async () => {
  const ground = await memoryGround();
  const snapshots = await open(ground);
  await snapshots.take(snapshot('one', 'manual'));
  await snapshots.revert('one');
  const again = await open(ground);
  expect(again.reverted?.id).toBe('one');
  await again.acknowledgeRevert();
  expect((await open(ground)).reverted).toBeUndefined();
});

it('gives back the space of removed files when the last snapshot that knows them goes', async () => {
  const ground = await memoryGround();
  const rig = await openReplica(ground);
  await rig.apply([file('kept', 'x')]);
  await rig.take('one');
  await rig.apply([file('between', 'y')]);
  await rig.take('two');
  await rig.apply([
    { kind: 'remove', root: 0, path: 'kept' as RawPath },
    { kind: 'remove', root: 0, path: 'between' as RawPath },
  ]);
  const buried = async (): Promise<number> => {
    let count = 0;
    for (const folder of (await ground.graveyard.list('' as RawPath)) ?? []) {
      count += (await ground.graveyard.list(folder.name as RawPath))?.length ?? 0;
    }
    return count;
  };
  expect(await buried()).toBe(2);
  await rig.snapshots.remove('two');
  expect(await buried()).toBe(1);
  await rig.snapshots.revert('one');
  expect(Object.keys(await manifest(ground.tree))).toEqual(['.', 'kept']);
});

it('changes nothing that the journal could not keep, and goes on when it can', async () => {
  const ground = await memoryGround();
  const storage = ground.storage as MemoryStorage;
  const rig = await openReplica(ground);
  await rig.apply([file('a', 'old')]);
  await rig.take('one');
  const before = await manifest(ground.tree);
  storage.failNextSync('EIO');
  const report = await rig.apply([file('a', 'new')]);
  expect(report.failure).toMatchObject({ code: 'EIO' });
  expect(await manifest(ground.tree)).toEqual(before);
  expect((await rig.apply([file('a', 'new')])).failure).toBeUndefined();
  storage.failNextSync('EIO');
  expect((await rig.apply([file('b', 'new')])).outcomes).toEqual([]);
  expect((await rig.apply([file('b', 'new')])).failure).toBeUndefined();
  await rig.snapshots.revert('one');
  expect(await manifest(ground.tree)).toEqual(before);
});

it('refuses to revert, changing nothing, when somebody removed what was kept', async () => {
  const ground = await memoryGround();
  const rig = await openReplica(ground);
  await rig.apply([file('a', 'old')]);
  await rig.take('one');
  await rig.apply([{ kind: 'remove', root: 0, path: 'a' as RawPath }, file('b', 'new')]);
  const kept = (await ground.graveyard.list('1' as RawPath))?.[0]?.name;
  await ground.graveyard.unlink(`1/${kept}` as RawPath);
  const before = await manifest(ground.tree);
  await expect(rig.snapshots.revert('one')).rejects.toMatchObject({ code: 'SNAPSHOT-INCOMPLETE', subject: 'a' });
  expect(await manifest(ground.tree)).toEqual(before);
});

async function damage({ storage }: ReplicaGround, segment: number): Promise<void> {
  const name = `undo/segment-${segment}.undo`;
  const bytes = (await storage.read(name)) ?? Buffer.alloc(0);
  bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
  await storage.replace(name, bytes);
}

it('opens without the snapshots that a damaged journal has taken away, says which, and takes new ones', async () => {
  const ground = await memoryGround();
  const rig = await openReplica(ground);
  await rig.apply([file('a', 'one')]);
  await rig.take('first');
  await rig.apply([file('a', 'two')]);
  await rig.take('second');
  await rig.apply([file('a', 'three')]);
  await damage(ground, 2);
  const again = await openReplica(ground);
  expect(again.snapshots.list()).toEqual([]);
  expect(again.snapshots.lost).toMatchObject({ snapshots: [{ id: 'first' }, { id: 'second' }] });
  expect(again.snapshots.lost?.reason).toContain('a checksum is wrong');
  await again.take('third');
  const kept = await manifest(ground.tree);
  await again.apply([file('a', 'four')]);
  await again.snapshots.revert('third');
  expect(await manifest(ground.tree)).toEqual(kept);
  expect((await openReplica(ground)).snapshots.lost).toBeUndefined();
});

it('reverts to no snapshot of which a part is damaged, and changes nothing then', async () => {
  const ground = await memoryGround();
  const rig = await openReplica(ground);
  await rig.apply([file('a', 'one')]);
  await rig.take('first');
  await rig.apply([file('a', 'two')]);
  await rig.take('second');
  const second = await manifest(ground.tree);
  await rig.apply([file('a', 'three')]);
  await damage(ground, 1);
  const again = await openReplica(ground);
  const before = await manifest(ground.tree);
  await expect(again.snapshots.revert('first')).rejects.toMatchObject({ code: 'JOURNAL-DAMAGED' });
  expect(await manifest(ground.tree)).toEqual(before);
  await again.snapshots.revert('second');
  expect(await manifest(ground.tree)).toEqual(second);
});
