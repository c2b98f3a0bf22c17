// A crash after any call: what is applied again from the last checkpoint ends in the same replica, and its snapshots are
// still right.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import { Replica } from '../../../src/engine/apply/replica/replica.ts';
import type { ChangeOperation } from '../../../src/model/stream/operation.ts';
import { MemoryFiles } from '../../../src/simulator/memory/memory-files.ts';
import { MemoryStorage } from '../../../src/simulator/memory/memory-storage.ts';
import { Boundary } from '../../../src/simulator/world/boundary.ts';
import { calmRules } from '../../support/calm-rules.ts';
import { type Manifest, manifest } from '../../support/manifest.ts';
import { operation, touchedDirectories } from '../../support/random-operations.ts';
import { memoryGround, openReplica, type ReplicaGround } from './replica-rig.ts';

/** What a source would have sent: nothing impossible, and the attributes of all that a change touched after it. */
async function realScript({ candidates, snapshots, batchLength }: Parts): Promise<Script> {
  const { tree } = await memoryGround();
  const source = await Replica.open([tree]);
  const stream: ChangeOperation[] = [];
  const boundaries = [0];
  for (const candidate of candidates) {
    if (await source.apply(candidate)) continue;
    stream.push(candidate);
    const written = ['write', 'hole', 'truncate', 'file'].includes(candidate.kind) ? [candidate.path] : [];
    for (const path of [...written, ...touchedDirectories(candidate)]) {
      const status = await tree.status(path);
      if (status === undefined) continue;
      const attributes = {
        mode: status.mode,
        userId: status.userId,
        groupId: status.groupId,
        modifiedNs: BigInt(stream.length),
        extended: await tree.extended(path),
      };
      const closing: ChangeOperation = { kind: 'attributes', root: 0, path, attributes };
      await source.apply(closing);
      stream.push(closing);
    }
    boundaries.push(stream.length);
  }
  await source.release();
  const snapshotsAt = new Set(snapshots.map((number) => boundaries[number % boundaries.length] ?? 0));
  return { stream, snapshotsAt, batchLength };
}

interface Parts {
  readonly candidates: readonly ChangeOperation[];
  readonly snapshots: readonly number[];
  readonly batchLength: number;
}

interface Script {
  readonly stream: readonly ChangeOperation[];
  /** Snapshots are taken behind these indexes. */
  readonly snapshotsAt: ReadonlySet<number>;
  readonly batchLength: number;
}

/** Plays the script from the last checkpoint on; a snapshot that was taken already is not taken again. */
async function play(ground: ReplicaGround, script: Script, replayUntil: number, note?: (id: string) => Promise<void>) {
  const rig = await openReplica(ground);
  const end = script.stream.length;
  let index = (rig.applier.recovered?.index ?? 0) + 1;
  if (index === 1)
    await rig.applier.checkpoint({ index: 0, position: { streamId: 'stream', sequence: 0, checksum: 0n } });
  const taken = (): string[] => rig.snapshots.list().map(({ id }) => id);
  const takeIfDue = async (): Promise<void> => {
    if (!script.snapshotsAt.has(index - 1) || taken().includes(`at ${index - 1}`)) return;
    await rig.take(`at ${index - 1}`);
    await note?.(`at ${index - 1}`);
  };
  // A snapshot behind the checkpoint's place was due when the crash came.
  await rig.apply([], 'normal', index);
  await takeIfDue();
  while (index <= end) {
    let stop = Math.min(index + script.batchLength - 1, end);
    for (let at = index; at < stop; at += 1) if (script.snapshotsAt.has(at)) stop = at;
    if (index <= replayUntil) stop = Math.min(stop, replayUntil);
    const mode = index <= replayUntil ? 'replay' : 'normal';
    const report = await rig.apply(script.stream.slice(index - 1, stop), mode, index);
    if (report.failure) throw report.failure;
    expect(report.outcomes.filter(({ outcome }) => outcome === 'mismatch')).toEqual([]);
    index = stop + 1;
    if (stop === replayUntil) expect(rig.applier.finishReplay()).toEqual([]);
    await takeIfDue();
  }
  return rig;
}

interface Expected {
  readonly end: Manifest;
  readonly snapshots: ReadonlyMap<string, Manifest>;
  readonly calls: number;
}

async function uninterrupted(script: Script): Promise<Expected> {
  const ground = await memoryGround();
  const process = new Process(ground);
  const snapshots = new Map<string, Manifest>();
  await play(process.ground, script, 0, async (id) => {
    snapshots.set(id, await manifest(ground.tree));
  });
  return { end: await manifest(ground.tree), snapshots, calls: process.calls };
}

/** A process that dies as soon as it makes more than `callsMax` calls. */
class Process {
  /** As the process sees it. */
  readonly ground: ReplicaGround;
  /** How many it has made. */
  calls = 0;
  readonly #death: Promise<'dead'>;

  constructor({ tree, graveyard, storage }: ReplicaGround, callsMax = Number.POSITIVE_INFINITY) {
    const delay = (): undefined => {
      this.calls += 1;
    };
    const boundary = new Boundary('process', undefined, { ...calmRules, delay });
    this.#death = new Promise((resolve) => {
      boundary.atCall(callsMax + 1, () => {
        boundary.end();
        resolve('dead');
      });
    });
    this.ground = {
      tree: boundary.wrap('tree', tree),
      graveyard: boundary.wrap('tree', graveyard),
      storage: boundary.wrap('storage', storage),
    };
  }

  /** Whether it dies before the action is done. */
  async diesOf(action: (ground: ReplicaGround) => Promise<unknown>): Promise<boolean> {
    return (await Promise.race([action(this.ground), this.#death])) === 'dead';
  }
}

/** A ground on a machine that can lose its power. */
async function volatileGround() {
  const files = new MemoryFiles({ canLosePower: true });
  const storage = new MemoryStorage();
  const tree = await files.openTree('/replica', { create: true });
  const graveyard = await files.openTree('/graveyard', { create: true });
  files.becomeDurable();
  return { files, storage, ground: { tree, graveyard, storage } };
}

/** Reverts to every snapshot, newest first, each time dying once in the middle. */
async function expectSnapshots(ground: ReplicaGround, expected: Expected, dieAfter: () => number): Promise<void> {
  let rig = await openReplica(ground);
  for (const id of rig.snapshots
    .list()
    .map((one) => one.id)
    .reverse()) {
    const died = await new Process(ground, 40 + dieAfter()).diesOf(async (seen) => {
      const dying = await openReplica(seen);
      await dying.snapshots.revert(id);
    });
    rig = await openReplica(ground);
    if (died && rig.snapshots.reverted?.id !== id) await rig.snapshots.revert(id);
    expect(await manifest(ground.tree)).toEqual(expected.snapshots.get(id));
  }
}

const scripts: fc.Arbitrary<Parts> = fc.record({
  candidates: fc.array(operation, { minLength: 1, maxLength: 40 }),
  snapshots: fc.array(fc.nat({ max: 60 }), { maxLength: 3 }),
  batchLength: fc.constantFrom(1, 3, 100),
});

const runs = Number(process.env.RUNS ?? 150);

describe('a crash after any call', () => {
  it('that kills the process loses nothing of the replica or its snapshots', async () => {
    const property = fc.asyncProperty(scripts, fc.infiniteStream(fc.nat()), async (parts, numbers) => {
      const choose = (count: number): number => Number(numbers.next().value) % count;
      const script = await realScript(parts);
      const expected = await uninterrupted(script);
      const ground = await memoryGround();
      let replayUntil = 0;
      for (let deaths = 0; deaths < 3; deaths += 1) {
        const process = new Process(ground, choose(expected.calls + 1));
        await process.diesOf((seen) => play(seen, script, replayUntil));
        replayUntil = script.stream.length;
      }
      await play(ground, script, replayUntil);
      expect(await manifest(ground.tree)).toEqual(expected.end);
      await expectSnapshots(ground, expected, () => choose(300));
    });
    await fc.assert(property, { numRuns: runs });
  });

  it('that takes the power, and any part of what was not synced, loses nothing either', async () => {
    const property = fc.asyncProperty(scripts, fc.infiniteStream(fc.nat()), async (parts, numbers) => {
      const choose = (count: number): number => Number(numbers.next().value) % count;
      const script = await realScript(parts);
      const expected = await uninterrupted(script);
      const { files, storage, ground } = await volatileGround();
      let replayUntil = 0;
      for (let deaths = 0; deaths < 3; deaths += 1) {
        const process = new Process(ground, choose(expected.calls + 1));
        await process.diesOf((seen) => play(seen, script, replayUntil));
        files.losePower(choose);
        storage.losePower(choose);
        replayUntil = script.stream.length;
      }
      await play(ground, script, replayUntil);
      expect(await manifest(ground.tree)).toEqual(expected.end);
      await expectSnapshots(ground, expected, () => choose(300));
    });
    await fc.assert(property, { numRuns: runs });
  });
});

const attributes = { mode: 0o644, userId: 0, groupId: 0, modifiedNs: 1n, extended: [] };
const path = (text: string): RawPath => text as RawPath;
const file = (at: string, text: string): ChangeOperation => {
  const content = Buffer.from(text);
  return { kind: 'file', root: 0, path: path(at), size: content.length, content, attributes };
};
const rootAttributes: ChangeOperation = {
  kind: 'attributes',
  root: 0,
  path: path(''),
  attributes: { ...attributes, mode: 0o755 },
};

it('a rename whose file was removed and whose name was used again is not repeated on the new one', async () => {
  const script: Script = {
    stream: [
      file('a', 'first'),
      { kind: 'rename', root: 0, path: path('a'), to: path('b') },
      file('a', 'second'),
      rootAttributes,
    ],
    snapshotsAt: new Set(),
    batchLength: 10,
  };
  const expected = await uninterrupted(script);
  for (let calls = 0; calls < expected.calls; calls += 1) {
    const ground = await memoryGround();
    await new Process(ground, calls).diesOf((seen) => play(seen, script, 0));
    await play(ground, script, script.stream.length);
    expect(await manifest(ground.tree)).toEqual(expected.end);
  }
});

it('a write through a name that is removed afterwards is not lost to the file’s other name', async () => {
  const script: Script = {
    stream: [
      file('a', 'first'),
      { kind: 'link', root: 0, path: path('b'), existing: path('a') },
      { kind: 'write', root: 0, path: path('a'), offset: 0, data: Buffer.from('again') },
      { kind: 'attributes', root: 0, path: path('a'), attributes },
      { kind: 'remove', root: 0, path: path('a') },
      rootAttributes,
    ],
    snapshotsAt: new Set(),
    batchLength: 10,
  };
  const expected = await uninterrupted(script);
  const keepsNewestNamesAndOldestBytes = (count: number): number => count - 1;
  for (let calls = 0; calls < expected.calls; calls += 1) {
    const { files, storage, ground } = await volatileGround();
    await new Process(ground, calls).diesOf((seen) => play(seen, script, 0));
    files.losePower(keepsNewestNamesAndOldestBytes);
    storage.crash();
    await play(ground, script, script.stream.length);
    expect(await manifest(ground.tree)).toEqual(expected.end);
  }
});
