// Filter capture in memory, as the real filter behaves: what is told, when, and who waits.
import { beforeEach, expect, it } from 'vitest';
import { rootPath } from '../../src/base/raw-path.ts';
import type { CapturedChange } from '../../src/ports/capture.ts';
import { Chance } from '../../src/simulator/chance.ts';
import { MemoryFilter } from '../../src/simulator/memory/filter/memory-filter.ts';
import { MemoryFiles } from '../../src/simulator/memory/memory-files.ts';
import { MemoryWorkload } from '../../src/simulator/memory/memory-workload.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { decodeChange } from '../../src/wire/records/operation-codec.ts';

const overflow = { kind: 'overflow', root: 0, path: rootPath };
let clock: ManualClock;
let files: MemoryFiles;
let workload: MemoryWorkload;
let filter: MemoryFilter;
let heard: CapturedChange[];

beforeEach(async () => {
  clock = new ManualClock(undefined, true);
  files = new MemoryFiles({ clock });
  workload = new MemoryWorkload(files, 'operations');
  workload.makeDirectory('/work');
  const chance = new Chance(1);
  filter = new MemoryFilter({ disk: files.disk, workload, clock, chance, isServerRunning: () => true });
  heard = [];
});

const start = () =>
  filter.start({
    roots: ['/work'],
    listener: (batch) => {
      heard.push(...batch);
      return undefined;
    },
  });
const brief = (): string[] =>
  heard.map((change) => (change.kind === 'operation' ? decodeChange(change.record).kind : change.kind));
const create = (name: string, bytes = 1): void =>
  filter.act('/work', () => workload.create(`/work/${name}`, Buffer.alloc(bytes, 7)));

it('records come late, and all of them before the answer to a flush', async () => {
  const session = await start();
  create('a');
  expect(brief()).toEqual([]);
  const flushed = session.flush();
  await clock.advance(1000);
  await flushed;
  expect(brief()).toEqual(['file', 'attributes']);
});

it('programs wait for a server that takes nothing, and then go on with a loss in its place', async () => {
  await start();
  filter.readNothing('/work', 5000);
  for (const name of ['a', 'b', 'c']) create(name, 150_000);
  expect(workload.pathsBelow('/work')).toEqual(['a', 'b']);
  await clock.advance(1900);
  expect(workload.pathsBelow('/work')).toEqual(['a', 'b']);
  await clock.advance(200);
  expect(workload.pathsBelow('/work')).toEqual(['a', 'b', 'c']);
  await clock.advance(5000);
  expect(brief().filter((kind) => kind === 'file')).toHaveLength(2);
  expect(heard.at(-1)).toEqual(overflow);
  create('d');
  await clock.advance(1000);
  expect(brief().slice(-3)).toEqual(['overflow', 'file', 'attributes']);
});

it('programs wait while they are held up, at most a second', async () => {
  const session = await start();
  const held = session.holdWriters?.();
  await clock.advance(800);
  const goOn = await held;
  create('a');
  expect(filter.isQuiet).toBe(false);
  goOn?.();
  await clock.advance(1);
  expect(workload.pathsBelow('/work')).toEqual(['a']);
  void session.holdWriters?.();
  create('b');
  await clock.advance(1001);
  expect(workload.pathsBelow('/work')).toEqual(['a', 'b']);
});

it('a filter that is killed ends its sessions, and calls wait until it is there again', async () => {
  await start();
  filter.kill('/work', 100);
  expect(brief()).toEqual(['failed']);
  create('a');
  const again = start();
  await clock.advance(99);
  expect(workload.pathsBelow('/work')).toEqual([]);
  await clock.advance(10);
  await again;
  expect(workload.pathsBelow('/work')).toEqual(['a']);
});

it('what a program writes past a filter is not told, but that there was such a program, when it lets go', async () => {
  create('a');
  const user = filter.openEarly('/work/a', files.disk.find(files.disk.root, 'work/a', 'open'));
  const session = await start();
  expect(session.promise).toBe('changes');
  filter.writePast(user, 0, Buffer.from('past'));
  await clock.advance(1000);
  expect(heard).toEqual([]);
  expect(await session.heldFiles?.()).toHaveLength(1);
  filter.letGo(user);
  expect(await session.heldFiles?.()).toEqual([]);
  expect([session.promise, heard]).toEqual(['operations', [overflow]]);
});
