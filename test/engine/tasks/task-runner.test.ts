import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/base/failure.ts';
import { TaskJournal } from '../../../src/engine/tasks/task-journal.ts';
import { type TaskPolicy, TaskRunner, type TaskServer } from '../../../src/engine/tasks/task-runner.ts';
import type { StreamTask, TaskAction, TaskReport } from '../../../src/model/stream/task.ts';
import { MemoryJavaScript } from '../../../src/simulator/memory/memory-javascript.ts';
import { MemoryPrograms } from '../../../src/simulator/memory/memory-programs.ts';
import { MemoryStorage } from '../../../src/simulator/memory/memory-storage.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';

class Rig {
  readonly clock = new ManualClock();
  readonly storage: MemoryStorage;
  readonly programs = new MemoryPrograms();
  readonly javascript = new MemoryJavaScript();
  readonly events: number[] = [];
  readonly changes: TaskReport[] = [];
  readonly done: string[] = [];
  builtIn: (type: string) => Promise<void> = async () => undefined;
  runBlock: TaskServer['runBlock'] = async () => undefined;
  journal!: TaskJournal;
  runner!: TaskRunner;

  static async open(policy: TaskPolicy = { enabled: true, allow: 'any' }, storage = new MemoryStorage()): Promise<Rig> {
    const rig = new Rig(storage);
    rig.journal = await TaskJournal.open(storage, 'job');
    const { clock, programs, javascript } = rig;
    const runBlock: TaskServer['runBlock'] = (block, signal) => rig.runBlock(block, signal);
    rig.runner = new TaskRunner(
      { clock, programs, javascript, taskPolicy: policy, runBlock },
      {
        journal: rig.journal,
        environment: { UNDERSTUDY_JOB: 'j' },
        builtIn: (action) => rig.builtIn(action.type),
        emit: (id) => void rig.events.push(id),
        changed: (report) => void rig.changes.push(report),
      },
    );
    return rig;
  }

  private constructor(storage: MemoryStorage) {
    this.storage = storage;
  }

  /** The state of the task, and whether the stream has gone on. */
  run(task: StreamTask): { readonly hasPassed: () => boolean } {
    let passed = false;
    void this.runner.run(task, 'onexecute').then(() => {
      passed = true;
    });
    return { hasPassed: () => passed };
  }

  stateOf({ taskId }: StreamTask): string | undefined {
    return this.journal.find(taskId, 'onexecute')?.state;
  }
}

let nextTask = 0;
function task(timeoutMs: number | null, action: TaskAction = program('/bin/task')): StreamTask {
  nextTask += 1;
  return { taskId: `t${nextTask}`, name: 'stamp', actions: { onexecute: action }, timeoutMs };
}

function script(body: string, ...values: string[]): TaskAction {
  return { type: 'javascript', names: values.map((_, index) => `value${index}`), body, values };
}

const limits = { memoryMiB: 64, processorSeconds: 10, wallMs: 60_000 };

function program(path: string, ...given: string[]): TaskAction {
  return { type: 'program', program: path, arguments: given };
}

test('the stream waits until the program has ended, and its start is durable before it is spawned', async () => {
  const rig = await Rig.open({ enabled: true, allow: ['/bin/task'], account: 'backup' });
  const one = task(60_000, program('/bin/task', 'a b', '$HOME'));
  let durableAtStart: Promise<Buffer | undefined> | undefined;
  rig.programs.onStart = () => {
    rig.storage.crash();
    durableAtStart = rig.storage.read('job/tasks.log');
  };
  rig.run(one);
  await rig.clock.advance(0);
  expect((await durableAtStart)?.toString()).toContain('"running"');
  expect(rig.programs.started[0]?.request).toEqual({
    program: '/bin/task',
    arguments: ['a b', '$HOME'],
    account: 'backup',
    label: `${one.taskId}.onexecute`,
    environment: { UNDERSTUDY_JOB: 'j', UNDERSTUDY_TASK: 'stamp', UNDERSTUDY_POINT: 'onexecute' },
  });
});

test('exit code 0 is finished, another one and a signal are failed, with the output', async () => {
  const rig = await Rig.open();
  const ends = [{ output: 'good' }, { exitCode: 3, output: 'bad' }, { exitCode: null, signal: 'SIGSEGV' }];
  rig.programs.onStart = (started) => started.end(ends.shift());
  for (const state of ['finished', 'failed', 'failed']) {
    const one = task(null);
    await rig.runner.run(one, 'onexecute');
    expect(rig.stateOf(one)).toBe(state);
  }
  expect(rig.journal.reports().map(({ reason, exitCode, output }) => ({ reason, exitCode, output }))).toEqual([
    { reason: '', exitCode: 0, output: 'good' },
    { reason: 'exit code 3', exitCode: 3, output: 'bad' },
    { reason: 'ended by SIGSEGV', exitCode: undefined, output: '' },
  ]);
  expect(rig.events).toEqual([5040, 5041, 5040, 5042, 5040, 5042]);
});

test('when the timeout has passed the stream goes on, and the program is reported as detached, then as ended', async () => {
  const rig = await Rig.open();
  const one = task(30_000);
  const waiting = rig.run(one);
  await rig.clock.advance(29_999);
  expect([waiting.hasPassed(), rig.stateOf(one)]).toEqual([false, 'running']);
  await rig.clock.advance(1);
  expect([waiting.hasPassed(), rig.stateOf(one)]).toEqual([true, 'detached']);
  expect(rig.programs.started[0]?.killed).toBe(false);
  rig.programs.started[0]?.end({ exitCode: 0 });
  await rig.clock.advance(0);
  expect(rig.stateOf(one)).toBe('finished');
  expect(rig.events).toEqual([5040, 5043, 5041]);
});

test('a timeout of 0 does not wait, FOREVER waits for ever', async () => {
  const rig = await Rig.open();
  const [now, forever] = [task(0), task(null)];
  const first = rig.run(now);
  await rig.clock.advance(0);
  expect([first.hasPassed(), rig.stateOf(now)]).toEqual([true, 'running']);
  rig.programs.started[0]?.end({ exitCode: 1 });
  await rig.clock.advance(0);
  expect(rig.stateOf(now)).toBe('failed');
  const second = rig.run(forever);
  await rig.clock.advance(1000 * 3600 * 24 * 365);
  expect([second.hasPassed(), rig.stateOf(forever)]).toEqual([false, 'running']);
  rig.programs.started[1]?.end();
  await rig.clock.advance(0);
  expect(second.hasPassed()).toBe(true);
});

test('a program is refused where task processing is off or it is not on the list; built-in actions are not', async () => {
  for (const policy of [
    { enabled: false, allow: 'any' },
    { enabled: true, allow: ['/bin/other', '/bin/tas'] },
  ] satisfies TaskPolicy[]) {
    const rig = await Rig.open(policy);
    const [one, snapshot] = [task(null), task(null, { type: 'snapshot', name: 's' })];
    await rig.runner.run(one, 'onexecute');
    await rig.runner.run(snapshot, 'onexecute');
    expect(rig.programs.started).toEqual([]);
    expect([rig.stateOf(one), rig.stateOf(snapshot)]).toEqual(['refused', 'finished']);
    expect(rig.events).toEqual([5044, 5040, 5041]);
  }
});

test('a program that is missing, and a built-in action that fails, are failed with the reason', async () => {
  const rig = await Rig.open();
  rig.programs.refuse('/bin/task', 'PROGRAM-MISSING');
  rig.builtIn = async () => {
    throw new Failure({ code: 'NO', operation: 'update DNS', subject: 'shop.example', reason: 'refused' });
  };
  const [one, dns] = [task(null), task(null, { type: 'dns-update', name: 'n', address: 'a', ttlSeconds: 1 })];
  await rig.runner.run(one, 'onexecute');
  await rig.runner.run(dns, 'onexecute');
  expect(rig.journal.reports().map(({ state, reason }) => `${state}: ${reason}`)).toEqual([
    'failed: cannot start the program: /bin/task: program missing',
    'failed: cannot update DNS: shop.example: refused',
  ]);
});

test('a task starts once at a point, whatever is replayed, also after a crash; one that ran then is interrupted', async () => {
  const storage = new MemoryStorage();
  const rig = await Rig.open(undefined, storage);
  const [ended, running, late] = [task(null), task(null), task(1)];
  rig.run(ended);
  await rig.clock.advance(0);
  rig.programs.started[0]?.end();
  rig.run(running);
  rig.run(late);
  await rig.clock.advance(10);
  await rig.runner.run(ended, 'onexecute');
  expect(rig.programs.started).toHaveLength(3);
  storage.crash();
  const again = await Rig.open(undefined, storage);
  await again.runner.reportInterrupted();
  expect([ended, running, late].map((one) => again.stateOf(one))).toEqual(['finished', 'interrupted', 'interrupted']);
  expect(again.events).toEqual([5046, 5046]);
  for (const one of [ended, running, late]) await again.runner.run(one, 'onexecute');
  expect(again.programs.started).toEqual([]);
});

test('a task is not started when a damaged journal may have held that it was; one that comes later is', async () => {
  const storage = new MemoryStorage();
  const rig = await Rig.open(undefined, storage);
  const [unknown, begun, fresh] = [task(null), task(null), task(null)];
  const queued = ({ taskId, name }: StreamTask): TaskReport => ({
    taskId,
    name,
    point: 'onexecute',
    state: 'queued',
    reason: '',
  });
  await rig.journal.record(queued(unknown));
  await rig.journal.record(queued(begun));
  rig.run(begun);
  await rig.clock.advance(0);
  await rig.journal.record(queued(fresh));
  await rig.journal.close();
  const lines = ((await storage.read('job/tasks.log')) ?? Buffer.alloc(0)).toString().split('\n');
  expect(lines[2]).toContain('running');
  const damaged = lines.map((line, index) => (index === 0 || index === 2 ? line.toUpperCase() : line));
  await storage.replace('job/tasks.log', Buffer.from(damaged.join('\n')));
  const again = await Rig.open(undefined, storage);
  await again.runner.reportInterrupted();
  expect(again.events).toEqual([5045]);
  for (const one of [unknown, begun]) await again.runner.run(one, 'onexecute');
  again.run(fresh);
  await again.clock.advance(0);
  expect([unknown, begun, fresh].map((one) => again.stateOf(one))).toEqual(['cancelled', 'cancelled', 'running']);
  expect(again.programs.started).toHaveLength(1);
  expect(again.events).toEqual([5045, 5045, 5040]);
});

test('what is cancelled is not started any more; what has started is not cancelled', async () => {
  const rig = await Rig.open();
  const [waiting, running] = [task(null), task(null)];
  rig.run(running);
  await rig.clock.advance(0);
  await rig.runner.cancel(waiting, 'onexecute', 'the queue was exhausted');
  await rig.runner.cancel(waiting, 'onreceive', 'the queue was exhausted');
  await rig.runner.cancel(running, 'onexecute', 'the queue was exhausted');
  await rig.runner.run(waiting, 'onexecute');
  expect([rig.stateOf(waiting), rig.stateOf(running)]).toEqual(['cancelled', 'running']);
  expect(rig.journal.find(waiting.taskId, 'onreceive')).toBeUndefined();
  expect(rig.programs.started).toHaveLength(1);
  rig.runner.killAll();
  await rig.clock.advance(0);
  expect(rig.programs.started[0]?.killed).toBe(true);
});

test('a script is refused where scripts may not run, and then it does not start', async () => {
  const off = await Rig.open({ enabled: false, allow: 'any', javascript: { run: true, limits } });
  const none = await Rig.open({ enabled: true, allow: 'any' });
  for (const rig of [off, none]) await rig.runner.run(task(null, script('return 1')), 'onexecute');
  expect([...off.journal.reports(), ...none.journal.reports()].map((one) => `${one.state}: ${one.reason}`)).toEqual([
    'refused: task processing is off on this server (tasks.enabled in its server.json)',
    'refused: JavaScript tasks are off on this server (tasks.javascript in its server.json)',
  ]);
  expect([...off.javascript.started, ...none.javascript.started]).toEqual([]);
});

test('a script is told where it runs, and its log and result are reported', async () => {
  const rig = await Rig.open({ enabled: true, allow: 'any', javascript: { run: false, limits } });
  rig.javascript.scripts.set('work', async ({ log, values }) => {
    log(`given ${values.join(' ')}`);
    log('x'.repeat(10_000));
    return { outcome: 'finished', result: { rotated: 2 } };
  });
  const taskId = '0192b3f0-0000-7000-8000-000000000000';
  await rig.runner.run({ ...task(null, script('work', 'a', 'b')), taskId }, 'onexecute');
  const queuedMs = 0x0192b3f00000;
  const about = { name: 'stamp', point: 'onexecute', job: 'j', replica: null, queuedMs };
  expect(rig.javascript.started[0]).toMatchObject({ about, values: ['a', 'b'], limits });
  expect(rig.javascript.started[0]).not.toHaveProperty('run');
  const [report] = rig.journal.reports();
  expect(report).toMatchObject({ state: 'finished', reason: '', result: { rotated: 2 } });
  expect(report?.output).toMatch(/^given a b\nx+$/);
  expect(report?.output).toHaveLength(4096);
});

test('what a script throws, why it was stopped, and a result that is too long make the task fail', async () => {
  const rig = await Rig.open({ enabled: true, allow: 'any', javascript: { run: false, limits } });
  const problem = { message: 'TypeError: no', line: 3, column: 1 };
  rig.javascript.scripts.set('throws', async () => ({ outcome: 'failed', problem }));
  rig.javascript.scripts.set('loops', async () => ({ outcome: 'stopped', reason: 'it took longer than 60 s' }));
  rig.javascript.scripts.set('floods', async () => ({ outcome: 'finished', result: 'x'.repeat(5000) }));
  for (const body of ['throws', 'loops', 'floods']) await rig.runner.run(task(null, script(body)), 'onexecute');
  expect(rig.journal.reports().map(({ state, reason }) => `${state}: ${reason}`)).toEqual([
    'failed: TypeError: no (line 3 of its script)',
    'failed: it took longer than 60 s',
    'failed: its result has more than 4096 characters',
  ]);
});

test('a script runs the programs that tasks may run, under their account, and none of them outlives it', async () => {
  const policy = {
    enabled: true,
    allow: ['/bin/task', '/bin/slow'],
    account: 'backup',
    javascript: { run: true, limits },
  };
  const rig = await Rig.open(policy);
  rig.programs.onStart = (one) => {
    if (one.request.program === '/bin/task') one.end({ exitCode: 3, output: 'no' });
  };
  rig.javascript.scripts.set('work', async ({ run }) => {
    const answer = (await run?.('/bin/task', ['a'])) ?? null;
    const refusal = await run?.('/bin/other', []).catch((thrown: Error) => thrown.message);
    void run?.('/bin/slow', []);
    return { outcome: 'finished', result: [answer, refusal ?? null] };
  });
  await rig.runner.run(task(null, script('work')), 'onexecute');
  await rig.clock.advance(0);
  expect(rig.journal.reports()[0]?.result).toEqual([
    { exitCode: 3, signal: null, output: 'no' },
    "/bin/other is not on this server's list of programs (tasks.allow in its server.json)",
  ]);
  expect(rig.programs.started.map((one) => [one.request.program, one.request.account, one.killed])).toEqual([
    ['/bin/task', 'backup', false],
    ['/bin/slow', 'backup', true],
  ]);
});

test('a server that stops ends its scripts, also one that is only being started', async () => {
  const rig = await Rig.open({ enabled: true, allow: 'any', javascript: { run: false, limits } });
  rig.javascript.scripts.set('endless', () => new Promise(() => undefined));
  const one = task(null, script('endless'));
  rig.run(one);
  rig.runner.killAll();
  await rig.clock.advance(0);
  expect(rig.journal.find(one.taskId, 'onexecute')).toMatchObject({ state: 'failed', reason: 'it was ended' });
});

describe('ONTIMEOUT KILL', () => {
  test('ends the program when its timeout has passed; the task has failed, and the stream goes on', async () => {
    const rig = await Rig.open();
    const one: StreamTask = { ...task(30_000), onTimeout: 'kill' };
    const waiting = rig.run(one);
    await rig.clock.advance(29_999);
    expect([rig.programs.started[0]?.killed, waiting.hasPassed()]).toEqual([false, false]);
    await rig.clock.advance(1);
    expect([rig.programs.started[0]?.killed, waiting.hasPassed(), rig.stateOf(one)]).toEqual([true, true, 'failed']);
    expect(rig.journal.find(one.taskId, 'onexecute')?.reason).toBe('it was ended after its timeout of 30 s');
  });

  test('does not hold the stream up for a program that cannot be killed', async () => {
    const rig = await Rig.open();
    rig.programs.onStart = (started) => {
      started.kill = () => undefined;
    };
    const one: StreamTask = { ...task(30_000), onTimeout: 'kill' };
    const waiting = rig.run(one);
    await rig.clock.advance(34_999);
    expect(waiting.hasPassed()).toBe(false);
    await rig.clock.advance(1);
    expect([waiting.hasPassed(), rig.stateOf(one)]).toEqual([true, 'detached']);
    rig.programs.started[0]?.end({ exitCode: null, signal: 'SIGKILL' });
    await rig.clock.advance(0);
    expect(rig.stateOf(one)).toBe('failed');
  });

  test('leaves a built-in action alone: it cannot be ended in the middle', async () => {
    const rig = await Rig.open();
    const { promise, resolve } = Promise.withResolvers<void>();
    rig.builtIn = () => promise;
    const one: StreamTask = { ...task(30_000, { type: 'snapshot', name: 's' }), onTimeout: 'kill' };
    const waiting = rig.run(one);
    await rig.clock.advance(30_000);
    expect([waiting.hasPassed(), rig.stateOf(one)]).toEqual([true, 'detached']);
    resolve();
    await rig.clock.advance(0);
    expect(rig.stateOf(one)).toBe('finished');
  });

  test('ends a block', async () => {
    const rig = await Rig.open({ enabled: true, allow: 'any', blocks: true });
    rig.runBlock = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('it was stopped')));
      });
    const one: StreamTask = { ...task(1000, { type: 'block', body: 'wait 1h', bindings: '{}' }), onTimeout: 'kill' };
    rig.run(one);
    await rig.clock.advance(1000);
    expect(rig.journal.find(one.taskId, 'onexecute')).toMatchObject({
      state: 'failed',
      reason: 'it was ended after its timeout of 1 s',
    });
  });
});

test('what an interrupted task has left running is ended at the next start, and the report says so', async () => {
  const rig = await Rig.open();
  const one = task(null);
  rig.run(one);
  await rig.clock.advance(0);
  rig.storage.crash();
  const again = await Rig.open(undefined, rig.storage);
  const asked: string[] = [];
  again.programs.endLeft = async (label) => {
    asked.push(label);
    return 2;
  };
  await again.runner.reportInterrupted();
  expect(asked).toEqual([`${one.taskId}.onexecute`]);
  expect(again.journal.find(one.taskId, 'onexecute')).toMatchObject({
    state: 'interrupted',
    reason: 'the server stopped while it ran; 2 of its processes still ran and were ended',
  });
});

describe('a journal that refuses how a task ended', () => {
  test('is asked again until it takes it, also when nobody waits for the task any more', async () => {
    const rig = await Rig.open();
    const one = task(30_000);
    const waiting = rig.run(one);
    await rig.clock.advance(30_000);
    expect([waiting.hasPassed(), rig.stateOf(one)]).toEqual([true, 'detached']);
    rig.storage.failNextSync('EIO');
    rig.programs.started[0]?.end({ exitCode: 0 });
    await rig.clock.advance(0);
    expect(rig.stateOf(one)).toBe('detached');
    await rig.clock.advance(3000);
    expect(rig.stateOf(one)).toBe('finished');
    expect(rig.events).toEqual([5040, 5043, 5041]);
    expect(rig.changes.at(-1)).toMatchObject({ taskId: one.taskId, state: 'finished' });
  });

  test('holds the stream up, and not a server that stops', async () => {
    const rig = await Rig.open();
    const [one, other] = [task(null), task(null)];
    const waiting = rig.run(one);
    await rig.clock.advance(0);
    rig.storage.failNextSync('EIO');
    rig.programs.started[0]?.end({ exitCode: 0 });
    await rig.clock.advance(2999);
    expect([waiting.hasPassed(), rig.stateOf(one)]).toEqual([false, 'running']);
    await rig.clock.advance(1);
    expect([waiting.hasPassed(), rig.stateOf(one)]).toEqual([true, 'finished']);
    rig.run(other);
    await rig.clock.advance(0);
    rig.storage.failNextSync('EIO');
    rig.programs.started[1]?.end({ exitCode: 0 });
    await rig.clock.advance(0);
    expect(rig.stateOf(other)).toBe('running');
    rig.runner.killAll();
    await rig.clock.advance(0);
    expect(rig.stateOf(other)).toBe('finished');
  });
});
