// Moments of the kernel in which a capture once lost hold of a folder, or of what changed, without a word.
import { execFile } from 'node:child_process';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep, setImmediate as turnOver } from 'node:timers/promises';
import { promisify } from 'node:util';
import koffi from 'koffi';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  WatchCapture,
  type WatchCaptureOptions,
  type WatchCaptureSession,
} from '../../../src/platform/watch-capture/watch-capture.ts';
import { Follower } from './follower.ts';

const isRoot = process.getuid?.() === 0;
type Method = NonNullable<WatchCaptureOptions['method']>;

interface Watched {
  /** Outside of what is watched, on the same file system. */
  readonly base: string;
  readonly root: string;
  readonly session: WatchCaptureSession;
  readonly follower: Follower;
}

async function watched(method: Method, prepare: (root: string) => void = () => undefined): Promise<Watched> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'understudy-rare-')));
  const root = join(base, 'root');
  mkdirSync(root);
  prepare(root);
  const follower = new Follower(root);
  const session = await new WatchCapture({ method }).start({ roots: [root], listener: follower.listener });
  onTestFinished(async () => {
    await session.stop();
    rmSync(base, { recursive: true, force: true });
  });
  return { base, root, session, follower };
}

const renameCall = koffi.load(null).func('int renameat2(int, const char *, int, const char *, unsigned int)');

/** renameat2(2) with RENAME_EXCHANGE. */
function exchange(one: string, other: string): void {
  expect(renameCall(-100, one, -100, other, 2)).toBe(0);
}

describe.each([
  { method: 'inotify' as const, runs: true },
  { method: 'fanotify' as const, runs: isRoot },
])('$method', ({ method, runs }) => {
  it.runIf(runs)('keeps hold of a folder from outside that takes a name renamed right before', async () => {
    const { base, root, session, follower } = await watched(method, (root) => {
      mkdirSync(join(root, 'a'));
      mkdirSync(join(root, 'b'));
    });
    mkdirSync(join(base, 'outside', 'below'), { recursive: true });
    writeFileSync(join(base, 'outside', 'f'), '1');
    await session.hold();
    renameSync(join(root, 'a'), join(root, 'b', 'c'));
    renameSync(join(base, 'outside'), join(root, 'b', 'c'));
    session.release();
    await session.flush();
    expect(follower.picture).toEqual(follower.reality());
    writeFileSync(join(root, 'b', 'c', 'new'), '1');
    writeFileSync(join(root, 'b', 'c', 'below', 'new'), '1');
    await session.flush();
    expect(follower.picture).toEqual(follower.reality());
  });

  it.runIf(runs)('keeps hold of a folder that is exchanged into one that was renamed right before', async () => {
    const { root, session, follower } = await watched(method, (root) => {
      mkdirSync(join(root, 'a', 'c'), { recursive: true });
      mkdirSync(join(root, 'd'));
    });
    renameSync(join(root, 'a'), join(root, 'f'));
    await session.flush();
    await session.hold();
    renameSync(join(root, 'f'), join(root, 'a'));
    exchange(join(root, 'a', 'c'), join(root, 'd'));
    session.release();
    // The second half of a rename is given up only when the queue was found empty twice.
    await sleep(100);
    await session.flush();
    writeFileSync(join(root, 'd', 'new'), '1');
    writeFileSync(join(root, 'a', 'c', 'new'), '1');
    await session.flush();
    expect(follower.picture).toEqual(follower.reality());
  });
});

describe.runIf(isRoot)('fanotify', () => {
  it('tells of a file that was written through a link that is gone again', async () => {
    const { root, session, follower } = await watched('fanotify', (root) => writeFileSync(join(root, 'f'), 'x'));
    linkSync(join(root, 'f'), join(root, 'link'));
    appendFileSync(join(root, 'link'), 'y');
    unlinkSync(join(root, 'link'));
    await session.flush();
    expect(follower.changes).toContainEqual({ kind: 'changed', root: 0, path: 'f', what: 'attributes' });
  });

  // The kernel says ENOMEM for the handle of a folder that is gone while another one gets its inode.
  // (On a busy machine whoever makes it may be put aside for longer than anybody waits; then there is an overflow.)
  it('loses nothing while inodes of folders that are gone are used again', async () => {
    const { base, root, session, follower } = await watched('fanotify');
    const loop = `
      const { mkdirSync, rmSync, writeFileSync } = require('node:fs');
      for (let turn = 0; turn < 3000; turn += 1) {
        const folder = process.pid + '-' + (turn % 7);
        mkdirSync(folder);
        writeFileSync(folder + '/f', '');
        rmSync(folder, { recursive: true });
      }`;
    const busy = (): Promise<unknown> => promisify(execFile)(process.execPath, ['-e', loop], { cwd: base });
    const done = Promise.all([busy(), busy()]);
    let isDone = false;
    done.finally(() => {
      isDone = true;
    });
    for (let turn = 0; !isDone; turn += 1) {
      const folder = join(root, String(turn % 5));
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      writeFileSync(join(folder, 'f'), String(turn));
      await turnOver();
    }
    await done;
    await session.flush();
    expect(follower.picture).toEqual(follower.reality());
  });
});
