// TASK CANCEL: a task that waits is cancelled before it runs, one that runs is ended, on both sides and whatever dies meanwhile; one that
// has ended is refused.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { SourceLink } from '../../../src/engine/link/source-link.ts';
import type { StreamTask, TaskAction, TaskReport } from '../../../src/model/stream/task.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
let jobId: string;
let started: string[];
let ends: (() => void)[];
afterEach(async () => {
  vi.restoreAllMocks();
  await cluster.stop();
});

const program = (path: string): TaskAction => ({ type: 'program', program: path, arguments: [] });

async function protect(): Promise<void> {
  cluster = await MemoryCluster.start();
  cluster.workload.create('/work/counter', Buffer.from('0'));
  ({ jobId } = await cluster.turning(cluster.connect()));
  await cluster.mirrored(jobId);
  started = [];
  ends = [];
  for (const name of ['alpha', 'beta'] as const) {
    cluster.machines[name].programs.onStart = (one) => {
      started.push(`${name} ${one.request.environment?.UNDERSTUDY_POINT}`);
      ends.push(() => one.end());
    };
  }
}

function queue(actions: StreamTask['actions'], timeoutMs: number | null = null): Promise<string> {
  return cluster.turning(cluster.alpha.tasks.queue(jobId, { name: 'task', actions, timeoutMs }));
}

const cancel = (taskId: string): Promise<readonly TaskReport[]> =>
  cluster.turning(cluster.alpha.tasks.cancel(jobId, taskId));

async function states(server: 'alpha' | 'beta', taskId: string): Promise<string[]> {
  const reports = await cluster[server].tasks.list(jobId);
  return reports.filter((one) => one.taskId === taskId).map(({ point, state }) => `${point} ${state}`);
}

/** What comes behind the task in the stream is applied. */
async function expectStreamGoesOn(): Promise<void> {
  cluster.workload.write('/work/counter', 0, Buffer.from('1'));
  await cluster.until(jobId, ({ sequence, replication }) => {
    return replication.status === 'Ready' && sequence.applied === sequence.head;
  });
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
}

describe('a task that waits', () => {
  test('in the queue of the target never runs, and the stream goes on behind it', async () => {
    await protect();
    await cluster.turning(cluster.beta.transmission.pauseTarget(jobId));
    const taskId = await queue({ onexecute: program('/late') });
    await cluster.clock.advance(1000);
    expect(await states('beta', taskId)).toEqual(['onexecute queued']);
    const [report] = await cancel(taskId);
    expect(report).toMatchObject({ point: 'onexecute', state: 'cancelled', reason: 'an operator cancelled it' });
    await cluster.turning(cluster.beta.transmission.resumeTarget(jobId));
    await expectStreamGoesOn();
    expect(started).toEqual([]);
    for (const name of ['alpha', 'beta'] as const) {
      expect(await states(name, taskId)).toEqual(['onexecute cancelled']);
      expect(await cluster.events(name)).toContain(5045);
    }
  });

  test('in the queue of the source never runs at any point', async () => {
    await protect();
    await cluster.turning(cluster.alpha.transmission.pause(jobId));
    const actions = { ontransmit: program('/a'), onreceive: program('/b'), onexecute: program('/c') };
    const taskId = await queue(actions);
    await cluster.clock.advance(1000);
    await cancel(taskId);
    await cluster.turning(cluster.alpha.transmission.start(jobId));
    await expectStreamGoesOn();
    expect(started).toEqual([]);
    const cancelled = ['onreceive cancelled', 'onexecute cancelled'];
    expect((await states('alpha', taskId)).toSorted()).toEqual([...cancelled, 'ontransmit cancelled'].toSorted());
    expect(await states('beta', taskId)).toEqual(cancelled);
  });

  test.each(['alpha', 'beta'] as const)(
    'is cancelled without a link, also when %s dies before the next one',
    async (name) => {
      await protect();
      await cluster.turning(cluster.beta.transmission.pauseTarget(jobId));
      const taskId = await queue({ onexecute: program('/late') });
      await cluster.clock.advance(1000);
      cluster.network.refuse('alpha', 'beta');
      cluster.network.cut('alpha', 'beta');
      await cluster.clock.advance(100);
      await cancel(taskId);
      expect(await states('alpha', taskId)).toEqual(['onexecute cancelled']);
      cluster.kill(name);
      await cluster.restart(name);
      cluster.network.heal('alpha', 'beta');
      await cluster.until(jobId, ({ connectedSinceMs }) => connectedSinceMs !== null);
      await cluster.clock.advance(2000);
      expect(await states('beta', taskId)).toEqual(['onexecute cancelled']);
      await cluster.turning(cluster.beta.transmission.resumeTarget(jobId));
      await cluster.until(jobId, ({ mirror, targetState }) => mirror.status === 'Idle' && targetState === 'OK');
      await expectStreamGoesOn();
      expect(started).toEqual([]);
      expect(await states('alpha', taskId)).toEqual(['onexecute cancelled']);
    },
  );
});

describe('a task that runs', () => {
  test('on the target is ended, and the stream goes on', async () => {
    await protect();
    const taskId = await queue({ onexecute: program('/hangs') });
    await cluster.clock.advance(1000);
    expect(started).toEqual(['beta onexecute']);
    await cancel(taskId);
    await expectStreamGoesOn();
    for (const name of ['alpha', 'beta'] as const) expect(await states(name, taskId)).toEqual(['onexecute cancelled']);
    const [report] = await cluster.beta.tasks.list(jobId);
    expect(report).toMatchObject({ reason: 'an operator cancelled it while it ran' });
  });

  test('on the source is ended, and the points behind it never run', async () => {
    await protect();
    const taskId = await queue({ onqueue: program('/hangs'), onexecute: program('/never') });
    await cluster.clock.advance(1000);
    expect(started).toEqual(['alpha onqueue']);
    await cancel(taskId);
    await expectStreamGoesOn();
    expect(started).toEqual(['alpha onqueue']);
    expect((await states('alpha', taskId)).toSorted()).toEqual(['onexecute cancelled', 'onqueue cancelled']);
    expect(await states('beta', taskId)).toEqual(['onexecute cancelled']);
  });

  test('beside the stream, after its timeout, is ended too', async () => {
    await protect();
    const taskId = await queue({ onexecute: program('/hangs') }, 1000);
    await cluster.clock.advance(3000);
    expect(await states('alpha', taskId)).toEqual(['onexecute detached']);
    await cancel(taskId);
    expect(await states('alpha', taskId)).toEqual(['onexecute cancelled']);
  });
});

describe('what cannot be cancelled', () => {
  test('a task that has ended', async () => {
    await protect();
    const taskId = await queue({ onexecute: program('/short') });
    await cluster.clock.advance(1000);
    ends[0]?.();
    await cluster.clock.advance(1000);
    await expect(cancel(taskId)).rejects.toMatchObject({ code: 'TASK-ENDED', reason: 'onexecute: finished' });
    expect(await states('alpha', taskId)).toEqual(['onexecute finished']);
  });

  test('a task that may be on a target of an earlier version', async () => {
    await protect();
    await cluster.turning(cluster.beta.transmission.pauseTarget(jobId));
    const taskId = await queue({ onexecute: program('/late') });
    await cluster.clock.advance(1000);
    vi.spyOn(SourceLink.prototype, 'takesCancels', 'get').mockReturnValue(false);
    await expect(cancel(taskId)).rejects.toMatchObject({ code: 'TARGET-TOO-OLD', subject: 'beta' });
    vi.restoreAllMocks();
    for (const name of ['alpha', 'beta'] as const) expect(await states(name, taskId)).toEqual(['onexecute queued']);
  });

  test('a task that the connection does not have', async () => {
    await protect();
    await expect(cancel('no-such-task')).rejects.toMatchObject({ code: 'TASK-UNKNOWN' });
  });
});
