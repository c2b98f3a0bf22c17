// What VERIFY says: the log byte by byte as the guide shows it, every difference that is put into the replica by hand and
// nothing else, and a verdict of its own for what will not hold still.
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RawPath, rawFromText } from '../../src/base/raw-path.ts';
import { systemFailure } from '../../src/base/system-failure.ts';
import { attributeMask } from '../../src/engine/verify/verification-log.ts';
import type { VerifyReport } from '../../src/model/report.ts';
import { MemoryWorkload } from '../../src/simulator/memory/memory-workload.ts';
import { MemoryCluster } from '../support/memory-cluster.ts';
import { requireProgram } from '../support/packages.ts';
import { RealCluster } from '../support/real-cluster.ts';
import { OddTree } from './odd-tree.ts';

describe('the log', () => {
  let cluster: MemoryCluster;
  let jobId: string;
  const timeNs = BigInt(Date.UTC(2026, 1, 3, 16, 5, 6)) * 1_000_000n;

  beforeEach(async () => {
    cluster = await MemoryCluster.start();
    const { workload } = cluster;
    workload.makeDirectory('/work/orders');
    for (const name of ['changed', 'longer', 'missing', 'open to all', 'same']) {
      workload.create(`/work/orders/${name}`, Buffer.from('seventeen bytes!!'));
      workload.setAttributes(`/work/orders/${name}`, { modifiedNs: timeNs });
    }
    workload.create('/work/.read only', Buffer.from('x'), 0o444);
    workload.setAttributes('/work/.read only', { modifiedNs: timeNs });
    ({ jobId } = await cluster.turning(cluster.connect({ replicationSet: 'Sales data for alpha' })));
    await cluster.mirrored(jobId);
    // Midnight and noon are 12 in this form.
    cluster.clock.setWall(Date.UTC(2026, 11, 31, 0, 30, 5));
  });
  afterEach(() => cluster.stop());

  async function verify(mode: 'report' | 'repair'): Promise<{ readonly report: VerifyReport; readonly log: string }> {
    const report = await cluster.turning(cluster.alpha.jobs.verify(jobId, mode));
    const tree = await cluster.tree('alpha', '/home/logs');
    const name = rawFromText(report.logPath.slice('/home/logs/'.length)) as RawPath;
    const file = await tree.open(name, 'read');
    return { report, log: (await file.read(0, 1_048_576)).toString('utf8') };
  }

  const harm = (): void => {
    const replica = new MemoryWorkload(cluster.machines.beta.files, 'changes');
    const at = (name: string): string => `/replica/orders/${name}`;
    replica.write(at('changed'), 0, Buffer.from('X'));
    replica.setAttributes(at('changed'), { modifiedNs: timeNs });
    replica.truncate(at('longer'), 2);
    replica.setAttributes(at('longer'), { modifiedNs: timeNs + 1_000_000_000n });
    replica.unlink(at('missing'));
    replica.setAttributes(at('open to all'), { mode: 0o666 });
    replica.setAttributes('/replica/.read only', { modifiedNs: timeNs + BigInt(20 * 3_600_000) * 1_000_000n });
    replica.create(at('surplus'), Buffer.from('not ours'));
    replica.setAttributes(at('surplus'), { modifiedNs: timeNs });
    // The directory's time would be one more.
    const status = cluster.machines.alpha.files.disk;
    const { modifiedNs } = status.find(status.root, 'work/orders', 'look');
    replica.setAttributes('/replica/orders', { modifiedNs });
  };

  const block = (what: string, ...lines: readonly string[]): string[] => [
    `File:      /work/${what} ON TARGET`,
    ...lines,
  ];
  const source = (time: string, size: number, mask: string): string =>
    `Source Attributes: Timestamp = ${time} Size = ${size} Mask = [0x${mask}]`;
  const target = (time: string, size: number, mask: string): string =>
    `Target Attributes: Timestamp = ${time} Size = ${size} Mask = [0x${mask}]`;
  const written = '2/3/2026 4:05:06 PM';

  function expectedLog(elapsed: string, finished: string, remirrored: readonly [number, number]): string {
    const name = '(Sales data for alpha --> beta)';
    return [
      `--- VERIFICATION OF CONNECTION 1, CHECKSUM ENABLED ${name} ---`,
      `Start Time: 12/31/2026 12:30:05 AM for connection 1 ${name}`,
      ...block(
        '.read only DIFFERENT',
        source(written, 1, '3'),
        target('2/4/2026 12:05:06 PM', 1, '3'),
        '0 BYTES OUT OF SYNC',
      ),
      ...block(
        'orders/changed DIFFERENT',
        source(written, 17, '80'),
        target(written, 17, '80'),
        '17 BYTES OUT OF SYNC',
      ),
      ...block(
        'orders/longer DIFFERENT',
        source(written, 17, '80'),
        target('2/3/2026 4:05:07 PM', 2, '80'),
        '17 BYTES OUT OF SYNC',
      ),
      ...block('orders/missing MISSING', source(written, 17, '80'), '17 BYTES OUT OF SYNC'),
      ...block(
        'orders/open to all DIFFERENT',
        source(written, 17, '80'),
        target(written, 17, '80'),
        'Security descriptors are different.',
        '0 BYTES OUT OF SYNC',
      ),
      ...block('orders/surplus SURPLUS', target(written, 8, '80'), '0 BYTES OUT OF SYNC'),
      `Completion Time: ${finished} for connection 1 ${name}`,
      `Elapsed Time (seconds): ${elapsed}`,
      'Total Directories Compared: 1',
      'Total Directories Missing: 0',
      'Total Directories Remirrored: 0',
      'Total Files Compared: 6',
      'Total Files Missing: 1',
      'Total Files Different: 4',
      'Total Files Encrypted: 0',
      `Total Files Remirrored: ${remirrored[0]}`,
      'Total Bytes Skipped: 0',
      'Total Bytes Compared: 86',
      'Total Bytes Missing: 17',
      'Total Bytes Different: 34',
      `Total Bytes Remirrored: ${remirrored[1]}`,
      'Related links and directory attributes have been adjusted.',
      '----- END OF VERIFICATION -----',
      '',
    ].join('\n');
  }

  test('is the form of the guide, byte by byte', async () => {
    harm();
    const { report, log } = await verify('report');
    const elapsed = ((report.finishedMs - report.startedMs) / 1000).toFixed(6);
    expect(report.finishedMs - report.startedMs).toBeLessThan(1000);
    expect(log).toBe(expectedLog(elapsed, '12/31/2026 12:30:05 AM', [0, 0]));
    expect(report.logPath).toMatch(/^\/home\/logs\/Files and Folders_[0-9a-f]{12} DTVerify\.log$/);
    expect(report.logPath).toContain(jobId.replaceAll('-', '').slice(-12));
  });

  test('of a repair shows the state before it, is appended, and the replica is equal afterwards', async () => {
    harm();
    const first = await verify('report');
    cluster.clock.setWall(Date.UTC(2026, 11, 31, 0, 30, 5));
    const second = await verify('repair');
    const elapsed = ((second.report.finishedMs - second.report.startedMs) / 1000).toFixed(6);
    expect(second.log).toBe(first.log + expectedLog(elapsed, '12/31/2026 12:30:05 AM', [3, 51]));
    await cluster.until(jobId, ({ mirror }) => mirror.completed === 2);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
    const { report } = await verify('report');
    expect(report).toMatchObject({ filesDifferent: 0, filesMissing: 0, surplus: 0, differences: [] });
  });

  test('shows a sparse file as one on both sides', async () => {
    const { workload } = cluster;
    workload.create('/work/image', Buffer.from('x'));
    workload.truncate('/work/image', 8 * 1_048_576);
    await cluster.until(jobId, ({ sequence, replication }) => {
      return replication.status === 'Ready' && sequence.applied === sequence.head;
    });
    const replica = new MemoryWorkload(cluster.machines.beta.files, 'changes');
    replica.setAttributes('/replica/image', { mode: 0o600 });
    const { log } = await verify('report');
    const masks = [...log.matchAll(/(Source|Target) Attributes: .* Size = 8388608 Mask = \[(0x\d+)\]/g)];
    expect(masks.map(([, side, mask]) => `${side} ${mask}`)).toEqual(['Source 0x200', 'Target 0x200']);
  });

  test('begins anew before it grows beyond a mebibyte', async () => {
    harm();
    const { log } = await verify('report');
    const tree = await cluster.tree('alpha', '/home/logs');
    const name = (await tree.list('' as RawPath))?.[0]?.name as RawPath;
    const file = await tree.open(name, 'write');
    await file.write(log.length, Buffer.alloc(1_048_576 - 2 * log.length, 'x'));
    const full = (await verify('report')).log;
    expect(full).toHaveLength(1_048_576);
    const anew = (await verify('report')).log;
    expect(anew.startsWith('--- VERIFICATION OF CONNECTION 1')).toBe(true);
    expect(Math.abs(anew.length - log.length)).toBeLessThan(10);
  });

  test.each([
    ['file', 'plain', 0o644, 10, 10, 0x80],
    ['file', 'read only', 0o444, 10, 10, 0x01],
    ['file', '.hidden', 0o644, 10, 10, 0x02],
    ['file', '.hidden and read only', 0o400, 10, 10, 0x03],
    ['file', 'sparse', 0o644, 100_000, 4096, 0x200],
    ['directory', 'folder', 0o755, 4096, 4096, 0x10],
    ['directory', '.hidden folder', 0o555, 4096, 4096, 0x13],
    ['symlink', 'link', 0o777, 5, 0, 0x400],
    ['fifo', 'fifo', 0o644, 0, 0, 0],
  ] as const)('the mask of a %s "%s" %o', (kind, path, mode, size, allocatedBytes, mask) => {
    expect(attributeMask(`some/${path}`, { kind, mode, size, allocatedBytes })).toBe(mask);
  });
});

const able = requireProgram('setfacl', 'setfattr') && process.getuid?.() === 0;

describe.runIf(able)('on real folders', () => {
  let cluster: RealCluster;
  afterEach(() => cluster?.remove());

  const found = (report: VerifyReport): Record<string, string> =>
    Object.fromEntries(
      report.differences.map(({ path, verdict, bytesOutOfSync, attributes }) => [
        path.slice(cluster.work.length + 1),
        `${verdict}, ${bytesOutOfSync} bytes${attributes.map((word) => `, ${word}`).join('')}`,
      ]),
    );

  test('reports every difference that was put into the replica, and nothing else', async () => {
    cluster = await RealCluster.start();
    const { work, replica } = cluster;
    new OddTree(work, 800).make();
    mkdirSync(join(work, 'many/deep'));
    writeFileSync(join(work, 'many/deep/file'), 'deep');
    const { jobId } = await cluster.connect();
    await cluster.mirrored(jobId);
    expect(found(await cluster.alpha.jobs.verify(jobId, 'report'))).toEqual({});

    /** Times of the object and of its folder stay, so that each harm is one difference. */
    const harm = (name: string, act: (path: string) => void): void => {
      const path = join(replica, name);
      act(path);
      const touched = lstatSync(path, { throwIfNoEntry: false }) === undefined ? [] : [name];
      for (const one of [...touched, join(name, '..')]) {
        spawnSync('touch', ['-h', '-r', join(work, one), join(replica, one)]);
      }
    };
    harm('many/0/file 1', (path) => writeFileSync(path, Buffer.alloc(lstatSync(path).size, 'harm')));
    harm('many/0/file 2', (path) => truncateSync(path, 3));
    harm('many/0/file 3', (path) => appendFileSync(path, 'more'));
    harm('many/0/file 4', (path) => chmodSync(path, 0o777));
    harm('many/0/file 5', (path) => chownSync(path, 1, 2));
    harm('many/0/file 6', (path) => void spawnSync('setfattr', ['-n', 'user.harm', '-v', 'x', path]));
    harm('many/0/file 7', (path) => void spawnSync('setfacl', ['-m', 'u:1:rwx,m::r--', path]));
    harm('many/0/file 8', (path) => unlinkSync(path));
    utimesSync(join(replica, 'many/0/file 9'), 5, 5);
    harm('many/deep', (path) => rmSync(path, { recursive: true }));
    harm('special/good link', (path) => {
      unlinkSync(path);
      symlinkSync('another text', path);
    });
    harm('special/large', (path) => {
      spawnSync('dd', ['if=/dev/zero', `of=${path}`, 'bs=1', 'count=1', 'seek=2000000', 'conv=notrunc']);
    });
    harm('special/empty', (path) => chmodSync(path, 0o700));
    harm('special/fifo', (path) => {
      unlinkSync(path);
      writeFileSync(path, '');
    });
    harm('many/1/file 250', (path) => writeFileSync(`${path} of nobody`, 'surplus'));
    harm('many/1/file 251', (path) => mkdirSync(`${path} folder of nobody`));

    const report = await cluster.alpha.jobs.verify(jobId, 'report');
    const sizeOf = (name: string): number => lstatSync(join(work, name)).size;
    expect(found(report)).toEqual({
      'many/0/file 1': `different, ${sizeOf('many/0/file 1')} bytes`,
      'many/0/file 2': `different, ${sizeOf('many/0/file 2')} bytes`,
      'many/0/file 3': `different, ${sizeOf('many/0/file 3') + 4} bytes`,
      'many/0/file 4': 'different, 0 bytes, mode',
      'many/0/file 5': 'different, 0 bytes, owner',
      'many/0/file 6': 'different, 0 bytes, extended attributes',
      'many/0/file 7': 'different, 0 bytes, access list',
      'many/0/file 8': `missing, ${sizeOf('many/0/file 8')} bytes`,
      'many/0/file 9': 'different, 0 bytes, time',
      'many/deep': 'missing, 0 bytes',
      'many/deep/file': 'missing, 4 bytes',
      'special/good link': 'different, 0 bytes, link text',
      'special/large': 'different, 65536 bytes',
      'special/empty': 'different, 0 bytes, mode',
      'special/fifo': 'different, 0 bytes, kind',
      'many/1/file 250 of nobody': 'surplus, 0 bytes',
      'many/1/file 251 folder of nobody': 'surplus, 0 bytes',
    });
    expect(report).toMatchObject({ directoriesMissing: 1, filesMissing: 2, surplus: 2, filesUnsettled: 0 });
    const [event] = await cluster.events('alpha', 5061);
    expect(event?.severity).toBe('warning');
    expect(event?.message).toMatch(/ found differences: \d+ different, 3 missing, 2 only on the target$/);
    const log = readFileSync(report.logPath, 'utf8');
    for (const [path, what] of Object.entries(found(report))) {
      const word = /^[a-z]+/.exec(what)?.[0].toUpperCase() ?? '';
      expect(log).toContain(`File:      ${work}/${path} ${word} ON TARGET`);
    }

    // Repaired, it is as if nothing had happened.
    await cluster.alpha.jobs.verify(jobId, 'repair');
    await cluster.mirrored(jobId, 2);
    expect(found(await cluster.alpha.jobs.verify(jobId, 'report'))).toEqual({});
    expect(await cluster.manifestOf(replica)).toEqual(await cluster.manifestOf(work));
  });

  test('what changes while it is looked at is no difference, and never passed over', async () => {
    cluster = await RealCluster.start();
    const { work, replica } = cluster;
    writeFileSync(join(work, 'busy'), Buffer.alloc(300_000, '0'));
    writeFileSync(join(work, 'harmed'), 'good');
    for (let file = 0; file < 300; file += 1) writeFileSync(join(work, `file ${file}`), `${file}`);
    const { jobId } = await cluster.connect();
    await cluster.mirrored(jobId);
    const writer = spawn(process.execPath, [join(import.meta.dirname, 'counting-writer.ts'), join(work, 'busy')], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    try {
      while (readFileSync(join(work, 'busy'), 'latin1').startsWith('000000000000')) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      writeFileSync(join(replica, 'harmed'), 'harm');
      spawnSync('touch', ['-r', join(work, 'harmed'), join(replica, 'harmed')]);
      spawnSync('touch', ['-r', work, replica]);
      // Others come and go, and one changes its name.
      const verifying = cluster.alpha.jobs.verify(jobId, 'report');
      renameSync(join(work, 'file 7'), join(work, 'renamed'));
      linkSync(join(work, 'file 8'), join(work, 'linked'));
      unlinkSync(join(work, 'file 9'));
      const report = await verifying;
      const { busy, ...others } = found(report);
      expect(others).toEqual({ harmed: 'different, 4 bytes' });
      expect(busy ?? 'unsettled').toMatch(/^unsettled/);
    } finally {
      writer.kill('SIGKILL');
    }
  });
});

test('what cannot be read is said, and not counted as equal', async () => {
  const cluster = await MemoryCluster.start();
  try {
    cluster.workload.create('/work/broken', Buffer.from('content'));
    cluster.workload.create('/work/whole', Buffer.from('content'));
    const { files } = cluster.machines.alpha;
    const openTree = files.openTree.bind(files);
    let isBroken = false;
    files.openTree = async (...given) => {
      const tree = await openTree(...given);
      const open = tree.open.bind(tree);
      tree.open = async (path, mode) => {
        if (isBroken && path === 'broken') throw systemFailure('EIO', 'open the file', path);
        return open(path, mode);
      };
      return tree;
    };
    const { jobId } = await cluster.turning(cluster.connect());
    await cluster.mirrored(jobId);
    isBroken = true;
    const report = await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'));
    expect(report.differences).toEqual([
      { path: '/work/broken', verdict: 'different', bytesOutOfSync: 0, attributes: ['unreadable'] },
    ]);
    const events = await cluster.alpha.events.since(0);
    expect(events.filter(({ id }) => id === 5023).map(({ message }) => message)).toEqual([
      'Cannot read /work/broken: the device reported an error (EIO); its replica is stale',
    ]);
    isBroken = false;
    expect((await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'))).differences).toEqual([]);
  } finally {
    await cluster.stop();
  }
});
