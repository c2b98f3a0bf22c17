// Tasks in JavaScript as the runtime sees them: called by a script, and on their way into the stream. The scripts are on paper.
import { beforeEach, describe, expect, it } from 'vitest';
import type { TaskPolicy } from '../../src/engine/tasks/task-runner.ts';
import type { CommandRequest } from '../../src/language/values/host.ts';
import { jsonOfValue, valueOfJson } from '../../src/language/values/json-values.ts';
import { duration, handle, list, none, record, secret, size, type Value } from '../../src/language/values/value.ts';
import { CommandArguments } from '../../src/runtime/commands/command-arguments.ts';
import { callScript } from '../../src/runtime/commands/script-calls.ts';
import { MemoryJavaScript } from '../../src/simulator/memory/memory-javascript.ts';
import { MemoryPrograms } from '../../src/simulator/memory/memory-programs.ts';
import { CommandRig } from '../support/command-rig.ts';

const limits = { memoryMiB: 64, processorSeconds: 10, wallMs: 60_000 };
const lenient: TaskPolicy = {
  enabled: true,
  allow: ['/bin/task'],
  account: 'backup',
  javascript: { run: true, limits },
};

let javascript: MemoryJavaScript;
let programs: MemoryPrograms;
let lines: string[];

beforeEach(() => {
  javascript = new MemoryJavaScript();
  programs = new MemoryPrograms();
  lines = [];
});

function call(values: readonly Value[], policy = lenient, signal = new AbortController().signal): Promise<Value> {
  const names = list(values.map((_, index) => `value${index}`));
  const given = { name: 'rotate', script: 'work', names, values: list(values) };
  const parts = { javascript, programs, policy };
  return callScript(new CommandArguments(given), parts, (line) => void lines.push(line), signal);
}

describe('a call', () => {
  it('hands on its values and lines, and gives back what the script gave', async () => {
    javascript.scripts.set('work', async ({ log, values }) => {
      log(`given ${values[0]}`);
      return { outcome: 'finished', result: { rotated: [1, 'two', null] } };
    });
    const result = await call(['/srv/x']);
    expect(result).toEqual(record({ rotated: list([1, 'two', none]) }));
    expect(lines).toEqual(['given /srv/x']);
    expect(javascript.started[0]).toMatchObject({
      task: { names: ['value0'] },
      about: { name: 'rotate', point: null },
    });
  });

  it('runs the programs that tasks may run, under their account, and no others', async () => {
    programs.onStart = (one) => one.end({ exitCode: 2 });
    javascript.scripts.set('work', async ({ run }) => {
      const answer = (await run?.('/bin/task', ['a'])) ?? null;
      const refusal = await run?.('/bin/other', []).catch((thrown: Error) => thrown.message);
      return { outcome: 'finished', result: [answer, refusal ?? null] };
    });
    expect(await call([])).toEqual(
      list([
        record({ exitCode: 2, signal: none, output: '' }),
        "/bin/other is not on this server's list of programs (tasks.allow in its server.json)",
      ]),
    );
    expect(programs.started.map(({ request }) => request.account)).toEqual(['backup']);
  });

  it('fails with what the script threw, or why it was stopped', async () => {
    javascript.problems.set('work', { message: 'TypeError: no', line: 2, column: 1 });
    await expect(call([])).rejects.toMatchObject({
      code: 'TASK-FAILED',
      message: 'cannot run the task: rotate: TypeError: no (line 2 of its script)',
    });
  });

  it('is refused where no scripts run', async () => {
    for (const policy of [{ ...lenient, enabled: false }, { enabled: true, allow: 'any' } as const])
      await expect(call([], policy)).rejects.toMatchObject({ code: 'TASK-REFUSED' });
    expect(javascript.started).toEqual([]);
  });

  it('ends when the script that made it is interrupted', async () => {
    javascript.scripts.set('work', () => new Promise(() => undefined));
    const controller = new AbortController();
    const calling = call([], lenient, controller.signal);
    controller.abort();
    await expect(calling).rejects.toMatchObject({ reason: 'it was ended' });
  });

  it('takes nothing that is nested deep', async () => {
    let nested: Value = 1;
    for (let depth = 0; depth < 100_000; depth++) nested = list([nested]);
    await expect(call([nested])).rejects.toThrow('$value0 of rotate is nested deeper than 32');
  });

  it('takes no secret, however deep', async () => {
    const values = list([record({ key: secret('hush') })]);
    await expect(call([values])).rejects.toThrow('$value0 of rotate is a secret, and a script cannot be given one');
    expect(javascript.started).toEqual([]);
  });
});

describe('a value that leaves', () => {
  it.each<[string, Value, unknown]>([
    ['a duration in milliseconds', duration(5000), 5000],
    ['a size in bytes', size(1024), 1024],
    ['a handle by its number', handle('connection', 'job-1', 3), 3],
    ['a date as text', { kind: 'date', epochDays: 20_779 }, '2026-11-22'],
    ['an instant as text', { kind: 'datetime', epochMs: 0 }, '1970-01-01T00:00:00.000Z'],
    ['none as null', none, null],
  ])('is %s', (_, value, json) => {
    expect(jsonOfValue(value, 'it')).toEqual(json);
  });

  it('has no name that is special, and comes back as it went', () => {
    const names = {
      kind: 'record',
      fields: new Map<string, Value>([
        ['__proto__', 1],
        ['kind', 'x'],
      ]),
    } as const;
    const json = jsonOfValue(names, 'it');
    expect(Object.entries(json as object)).toEqual([
      ['__proto__', 1],
      ['kind', 'x'],
    ]);
    expect(valueOfJson(json)).toEqual(names);
    expect(valueOfJson(1e300)).toBe('1e+300');
  });
});

it('goes into the stream with its values, and is refused when they are too large', async () => {
  const rig = new CommandRig();
  await rig.connected();
  const queue = (value: Value): Promise<Value> =>
    rig.run('queuetask', {
      name: 'nightly',
      target: 'beta',
      onexecute: record({ name: 'rotate', script: 'return 1', names: list(['path']), values: list([value]) }),
      timeout: 'forever',
    } satisfies CommandRequest['arguments']);
  await queue('/srv/x');
  expect(rig.server('alpha').callsOf('tasks.queue')[0]?.[1]).toMatchObject({
    actions: { onexecute: { type: 'javascript', names: ['path'], body: 'return 1', values: ['/srv/x'] } },
  });
  await expect(queue('x'.repeat(70_000))).rejects.toThrow('a script with values of more than 65536 characters');
});
