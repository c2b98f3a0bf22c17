// What the real kernel does not notify, and what a connection makes of it: maps, loop devices, other names of an open file.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { expect, onTestFinished, test, vi } from 'vitest';
import { heldFiles } from '../../../src/platform/watch-capture/held-files.ts';
import type { WatchCaptureOptions } from '../../../src/platform/watch-capture/watch-capture.ts';
import { RealCluster } from '../../support/real-cluster.ts';

// A look at all processes of a busy machine takes a while.
vi.setConfig({ testTimeout: 120_000 });

const isRoot = process.getuid?.() === 0;
const libc = koffi.load(null);
const mmap = libc.func('void *mmap(void *, size_t, int, int, int, int64_t)');
const munmap = libc.func('int munmap(void *, size_t)');
const [readAndWrite, shared] = [3, 1];

/** A page of the file in this process's memory; `store` is a machine's store into it. */
function map(path: string): { store(offset: number, byte: number): void } {
  const descriptor = openSync(path, 'r+');
  const length = statSync(path).size;
  const page = mmap(null, length, readAndWrite, shared, descriptor, 0);
  closeSync(descriptor);
  onTestFinished(() => void munmap(page, length));
  const view = new Uint8Array(koffi.view(page, length));
  return {
    store: (offset, byte) => {
      view[offset] = byte;
    },
  };
}

async function connected(
  watch: WatchCaptureOptions,
  prepare: (work: string) => void,
  work?: string,
): Promise<RealCluster> {
  const pace = { heldEveryMs: 100, filesPerSecond: 500 };
  const cluster = await RealCluster.start({ watch, pace, ...(work !== undefined && { work }) });
  onTestFinished(() => cluster.remove());
  prepare(cluster.work);
  const { jobId } = await cluster.connect();
  await cluster.mirrored(jobId);
  return cluster;
}

/** Waits for some more looks at the files that are held. */
async function roundsOf({ captures }: RealCluster, count: number): Promise<void> {
  const [session] = captures;
  const look = session?.heldFiles?.bind(session);
  if (session === undefined || look === undefined) throw new Error('nothing is captured');
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  session.heldFiles = () => {
    left -= 1;
    if (left === 0) resolve();
    return look();
  };
  await promise;
}

/** The copy becomes equal; a limit is reached only by one that never does. */
async function becomesEqual(cluster: RealCluster, name: string): Promise<void> {
  const original = readFileSync(join(cluster.work, name));
  await expect.poll(() => Buffer.compare(readFileSync(join(cluster.replica, name)), original)).toBe(0);
}

test('files that are open for writing, or mapped shared and writable, are told; others are not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-held-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const inodeOf = (name: string): bigint => statSync(join(folder, name), { bigint: true }).ino;
  for (const name of ['written', 'read', 'mapped', 'closed']) writeFileSync(join(folder, name), Buffer.alloc(4096));
  const descriptors = [openSync(join(folder, 'written'), 'a'), openSync(join(folder, 'read'), 'r')];
  onTestFinished(() => {
    for (const one of descriptors) closeSync(one);
  });
  map(join(folder, 'mapped'));
  const found = new Map((await heldFiles()).map((file) => [file.inode, file]));
  expect(found.get(inodeOf('written'))).toMatchObject({ isMapped: false });
  expect(found.get(inodeOf('mapped'))).toMatchObject({ isMapped: true });
  for (const name of ['read', 'closed']) expect(found.has(inodeOf(name))).toBe(false);
});

/** A folder on a file system of its own, where nobody else makes pages clean; undefined when there can be none here. */
function folderOn(type: string): string | undefined {
  if (type === 'tmpfs') {
    const folder = mkdtempSync('/dev/shm/understudy-held-');
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }
  const folder = mkdtempSync(join(tmpdir(), 'understudy-held-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [image, mountPoint] = [join(folder, 'image'), join(folder, 'mounted')];
  writeFileSync(image, '');
  truncateSync(image, 64 * 2 ** 20);
  mkdirSync(mountPoint);
  for (const [program, ...words] of [
    [`mkfs.${type}`, '-q', image],
    ['mount', '-o', 'loop', image, mountPoint],
  ] as const) {
    if (spawnSync(program, words).status !== 0) return undefined;
  }
  onTestFinished(() => void spawnSync('umount', ['-l', mountPoint]));
  return mountPoint;
}

test.for(['ext4', 'tmpfs'])(
  'a store into a page that is still dirty after it was read gets to the replica, though the file stays mapped (%s)',
  async (type, context) => {
    const work = folderOn(type);
    if (work === undefined) return context.skip(`this machine mounts no ${type}`);
    const cluster = await connected({}, () => writeFileSync(join(work, 'table'), Buffer.alloc(300_000, 1)), work);
    const page = map(join(cluster.work, 'table'));
    for (const byte of [2, 3]) {
      page.store(100, byte);
      expect(readFileSync(join(cluster.work, 'table'))[100]).toBe(byte);
      await becomesEqual(cluster, 'table');
      // By then it is not looked at any more for having changed lately.
      await roundsOf(cluster, 4);
    }
    return undefined;
  },
);

test('a file that was dirty in a map before it was mirrored is read again', async () => {
  let page: ReturnType<typeof map> | undefined;
  const cluster = await connected({}, (work) => {
    writeFileSync(join(work, 'table'), Buffer.alloc(300_000, 1));
    page = map(join(work, 'table'));
    page.store(100, 2);
  });
  page?.store(100, 3);
  await becomesEqual(cluster, 'table');
});

test.each(isRoot ? (['fanotify', 'inotify'] as const) : (['inotify'] as const))(
  'what is written through a name that went gets to the name that stays (%s)',
  async (method) => {
    const cluster = await connected({ method }, (work) => writeFileSync(join(work, 'log'), 'start\n'));
    const descriptor = openSync(join(cluster.work, 'log'), 'a');
    onTestFinished(() => closeSync(descriptor));
    // Each time until nothing is looked at any more for having changed lately, which would find the bytes too.
    linkSync(join(cluster.work, 'log'), join(cluster.work, 'log.1'));
    await roundsOf(cluster, 15);
    unlinkSync(join(cluster.work, 'log'));
    await expect.poll(() => existsSync(join(cluster.replica, 'log'))).toBe(false);
    await roundsOf(cluster, 15);
    expect(readFileSync(join(cluster.replica, 'log.1'), 'utf8')).toBe('start\n');
    writeSync(descriptor, 'written after the first name went\n');
    await becomesEqual(cluster, 'log.1');
  },
);

const loopDevice = isRoot ? spawnSync('losetup', ['-f'], { encoding: 'utf8' }).stdout.trim() : '';

test.skipIf(loopDevice === '')('what is written to a loop device gets to the file behind it', async (context) => {
  const cluster = await connected({}, (work) => {
    const descriptor = openSync(join(work, 'image'), 'w');
    ftruncateSync(descriptor, 2 ** 20);
    closeSync(descriptor);
  });
  const attached = spawnSync('losetup', ['-f', '--show', join(cluster.work, 'image')], { encoding: 'utf8' });
  const device = attached.stdout.trim();
  if (device === '') return context.skip('this machine lets nobody attach a loop device');
  onTestFinished(() => void spawnSync('losetup', ['-d', device]));
  const descriptor = openSync(device, 'r+');
  writeSync(descriptor, Buffer.alloc(4096, 7), 0, 4096, 8192);
  spawnSync('sync', [device]);
  closeSync(descriptor);
  await expect.poll(() => readFileSync(join(cluster.work, 'image'))[8192]).toBe(7);
  await becomesEqual(cluster, 'image');
  return undefined;
});
