// A job that is not open, because it could not be opened or had to end, is still a job: its server tells of it on either side.
import { afterEach, expect, test } from 'vitest';
import { systemFailure } from '../../../src/base/system-failure.ts';
import type { Outcome } from '../../../src/language/program.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { type ScriptCluster, scriptCluster } from '../../support/script-cluster.ts';

let scripts: ScriptCluster;
let cluster: MemoryCluster;
afterEach(() => cluster.stop());

/** A mirrored job whose workload, or replica, is missing when its server starts again. Gives what brings it back. */
async function missing(server: 'alpha' | 'beta'): Promise<{ jobId: string; comesBack: () => void }> {
  scripts = await scriptCluster();
  ({ cluster } = scripts);
  cluster.workload.create('/work/a');
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  cluster.kill(server);
  // As in the home of an earlier version: with what is remembered of its folder such a job opens, and waits for the folder.
  if (server === 'alpha') await cluster.machines.alpha.storage.remove(`jobs/${jobId}/source/roots.json`);
  const [files, folder] = server === 'alpha' ? [cluster.trouble, '/work'] : [cluster.targetTrouble, '/replica'];
  const open = files.openTree.bind(files);
  let isMissing = true;
  files.openTree = async (location, options) => {
    if (isMissing && location === folder) throw systemFailure('EIO', 'open the folder', location);
    return open(location, options);
  };
  await cluster.restart(server);
  const comesBack = (): void => {
    isMissing = false;
  };
  return { jobId, comesBack };
}

test.each([
  ['alpha', '/work'],
  ['beta', '/replica'],
] as const)(
  'one that %s cannot open is reported as an error, with its reason and when it is tried',
  async (server, folder) => {
    const { jobId, comesBack } = await missing(server);
    await cluster.clock.advance(1000);
    const [report, ...others] = await cluster[server].jobs.list();
    expect(others).toEqual([]);
    expect(report).toMatchObject({ jobId, number: 1, name: 'work to beta', health: 'error', connectedSinceMs: null });
    expect(report).toMatchObject({ replication: { status: 'Failed' }, transmit: { mode: 'Stopped' } });
    expect(report?.targetState).not.toBe('OK');
    expect(report?.additional).toContain(folder);
    expect(report?.additional).toMatch(/it is tried again in 2 s/);
    expect(await cluster[server].jobs.report(jobId)).toEqual(report);
    comesBack();
    await cluster.clock.advance(40_000);
    await cluster.until(jobId, ({ health }) => health === 'healthy');
    expect(await cluster[server].jobs.list()).toMatchObject([{ jobId, number: 1, health: 'healthy', additional: '' }]);
  },
);

test.each(['alpha', 'beta'] as const)('one of %s refuses what needs it open, and says why', async (server) => {
  const { jobId } = await missing(server);
  const asked =
    server === 'alpha' ? cluster.alpha.mirrors.start(jobId, 'data-delta') : cluster.beta.snapshots.list(jobId);
  await expect(asked).rejects.toMatchObject({ code: 'JOB-WAITING', reason: expect.stringContaining('tried again') });
});

test.each([
  ['alpha', 'source', '/work'],
  ['beta', 'target', '/replica'],
] as const)('VALIDATE says why one of %s is not open, and what to do', async (server, item, folder) => {
  const { comesBack } = await missing(server);
  const validate = (): Promise<Outcome> =>
    scripts.run('source alpha\ntarget beta\n$found = validate 1\nwrite $found.valid');
  expect(await validate()).toMatchObject({ kind: 'completed' });
  expect(scripts.output.join('\n')).toMatch(
    new RegExp(
      `^${item} +Error +${server} knows the connection, but it is not open: .*${folder}.*tried again.*Mend that, or DISCONNECT it`,
      'm',
    ),
  );
  expect(scripts.output.at(-1)).toBe('false');
  scripts.output.length = 0;
  expect(await scripts.run('source alpha\ntarget beta\nvalidate 1 fix')).toMatchObject({ kind: 'completed' });
  expect(scripts.output.join('\n')).not.toMatch(/^fix/m);
  comesBack();
  await cluster.clock.advance(60_000);
  scripts.output.length = 0;
  await validate();
  expect(scripts.output.join('\n')).toMatch(new RegExp(`^${item} +Success +${server} answers`, 'm'));
});

test('EXPLAIN FAILOVER says that a target which is not open cannot take over', async () => {
  await missing('beta');
  await scripts.run('source alpha\ntarget beta\nexplain failover 1');
  expect(scripts.output[0]).toMatch(/to beta is not possible: it is not open: .*\/replica/);
});

test('what a source that cannot be opened protects is not protected a second time', async () => {
  await missing('alpha');
  await expect(cluster.turning(cluster.connect())).rejects.toMatchObject({ code: 'JOB-EXISTS' });
  const other = cluster.connect({ name: 'other', roots: [{ source: '/work', replica: '/second' }] });
  await expect(cluster.turning(other)).rejects.toMatchObject({ code: 'PROTECTED-TWICE' });
});

test('a source that cannot be opened can be given up, and is never opened again', async () => {
  const { jobId, comesBack } = await missing('alpha');
  await cluster.turning(cluster.alpha.jobs.disconnect(jobId));
  comesBack();
  await cluster.clock.advance(60_000);
  expect(await cluster.alpha.jobs.list()).toEqual([]);
  expect(await cluster.machines.alpha.storage.list(`jobs/${jobId}`)).toEqual([]);
});

test('one that had to end is told of until it is open again', async () => {
  cluster = await MemoryCluster.start();
  cluster.workload.create('/work/a');
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  const { targetTrouble } = cluster;
  const list = targetTrouble.beforeCall;
  targetTrouble.beforeCall = () => {
    throw new Error('a defect');
  };
  cluster.workload.create('/work/b');
  for (let step = 0; step < 100; step += 1) {
    await cluster.clock.advance(50);
    expect(await cluster.beta.jobs.list()).toMatchObject([{ jobId }]);
    if ((await cluster.events('beta')).includes(5006)) break;
  }
  expect(await cluster.beta.jobs.list()).toMatchObject([
    { jobId, health: 'error', additional: expect.stringMatching(/a defect.*tried again in/) },
  ]);
  targetTrouble.beforeCall = list;
});
