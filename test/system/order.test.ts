// Issue 2, "It must show", line 3: a task stands in the data exactly where it was queued. A writer increments a counter in a
// file without pause; a task copies the replica's file.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { JobReport } from '../../src/model/report.ts';
import type { TaskAction } from '../../src/model/stream/task.ts';
import { MemoryCluster } from '../support/memory-cluster.ts';
import { RealCluster } from '../support/real-cluster.ts';
import { digits } from './counting-writer.ts';

const numberText = (count: number): Buffer => Buffer.from(String(count).padStart(digits, '0'));
const program = (path: string, ...given: readonly string[]): { onexecute: TaskAction } => ({
  onexecute: { type: 'program', program: path, arguments: given },
});

test('with captured operations the copy holds exactly the value at the place of the task', async () => {
  const cluster = await MemoryCluster.start({ capture: 'operations' });
  try {
    const { workload, machines } = cluster;
    workload.create('/work/counter', numberText(0));
    const { jobId } = await cluster.turning(cluster.connect());
    await cluster.mirrored(jobId);

    // After each increment, how far the stream is: a task that stands behind it comes after the increment.
    const history: { readonly count: number; readonly head: Promise<JobReport> }[] = [];
    let stopped = false;
    const increment = (): void => {
      workload.write('/work/counter', 0, numberText(history.length + 1));
      history.push({ count: history.length + 1, head: cluster.alpha.jobs.report(jobId) });
    };
    const writing = (async () => {
      while (!stopped) {
        for (let left = history.length % 5; left > 0; left -= 1) {
          increment();
          await Promise.resolve();
        }
        increment();
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();

    const readReplica = (): number => {
      const { disk } = machines.beta.files;
      return Number(disk.find(disk.root, 'replica/counter', 'read').content.read(0, digits).toString());
    };
    const copies: { readonly copy: number; readonly place: Promise<JobReport> }[] = [];
    const changedMeanwhile: number[] = [];
    machines.beta.programs.onStart = (started) => {
      const copy = readReplica();
      copies.push({ copy, place: cluster.beta.jobs.report(jobId) });
      cluster.clock.after(20, () => {
        if (readReplica() !== copy) changedMeanwhile.push(copy);
        started.end();
      });
    };
    for (let task = 0; task < 50; task += 1) {
      await cluster.turning(
        cluster.alpha.tasks.queue(jobId, { name: `copy ${task}`, actions: program('/bin/cp'), timeoutMs: null }),
      );
      await cluster.clock.advance(task % 3);
    }
    stopped = true;
    await writing;
    await cluster.until(jobId, ({ sequence }) => sequence.applied === sequence.head);

    expect(copies).toHaveLength(50);
    expect(changedMeanwhile).toEqual([]);
    const heads = await Promise.all(
      history.map(async ({ count, head }) => ({ count, head: (await head).sequence.head })),
    );
    for (const { copy, place } of copies) {
      const { applied } = (await place).sequence;
      expect(copy).toBe(heads.findLast(({ head }) => head < applied)?.count ?? 0);
    }
    expect(new Set(copies.map(({ copy }) => copy)).size).toBeGreaterThan(40);
  } finally {
    await cluster.stop();
  }
});

let cluster: RealCluster | undefined;
let writer: ChildProcess | undefined;
afterEach(async () => {
  writer?.kill('SIGKILL');
  writer = undefined;
  await cluster?.remove();
  cluster = undefined;
});

async function startWriter(file: string): Promise<void> {
  writer = spawn(process.execPath, [join(import.meta.dirname, 'counting-writer.ts'), file], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  while (Number(readFileSync(file, 'utf8')) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
}

test.each(['fanotify', 'inotify'] as const)(
  'watched with %s the copy holds a value between those at the call and at the return, and the replica stands still',
  async (method) => {
    cluster = await RealCluster.start({ watch: { method } });
    const source = join(cluster.work, 'counter');
    const replica = join(cluster.replica, 'counter');
    writeFileSync(source, numberText(0));
    const { jobId } = await cluster.connect();
    await cluster.mirrored(jobId);
    await startWriter(source);

    const script = join(cluster.folder, 'copy-and-compare.sh');
    writeFileSync(script, '#!/bin/sh\n/bin/cp "$1" "$2"\n/bin/sleep 0.1\n/usr/bin/cmp "$1" "$2"\n');
    chmodSync(script, 0o755);
    const now = (): number => Number(readFileSync(source, 'utf8'));
    const bounds: { readonly from: number; readonly to: number; readonly copy: string }[] = [];
    for (let task = 0; task < 12; task += 1) {
      const copy = join(cluster.folder, `copy ${task}`);
      // Every other one is /bin/cp itself; several stand in the stream at a time.
      const actions = task % 2 === 0 ? program(script, replica, copy) : program('/bin/cp', replica, copy);
      const from = now();
      await cluster.alpha.tasks.queue(jobId, { name: `copy ${task}`, actions, timeoutMs: null });
      bounds.push({ from, to: now(), copy });
    }
    await cluster.settled(jobId);

    const states = (await cluster.beta.tasks.list(jobId)).map(({ name, state, output }) => [name, state, output]);
    expect(states.filter(([, state]) => state !== 'finished')).toEqual([]);
    for (const { from, to, copy } of bounds) {
      const copied = Number(readFileSync(copy, 'utf8'));
      expect(copied).toBeGreaterThanOrEqual(from);
      expect(copied).toBeLessThanOrEqual(to);
    }
    expect((await cluster.alpha.jobs.report(jobId)).mirror.completed).toBe(1);
  },
);

test('a thousand programs, each started once, in order, each at its place in the data', async () => {
  cluster = await RealCluster.start();
  const source = join(cluster.work, 'value');
  writeFileSync(source, 'none\n');
  const { jobId } = await cluster.connect();
  await cluster.mirrored(jobId);
  const found = join(cluster.folder, 'found');
  const note = `read value < '${join(cluster.replica, 'value')}'; echo "$1 $value" >> '${found}'`;
  for (let task = 0; task < 1000; task += 1) {
    // A change before every tenth: the task must find it, and not the next one.
    if (task % 10 === 0) writeFileSync(source, `value ${task}\n`);
    const actions = program('/bin/sh', '-c', note, 'sh', String(task));
    await cluster.alpha.tasks.queue(jobId, { name: `task ${task}`, actions, timeoutMs: null });
  }
  await cluster.settled(jobId);
  const expected = Array.from({ length: 1000 }, (_, task) => `${task} value ${task - (task % 10)}`);
  expect(readFileSync(found, 'utf8').trimEnd().split('\n')).toEqual(expected);
  expect(readdirSync(cluster.replica)).toEqual(['value']);
});

test('a thousand tasks with servers killed among them: in order, none started twice, each accounted for', async () => {
  const cluster = await MemoryCluster.start({ capture: 'operations' });
  try {
    const { workload, machines } = cluster;
    workload.create('/work/value', numberText(0));
    const { jobId } = await cluster.turning(cluster.connect());
    await cluster.mirrored(jobId);
    const started: number[] = [];
    machines.beta.programs.onStart = ({ request, end }) => {
      started.push(Number(request.arguments[0]));
      cluster.clock.after(1, () => end.call(machines.beta.programs.started.at(-1), {}));
    };
    const taskIds: string[] = [];
    for (let task = 0; task < 1000; task += 1) {
      workload.write('/work/value', 0, numberText(task));
      const actions = program('/bin/note', String(task));
      taskIds.push(
        await cluster.turning(cluster.alpha.tasks.queue(jobId, { name: `task ${task}`, actions, timeoutMs: null })),
      );
      if (task % 100 === 30) {
        cluster.kill('beta');
        await cluster.restart('beta');
      }
      if (task % 250 === 120) {
        cluster.kill('alpha');
        await cluster.restart('alpha');
      }
    }
    await cluster.until(
      jobId,
      ({ sequence, targetState }) => targetState === 'OK' && sequence.applied === sequence.head,
    );
    await cluster.clock.advance(2000);

    expect(started).toEqual([...new Set(started)].sort((one, other) => one - other));
    const reports = [...(await cluster.alpha.tasks.list(jobId)), ...(await cluster.beta.tasks.list(jobId))];
    const unaccounted = taskIds.flatMap((taskId, task) => {
      const states = reports.filter((one) => one.taskId === taskId).map(({ state }) => state);
      const accounted = started.includes(task) || states.includes('interrupted') || states.includes('cancelled');
      return accounted ? [] : [{ task, states }];
    });
    expect(unaccounted).toEqual([]);
    expect(started.length).toBeGreaterThan(900);
  } finally {
    await cluster.stop();
  }
});

test('tasks whose reports have been forgotten are not started again after a kill', async () => {
  const cluster = await MemoryCluster.start({ capture: 'operations' });
  try {
    const { programs } = cluster.machines.beta;
    const { jobId } = await cluster.turning(cluster.connect());
    await cluster.mirrored(jobId);
    const started: string[] = [];
    programs.onStart = (one) => {
      started.push(one.request.arguments[0] ?? '');
      one.end({ output: 'x'.repeat(4000) });
    };
    // Together their reports are more than a journal holds before it forgets the oldest.
    const count = 2500;
    const queued = Array.from({ length: count }, (_, task) => {
      const actions = program('/bin/note', String(task));
      return cluster.alpha.tasks.queue(jobId, { name: `task ${task}`, actions, timeoutMs: null });
    });
    await cluster.turning(Promise.all(queued));
    for (let step = 0; step < 1000 && started.length < count; step += 1) await cluster.clock.advance(1);
    cluster.kill('beta');
    await cluster.restart('beta');
    await cluster.until(
      jobId,
      ({ sequence, targetState }) => targetState === 'OK' && sequence.applied === sequence.head,
    );
    expect(started).toEqual(Array.from({ length: count }, (_, task) => String(task)));
  } finally {
    await cluster.stop();
  }
});
