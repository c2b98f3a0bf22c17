// Both servers on one machine, and folders of theirs inside the workload: these are left out of it, which is said, and the
// rest is protected. A workload inside its own replica is refused.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rawFromText } from '../../src/base/raw-path.ts';
import { isRoot } from '../ports/small-file-system.ts';
import { RealCluster } from '../support/real-cluster.ts';

let cluster: RealCluster;
const mounted: string[] = [];

beforeEach(async () => {
  cluster = await RealCluster.start({ clockSpeed: 10 });
  mkdirSync(join(cluster.work, 'data'));
  writeFileSync(join(cluster.work, 'data/a'), 'a');
});
afterEach(async () => {
  await cluster?.stop();
  for (const place of mounted.splice(0).reverse()) execFileSync('umount', ['-l', place], { stdio: 'pipe' });
  await cluster?.remove();
});

const within = (name: string): string => join(cluster.folder, name);
const rootsOf = (source: string, replica: string) => ({
  roots: [{ source: rawFromText(source), replica: rawFromText(replica) }],
});

/** Everything is mirrored and compared; what is written afterwards arrives; nothing arrives a second time. */
async function expectProtected(source: string, replica: string, names: readonly string[]): Promise<void> {
  const { jobId } = await cluster.connect(rootsOf(source, replica));
  await cluster.mirrored(jobId);
  writeFileSync(join(source, 'data/b'), 'b');
  await cluster.settled(jobId);
  expect(readFileSync(join(replica, 'data/b'), 'utf8')).toBe('b');
  expect(readdirSync(replica).sort()).toEqual(names);
  const { sequence } = await cluster.until(jobId, ({ replication }) => replication.status === 'Ready');
  const report = await cluster.alpha.jobs.verify(jobId, 'report');
  expect(report.differences).toEqual([]);
  await cluster.alpha.mirrors.start(jobId, 'data-delta');
  await cluster.mirrored(jobId, 2);
  expect(readdirSync(replica).sort()).toEqual(names);
  // Whatever was written to the folder that is left out made no work: barriers and mirrors are all there is.
  const { sequence: later } = await cluster.until(jobId, ({ replication }) => replication.status === 'Ready');
  expect(later.head - sequence.head).toBeLessThan(20);
}

async function expectSaid(...paths: readonly string[]): Promise<void> {
  const [report] = await cluster.alpha.jobs.list();
  expect(report?.leftOut?.toSorted()).toEqual(paths.map((path) => rawFromText(path)).toSorted());
  for (const path of paths) expect(report?.additional).toContain(path);
  const events = await cluster.events('alpha', 5171);
  expect(events.map(({ message }) => message).toSorted()).toEqual(
    paths.map((path) => expect.stringContaining(`${path} is left out`)).toSorted(),
  );
}

describe('a replica inside the workload is left out of it', () => {
  test('and of the replica, and of a verification', async () => {
    const replica = join(cluster.work, 'backup');
    await expectProtected(cluster.work, replica, ['data']);
    await expectSaid(replica);
  });

  test('when it is reached over a symbolic link', async () => {
    mkdirSync(join(cluster.work, 'backup'));
    symlinkSync(join(cluster.work, 'backup'), within('link'));
    await expectProtected(cluster.work, within('link'), ['data']);
    await expectSaid(join(cluster.work, 'backup'));
  });

  test.runIf(isRoot)('when it is reached over a bind mount, or mounted into the workload', async () => {
    mkdirSync(within('elsewhere'));
    mkdirSync(join(cluster.work, 'mounted'));
    execFileSync('mount', ['--bind', within('elsewhere'), join(cluster.work, 'mounted')], { stdio: 'pipe' });
    mounted.push(join(cluster.work, 'mounted'));
    await expectProtected(cluster.work, within('elsewhere'), ['data']);
    await expectSaid(join(cluster.work, 'mounted'));
  });

  test('and what lies in the replica at that place is nobody’s orphan', async () => {
    const replica = join(cluster.work, 'backup');
    mkdirSync(join(replica, 'backup'), { recursive: true });
    writeFileSync(join(replica, 'backup/old'), 'kept');
    await expectProtected(cluster.work, replica, ['backup', 'data']);
    expect(readFileSync(join(replica, 'backup/old'), 'utf8')).toBe('kept');
  });

  test('and so are the home folders of both servers', async () => {
    mkdirSync(within('data'));
    await expectProtected(cluster.folder, join(cluster.folder, 'replica'), ['data', 'work']);
    await expectSaid(within('alpha'), within('beta'), within('replica'));
  });
});

describe('a workload that its replica would eat is refused, and nothing is touched', () => {
  test.each([
    ['the workload itself', 'work', 'work'],
    ['a folder above it', 'work/data', 'work'],
    ['the workload, over a link', 'work', 'link'],
    ['a folder above it, over a link', 'link/data', 'work'],
  ])('%s', async (_, source, replica) => {
    symlinkSync(cluster.work, within('link'));
    const attempt = cluster.connect(rootsOf(within(source), within(replica)));
    await expect(attempt).rejects.toMatchObject({ code: 'PATHS-OVERLAP' });
    expect(readdirSync(cluster.work)).toEqual(['data']);
    expect(await cluster.beta.jobs.list()).toEqual([]);
  });

  test('and so is one in the source server’s own home folder', async () => {
    const attempt = cluster.connect(rootsOf(within('alpha/logs'), within('copy')));
    await expect(attempt).rejects.toMatchObject({ code: 'PATHS-OVERLAP' });
    expect(existsSync(within('copy'))).toBe(false);
  });
});
