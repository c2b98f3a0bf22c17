// Snapshots on a disk: the same model, the promised size of the journal, and a server that is not root.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import type { ObjectAttributes } from '../../../src/model/stream/attributes.ts';
import type { ChangeOperation } from '../../../src/model/stream/operation.ts';
import { RealFiles } from '../../../src/platform/files/real-files.ts';
import { openRealStorage } from '../../../src/platform/storage/real-storage.ts';
import { manifest } from '../../support/manifest.ts';
import { openReplica, type ReplicaGround } from '../apply/replica-rig.ts';
import { playSteps, steps } from './steps.ts';

let place: string;
let grounds: ReplicaGround[];

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'understudy-undo-'));
  grounds = [];
});

afterEach(async () => {
  for (const { tree, graveyard } of grounds) await Promise.all([tree.close(), graveyard.close()]);
  rmSync(place, { recursive: true, force: true });
});

async function realGround(name: string): Promise<ReplicaGround> {
  const files = new RealFiles();
  mkdirSync(join(place, name));
  mkdirSync(join(place, name, 'home'));
  const ground = {
    tree: await files.openTree(join(place, name, 'replica'), { create: true }),
    graveyard: await files.openTree(join(place, name, 'graveyard'), { create: true }),
    storage: await openRealStorage(join(place, name, 'home')),
  };
  grounds.push(ground);
  return ground;
}

const path = (text: string): RawPath => text as RawPath;
const isRoot = process.getuid?.() === 0;

function attributesWith(mode: number, modifiedNs = 1_700_000_000_123_456_789n): ObjectAttributes {
  const { uid, gid } = statSync(place);
  return { mode, userId: uid, groupId: gid, modifiedNs, extended: [] };
}

function fileAt(at: string, content: Buffer, mode = 0o644): ChangeOperation {
  return { kind: 'file', root: 0, path: path(at), size: content.length, content, attributes: attributesWith(mode) };
}

it.runIf(isRoot)('brings back every manifest on a disk too', async () => {
  let count = 0;
  const property = fc.asyncProperty(steps, async (script) => {
    count += 1;
    await playSteps(await realGround(`run${count}`), script);
  });
  await fc.assert(property, { numRuns: 12, endOnFailure: true });
});

it('keeps no more than changed blocks and names, and gives them back', async () => {
  const ground = await realGround('large');
  const { tree, graveyard, storage } = ground;
  const gibibyte = 2 ** 30;
  const rig = await openReplica(ground);
  const small = Array.from({ length: 1000 }, (_, number) => fileAt(`folder/${number}`, Buffer.alloc(500, number)));
  const setUp: ChangeOperation[] = [
    { kind: 'file', root: 0, path: path('large'), size: gibibyte, content: Buffer.alloc(0) },
    { kind: 'directory', root: 0, path: path('folder'), attributes: attributesWith(0o755) },
    ...small,
    { kind: 'attributes', root: 0, path: path('large'), attributes: attributesWith(0o600) },
  ];
  for (let offset = 0; offset < 16 * 2 ** 20; offset += 65_536) {
    setUp.push({ kind: 'write', root: 0, path: path('large'), offset, data: Buffer.alloc(65_536, 1 + (offset >> 16)) });
  }
  expect((await rig.apply(setUp)).failure).toBeUndefined();
  await rig.take('before');
  const before = await manifest(tree);

  const changes: ChangeOperation[] = [];
  for (let round = 0; round < 3; round += 1) {
    for (let block = 0; block < 256; block += 1) {
      const data = Buffer.alloc(4096, 100 + round);
      changes.push({ kind: 'write', root: 0, path: path('large'), offset: block * 16 * 4096, data });
    }
  }
  for (let number = 0; number < 1000; number += 1) {
    const from = path(`folder/${number}`);
    if (number % 2 === 0) changes.push({ kind: 'remove', root: 0, path: from });
    else changes.push({ kind: 'rename', root: 0, path: from, to: path(`folder/renamed ${number}`) });
  }
  changes.sort((left, right) => Number(left.kind === 'rename') - Number(right.kind === 'rename'));
  expect((await rig.apply(changes)).failure).toBeUndefined();
  expect(await manifest(tree)).not.toEqual(before);

  let journalBytes = 0;
  for (const name of await storage.list('undo')) journalBytes += (await storage.readRange(name, 0, gibibyte)).length;
  expect(journalBytes).toBeGreaterThan(2 ** 20);
  expect(journalBytes).toBeLessThan(3 * 2 ** 20);
  expect((await graveyard.list(path('1')))?.length).toBe(500);

  await rig.snapshots.revert('before');
  expect(await manifest(tree)).toEqual(before);
  expect(await graveyard.list(path(''))).toEqual([]);
  await rig.snapshots.close();
});

it('changes what is read-only, and gives it back, without being root', async () => {
  const nobody = 65_534;
  if (isRoot) {
    chownSync(place, nobody, nobody);
    chmodSync(place, 0o700);
    process.setegid?.(nobody);
    process.seteuid?.(nobody);
  }
  try {
    const ground = await realGround('private');
    const rig = await openReplica(ground);
    const setUp: ChangeOperation[] = [
      { kind: 'directory', root: 0, path: path('locked'), attributes: attributesWith(0o755) },
      { kind: 'directory', root: 0, path: path('locked/inner'), attributes: attributesWith(0o755) },
      fileAt('locked/file', Buffer.from('old'), 0o400),
      fileAt('locked/secret', Buffer.from('old'), 0o000),
      fileAt('locked/inner/deep', Buffer.from('old'), 0o444),
      { kind: 'attributes', root: 0, path: path('locked/inner'), attributes: attributesWith(0o500) },
      { kind: 'attributes', root: 0, path: path('locked'), attributes: attributesWith(0o500) },
    ];
    expect((await rig.apply(setUp)).failure).toBeUndefined();
    await rig.take('before');
    const before = await manifestOpened(ground);
    const changes: ChangeOperation[] = [
      { kind: 'write', root: 0, path: path('locked/file'), offset: 0, data: Buffer.from('new') },
      { kind: 'write', root: 0, path: path('locked/secret'), offset: 0, data: Buffer.from('new') },
      fileAt('locked/fresh', Buffer.from('x'), 0o400),
      { kind: 'rename', root: 0, path: path('locked/inner'), to: path('moved') },
      { kind: 'remove', root: 0, path: path('moved/deep') },
      { kind: 'remove', root: 0, path: path('moved') },
      { kind: 'remove', root: 0, path: path('locked/file') },
    ];
    const report = await rig.apply(changes);
    expect(report.failure).toBeUndefined();
    expect(report.outcomes.every(({ outcome }) => outcome === 'applied')).toBe(true);
    expect((await ground.tree.status(path('locked')))?.mode).toBe(0o500);
    expect((await ground.tree.status(path('locked/secret')))?.mode).toBe(0);
    await rig.snapshots.revert('before');
    expect(await manifestOpened(ground)).toEqual(before);
    await rig.snapshots.remove('before');
    expect((await rig.apply([{ kind: 'remove', root: 0, path: path('locked') }])).failure).toBeUndefined();
    expect(await ground.tree.list(path(''))).toEqual([]);
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }

  /** What nobody may read is read as root. */
  async function manifestOpened({ tree }: ReplicaGround) {
    if (!isRoot) return manifest(tree);
    process.seteuid?.(0);
    try {
      return await manifest(tree);
    } finally {
      process.seteuid?.(nobody);
    }
  }
});
