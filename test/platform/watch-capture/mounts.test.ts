// What is mounted at or below a root, as an operator's server has it. Root only.
import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  WatchCapture,
  type WatchCaptureOptions,
  type WatchCaptureSession,
} from '../../../src/platform/watch-capture/watch-capture.ts';
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
});
