// What only files on a disk can show: descriptors, access times, other file systems below the root, who looks at what.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RawPath } from '../../src/base/raw-path.ts';
import { RealFiles } from '../../src/platform/files/real-files.ts';
import type { FileTree } from '../../src/ports/files.ts';
import { isRoot } from '../ports/small-file-system.ts';
import { Mounts } from '../support/mounts.ts';

const path = (text: string): RawPath => text as RawPath;
let place: string;
let tree: FileTree;

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'understudy-files-'));
  tree = await new RealFiles().openTree(place);
});

afterEach(async () => {
  await tree.close();
  rmSync(place, { recursive: true, force: true });
});

it('lets timers and sockets have their turn, however many calls follow each other', async () => {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  try {
    const calls: readonly (() => Promise<unknown>)[] = [
      () => tree.status(path('none')),
      () => tree.extended(path('')),
      () => tree.setAttributes(path(''), { modifiedNs: 1n }),
      () => tree.unlink(path('none')).catch(() => undefined),
    ];
    for (const call of calls) {
      const before = turns;
      const startedMs = performance.now();
      while (turns - before <= 2 && performance.now() - startedMs < 60_000) await call();
      expect(turns - before).toBeGreaterThan(2);
    }
  } finally {
    clearInterval(timer);
  }
});

it.skipIf(!isRoot)('shows a folder with the state of the kernel as empty, and its time standing still', async () => {
  const mounts = new Mounts();
  try {
    mkdirSync(join(place, 'proc'));
    mkdirSync(join(place, 'memory'));
    mounts.add(['-t', 'proc', 'proc'], join(place, 'proc'));
    mounts.memory(join(place, 'memory'));
    writeFileSync(join(place, 'memory/file'), 'x');
    expect(await tree.list(path('proc'))).toEqual([]);
    expect(await tree.status(path('proc'))).toMatchObject({ virtualFileSystem: 'proc', modifiedNs: 0n });
    expect((await tree.list(path('memory')))?.map(({ name }) => name)).toEqual(['file']);
    const entries = (await tree.list(path(''))) ?? [];
    expect(entries.filter(({ status }) => status.virtualFileSystem !== undefined).map(({ name }) => name)).toEqual([
      'proc',
    ]);
  } finally {
    mounts.removeAll();
  }
});

const openDescriptors = (): number => readdirSync('/proc/self/fd').length;

it('leaves no descriptor open, whether calls succeed or fail', async () => {
  mkdirSync(join(place, 'd'));
  writeFileSync(join(place, 'd/f'), 'x');
  symlinkSync('d', join(place, 'l'));
  const before = openDescriptors();
  for (const at of ['d/f', 'd', 'l', 'none/x', 'd/none', 'l/f', '', 'd/f/x'].map(path)) {
    const file = await tree.open(at, 'write').catch(() => undefined);
    await file?.close();
    const attempts = [
      tree.status(at),
      tree.list(at),
      tree.extended(at),
      tree.readLink(at),
      tree.setAttributes(at, { modifiedNs: 1n }),
      tree.setExtended(at, 'user.a', Buffer.from('x')),
      tree.link(at, path('d/f')),
      tree.rename(at, path('none/y')),
      tree.makeDirectory(at, 0o777),
      tree.moveTo(at, tree, path('d')),
      tree.removeDirectory(at),
      new RealFiles().openTree(join(place, at)).then((other) => other.close()),
    ];
    await Promise.allSettled(attempts);
  }
  await tree.sync();
  await tree.space();
  expect(openDescriptors()).toBe(before);
});

it('leaves the access time of what it reads alone', async () => {
  const file = join(place, 'f');
  writeFileSync(file, 'content');
  utimesSync(file, 1000, 2000);
  const opened = await tree.open(path('f'), 'read');
  expect((await opened.read(0, 100)).toString()).toBe('content');
  await opened.close();
  expect(statSync(file).atimeMs).toBe(1_000_000);
});

it('keeps to the folder it opened when that is moved, and another takes its name', async () => {
  writeFileSync(join(place, 'mine'), 'x');
  renameSync(place, `${place}-moved`);
  mkdirSync(place);
  writeFileSync(join(place, 'other'), 'y');
  try {
    expect((await tree.list(path('')))?.map((entry) => entry.name)).toEqual(['mine']);
  } finally {
    rmSync(`${place}-moved`, { recursive: true });
  }
});

it('opens a file of somebody else, whose access time it may not keep', async () => {
  writeFileSync(join(place, 'f'), 'x');
  chmodSync(join(place, 'f'), 0o444);
  const opened = await (await new RealFiles().openTree('/etc')).open(path('passwd'), 'read');
  expect((await opened.read(0, 5)).length).toBe(5);
  await opened.close();
});

it('never opens a device, not even for a moment', async () => {
  const devices = await new RealFiles().openTree('/dev');
  await expect(devices.open(path('null'), 'read')).rejects.toMatchObject({ code: 'EINVAL' });
  await devices.close();
});

it.runIf(isRoot)('makes file systems mounted below its root durable too, and sees where they begin', async () => {
  const mountPoint = join(place, 'odd name\\', 'mounted');
  mkdirSync(mountPoint, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'understudy-test', mountPoint], { stdio: 'pipe' });
  try {
    await (await tree.create(path('odd name\\/mounted/f'), 0o600)).close();
    await tree.sync();
    const outside = await tree.status(path('odd name\\'));
    const inside = await tree.status(path('odd name\\/mounted'));
    expect(inside?.device).not.toBe(outside?.device);
    const attempt = tree.rename(path('odd name\\/mounted/f'), path('f'));
    await expect(attempt).rejects.toMatchObject({ code: 'EXDEV' });
  } finally {
    execFileSync('umount', ['-l', mountPoint], { stdio: 'pipe' });
  }
});
