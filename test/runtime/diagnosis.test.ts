// CONNECT … TO TDU: a throughput diagnosis captures, mirrors and counts as for a target, and keeps nothing.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  estimateLines,
  figuresHeading,
  figuresLine,
  readFigures,
} from '../../src/runtime/jobs/diagnosis/diagnosis-figures.ts';
import { type ScriptCluster, scriptCluster } from '../support/script-cluster.ts';

const prelude = `
source alpha
repset create work
repset rule add "/work" include
repset save
`;
let run: ScriptCluster;

beforeEach(async () => {
  run = await scriptCluster();
  run.cluster.workload.create('/work/file', Buffer.alloc(200_000, 'x'));
});
afterEach(() => run.cluster.stop());

async function succeeds(text: string): Promise<string[]> {
  const before = run.output.length;
  expect(await run.run(text)).toMatchObject({ kind: 'completed' });
  return run.output.slice(before);
}

async function fails(text: string): Promise<string> {
  const outcome = await run.run(text);
  expect(outcome.kind).toBe('failed');
  return JSON.stringify(outcome);
}

async function figures(folder: string, name: string): Promise<string> {
  const tree = await run.cluster.tree('alpha', folder);
  const file = await tree.open(name as never, 'read');
  return (await file.read(0, (await file.status()).size)).toString('utf8');
}

async function theJob() {
  const [report] = await run.cluster.alpha.jobs.list();
  if (report === undefined) throw new Error('there must be a job');
  return report;
}

test('it mirrors and follows changes, one line a minute says how much, and nothing is sent to any server', async () => {
  expect(await succeeds(`${prelude}$con = connect work to TDU\nwait for mirror $con timeout 1 minute`)).toContainEqual(
    expect.stringMatching(/^Nothing is sent; a line a minute goes to \/.*\/logs\/statistic\.sts$/),
  );
  const report = await theJob();
  expect(report).toMatchObject({ target: 'TDU', targetState: 'OK', mirror: { completed: 1 }, health: 'healthy' });
  expect(report.mirror.sentBytes).toBeGreaterThan(200_000);
  await run.cluster.clock.advance(60_000);
  run.cluster.workload.create('/work/more', Buffer.alloc(50_000, 'y'));
  await run.cluster.clock.advance(61_000);
  const read = readFigures(await figures('/home/logs', 'statistic.sts')) ?? [];
  expect(read.map(({ seconds }) => seconds)).toEqual([60, 60]);
  expect(read[0]?.mirrorBytes).toBe(report.mirror.sentBytes);
  expect(read[1]?.mirrorBytes).toBe(0);
  expect(read[1]?.changeBytes).toBeGreaterThan(50_000);
  const { sequence } = await theJob();
  expect(sequence.applied).toBe(read.reduce((sum, { operations }) => sum + operations, 0));
  expect(await run.cluster.beta.jobs.list()).toEqual([]);
});

test('STATUS shows statistics as for any connection, and DISCONNECT what would be needed', async () => {
  await succeeds(`${prelude}$con = connect work to TDU\nwait for mirror $con timeout 1 minute`);
  await run.cluster.clock.advance(120_000);
  const status = await succeeds('source alpha\nstatus con 1');
  expect(status).toContainEqual(expect.stringMatching(/^Target machine: +TDU$/));
  expect(status).toContainEqual(expect.stringMatching(/^Mirror bytes transmitted: +[1-9]\d+$/));
  expect(await succeeds('source alpha\nstatus job 1')).toContainEqual(
    expect.stringMatching(/^Estimate: +Measured for 2/),
  );
  const ended = await succeeds('source alpha\ndisconnect 1');
  expect(ended).toContainEqual(expect.stringMatching(/^Bandwidth needed: .* on average, .* to be never behind/));
  expect(ended).toContainEqual(expect.stringMatching(/^Mirror: 196 KB, .* at 10 Mbit\/s/));
  expect(ended.at(-1)).toMatch(/^Connection 1 has ended; its figures are in .*statistic\.sts$/);
  expect(await run.cluster.alpha.jobs.list()).toEqual([]);
});

test('compression counts: the bytes on the wire are fewer than the records', async () => {
  await succeeds(`${prelude}$con = connect work to TDU compression on level 5\nwait for mirror $con timeout 1 minute`);
  const { mirror } = await theJob();
  expect(mirror.sentBytes).toBeGreaterThan(200_000);
  expect(mirror.transmittedBytes).toBeLessThan(mirror.sentBytes / 10);
});

test('a restart of the server goes on with the file of before', async () => {
  await succeeds(`${prelude}$con = connect work to TDU\nwait for mirror $con timeout 1 minute`);
  await run.cluster.clock.advance(60_000);
  await run.cluster.turning(run.cluster.alpha.stop());
  await run.cluster.restart('alpha');
  await run.cluster.clock.advance(120_000);
  const read = readFigures(await figures('/home/logs', 'statistic.sts')) ?? [];
  expect(read.length).toBeGreaterThanOrEqual(3);
  expect((await theJob()).diagnosis?.estimate[0]).toMatch(/^Measured for [34] minutes/);
});

describe('what is refused', () => {
  test('a file in a folder that is not there, a path that is none, and a file that holds something else', async () => {
    expect(await fails(`${prelude}connect work to TDU "/nowhere/a.csv"`)).toContain('/nowhere/a.csv');
    expect(await fails(`${prelude}connect work to TDU "a/b.csv"`)).toContain('no absolute path');
    expect(await fails(`${prelude}connect work to TDU "/work/file"`)).toContain('holds something else');
    expect(await run.cluster.alpha.jobs.list()).toEqual([]);
  });

  test('a root that is not there', async () => {
    const rule = 'repset create gone\nrepset rule add "/gone" include\nrepset save\n';
    expect(await fails(`source alpha\n${rule}connect gone to TDU`)).toContain('/gone');
    expect(await run.cluster.alpha.jobs.list()).toEqual([]);
  });

  test('a verification and a task, since there is no replica', async () => {
    await succeeds(`${prelude}connect work to TDU`);
    const { jobId } = await theJob();
    await expect(run.cluster.alpha.jobs.verify(jobId, 'report')).rejects.toMatchObject({ code: 'DIAGNOSIS-ONLY' });
    const task = { name: 'one', actions: { onexecute: { type: 'verify' } }, timeoutMs: null } as const;
    await expect(run.cluster.alpha.tasks.queue(jobId, task)).rejects.toMatchObject({ code: 'DIAGNOSIS-ONLY' });
  });

  test('a path that a peer names', async () => {
    const job = {
      name: 'work',
      replicationSet: 'work',
      sourceServer: 'alpha',
      targetServer: 'TDU',
      roots: [{ source: '/work', replica: '/work' }],
      rules: [],
      mirrorMethod: 'data-delta',
      orphans: 'keep',
      diagnosis: '/etc/cron.d/a',
    } as const;
    const access = run.cluster.alpha.jobs as unknown as {
      connect(wanted: typeof job, forPeer: string): Promise<unknown>;
    };
    await expect(access.connect(job, 'beta')).rejects.toMatchObject({ code: 'DIAGNOSIS-FILE' });
  });
});

describe('the estimate', () => {
  const minute = (hour: number, changeSent: number, mirrorSent = 0) => ({
    timeMs: Date.UTC(2026, 0, 1, hour, 30),
    seconds: 60,
    mirrorBytes: 2 * mirrorSent,
    mirrorSent,
    changeBytes: 2 * changeSent,
    changeSent,
    operations: 3,
    queuedBytes: 0,
  });

  test('says the bandwidth for each hour of the day, and how long a mirror takes', () => {
    const all = [minute(9, 7_500_000, 125_000_000), minute(9, 15_000_000), minute(22, 0)];
    expect(estimateLines(all)).toEqual([
      'Measured for 3 minutes: 43 MB of changes, 21 MB on the wire',
      'Bandwidth needed: 1.0 Mbit/s on average, 2.0 Mbit/s to be never behind for more than a minute',
      '  09:00 UTC  1.5 Mbit/s on average, 2.0 Mbit/s in the busiest minute',
      '  22:00 UTC  0.0 kbit/s on average, 0.0 kbit/s in the busiest minute',
      'Mirror: 238 MB, 119 MB on the wire; 2 min at 10 Mbit/s, 10 s at 100 Mbit/s, 1 s at 1000 Mbit/s',
    ]);
    expect(estimateLines([])).toEqual(['Nothing was measured yet: the first figures come after a minute']);
  });

  test('is made of what the file says, without a line that was not written whole', () => {
    const all = [minute(1, 5), minute(2, 6, 7)];
    const text = [figuresHeading, ...all.map(figuresLine), ''].join('\n');
    expect(readFigures(text)).toEqual(all);
    expect(readFigures(`${text}2026-01-01T03:00:00Z,60,1`)).toEqual(all);
    expect(readFigures('something else\n')).toBeUndefined();
  });
});
