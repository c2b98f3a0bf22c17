// What fails the same way again and again is tried less and less often and told less and less often, and still recovers soon
// once its cause is gone.
import { afterEach, expect, test } from 'vitest';
import { systemFailure } from '../../../src/base/system-failure.ts';
import { MemoryCluster, type MemoryClusterOptions } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

/** A job of a workload with these files; its id. */
async function protect(names: readonly string[], options?: MemoryClusterOptions): Promise<string> {
  cluster = await MemoryCluster.start(options);
  for (const name of names) cluster.workload.create(`/work/${name}`);
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  return jobId;
}

/** A job whose target cannot remove a file that its source has removed; its id. */
async function refuseRemoval(): Promise<string> {
  const jobId = await protect(['a', 'gone']);
  cluster.targetTrouble.refusedChanges.set('/replica/gone', 'EPERM');
  cluster.workload.unlink('/work/gone');
  return jobId;
}

/** Turns the clock by so many minutes, in steps small enough for everything that waits. */
async function pass(minutes: number): Promise<void> {
  for (let step = 0; step < minutes * 120; step += 1) await cluster.clock.advance(500);
}

async function count(server: 'alpha' | 'beta', ...ids: number[]): Promise<number> {
  return (await cluster.events(server)).filter((id) => ids.includes(id)).length;
}

async function expectEqual(): Promise<void> {
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
}

test('a dropped operation whose cause stays: mirrors get rare, events rarer, and the job says when it tries again', async () => {
  const jobId = await refuseRemoval();
  await pass(60);
  // Every 19 seconds there would be 190 mirrors and 760 events.
  const report = await cluster.alpha.jobs.report(jobId);
  expect(report.additional).toMatch(/the target had to give up operations.*a mirror is tried again in \d+ s/);
  expect(report).toMatchObject({ health: 'warning', targetState: 'Mirror Required' });
  expect(await count('alpha', 5010, 5012)).toBeLessThan(25);
  expect(await count('beta', 5030, 5031)).toBeLessThan(25);
  cluster.targetTrouble.refusedChanges.clear();
  cluster.workload.create('/work/new');
  await pass(0.75);
  await expectEqual();
  expect(await cluster.alpha.jobs.report(jobId)).toMatchObject({
    targetState: 'OK',
    health: 'healthy',
    additional: '',
  });
});

test('a cause that goes away without any other change is noticed too', async () => {
  await refuseRemoval();
  await pass(60);
  cluster.targetTrouble.refusedChanges.clear();
  await pass(6);
  await expectEqual();
});

test('a full target volume holds the stream up once, not for every file, and is made up for when there is room', async () => {
  const jobId = await protect(['a']);
  const { workload, targetTrouble } = cluster;
  targetTrouble.refusedChanges.set('*', 'ENOSPC');
  for (let file = 0; file < 100; file += 1) workload.create(`/work/f${file}`, Buffer.from('x'));
  await cluster.until(jobId, ({ targetState }) => targetState === 'Mirror Required');
  // Each file that is tried for 15 seconds by itself would make 25 minutes of one mirror.
  await cluster.until(jobId, ({ additional }) => additional.includes('tried again'), 60);
  await pass(30);
  expect(await count('alpha', 5010, 5012)).toBeLessThan(20);
  targetTrouble.refusedChanges.clear();
  workload.create('/work/new');
  await pass(0.75);
  await expectEqual();
});

test('a target volume without inodes is told once, whatever the names of the files, and again when it is full anew', async () => {
  const jobId = await protect(['a']);
  const { workload, targetTrouble } = cluster;
  const told = async (): Promise<readonly string[]> =>
    (await cluster.beta.events.since(0)).filter(({ id }) => id === 5030 || id === 5031).map(({ message }) => message);
  const refuseNewFiles = async (name: string, seconds: number, stepSeconds: number): Promise<void> => {
    targetTrouble.refusedChanges.set('*', 'ENOSPC');
    for (let second = 0; second < seconds; second += stepSeconds) {
      for (let file = 0; file < 3; file += 1) workload.create(`/work/${name} ${second} ${file}`);
      await cluster.clock.advance(1000 * stepSeconds);
    }
  };
  await refuseNewFiles('first', 35, 1);
  expect(await told()).toEqual([
    expect.stringMatching(/^An operation on first \d+ \d is being retried: no space is left/),
    expect.stringMatching(/^An operation on first \d+ \d was dropped: no space is left.*mirror required$/),
  ]);
  await refuseNewFiles('more', 5 * 60, 15);
  expect((await told()).length).toBeLessThan(12);
  expect((await told()).join('\n')).toMatch(/was dropped: .*and \d{2,} times more since this was told last/);
  targetTrouble.refusedChanges.clear();
  workload.create('/work/new');
  await cluster.until(jobId, ({ targetState, mirror }) => targetState === 'OK' && mirror.status === 'Idle', 400);
  await expectEqual();
  const before = (await told()).length;
  await refuseNewFiles('again', 35, 1);
  expect((await told()).slice(before)).toEqual([
    expect.stringMatching(/^An operation on again \d+ \d is being retried: no space is left/),
    expect.stringMatching(/^An operation on again \d+ \d was dropped: no space is left/),
  ]);
});

test('a mirror that a person starts does not wait', async () => {
  const jobId = await refuseRemoval();
  await pass(30);
  cluster.targetTrouble.refusedChanges.clear();
  await cluster.alpha.mirrors.start(jobId, 'data-delta');
  await cluster.clock.advance(2000);
  await expectEqual();
});

test('one that a person stops while it waits is not started again', async () => {
  const jobId = await refuseRemoval();
  await pass(5);
  await cluster.until(jobId, ({ additional }) => additional.includes('tried again'));
  await cluster.alpha.mirrors.stop(jobId);
  const mirrors = await count('alpha', 5010);
  await pass(10);
  expect(await count('alpha', 5010)).toBe(mirrors);
});

test('a target that refuses the job is asked less often, and says so at growing intervals', async () => {
  let allowedRoots: readonly string[] | 'any' = 'any';
  const jobId = await protect(['a'], { parts: (name) => (name === 'beta' ? { allowedRoots } : {}) });
  await cluster.turning(cluster.beta.jobs.disconnect(jobId));
  allowedRoots = ['/elsewhere'];
  cluster.kill('beta');
  await cluster.restart('beta');
  await pass(30);
  const report = await cluster.alpha.jobs.report(jobId);
  expect(report.additional).toMatch(/[Ii]t is tried again \d+ s later/);
  expect(await count('alpha', 5002)).toBeLessThan(10);
  expect(await count('beta', 5005)).toBeLessThan(10);
});

test('a workload that is missing is looked for less and less often, and told once', async () => {
  await protect(['a']);
  cluster.kill('alpha');
  const triedMs: number[] = [];
  let isMissing = true;
  const { trouble, clock } = cluster;
  const open = trouble.openTree.bind(trouble);
  trouble.openTree = async (location, options) => {
    if (location === '/work') {
      triedMs.push(clock.monotonicMs());
      if (isMissing) throw systemFailure('ENOENT', 'open the folder', location);
    }
    return open(location, options);
  };
  await cluster.restart('alpha');
  await pass(10);
  const waitsMs = triedMs.slice(1).map((at, index) => at - (triedMs[index] ?? 0));
  expect(waitsMs[1]).toBeGreaterThan(waitsMs[0] ?? 0);
  expect(triedMs.length).toBeLessThan(70);
  expect(await count('alpha', 5150)).toBe(1);
  expect((await cluster.alpha.jobs.list()).map(({ health }) => health)).toEqual(['error']);
  isMissing = false;
  await pass(0.6);
  expect((await cluster.alpha.jobs.list()).map(({ health }) => health)).toEqual(['healthy']);
});
