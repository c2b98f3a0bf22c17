// Stream tasks over both servers: their order over one task, what the built-in ones do, and what becomes of those whose
// stream or server does not last.
import { afterEach, describe, expect, test } from 'vitest';
import { defaultQueueLimits } from '../../../src/engine/queue/queue-limits.ts';
import type { StreamTask, TaskAction, TaskReport } from '../../../src/model/stream/task.ts';
import { MemoryCluster, type MemoryClusterOptions } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

async function protect(options: MemoryClusterOptions = {}): Promise<string> {
  cluster = await MemoryCluster.start(options);
  cluster.workload.create('/work/counter', Buffer.from('0'));
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  return jobId;
}

function queue(jobId: string, actions: StreamTask['actions'], timeoutMs: number | null = null): Promise<string> {
  return cluster.turning(cluster.alpha.tasks.queue(jobId, { name: 'task', actions, timeoutMs }));
}

const program = (path: string): TaskAction => ({ type: 'program', program: path, arguments: [] });

async function report(server: 'alpha' | 'beta', jobId: string, taskId: string, point = 'onexecute') {
  const reports = await cluster[server].tasks.list(jobId);
  return reports.find((one) => one.taskId === taskId && one.point === point);
}

async function untilTask(jobId: string, taskId: string, state: TaskReport['state'], point = 'onexecute') {
  for (let step = 0; step < 1000; step += 1) {
    if ((await report('alpha', jobId, taskId, point))?.state === state) return;
    await cluster.clock.advance(20);
  }
  throw new Error(`${taskId} is ${JSON.stringify(await report('alpha', jobId, taskId, point))}`);
}

describe('the four points', () => {
  test('come one after the other, each when the one before has ended, on the server they belong to', async () => {
    const jobId = await protect();
    const started: string[] = [];
    const waiting: (() => void)[] = [];
    for (const name of ['alpha', 'beta'] as const) {
      cluster.machines[name].programs.onStart = (one) => {
        started.push(`${name} ${one.request.program} ${one.request.environment?.UNDERSTUDY_POINT}`);
        waiting.push(() => one.end());
      };
    }
    const taskId = await queue(jobId, {
      onqueue: program('/a'),
      ontransmit: program('/b'),
      onreceive: program('/c'),
      onexecute: program('/d'),
    });
    const order = ['alpha /a onqueue', 'alpha /b ontransmit', 'beta /c onreceive', 'beta /d onexecute'];
    for (let count = 1; count <= order.length; count += 1) {
      await cluster.clock.advance(200);
      expect(started).toEqual(order.slice(0, count));
      waiting.shift()?.();
    }
    await untilTask(jobId, taskId, 'finished');
    const states = (await cluster.alpha.tasks.list(jobId)).map(({ point, state }) => `${point} ${state}`);
    expect(states.sort()).toEqual([
      'onexecute finished',
      'onqueue finished',
      'onreceive finished',
      'ontransmit finished',
    ]);
  });

  test('a point that may not run there is refused, and the stream goes on to the next', async () => {
    const jobId = await protect({ taskPolicy: { enabled: true, allow: ['/allowed'] } });
    cluster.machines.beta.programs.onStart = (one) => one.end();
    const taskId = await queue(jobId, { onreceive: program('/forbidden'), onexecute: program('/allowed') });
    await untilTask(jobId, taskId, 'finished');
    expect((await report('alpha', jobId, taskId, 'onreceive'))?.state).toBe('refused');
    expect(await cluster.events('beta')).toContain(5044);
  });
});

describe('what a task does at ONEXECUTE', () => {
  test('a program finds the replica exactly as the source was when it was queued', async () => {
    const jobId = await protect({ capture: 'operations' });
    const seen: string[] = [];
    cluster.machines.beta.programs.onStart = (one) => {
      const { disk } = cluster.machines.beta.files;
      seen.push(disk.find(disk.root, 'replica/counter', 'look').content.read(0, 10).toString());
      one.end();
    };
    const tasks: Promise<string>[] = [];
    for (let value = 1; value <= 20; value += 1) {
      cluster.workload.write('/work/counter', 0, Buffer.from(String(value)));
      tasks.push(
        cluster.alpha.tasks.queue(jobId, { name: 't', actions: { onexecute: program('/t') }, timeoutMs: null }),
      );
      if (value % 3 === 0) await cluster.clock.advance(1);
    }
    await cluster.turning(Promise.all(tasks));
    await cluster.until(jobId, ({ sequence }) => sequence.applied === sequence.head);
    expect(seen).toHaveLength(20);
    // Each at its place or, when several were queued without a moment between, at a later one; never before.
    for (const [index, value] of seen.entries()) expect(Number(value)).toBeGreaterThanOrEqual(index + 1);
  });

  test('a snapshot, a verification, a DNS update', async () => {
    const jobId = await protect();
    const server = { host: '127.0.0.1', port: 53 };
    cluster.names.addServer({ ...server, zones: ['shop.example'] });
    await cluster.beta.dns.addServer({ name: 'ns', ...server, zones: ['shop.example'], key: null });
    cluster.workload.write('/work/counter', 0, Buffer.from('1'));
    const snapshot = await queue(jobId, { onexecute: { type: 'snapshot', name: 'before' } });
    const verify = await queue(jobId, { onexecute: { type: 'verify' } });
    const dns = await queue(jobId, {
      onexecute: { type: 'dns-update', name: 'www.shop.example', address: '10.0.0.2', ttlSeconds: 300 },
    });
    for (const taskId of [snapshot, verify, dns]) await untilTask(jobId, taskId, 'finished');
    expect(await cluster.beta.snapshots.list(jobId)).toMatchObject([{ name: 'before', type: 'manual', state: 'good' }]);
    expect(await cluster.names.query(server, 'www.shop.example', 'A')).toMatchObject([{ value: '10.0.0.2' }]);
    expect(await cluster.events('alpha')).toContain(5060);
  });

  test('a verification that finds a difference fails', async () => {
    const jobId = await protect();
    const { disk } = cluster.machines.beta.files;
    await cluster.clock.advance(5000);
    disk.write(disk.find(disk.root, 'replica/counter', 'damage'), 0, Buffer.from('X'), 'counter');
    const taskId = await queue(jobId, { onexecute: { type: 'verify' } });
    await untilTask(jobId, taskId, 'failed');
    expect((await report('alpha', jobId, taskId))?.reason).toMatch(/1 differences/);
  });

  test('a failover: the replica stands at the task, what follows is discarded, the source stops', async () => {
    const jobId = await protect({ capture: 'operations' });
    cluster.workload.write('/work/counter', 0, Buffer.from('1'));
    const taskId = await queue(jobId, { onexecute: { type: 'failover' } });
    cluster.workload.write('/work/counter', 0, Buffer.from('2'));
    await cluster.until(jobId, ({ failedOver }) => failedOver);
    expect((await cluster.beta.tasks.list(jobId)).find((one) => one.taskId === taskId)?.state).toBe('finished');
    const { disk } = cluster.machines.beta.files;
    expect(disk.find(disk.root, 'replica/counter', 'look').content.read(0, 1).toString()).toBe('1');
    expect(await cluster.events('alpha')).toContain(5074);
    await expect(cluster.alpha.tasks.queue(jobId, { name: 't', actions: {}, timeoutMs: 0 })).rejects.toMatchObject({
      code: 'JOB-STOPPED',
    });
  });
});

describe('what does not last', () => {
  test('a task that runs when its server is killed is interrupted, and never started again', async () => {
    const jobId = await protect();
    const taskId = await queue(jobId, { onexecute: program('/long') });
    const next = await queue(jobId, { onexecute: program('/next') });
    await cluster.clock.advance(500);
    expect(cluster.machines.beta.programs.started).toHaveLength(1);
    cluster.kill('beta');
    cluster.machines.beta.programs.onStart = (one) => one.end();
    await cluster.restart('beta');
    await untilTask(jobId, taskId, 'interrupted');
    await untilTask(jobId, next, 'finished');
    const started = cluster.machines.beta.programs.started.map(({ request }) => request.program);
    expect(started).toEqual(['/long', '/next']);
    expect((await cluster.events('alpha')).filter((id) => id === 5010)).toHaveLength(1);
  });

  test('a task that the target has is not cancelled by a restart of the source; one that it never got is', async () => {
    const jobId = await protect();
    const running = await queue(jobId, { onexecute: program('/long') });
    const behind = await queue(jobId, { onexecute: program('/behind') });
    await cluster.clock.advance(500);
    cluster.network.refuse('alpha', 'beta');
    cluster.network.cut('alpha', 'beta');
    const lost = await queue(jobId, { onexecute: program('/lost') });
    cluster.kill('alpha');
    cluster.network.heal('alpha', 'beta');
    await cluster.restart('alpha');
    await untilTask(jobId, lost, 'cancelled');
    expect((await report('alpha', jobId, running))?.state).toBe('running');
    expect((await report('alpha', jobId, behind))?.state).toBe('queued');
    expect((await cluster.events('alpha')).filter((id) => id === 5045)).toHaveLength(1);
    cluster.machines.beta.programs.onStart = (one) => one.end();
    cluster.machines.beta.programs.started[0]?.end();
    await untilTask(jobId, behind, 'finished');
    expect(cluster.machines.beta.programs.started.map(({ request }) => request.program)).toEqual(['/long', '/behind']);
  });

  test('when the stream is replaced, tasks that the target never got are cancelled, also one that is just being placed', async () => {
    const jobId = await protect({
      capture: 'operations',
      queueLimits: { ...defaultQueueLimits, memoryBytesMax: 4_000_000, logBytesMax: 100_000, disk: 'none' },
    });
    cluster.network.refuse('alpha', 'beta');
    cluster.network.cut('alpha', 'beta');
    const placed = await queue(jobId, { onreceive: program('/a'), onexecute: program('/b') });
    const placing = cluster.alpha.tasks.queue(jobId, {
      name: 'late',
      actions: { onexecute: program('/late') },
      timeoutMs: null,
    });
    placing.catch(() => undefined);
    cluster.workload.create('/work/large', Buffer.alloc(6_000_000, 1));
    await expect(cluster.turning(placing)).rejects.toMatchObject({ code: 'STREAM-ENDED' });
    await cluster.clock.advance(100);
    expect((await cluster.alpha.tasks.list(jobId)).map(({ state }) => state)).toEqual(Array(3).fill('cancelled'));
    expect((await report('alpha', jobId, placed))?.reason).toContain('memory');
    cluster.network.heal('alpha', 'beta');
    await cluster.until(jobId, ({ mirror }) => mirror.status === 'Idle' && mirror.completed === 2);
    expect(cluster.machines.beta.programs.started).toEqual([]);
  });

  test('a failover that discards the queue cancels what waits in it', async () => {
    const jobId = await protect();
    const running = await queue(jobId, { onexecute: program('/long') }, 60_000);
    const waiting = await queue(jobId, { onexecute: program('/waiting') });
    await cluster.clock.advance(500);
    cluster.kill('alpha');
    await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'discard' }));
    const states = (await cluster.beta.tasks.list(jobId)).map(({ taskId, state }) => [taskId, state]);
    expect(states).toEqual([
      [running, 'detached'],
      [waiting, 'cancelled'],
    ]);
  });
});
