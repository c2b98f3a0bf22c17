// What is mounted at or below a root, as an operator's server has it. Root only.
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  WatchCapture,
  type WatchCaptureOptions,
  type WatchCaptureSession,
} from '../../../src/platform/watch-capture/watch-capture.ts';
import type { CapturedChange } from '../../../src/ports/capture.ts';
import { Mounts } from '../../support/mounts.ts';
import { Follower } from './follower.ts';

let base = '';
let root = '';
let mounts: Mounts;
let sessions: WatchCaptureSession[] = [];

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'understudy-mounts-')));
  root = join(base, 'root');
  mkdirSync(root);
  mounts = new Mounts();
  sessions = [];
});

afterEach(async () => {
  for (const session of sessions) await session.stop();
  mounts.removeAll();
  rmSync(base, { recursive: true, force: true });
});

async function watch(options: WatchCaptureOptions = {}): Promise<{ session: WatchCaptureSession; follower: Follower }> {
  const follower = new Follower(root);
  const session = await new WatchCapture(options).start({ roots: [root], listener: follower.listener });
  sessions.push(session);
  return { session, follower };
}

describe.skipIf(process.getuid?.() !== 0)('mounts', () => {
  it('captures an overlay, which takes no mark of a whole file system, and says by which way', async () => {
    const layers = join(base, 'layers');
    mounts.memory(layers);
    mkdirSync(join(layers, 'lower'));
    writeFileSync(join(layers, 'lower/f'), 'low');
    mounts.overlay(layers, root);
    const { session, follower } = await watch();
    appendFileSync(join(root, 'f'), ' and more');
    writeFileSync(join(root, 'g'), 'new');
    await session.flush();
    expect(follower.picture).toEqual(follower.reality());
    expect([session.method, session.remarks.length]).toEqual(['inotify', 1]);
  });

  describe.each(['fanotify', 'inotify'] as const)('by %s', (method) => {
    it.each(['before', 'after'])('captures a file that is mounted by itself %s the start', async (when) => {
      const real = join(base, 'real');
      const bound = join(root, 'etc/app.conf');
      mkdirSync(join(root, 'etc'));
      for (const file of [real, bound]) writeFileSync(file, file);
      if (when === 'before') mounts.add(['--bind', real], bound);
      const { session, follower } = await watch({ method });
      if (when === 'after') mounts.add(['--bind', real], bound);
      await session.flush();
      for (const change of [
        () => appendFileSync(bound, 'through the mount'),
        () => appendFileSync(real, 'where it stands'),
        () => chmodSync(bound, 0o600),
        () => writeFileSync(join(root, 'other'), 'beside it'),
      ]) {
        change();
        await session.flush();
        expect(follower.picture).toEqual(follower.reality());
      }
      mounts.remove(bound);
      await session.flush();
      expect(follower.picture).toEqual(follower.reality());
      expect(session.method).toBe(method);
    });

    it('leaves out what shows the kernel its own state, with all that is mounted in it, and goes on beside it', async () => {
      const names = ['proc', 'sys'];
      for (const name of names) mkdirSync(join(root, name));
      mounts.add(['-t', 'sysfs', 'sysfs'], join(root, 'sys'));
      mounts.memory(join(root, 'sys/fs'));
      const changes: CapturedChange[] = [];
      const listener = (batch: readonly CapturedChange[]): void => void changes.push(...batch);
      const session = await new WatchCapture({ method }).start({ roots: [root], listener });
      sessions.push(session);
      writeFileSync(join(root, 'sys/fs/inside'), '');
      writeFileSync(join(root, 'beside'), '');
      await session.flush();
      const paths = new Set(changes.map((change) => ('path' in change ? change.path : change.kind)));
      expect([...paths].sort()).toEqual(['', 'beside']);
      mounts.add(['-t', 'proc', 'proc'], join(root, 'proc'));
      await session.flush();
      expect(changes.at(-1)).toEqual({ kind: 'overflow', root: 0, path: 'proc' });
    });
  });

  it('refuses a root in which nothing is kept', async () => {
    mounts.add(['-t', 'proc', 'proc'], root);
    const start = new WatchCapture().start({ roots: [root], listener: () => undefined });
    await expect(start).rejects.toMatchObject({ code: 'FOLDER-VIRTUAL', subject: root });
  });
});
