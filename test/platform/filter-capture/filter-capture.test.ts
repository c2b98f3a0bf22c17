// Filter capture end to end: a real filter over a real folder, and a listener that applies what it is told to another one.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rootPath } from '../../../src/base/raw-path.ts';
import type { ChangeOperation } from '../../../src/model/stream/operation.ts';
import { RealFiles } from '../../../src/platform/files/real-files.ts';
import { FilterCapture } from '../../../src/platform/filter-capture/filter-capture.ts';
import type { FilterSession } from '../../../src/platform/filter-capture/filter-session.ts';
import { filterAt } from '../../../src/platform/filtered-folders/mounted-filters.ts';
import type { CapturedChange } from '../../../src/ports/capture.ts';
import { decodeChange } from '../../../src/wire/records/operation-codec.ts';
import { isRoot } from './filtered-folder.ts';

let base: string;
let root: string;
let capture: FilterCapture;
let sessions: FilterSession[];
let heard: CapturedChange[];

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'understudy-filter-')));
  root = join(base, 'root');
  mkdirSync(root);
  capture = new FilterCapture({ sockets: join(base, 'filters') });
  sessions = [];
  heard = [];
});

afterEach(async () => {
  for (const session of sessions) await session.stop();
  const guard = filterAt(root)?.guardProcess;
  spawnSync('umount', ['-l', root]);
  if (guard !== undefined) await ended(guard);
  rmSync(base, { recursive: true, force: true });
});

async function start(): Promise<FilterSession> {
  const listener = (batch: readonly CapturedChange[]): undefined => {
    heard.push(...batch);
  };
  const session = await capture.start({ roots: [root], listener });
  sessions.push(session);
  return session;
}

/** A guard ends by itself when nothing is mounted any more; what a test has broken must not make it stay. */
async function ended(processId: number): Promise<void> {
  for (let tries = 0; tries < 200 && isRunning(processId); tries += 1) await sleep(50);
  if (isRunning(processId)) process.kill(processId, 'SIGKILL');
}

function isRunning(processId: number): boolean {
  return existsSync(`/proc/${processId}/stat`) && !/\) Z /.test(readFileSync(`/proc/${processId}/stat`, 'latin1'));
}

function operations(): ChangeOperation[] {
  return heard.flatMap((change) => (change.kind === 'operation' ? [decodeChange(change.record)] : []));
}

/** Resolves when the condition holds; a test that waits for ever fails by its time. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

function childOf(processId: number): number {
  return Number(readFileSync(`/proc/${processId}/task/${processId}/children`, 'utf8').trim());
}

const hasFailed = (): boolean => heard.some(({ kind }) => kind === 'failed');

describe.skipIf(!isRoot)('filter capture', () => {
  test('tells what programs do, in order and with its bytes', async () => {
    const session = await start();
    writeFileSync(join(root, 'a'), 'one');
    appendFileSync(join(root, 'a'), ' two');
    renameSync(join(root, 'a'), join(root, 'b'));
    await session.flush();
    const told = operations().filter(({ kind }) => kind !== 'attributes');
    expect(told.map(({ kind, path }) => `${kind} ${path}`)).toEqual(['file a', 'write a', 'write a', 'rename a']);
    expect(told.flatMap((one) => (one.kind === 'write' ? [`${one.offset} ${Buffer.from(one.data)}`] : []))).toEqual([
      '0 one',
      '3  two',
    ]);
    expect(readFileSync(join(root, 'b'), 'utf8')).toBe('one two');
  });

  test('goes on over the same filter when a server starts again', async () => {
    await (await start()).stop();
    const before = filterAt(root);
    writeFileSync(join(root, 'between'), '');
    const session = await start();
    expect(filterAt(root)).toEqual(before);
    writeFileSync(join(root, 'after'), '');
    await session.flush();
    expect(operations().map(({ kind, path }) => `${kind} ${path}`)).toEqual(['file after', 'attributes ']);
  });

  test('hears servers in homes whose paths no address of a socket has room for, and says when a path is too long', async () => {
    capture = new FilterCapture({ sockets: join(base, 'h'.repeat(130), 'filters') });
    const session = await start();
    writeFileSync(join(root, 'a'), '');
    await session.flush();
    expect(operations().map(({ path }) => path)).toContain('a');
    const other = new FilterCapture({ sockets: join(base, 'h'.repeat(230), 'filters') });
    mkdirSync(join(base, 'other'));
    const refused = other.start({ roots: [join(base, 'other')], listener: () => undefined });
    await expect(refused).rejects.toThrow(/may have 235/);
  });

  test('hands records to two servers, each by its own numbers', async () => {
    const first = await start();
    const second = await start();
    writeFileSync(join(root, 'a'), 'x');
    await Promise.all([first.flush(), second.flush()]);
    expect(operations().filter(({ kind }) => kind === 'file')).toHaveLength(2);
  });

  test('takes the filter away when it is released, but not from under another session', async () => {
    const first = await start();
    const guard = filterAt(root)?.guardProcess ?? 0;
    await first.stop();
    const second = await start();
    await capture.release([root]);
    expect(filterAt(root)).toBeDefined();
    await second.stop();
    await capture.release([root]);
    expect(filterAt(root)).toBeUndefined();
    await until(() => !isRunning(guard));
  });

  test('holds up programs until they are let go, and no longer than it may', async () => {
    const session = await start();
    writeFileSync(join(root, 'before'), '');
    const letGo = await session.holdWriters();
    expect(operations().some(({ path }) => path === 'before')).toBe(true);
    const held = spawn('touch', [join(root, 'held')], { stdio: 'ignore' });
    const ended = once(held, 'exit');
    await session.flush();
    expect(operations().some(({ path }) => path === 'held')).toBe(false);
    letGo();
    await ended;
    await session.flush();
    expect(operations().some(({ path }) => path === 'held')).toBe(true);
    await session.holdWriters();
    await once(spawn('touch', [join(root, 'later')], { stdio: 'ignore' }), 'exit');
    await session.flush();
    expect(operations().some(({ path }) => path === 'later')).toBe(true);
  });

  test('fails when the filter is killed, and begins anew over the next one, while a program goes on', async () => {
    await start();
    const guard = filterAt(root)?.guardProcess ?? 0;
    const file = openSync(join(root, 'a'), 'w');
    process.kill(childOf(guard), 'SIGKILL');
    await until(hasFailed);
    writeSync(file, 'one');
    const session = await start();
    writeSync(file, ' two');
    await session.flush();
    closeSync(file);
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('one two');
    const written = operations().flatMap((one) => (one.kind === 'write' ? [String(Buffer.from(one.data))] : []));
    expect(written.at(-1)).toBe(' two');
  });

  test.each(['guard', 'guard and filter'])(
    'whose %s was killed is taken away by whoever looks at the folder',
    async (killed) => {
      const files = new RealFiles();
      const before = await files.identityOf(root);
      await start();
      const guard = filterAt(root)?.guardProcess ?? 0;
      const filter = childOf(guard);
      process.kill(guard, 'SIGKILL');
      await until(() => !isRunning(guard));
      if (killed === 'guard and filter') process.kill(filter, 'SIGKILL');
      const tree = await files.openTree(root, { beneathFilter: true });
      expect(filterAt(root)).toBeUndefined();
      expect(await tree.status(rootPath)).toMatchObject(before ?? {});
      await tree.close();
      expect(await files.identityOf(root)).toEqual(before);
      for (const session of sessions) await session.stop();
      await until(() => !isRunning(filter));
    },
  );

  test('mounts anew when all processes of a filter are gone', async () => {
    await start();
    const guard = filterAt(root)?.guardProcess ?? 0;
    const filter = childOf(guard);
    process.kill(guard, 'SIGKILL');
    process.kill(filter, 'SIGKILL');
    await until(hasFailed);
    const session = await start();
    writeFileSync(join(root, 'a'), 'x');
    await session.flush();
    expect(operations().some(({ kind }) => kind === 'file')).toBe(true);
  });

  test('promises less while a program holds a file from before, and when it has let go tells the loss first', async () => {
    const early = openSync(join(root, 'early'), 'w');
    const { ino } = fstatSync(early, { bigint: true });
    const other = spawn('sleep', ['1000'], { cwd: root, stdio: ['ignore', early, 'ignore'] });
    closeSync(early);
    try {
      const session = await start();
      expect(session.promise).toBe('changes');
      expect(session.remarks.join()).toContain(`sleep (process ${other.pid})`);
      expect((await session.heldFiles()).map(({ inode }) => inode)).toEqual([ino]);
      expect(heard).toEqual([]);
      other.kill('SIGKILL');
      await once(other, 'exit');
      expect(await session.heldFiles()).toEqual([]);
      expect([session.promise, session.remarks]).toEqual(['operations', []]);
      expect(heard).toEqual([{ kind: 'overflow', root: 0, path: rootPath }]);
      await session.heldFiles();
      expect(heard).toHaveLength(1);
    } finally {
      other.kill('SIGKILL');
    }
  });
});
