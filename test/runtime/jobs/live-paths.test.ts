// What has been taken over stays the live copy until its operator says otherwise: whoever comes, by whatever name.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import type { JobSpecification } from '../../../src/model/job.ts';
import type { JobReport } from '../../../src/model/report.ts';
import { MemoryWorkload } from '../../../src/simulator/memory/memory-workload.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
let first: string;

beforeEach(async () => {
  cluster = await MemoryCluster.start({
    parts: (name, { machines }) =>
      name === 'beta' ? { capture: new MemoryWorkload(machines.beta.files, 'changes') } : {},
  });
  cluster.workload.create('/work/file', Buffer.from('old'));
  ({ jobId: first } = await cluster.turning(cluster.connect()));
  await cluster.mirrored(first);
});
afterEach(() => cluster.stop());

/** alpha is gone, beta takes over, and people work on what it has. */
async function takeOver(): Promise<void> {
  cluster.kill('alpha');
  await cluster.turning(cluster.beta.jobs.failover(first, { type: 'live', queue: 'apply' }));
  const tree = await cluster.tree('beta', '/replica');
  const file = await tree.open('file' as RawPath, 'write');
  await file.write(0, Buffer.from('new'));
  await file.close();
  await cluster.restart('alpha');
  await cluster.clock.advance(5000);
}

async function liveText(): Promise<string> {
  const file = await (await cluster.tree('beta', '/replica')).open('file' as RawPath, 'read');
  const text = (await file.read(0, 100)).toString();
  await file.close();
  return text;
}

/** The live copy on beta, protected on alpha. */
const back = {
  name: 'back',
  sourceServer: 'beta',
  targetServer: 'alpha',
  roots: [{ source: '/replica', replica: '/work' }],
  rules: [],
  replicationSet: 'back',
  mirrorMethod: 'data-delta',
  orphans: 'delete',
} as const;

function connectAgain(changes: Partial<JobSpecification> = {}): Promise<JobReport> {
  return cluster.turning(cluster.connect({ name: 'again', ...changes }));
}

const refused = { code: 'LIVE-PATH', reason: expect.stringContaining('live copy since epoch 1') };

describe('a path that was taken over', () => {
  test('is not mirrored over by a new job, also when both servers have given the old one up', async () => {
    await takeOver();
    await cluster.turning(cluster.alpha.jobs.disconnect(first));
    await expect(connectAgain()).rejects.toMatchObject(refused);
    await cluster.turning(cluster.beta.jobs.disconnect(first));
    await expect(connectAgain()).rejects.toMatchObject(refused);
    await cluster.clock.advance(5000);
    expect(await liveText()).toBe('new');
    expect(await cluster.beta.live.list()).toMatchObject([{ path: '/replica', epoch: 1, released: false }]);
  });

  test('stays so over a crash of its server, and in every message is told what to do', async () => {
    await takeOver();
    await cluster.turning(cluster.beta.jobs.disconnect(first));
    cluster.kill('beta');
    await cluster.restart('beta');
    await expect(connectAgain()).rejects.toMatchObject({
      hint: expect.stringMatching(/SOURCE beta and CONNECT it TO alpha.*LIVE RELEASE "\/replica"/),
    });
    expect(await liveText()).toBe('new');
  });

  test.each([
    ['above', '/'],
    ['below', '/replica/deeper'],
    ['at it, by a symbolic link', '/link'],
    ['below it, by a symbolic link on the way', '/links/there/deeper'],
    ['at it, under a new name', '/renamed'],
  ])('is not written %s', async (where, replica) => {
    await takeOver();
    await cluster.turning(cluster.beta.jobs.disconnect(first));
    const root = await cluster.tree('beta', '/');
    await root.makeSymlink('link' as RawPath, '/replica');
    await root.makeDirectory('links' as RawPath, 0o755);
    await root.makeSymlink('links/there' as RawPath, '../replica');
    if (where.endsWith('new name')) await root.rename('replica' as RawPath, 'renamed' as RawPath);
    const roots = [{ source: '/work', replica }];
    await expect(connectAgain({ roots })).rejects.toMatchObject(refused);
  });

  test('of an earlier version, which made no marks, is marked at the start', async () => {
    await takeOver();
    await cluster.turning(cluster.beta.stop());
    await cluster.machines.beta.storage.remove('live-paths.json');
    await cluster.restart('beta');
    expect(await cluster.beta.live.list()).toMatchObject([{ path: '/replica', epoch: 1 }]);
  });

  /** What a home restored from a backup of before the takeover, a new home, or another server's home holds of it: nothing. */
  async function forgetTakeover(): Promise<void> {
    await takeOver();
    await cluster.turning(cluster.alpha.jobs.disconnect(first));
    await cluster.turning(cluster.beta.stop());
    const { storage } = cluster.machines.beta;
    for (const name of await storage.list('jobs')) await storage.remove(name);
    await storage.remove('live-paths.json');
    await cluster.restart('beta');
  }

  test.each([
    ['at it', '/replica', '/replica'],
    ['below it', '/replica/deeper', '/replica'],
    ['at it, under a new name', '/renamed', '/renamed'],
    ['above it', '/over', '/over/the/replica'],
  ])('is not written %s by a server whose home does not know of it, until that is told', async (_, replica, live) => {
    await forgetTakeover();
    const root = await cluster.tree('beta', '/');
    for (const folder of ['over', 'over/the']) await root.makeDirectory(folder as RawPath, 0o755);
    if (live !== '/replica') await root.rename('replica' as RawPath, live.slice(1) as RawPath);
    const roots = [{ source: '/work', replica }];
    await expect(connectAgain({ roots })).rejects.toMatchObject(refused);
    cluster.kill('beta');
    await cluster.restart('beta');
    await expect(connectAgain({ roots })).rejects.toMatchObject(refused);
    expect(await cluster.beta.live.list()).toMatchObject([{ path: live, epoch: 1, source: 'alpha' }]);
    await cluster.beta.live.release(live);
    const { jobId } = await connectAgain({ roots });
    await cluster.mirrored(jobId);
    expect((await cluster.beta.snapshots.list(jobId)).map(({ name }) => name)).toContain('live copy before the mirror');
    cluster.kill('beta');
    await cluster.restart('beta');
    await cluster.until(jobId, ({ health }) => health === 'healthy');
  });

  test('can be released on a server whose home does not know of it', async () => {
    await forgetTakeover();
    await cluster.beta.live.release('/replica');
    await connectAgain();
  });

  test('is not gone over by the job itself when the home is put back from before the takeover', async () => {
    await cluster.turning(cluster.beta.stop());
    const { storage } = cluster.machines.beta;
    const backup = new Map<string, Buffer>();
    for (const name of await storage.list('jobs')) backup.set(name, Buffer.from((await storage.read(name)) ?? []));
    await cluster.restart('beta');
    await takeOver();
    await cluster.turning(cluster.beta.stop());
    for (const name of await storage.list('jobs')) await storage.remove(name);
    await storage.remove('live-paths.json');
    for (const [name, content] of backup) await storage.replace(name, content);
    for (let start = 0; start < 3; start += 1) {
      await cluster.restart('beta');
      cluster.kill('alpha');
      await cluster.restart('alpha');
      await cluster.clock.advance(40_000);
      expect(await liveText()).toBe('new');
      expect(await cluster.beta.jobs.list()).toMatchObject([
        { health: 'error', additional: expect.stringContaining('live copy since epoch 1') },
      ]);
      await cluster.turning(cluster.beta.stop());
    }
    await cluster.restart('beta');
  });

  test('beside others is no hindrance', async () => {
    await takeOver();
    await connectAgain({ roots: [{ source: '/work', replica: '/replica2' }] });
  });

  test('is protected in the other direction without any word but DISCONNECT on the old source', async () => {
    await takeOver();
    await expect(cluster.turning(cluster.beta.jobs.connect(back))).rejects.toMatchObject({
      hint: expect.stringContaining('DISCONNECT'),
    });
    await cluster.turning(cluster.alpha.jobs.disconnect(first));
    const { jobId } = await cluster.turning(cluster.beta.jobs.connect(back));
    await cluster.clock.advance(10_000);
    expect(await cluster.beta.jobs.report(jobId)).toMatchObject({ targetState: 'OK' });
    const file = await (await cluster.tree('alpha', '/work')).open('file' as RawPath, 'read');
    expect((await file.read(0, 100)).toString()).toBe('new');
  });
});

describe('a live copy that the server which protected it has taken over', () => {
  const movedOn = /alpha has taken over from beta since, so the live copy is on alpha/;
  const wayBack = /live copy is on beta/;
  let backId: string;

  beforeEach(async () => {
    await takeOver();
    await cluster.turning(cluster.alpha.jobs.disconnect(first));
    ({ jobId: backId } = await cluster.turning(cluster.beta.jobs.connect(back)));
    await cluster.clock.advance(10_000);
    expect((await cluster.beta.jobs.report(first)).additional).toMatch(wayBack);
    await cluster.turning(cluster.alpha.jobs.failover(backId, { type: 'live', queue: 'apply' }));
    await cluster.clock.advance(1000);
  });

  const said = async (): Promise<string> => (await cluster.beta.jobs.report(first)).additional;

  test('is said to be there by the old connection, also after a restart and when the way back was disconnected', async () => {
    expect(await said()).toMatch(movedOn);
    expect(await said()).not.toMatch(wayBack);
    expect(await cluster.beta.live.list()).toMatchObject([{ path: '/replica', movedTo: 'alpha', released: false }]);
    await cluster.turning(cluster.beta.jobs.disconnect(backId));
    cluster.kill('beta');
    await cluster.restart('beta');
    expect(await said()).toMatch(movedOn);
    await expect(cluster.beta.jobs.failover(first, { type: 'live', queue: 'apply' })).rejects.toMatchObject({
      code: 'FAILED-OVER',
      hint: expect.stringMatching(movedOn),
    });
  });

  test('stays protected here until its operator says otherwise, and is then protected as at first', async () => {
    await expect(connectAgain()).rejects.toMatchObject({ ...refused, hint: expect.stringMatching(movedOn) });
    await cluster.turning(cluster.beta.jobs.disconnect(backId));
    await cluster.turning(cluster.beta.jobs.disconnect(first));
    await expect(connectAgain()).rejects.toMatchObject({ ...refused, hint: expect.stringMatching(movedOn) });
    await cluster.beta.live.release('/replica');
    const { jobId } = await connectAgain();
    await cluster.mirrored(jobId);
    await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));
    expect((await cluster.beta.jobs.report(jobId)).additional).toMatch(wayBack);
  });

  test('is known by a server that was away at that time', async () => {
    // What the fenced source told is gone, as when beta had died at that moment.
    await cluster.turning(cluster.beta.stop());
    const { storage } = cluster.machines.beta;
    const file = JSON.parse(Buffer.from((await storage.read('live-paths.json')) ?? []).toString());
    for (const mark of file.marks) delete mark.movedTo;
    await storage.replace('live-paths.json', Buffer.from(JSON.stringify(file)));
    await cluster.restart('beta');
    await cluster.clock.advance(10_000);
    expect(await said()).toMatch(movedOn);
  });
});

describe('a path that its operator has released', () => {
  test('is kept as a snapshot before the mirror, which can be gone back to after other mirrors', async () => {
    await takeOver();
    await cluster.turning(cluster.alpha.jobs.disconnect(first));
    await cluster.turning(cluster.beta.jobs.disconnect(first));
    await cluster.beta.live.release('/replica');
    const { jobId } = await connectAgain();
    await cluster.mirrored(jobId);
    expect(await liveText()).toBe('old');
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await cluster.until(jobId, ({ mirror }) => mirror.completed > 1);
    const snapshot = (await cluster.beta.snapshots.list(jobId)).find(
      ({ name }) => name === 'live copy before the mirror',
    );
    expect(snapshot).toMatchObject({ type: 'manual', state: 'good' });
    await cluster.turning(cluster.beta.snapshots.revert(jobId, snapshot?.snapshotId ?? ''));
    expect(await liveText()).toBe('new');
    expect(await cluster.beta.live.list()).toEqual([]);
  });

  test('is kept also when the server dies right after it accepted the job', async () => {
    await takeOver();
    await cluster.turning(cluster.alpha.jobs.disconnect(first));
    await cluster.turning(cluster.beta.jobs.disconnect(first));
    await cluster.beta.live.release('/replica');
    const { jobId } = await connectAgain();
    cluster.kill('beta');
    await cluster.restart('beta');
    await cluster.mirrored(jobId);
    expect((await cluster.beta.snapshots.list(jobId)).map(({ name }) => name)).toContain('live copy before the mirror');
  });

  test('is released for one job alone: what is taken over again is live again', async () => {
    await takeOver();
    await cluster.turning(cluster.alpha.jobs.disconnect(first));
    await cluster.turning(cluster.beta.jobs.disconnect(first));
    await cluster.beta.live.release('/replica');
    const { jobId } = await connectAgain();
    await cluster.mirrored(jobId);
    await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));
    await cluster.turning(cluster.beta.jobs.disconnect(jobId));
    await expect(connectAgain({ name: 'third' })).rejects.toMatchObject(refused);
  });

  test('must be one that was taken over', async () => {
    await expect(cluster.beta.live.release('/elsewhere')).rejects.toMatchObject({ code: 'LIVE-PATH-UNKNOWN' });
  });
});
