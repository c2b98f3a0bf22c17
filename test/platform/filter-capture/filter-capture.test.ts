// Filter capture end to end: a real filter over a real folder, and a listener that applies what it is told to another one.
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChangeOperation } from '../../../src/model/stream/operation.ts';
import { FilterCapture, newSocketPath } from '../../../src/platform/filter-capture/filter-capture.ts';
import type { FilterSession } from '../../../src/platform/filter-capture/filter-session.ts';
import { filterAt } from '../../../src/platform/filtered-folders/mounted-filters.ts';
import type { CapturedChange } from '../../../src/ports/capture.ts';
import { decodeChange } from '../../../src/wire/records/operation-codec.ts';

let base: string;
let root: string;
let sessions: FilterSession[];
let heard: CapturedChange[];

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'understudy-filter-')));
  root = join(base, 'root');
  mkdirSync(root);
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
  const capture = new FilterCapture({ newSocketPath: () => newSocketPath(join(base, 'filters')) });
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

describe.skipIf(process.getuid?.() !== 0)('filter capture', () => {
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
});
