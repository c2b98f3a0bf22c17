import { execFile, execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import koffi from 'koffi';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../../src/base/failure.ts';
import { isWithin, rawBytes } from '../../../src/base/raw-path.ts';
import {
  WatchCapture,
  type WatchCaptureOptions,
  type WatchCaptureSession,
} from '../../../src/platform/watch-capture/watch-capture.ts';
import type { CapturedChange } from '../../../src/ports/capture.ts';
import { Follower } from './follower.ts';

const isRoot = process.getuid?.() === 0;

let base = '';
let root = '';
let sessions: WatchCaptureSession[] = [];

beforeEach(() => {
  base = realpathSync(mkdtempSync(path.join(tmpdir(), 'understudy-watch-')));
  root = path.join(base, 'root');
  mkdirSync(root);
  sessions = [];
});

afterEach(async () => {
  for (const session of sessions) await session.stop();
  rmSync(base, { recursive: true, force: true });
});

async function watch(
  options: WatchCaptureOptions,
  roots = [root],
): Promise<{ session: WatchCaptureSession; follower: Follower; changes: CapturedChange[] }> {
  const follower = new Follower(roots[0] ?? root);
  const session = await new WatchCapture(options).start({ roots, listener: follower.listener });
  sessions.push(session);
  return { session, follower, changes: follower.changes };
}

/** As `watch`, for large folders: only notes what is delivered. */
async function record(
  options: WatchCaptureOptions,
): Promise<{ session: WatchCaptureSession; changes: CapturedChange[] }> {
  const changes: CapturedChange[] = [];
  const listener = (batch: readonly CapturedChange[]): void => {
    for (const change of batch) changes.push(change);
  };
  const session = await new WatchCapture(options).start({ roots: [root], listener });
  sessions.push(session);
  return { session, changes };
}

function paths(changes: readonly CapturedChange[]): string[] {
  return changes.map((change) => {
    if (change.kind === 'renamed') return `renamed ${change.path} ${change.to}`;
    if (change.kind === 'changed') return `${change.what} ${change.path}`;
    if (change.kind === 'touched') return `${change.what} of an object without a name`;
    return change.kind === 'operation' || change.kind === 'failed' ? change.kind : `${change.kind} ${change.path}`;
  });
}

/** Whether a listener that obeys learns that something is at this path. */
function covered(changes: readonly CapturedChange[], wanted: string): boolean {
  return changes.some((change) => {
    if (change.kind === 'overflow' || (change.kind === 'appeared' && change.scan)) return isWithin(wanted, change.path);
    return change.kind === 'appeared' && change.path === wanted;
  });
}

const methods = [
  { method: 'inotify', runs: true },
  { method: 'fanotify', runs: isRoot },
] as const;

for (const { method, runs } of methods) {
  describe.skipIf(!runs)(`watch capture by ${method}${runs ? '' : ' (needs root)'}`, () => {
    it('says which method it uses', async () => {
      expect((await watch({ method })).session.method).toBe(method);
    });

    it.each([
      ['spaces', 'a b  c'],
      ['newline', 'a\nb'],
      ['invalid UTF-8', '\xff\xfe\x80'],
      ['255 bytes', 'x'.repeat(255)],
      ['the mark of a removed folder', 'x (deleted)'],
    ])('reports names byte for byte: %s', async (_, name) => {
      const { session, follower } = await watch({ method });
      mkdirSync(rawBytes(`${root}/${name}`));
      writeFileSync(rawBytes(`${root}/${name}/${name}`), 'x');
      await session.flush();
      expect(covered(follower.changes, `${name}/${name}`)).toBe(true);
      expect(follower.picture).toEqual(follower.reality());
    });

    it('reports each kind of change of a file under its name', async () => {
      writeFileSync(`${root}/f`, 'x');
      const { session, follower } = await watch({ method });
      // A write and the closing behind it are told twice when the queue is read just between them.
      const after = async (change: () => void): Promise<string[]> => {
        change();
        await session.flush();
        return [...new Set(paths(follower.take()))];
      };
      expect(await after(() => writeFileSync(`${root}/new`, ''))).toEqual([
        'appeared new',
        'attributes ',
        'content new',
      ]);
      expect(await after(() => appendFileSync(`${root}/f`, 'y'))).toEqual(['content f']);
      expect(await after(() => truncateSync(`${root}/f`, 1))).toContain('content f');
      expect(await after(() => chmodSync(`${root}/f`, 0o600))).toEqual(['attributes f']);
      expect(await after(() => utimesSync(`${root}/f`, 1, 1))).toEqual(['attributes f']);
      expect(await after(() => execFileSync('setfattr', ['-n', 'user.a', '-v', 'b', `${root}/f`]))).toEqual([
        'attributes f',
      ]);
      expect(await after(() => renameSync(`${root}/f`, `${root}/g`))).toEqual(['renamed f g', 'attributes ']);
      expect(await after(() => linkSync(`${root}/g`, `${root}/h`))).toEqual(
        expect.arrayContaining(['appeared h', 'attributes ']),
      );
      expect(await after(() => symlinkSync('g', `${root}/s`))).toEqual(['appeared s', 'attributes ']);
      expect(await after(() => unlinkSync(`${root}/g`))).toEqual(expect.arrayContaining(['vanished g', 'attributes ']));
      expect(await after(() => mkdirSync(`${root}/d`))).toEqual(['appeared d', 'attributes ']);
      expect(await after(() => chmodSync(root, 0o700))).toEqual(['attributes ']);
      expect(await after(() => rmdirSync(`${root}/d`))).toEqual(['vanished d', 'attributes ']);
      expect(follower.picture).toEqual(follower.reality());
    });

    it('keeps paths right while folders are renamed', async () => {
      mkdirSync(`${root}/a/b/c`, { recursive: true });
      mkdirSync(`${root}/other`);
      const { session, follower } = await watch({ method });
      writeFileSync(`${root}/a/b/c/one`, '1');
      renameSync(`${root}/a/b`, `${root}/other/moved`);
      writeFileSync(`${root}/other/moved/c/two`, '2');
      renameSync(`${root}/other`, `${root}/last`);
      await session.flush();
      writeFileSync(`${root}/last/moved/c/three`, '3');
      await session.flush();
      expect(covered(follower.changes, 'last/moved/c/three')).toBe(true);
      expect(follower.picture).toEqual(follower.reality());
    });

    it('follows a folder that is renamed in a circle and once more before anything is read', async () => {
      mkdirSync(`${root}/a/sub`, { recursive: true });
      const { session, follower } = await watch({ method });
      writeFileSync(`${root}/a/sub/before`, '1');
      await session.flush();
      await session.hold();
      for (const [from, to] of ['ab', 'bc', 'ca', 'ab']) renameSync(`${root}/${from}`, `${root}/${to}`);
      writeFileSync(`${root}/b/sub/x`, '1');
      session.release();
      await session.flush();
      writeFileSync(`${root}/b/sub/y`, '1');
      await session.flush();
      expect(paths(follower.changes)).toContain('appeared b/sub/y');
      expect(follower.picture).toEqual(follower.reality());
    });

    it.each(['a new one in its place', 'nothing in its place'])(
      'finds a folder made in a folder renamed before anything was read, with %s',
      async (place) => {
        mkdirSync(`${root}/a`);
        const { session, follower } = await watch({ method });
        await session.hold();
        mkdirSync(`${root}/a/new`);
        renameSync(`${root}/a`, `${root}/b`);
        if (place !== 'nothing in its place') mkdirSync(`${root}/a/new`, { recursive: true });
        session.release();
        await session.flush();
        expect(follower.picture).toEqual(follower.reality());
        writeFileSync(`${root}/b/new/f`, '1');
        await session.flush();
        expect(paths(follower.changes)).toContain('appeared b/new/f');
        expect(follower.picture).toEqual(follower.reality());
      },
    );

    it('notices that two names were exchanged', async () => {
      mkdirSync(`${root}/a/in-a`, { recursive: true });
      mkdirSync(`${root}/b/in-b`, { recursive: true });
      writeFileSync(`${root}/x`, 'x');
      writeFileSync(`${root}/y`, 'yy');
      const { session, follower } = await watch({ method });
      writeFileSync(`${root}/a/in-a/f`, '1');
      writeFileSync(`${root}/b/in-b/f`, '1');
      await session.flush();
      exchange(`${root}/x`, `${root}/y`);
      exchange(`${root}/a`, `${root}/b`);
      await session.flush();
      writeFileSync(`${root}/a/in-b/g`, '1');
      writeFileSync(`${root}/b/in-a/g`, '1');
      await session.flush();
      expect(follower.picture).toEqual(follower.reality());
    });

    it('takes in what is moved in from outside, and lets go of what is moved out', async () => {
      mkdirSync(`${base}/outside/deep/er`, { recursive: true });
      const { session, follower } = await watch({ method });
      writeFileSync(`${base}/outside/deep/er/before`, '1');
      await session.flush();
      expect(follower.take()).toEqual([]);
      renameSync(`${base}/outside`, `${root}/inside`);
      await session.flush();
      expect(follower.take()).toContainEqual({ kind: 'appeared', root: 0, path: 'inside', scan: true });
      writeFileSync(`${root}/inside/deep/er/after`, '1');
      await session.flush();
      expect(paths(follower.take())).toContain('appeared inside/deep/er/after');
      renameSync(`${root}/inside/deep`, `${base}/deep`);
      await session.flush();
      expect(paths(follower.take())).toContain('vanished inside/deep');
      writeFileSync(`${base}/deep/er/later`, '1');
      await session.flush();
      expect(follower.take()).toEqual([]);
      expect(follower.picture).toEqual(follower.reality());
    });

    it('reports nothing of neighbours, not even of one whose name begins alike', async () => {
      const { session, follower } = await watch({ method });
      mkdirSync(`${root}-2/x`, { recursive: true });
      writeFileSync(`${root}-2/x/f`, '1');
      await session.flush();
      expect(follower.changes).toEqual([]);
    });

    it('misses nothing of deep trees made quickly', async () => {
      const { session, follower } = await watch({ method });
      const made: string[] = [];
      for (let tree = 0; tree < 60; tree += 1) {
        const deep = Array.from({ length: 12 }, (_, level) => `${tree}-${level}`).join('/');
        mkdirSync(`${root}/${deep}`, { recursive: true });
        for (let up = deep; up !== '.'; up = path.dirname(up)) {
          writeFileSync(`${root}/${up}/file`, 'x');
          made.push(up, `${up}/file`);
        }
      }
      await session.flush();
      expect(made.filter((wanted) => !covered(follower.changes, wanted))).toEqual([]);
      expect(follower.picture).toEqual(follower.reality());
    });

    it('covers 40,000 new files made at full speed', async () => {
      const { session, changes } = await record({ method });
      for (let count = 0; count < 40_000; count += 1) writeFileSync(`${root}/${count}`, '');
      await session.flush();
      const seen = new Set(changes.map((change) => (change.kind === 'appeared' ? change.path : '')));
      if (!paths(changes).includes('overflow ')) expect(seen.size).toBe(40_001);
      else expect(method).toBe('inotify');
    });

    it('reports an overflow of the kernel’s queue, and works on after it', async () => {
      mkdirSync(`${root}/kept`);
      const { session, changes } = await record({ method, unlimitedQueue: false });
      await session.hold();
      renameSync(`${root}/kept`, `${root}/early`);
      for (let count = 0; count < 20_000; count += 1) writeFileSync(`${root}/early/${count}`, '');
      mkdirSync(`${root}/unseen/sub`, { recursive: true });
      session.release();
      await session.flush();
      expect(changes.filter((change) => change.kind === 'overflow' && change.path === '')).toHaveLength(1);
      changes.splice(0);
      writeFileSync(`${root}/unseen/sub/f`, '1');
      writeFileSync(`${root}/early/f`, '1');
      await session.flush();
      expect(paths(changes)).toEqual(expect.arrayContaining(['appeared unseen/sub/f', 'appeared early/f']));
    });

    it('collapses what the listener does not take into an overflow', async () => {
      const { session, changes } = await record({ method, pendingBytesMax: 20_000 });
      await session.hold();
      for (let count = 0; count < 5000; count += 1) writeFileSync(`${root}/${count}`, '');
      session.release();
      await session.flush();
      expect(changes).toContainEqual({ kind: 'overflow', root: 0, path: '' });
      expect(changes.length).toBeLessThan(5000);
    });

    it('has delivered a write before the flush after it resolves, a thousand times', async () => {
      const { session, follower } = await watch({ method });
      for (let count = 0; count < 1000; count += 1) {
        writeFileSync(`${root}/${count % 7}`, `${count}`);
        await session.flush();
        expect(paths(follower.take())).toContain(`content ${count % 7}`);
      }
    });

    it('sees what another process writes', async () => {
      const { session, follower } = await watch({ method });
      execFileSync('sh', ['-c', 'mkdir -p sub/deep; echo x > sub/deep/f; mv sub/deep/f sub/g'], { cwd: root });
      await session.flush();
      expect(covered(follower.changes, 'sub/g') || paths(follower.changes).includes('renamed sub/deep/f sub/g')).toBe(
        true,
      );
      expect(follower.picture).toEqual(follower.reality());
    });

    it('tells changes of several roots apart, one inside the other', async () => {
      mkdirSync(`${root}/inner`);
      mkdirSync(`${base}/second`);
      const { session, changes } = await watch({ method }, [root, `${root}/inner`, `${base}/second`]);
      writeFileSync(`${root}/inner/f`, '1');
      renameSync(`${root}/inner/f`, `${base}/second/f`);
      await session.flush();
      const named = changes.filter((change) => change.kind !== 'changed');
      expect(named).toEqual(
        expect.arrayContaining([
          { kind: 'appeared', root: 0, path: 'inner/f', scan: false },
          { kind: 'appeared', root: 1, path: 'f', scan: false },
          { kind: 'vanished', root: 0, path: 'inner/f' },
          { kind: 'vanished', root: 1, path: 'f' },
          { kind: 'appeared', root: 2, path: 'f', scan: false },
        ]),
      );
    });

    it.each(['the root', 'a folder above'])('fails when %s is renamed', async (what) => {
      mkdirSync(`${base}/above/root`, { recursive: true });
      const { session, follower } = await watch({ method }, [`${base}/above/root`]);
      renameSync(what === 'the root' ? `${base}/above/root` : `${base}/above`, `${base}/elsewhere`);
      await expect(session.flush()).rejects.toThrow(Failure);
      expect(paths(follower.changes)).toEqual(['failed']);
    });

    it('follows random changes to an equal picture, looking while they go on', async () => {
      const { session, follower } = await watch({ method });
      for (let round = 0; round < 30; round += 1) {
        await promisify(execFile)('sh', ['-c', randomChanges(round, 120)], { cwd: root });
        if (round % 5 !== 0) continue;
        await session.flush();
        expect(follower.picture, `round ${round}`).toEqual(follower.reality());
      }
      await session.flush();
      expect(follower.picture).toEqual(follower.reality());
    });

    it('leaves no thread and no descriptor, and delivers nothing after stop', async () => {
      const count = (what: 'fd' | 'task'): number => readdirSync(`/proc/self/${what}`).length;
      await (await watch({ method })).session.stop();
      const before = { descriptors: count('fd'), threads: count('task') };
      const { session, follower } = await watch({ method });
      expect(count('task')).toBeGreaterThan(before.threads);
      writeFileSync(`${root}/f`, '1');
      const stopped = session.stop();
      const delivered = follower.changes.length;
      await stopped;
      writeFileSync(`${root}/g`, '1');
      await new Promise((resolve) => setImmediate(resolve));
      expect(follower.changes.length).toBe(delivered);
      expect({ descriptors: count('fd'), threads: count('task') }).toEqual(before);
      await expect(session.flush()).rejects.toThrow(Failure);
    });

    it.each([
      ['ENOENT', 'missing'],
      ['ENOTDIR', 'file'],
    ])('refuses a root with %s', async (code, name) => {
      writeFileSync(`${root}/file`, '');
      const start = new WatchCapture({ method }).start({ roots: [`${root}/${name}`], listener: () => undefined });
      await expect(start).rejects.toMatchObject({ code, subject: `${root}/${name}` });
    });

    it.skipIf(!isRoot)('captures what is mounted below the root, before and after the start', async () => {
      mkdirSync(`${root}/early`);
      mkdirSync(`${root}/late`);
      const mount = (name: string): unknown => execFileSync('mount', ['-t', 'tmpfs', 'none', `${root}/${name}`]);
      mount('early');
      try {
        const { session, follower } = await watch({ method });
        writeFileSync(`${root}/early/f`, '1');
        mount('late');
        await session.flush();
        expect(paths(follower.take())).toEqual(expect.arrayContaining(['appeared early/f', 'overflow late']));
        writeFileSync(`${root}/late/f`, '1');
        await session.flush();
        expect(paths(follower.take())).toContain('appeared late/f');
        execFileSync('umount', [`${root}/late`]);
        await session.flush();
        expect(paths(follower.take())).toContain('overflow late');
        expect(follower.picture).toEqual(follower.reality());
      } finally {
        for (const name of ['early', 'late']) {
          if (execFileSync('cat', ['/proc/self/mountinfo']).includes(`${root}/${name} `)) {
            execFileSync('umount', [`${root}/${name}`]);
          }
        }
      }
    });
  });
}

const renameCall = koffi.load(null).func('int renameat2(int, const char *, int, const char *, unsigned int)');

/** renameat2(2) with RENAME_EXCHANGE. */
function exchange(one: string, other: string): void {
  expect(renameCall(-100, one, -100, other, 2)).toBe(0);
}

/** A shell script of changes to a few names, always the same for a seed. */
function randomChanges(seed: number, count: number): string {
  let state = seed * 7919 + 1;
  const next = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 16) % below;
  };
  const folders = ['.', 'a', 'b', 'a/c', 'b/c', 'a/c/d'];
  const folder = (): string => folders[next(folders.length)] ?? '.';
  const file = (): string => `${folder()}/${'xyz'[next(3)]}`;
  const made = [
    () => `mkdir -p ${folder()}`,
    () => `echo ${next(1000)} >> ${file()}`,
    () => `echo ${next(1000)} >> ${file()}`,
    () => `mv -fT ${file()} ${file()}`,
    () => `mv -fT ${folder()} ${folder()}`,
    () => `mv -fT ${folder()} ../out && mkdir -p ../out/q && mv -fT ../out ${folder()}`,
    () => `rm -f ${file()}`,
    () => `rm -rf ./${folder()}/c`,
    () => `ln ${file()} ${file()}`,
    () => `chmod ${next(2) === 0 ? '600' : '644'} ${file()}`,
  ];
  return [...Array.from({ length: count }, () => made[next(made.length)]?.()), 'exit 0'].join('\n');
}

describe('the choice of method', () => {
  it.skipIf(!isRoot)('takes fanotify as root', async () => {
    expect((await watch({})).session.method).toBe('fanotify');
  });

  it.skipIf(!isRoot)('takes inotify for an ordinary account', () => {
    const module = new URL('../../../src/platform/watch-capture/watch-capture.ts', import.meta.url).href;
    const script = `
      process.setgid(65534); process.setuid(65534);
      const { WatchCapture } = await import(${JSON.stringify(module)});
      const session = await new WatchCapture().start({ roots: ['/var'], listener() {} });
      process.stdout.write(session.method + ' ' + session.remarks.length);
      await session.stop();`;
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(out).toBe('inotify 1');
  });

  it.skipIf(!isRoot)('names the limit when there are too few watches', () => {
    for (let count = 0; count < 20; count += 1) mkdirSync(`${root}/${count}`);
    const module = new URL('../../../src/platform/watch-capture/watch-capture.ts', import.meta.url).href;
    const script = `
      const { WatchCapture } = await import(${JSON.stringify(module)});
      const start = new WatchCapture().start({ roots: [${JSON.stringify(root)}], listener() {} });
      await start.catch((failure) => process.stdout.write(failure.code + ' ' + failure.message + ' ' + failure.hint));`;
    // A user namespace has limits of its own, and no fanotify marks on file systems.
    const limited = 'echo 10 > /proc/sys/user/max_inotify_watches; exec "$0" --input-type=module -e "$1"';
    const out = execFileSync('unshare', ['-r', 'sh', '-c', limited, process.execPath, script], { encoding: 'utf8' });
    expect(out).toMatch(/^ENOSPC .*fs\.inotify\.max_user_watches.*sysctl fs\.inotify\.max_user_watches=/);
  });

  it('lets the process end without a stop', () => {
    const module = new URL('../../../src/platform/watch-capture/watch-capture.ts', import.meta.url).href;
    const script = `
      const { WatchCapture } = await import(${JSON.stringify(module)});
      await new WatchCapture().start({ roots: [${JSON.stringify(root)}], listener() {} });
      process.exit(7);`;
    const run = (): unknown =>
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 10_000, stdio: 'ignore' });
    expect(run).toThrow(expect.objectContaining({ status: 7 }));
  });
});
