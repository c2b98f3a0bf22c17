// The scripts of a connection's mirrors, on both servers: when each point comes, what waits for them, and what becomes of
// them when a server, the link or the program does not last.
import { afterEach, describe, expect, test } from 'vitest';
import type { NewMirrorScript, ScriptPoint } from '../../../src/model/stream/mirror-script.ts';
import { MemoryCluster, type MemoryClusterOptions } from '../../support/memory-cluster.ts';

type Side = 'alpha' | 'beta';

let cluster: MemoryCluster;
/** What was started, `beta mirrorstart`, in order. */
let started: string[];
/** Programs that the test ends; all others end at once. */
let held: Set<string>;

afterEach(() => cluster.stop());

async function protect(options: MemoryClusterOptions = {}): Promise<string> {
  started = [];
  held = new Set();
  cluster = await MemoryCluster.start(options);
  for (const name of ['alpha', 'beta'] as const) watch(name);
  cluster.workload.create('/work/counter', Buffer.from('0'));
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  return jobId;
}

function watch(name: Side): void {
  cluster.machines[name].programs.onStart = (one) => {
    const what = `${name} ${one.request.environment?.UNDERSTUDY_POINT}`;
    started.push(what);
    if (!held.has(what)) one.end();
  };
}

async function add(side: Side, jobId: string, point: ScriptPoint, more: Partial<NewMirrorScript> = {}): Promise<void> {
  const script = { point, program: `/bin/${point}`, arguments: [], timeoutMs: 60_000, ...more };
  await cluster.turning(cluster[side].scripts.add(jobId, script));
}

async function addAll(jobId: string, sides: readonly Side[] = ['beta']): Promise<void> {
  for (const side of sides)
    for (const point of ['mirrorstart', 'mirrorstop', 'mirrorcomplete'] as const) await add(side, jobId, point);
}

async function mirror(jobId: string): Promise<void> {
  await cluster.turning(cluster.alpha.mirrors.start(jobId, 'attributes-delta'));
}

const isComplete =
  (count: number) =>
  ({ mirror: { completed, status } }: Report) =>
    completed >= count && status === 'Idle';
type Report = Parameters<Parameters<MemoryCluster['until']>[1]>[0];

/** Turns the clock until the program has been started. */
async function untilStarted(what: string): Promise<void> {
  for (let step = 0; step < 2000 && !started.includes(what); step += 1) await cluster.clock.advance(20);
  expect(started).toContain(what);
}

function endHeld(side: Side): void {
  held.clear();
  for (const one of cluster.machines[side].programs.started) one.end();
}

describe('the points of a mirror', () => {
  test('START comes also when nothing differs, COMPLETE once everything is applied, on each server by itself', async () => {
    const jobId = await protect();
    await addAll(jobId, ['alpha', 'beta']);
    await mirror(jobId);
    await cluster.until(jobId, isComplete(2));
    await cluster.clock.advance(1000);
    expect([...started].sort()).toEqual([
      'alpha mirrorcomplete',
      'alpha mirrorstart',
      'beta mirrorcomplete',
      'beta mirrorstart',
    ]);
    expect(started.indexOf('beta mirrorcomplete')).toBeLessThan(started.indexOf('alpha mirrorcomplete'));
    expect(await cluster.events('beta')).toEqual(expect.arrayContaining([5160, 5161]));
  });

  test('COMPLETE finds everything of the mirror on the replica', async () => {
    const jobId = await protect();
    let seen = '';
    cluster.machines.beta.programs.onStart = (one) => {
      const { disk } = cluster.machines.beta.files;
      seen = disk.find(disk.root, 'replica/late', 'look').content.read(0, 10).toString();
      one.end();
    };
    await add('beta', jobId, 'mirrorcomplete');
    cluster.workload.create('/work/late', Buffer.from('whole'));
    await mirror(jobId);
    await cluster.until(jobId, isComplete(2));
    expect(seen).toBe('whole');
  });

  test('a mirror that is stopped by hand runs STOP and not COMPLETE', async () => {
    const jobId = await protect();
    await addAll(jobId, ['alpha', 'beta']);
    held.add('alpha mirrorstart');
    await mirror(jobId);
    await untilStarted('alpha mirrorstart');
    await cluster.turning(cluster.alpha.mirrors.stop(jobId));
    endHeld('alpha');
    await untilStarted('beta mirrorstop');
    await untilStarted('alpha mirrorstop');
    await cluster.clock.advance(2000);
    expect(started.filter((one) => one.endsWith('complete'))).toEqual([]);
    expect(started.filter((one) => one.endsWith('start'))).toHaveLength(2);
  });

  test('COMPLETE does not come when the target has to give an operation up', async () => {
    const jobId = await protect();
    await addAll(jobId);
    cluster.targetTrouble.refusedChanges.set('/replica/late', 'EACCES');
    cluster.workload.create('/work/late', Buffer.from('whole'));
    await mirror(jobId);
    await untilStarted('beta mirrorstop');
    expect(started).not.toContain('beta mirrorcomplete');
    expect((await cluster.beta.jobs.report(jobId)).targetState).not.toBe('OK');
  });
});

describe('DELAY', () => {
  test('holds the data of the mirror back at START, and the good state at COMPLETE', async () => {
    const jobId = await protect();
    await addAll(jobId);
    held.add('beta mirrorstart');
    cluster.workload.create('/work/late', Buffer.from('whole'));
    await mirror(jobId);
    await untilStarted('beta mirrorstart');
    await cluster.clock.advance(5000);
    const { disk } = cluster.machines.beta.files;
    expect(() => disk.find(disk.root, 'replica/late', 'look')).toThrow();
    held.add('beta mirrorcomplete');
    cluster.machines.beta.programs.started[0]?.end();
    await untilStarted('beta mirrorcomplete');
    await cluster.clock.advance(5000);
    expect((await cluster.beta.jobs.report(jobId)).targetState).toBe('Mirroring');
    expect((await cluster.alpha.jobs.report(jobId)).mirror.completed).toBe(1);
    endHeld('beta');
    await cluster.until(jobId, isComplete(2));
  });

  test('ends with the timeout: the script goes on beside the mirror, and its end is told', async () => {
    const jobId = await protect();
    await add('beta', jobId, 'mirrorstart', { timeoutMs: 2000 });
    held.add('beta mirrorstart');
    await mirror(jobId);
    await cluster.until(jobId, isComplete(2));
    expect(await cluster.beta.scripts.list(jobId)).toMatchObject([{ last: { state: 'detached' } }]);
    cluster.machines.beta.programs.started[0]?.end({ exitCode: 4 });
    await cluster.clock.advance(100);
    expect(await cluster.beta.scripts.list(jobId)).toMatchObject([{ last: { state: 'failed', exitCode: 4 } }]);
    expect(await cluster.events('beta')).toEqual(expect.arrayContaining([5163, 5162]));
  });

  test('kills the script at the timeout when it is told to', async () => {
    const jobId = await protect();
    await add('beta', jobId, 'mirrorstart', { timeoutMs: 2000, onTimeout: 'kill' });
    held.add('beta mirrorstart');
    await mirror(jobId);
    await cluster.until(jobId, isComplete(2));
    expect(cluster.machines.beta.programs.started[0]?.killed).toBe(true);
    expect(await cluster.beta.scripts.list(jobId)).toMatchObject([{ last: { state: 'failed' } }]);
  });

  test('is not needed: with NODELAY the mirror is complete while the script runs', async () => {
    const jobId = await protect();
    await add('beta', jobId, 'mirrorstart', { timeoutMs: 0 });
    held.add('beta mirrorstart');
    await mirror(jobId);
    await cluster.until(jobId, isComplete(2));
    expect(await cluster.beta.scripts.list(jobId)).toMatchObject([{ last: { state: 'running' } }]);
    endHeld('beta');
    await cluster.clock.advance(100);
    expect(await cluster.beta.scripts.list(jobId)).toMatchObject([{ last: { state: 'finished', exitCode: 0 } }]);
  });
});

describe('a script that does not run well', () => {
  test('is refused by the policy of its server, and the mirror completes', async () => {
    const jobId = await protect({ taskPolicy: { enabled: true, allow: ['/bin/mirrorcomplete'] } });
    await addAll(jobId, ['alpha', 'beta']);
    await mirror(jobId);
    await cluster.until(jobId, isComplete(2));
    expect(started).toEqual(['beta mirrorcomplete', 'alpha mirrorcomplete']);
    expect(await cluster.events('beta')).toContain(5164);
    expect((await cluster.alpha.scripts.list(jobId))[0]?.last).toMatchObject({ state: 'refused' });
  });

  test('is refused everywhere when tasks are off', async () => {
    const jobId = await protect({ taskPolicy: { enabled: false, allow: [] } });
    await addAll(jobId, ['alpha', 'beta']);
    await mirror(jobId);
    await cluster.until(jobId, isComplete(2));
    expect(started).toEqual([]);
  });

  test('fails, cannot be started, and the mirror completes all the same', async () => {
    const jobId = await protect();
    cluster.machines.beta.programs.onStart = (one) => one.end({ exitCode: 3, output: 'no space' });
    await addAll(jobId);
    cluster.machines.beta.programs.refuse('/bin/mirrorcomplete', 'PROGRAM-MISSING');
    await mirror(jobId);
    await cluster.until(jobId, isComplete(2));
    const [start, , complete] = await cluster.beta.scripts.list(jobId);
    expect(start?.last).toMatchObject({ state: 'failed', exitCode: 3, output: 'no space' });
    expect(complete?.last).toMatchObject({ state: 'failed', reason: expect.stringContaining('program missing') });
    expect((await cluster.events('beta')).filter((id) => id === 5162)).toHaveLength(2);
  });
});

describe('what does not last', () => {
  test('the target dies while START runs: it is interrupted, the mirror completes, nothing runs twice', async () => {
    const jobId = await protect();
    await addAll(jobId);
    held.add('beta mirrorstart');
    await mirror(jobId);
    await untilStarted('beta mirrorstart');
    cluster.kill('beta');
    await cluster.restart('beta');
    await cluster.until(jobId, isComplete(2));
    expect(started).toEqual(['beta mirrorstart', 'beta mirrorcomplete']);
    expect(await cluster.events('beta')).toContain(5165);
  });

  test('the target dies while COMPLETE runs: the mirror is complete, and it is not started again', async () => {
    const jobId = await protect();
    await addAll(jobId);
    held.add('beta mirrorcomplete');
    await mirror(jobId);
    await untilStarted('beta mirrorcomplete');
    cluster.kill('beta');
    await cluster.restart('beta');
    await cluster.until(jobId, isComplete(2));
    await cluster.clock.advance(2000);
    expect(started).toEqual(['beta mirrorstart', 'beta mirrorcomplete']);
  });

  test('the source dies in the middle: STOP comes before the next START, on both servers', async () => {
    const jobId = await protect();
    await addAll(jobId, ['alpha', 'beta']);
    held.add('beta mirrorstart');
    await mirror(jobId);
    await untilStarted('beta mirrorstart');
    cluster.kill('alpha');
    endHeld('beta');
    await cluster.restart('alpha');
    await cluster.until(jobId, isComplete(2));
    await cluster.clock.advance(1000);
    const on = (side: Side): string[] =>
      started.filter((one) => one.startsWith(side)).map((one) => one.split(' ')[1] ?? '');
    const points = ['mirrorstart', 'mirrorstop', 'mirrorstart', 'mirrorcomplete'];
    expect(on('alpha')).toEqual(points);
    expect(on('beta')).toEqual(points);
  });

  test('the source dies while its COMPLETE runs: that mirror was no stopped one', async () => {
    const jobId = await protect();
    await addAll(jobId, ['alpha']);
    held.add('alpha mirrorcomplete');
    await mirror(jobId);
    await untilStarted('alpha mirrorcomplete');
    cluster.kill('alpha');
    held.clear();
    await cluster.restart('alpha');
    await cluster.until(jobId, isComplete(3));
    await cluster.clock.advance(1000);
    expect(started).toEqual(['alpha mirrorstart', 'alpha mirrorcomplete', 'alpha mirrorstart', 'alpha mirrorcomplete']);
  });

  test('the link is lost in the middle: the mirror goes on, and each point comes once', async () => {
    const jobId = await protect();
    await addAll(jobId, ['alpha', 'beta']);
    held.add('beta mirrorstart');
    await mirror(jobId);
    await untilStarted('beta mirrorstart');
    cluster.network.refuse('alpha', 'beta');
    cluster.network.cut('alpha', 'beta');
    await cluster.clock.advance(10_000);
    endHeld('beta');
    cluster.network.heal('alpha', 'beta');
    await cluster.until(jobId, isComplete(2));
    await cluster.clock.advance(1000);
    expect([...new Set(started)]).toHaveLength(started.length);
    expect(started).toContain('alpha mirrorcomplete');
    expect(started).not.toContain('beta mirrorstop');
  });

  test('scripts live with the job: over restarts of both servers, and no longer than it', async () => {
    const jobId = await protect();
    await addAll(jobId, ['alpha', 'beta']);
    for (const side of ['alpha', 'beta'] as const) {
      cluster.kill(side);
      await cluster.restart(side);
    }
    for (const side of ['alpha', 'beta'] as const) expect(await cluster[side].scripts.list(jobId)).toHaveLength(3);
    await cluster.turning(cluster.beta.scripts.remove(jobId, 'mirrorstart'));
    await cluster.turning(cluster.alpha.scripts.remove(jobId, null));
    expect((await cluster.beta.scripts.list(jobId)).map(({ point }) => point)).toEqual([
      'mirrorstop',
      'mirrorcomplete',
    ]);
    expect(await cluster.alpha.scripts.list(jobId)).toEqual([]);
    await cluster.until(jobId, ({ mirror: { status }, targetState }) => status === 'Idle' && targetState === 'OK');
    await cluster.turning(cluster.alpha.jobs.disconnect(jobId));
    await cluster.clock.advance(2000);
    await expect(cluster.beta.scripts.list(jobId)).rejects.toMatchObject({ code: 'JOB-UNKNOWN' });
    expect((await cluster.machines.beta.storage.list('jobs')).filter((name) => name.includes('scripts'))).toEqual([]);
  });
});
