// PARALLEL, EVERY and event handlers: what overlaps, what waits for what, and how it ends.
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { renderDiagnostics } from '../../src/language/reading/render-diagnostics.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';
import { handle, none, type Value } from '../../src/language/values/value.ts';
import { IdleClock, run, ScriptedHost } from './scripted-host.ts';

const refused = (subject: string): Failure =>
  new Failure({ code: 'LINK-REFUSED', operation: 'reach', subject, reason: 'connection refused' });

describe('PARALLEL', () => {
  test('begins all commands before it waits for one, and goes on when all have ended', async () => {
    const host = new ScriptedHost();
    const ends: (() => void)[] = [];
    let running = 0;
    host.answers.set('connect', async ({ arguments: { set } }) => {
      running++;
      await new Promise<void>((resolve) => ends.push(resolve));
      return handle('connection', String(set), running);
    });
    host.answers.set('ping', async () => {
      expect(ends).toHaveLength(2);
      for (const end of ends.reverse()) end();
      return none;
    });
    const { outcome } = await run(
      'parallel do\n  $a = connect sales to beta map exact\n  $b = connect mail to beta map exact\n  ping beta\nend\nwrite $a, $b',
      {},
      host,
    );
    expect(outcome.exitCode).toBe(0);
    expect(host.lines).toEqual(['22']);
  });

  test.each(['for $i = 1 to $n do', 'for each $i in range(1, $n) do'])(
    'begins a thousand rounds at once, and none of more: %s',
    async (loop) => {
      const text = (rounds: number): string =>
        `$n = ${rounds}\nparallel do\n  ${loop} ping beta end\nend\nwrite "whole"`;
      const host = new ScriptedHost();
      host.answers.set('ping', async () => none);
      expect((await run(text(1000), {}, host)).outcome.exitCode).toBe(0);
      expect([host.commands.length, host.lines]).toEqual([1000, ['whole']]);
      const { outcome } = await run(text(1001), {}, host);
      expect(outcome).toMatchObject({ kind: 'failed', diagnostics: [{ code: 'U0707', span: { line: 3 } }] });
      expect(outcome.diagnostics[0]?.message).toBe(
        'a FOR in PARALLEL has more than 1000 rounds, which would all begin at once',
      );
      expect(host.commands).toHaveLength(1000);
    },
  );

  test('raises the first failure of the text when all have ended, and lists the others', async () => {
    const host = new ScriptedHost();
    host.answers.set('ping', async ({ arguments: { server } }) => {
      if (server !== 'beta') throw refused(String(server));
      return none;
    });
    const text = 'parallel do\n  ping alpha\n  ping beta\n  ping gamma\nend\nwrite "never"';
    const { outcome } = await run(text, {}, host);
    expect(host.commands).toEqual(['ping', 'ping', 'ping']);
    expect(renderDiagnostics(outcome.diagnostics, new SourceText('test.dtcl', text))).toMatchSnapshot();
    const caught = await run(
      `try\n${text}\non error $e\n  write $e.message, " and ", $e.others[0].message, " ", length($e.others)\nend`,
      {},
      host,
    );
    expect(caught.host.lines).toEqual([
      'cannot reach: alpha: connection refused and cannot reach: gamma: connection refused 1',
    ]);
  });

  test('is told of an interruption as a whole', async () => {
    const host = new ScriptedHost();
    const controller = new AbortController();
    let told = 0;
    host.answers.set('verify', (_, signal) => {
      const end = new Promise<Value>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          told++;
          reject(new Error('stopped'));
        });
      });
      if (host.requests.length === 2) controller.abort();
      return end;
    });
    const { outcome } = await run('parallel do\n  verify 1\n  verify 2\nend', { signal: controller.signal }, host);
    expect(outcome.kind).toBe('interrupted');
    expect(told).toBe(2);
  });
});

describe('the rounds of a FOR in PARALLEL', () => {
  test('begin in their order, all before one is waited for', async () => {
    const host = new ScriptedHost();
    const ends: (() => void)[] = [];
    host.answers.set('connect', async ({ arguments: { repset } }) => {
      await new Promise<void>((resolve) => ends.push(resolve));
      return String(repset);
    });
    host.answers.set('ping', async () => {
      for (const end of ends.reverse()) end();
      return none;
    });
    const text =
      'parallel do\n  for each $name in ["a", "b", "c"] do\n    $con = connect $name to beta map exact\n    write $con\n  end\n  ping beta\nend';
    const { outcome } = await run(text, {}, host);
    expect(outcome.exitCode).toBe(0);
    expect(host.commands).toEqual(['connect', 'connect', 'connect', 'ping']);
    expect(host.lines).toEqual(['c', 'b', 'a']);
  });

  test('are branches of which the host can tell the commands, and so are IF and functions, but no command alone', async () => {
    const host = new ScriptedHost();
    const text =
      'function f()\n  ping a\n  ping b\nend\nparallel do\n  ping alone\n  f()\n  for $i = 1 to 2 do ping one; ping two end\nend\nping last';
    await run(text, {}, host);
    const branches = [...new Set(host.requests.map(({ branch }) => branch))];
    expect(branches).toHaveLength(4);
    expect(
      host.requests.map(({ arguments: { server }, branch }) => `${server} ${branches.indexOf(branch)}`).sort(),
    ).toEqual(['a 1', 'alone 0', 'b 1', 'last 0', 'one 2', 'one 3', 'two 2', 'two 3']);
  });

  test('do not share the depth of their calls', async () => {
    const text =
      'function deep($n)\n  ping beta\n  if $n > 0 then return deep($n - 1) end\n  return 0\nend\nparallel do\n  for $i = 1 to 100 do deep(20) end\nend\nwrite "all"';
    const { outcome, host } = await run(text, { budgets: { depth: 30 } });
    expect(outcome.diagnostics).toEqual([]);
    expect(host.lines).toEqual(['all']);
  });

  test('are interrupted as a whole, and every FINALLY runs to its end', async () => {
    const host = new ScriptedHost();
    const controller = new AbortController();
    host.answers.set('verify', (_, signal) => {
      if (host.requests.length === 3) controller.abort();
      return new Promise<Value>((_resolve, reject) => {
        if (signal.aborted) reject(new Error('stopped'));
        signal.addEventListener('abort', () => reject(new Error('stopped')));
      });
    });
    let left = 0;
    host.answers.set('ping', async () => {
      // The blocks take differently long.
      const turns = 10 * ++left;
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      return none;
    });
    const text =
      'parallel do\n  for $i = 1 to 3 do\n    try\n      verify $i\n      write "never"\n    on error\n      write "never"\n    finally\n      ping beta\n      write $i\n      ping beta\n    end\n  end\nend';
    const { outcome } = await run(text, { signal: controller.signal }, host);
    expect(outcome.kind).toBe('interrupted');
    expect([...host.lines].sort()).toEqual(['1', '2', '3']);
    expect(host.commands.filter((one) => one === 'ping')).toHaveLength(6);
  });

  test('are not made beyond the limit, so that a long list cannot fill the memory', async () => {
    const { outcome } = await run('parallel do\n  for $i = 1 to 1000000000 do ping beta end\nend');
    expect(outcome).toMatchObject({ kind: 'failed', diagnostics: [{ code: 'U0707' }] });
  });
});

describe('EVERY', () => {
  test('keeps to its grid: a round that takes long leaves out those it covers', async () => {
    const host = new ScriptedHost();
    const clock = new IdleClock();
    const begins: number[] = [];
    const tooks = [1, 12, 1];
    host.answers.set('ping', async () => {
      begins.push(clock.monotonicMs() / 1000);
      clock.advance((tooks.shift() ?? 0) * 1000);
      return none;
    });
    await run('$i = 0\nevery 5s do\n  ping beta\n  $i = $i + 1\n  if $i = 4 then break end\nend', { clock }, host);
    expect(begins).toEqual([0, 5, 20, 25]);
  });
});

describe('event handlers', () => {
  const completed = 5011;
  const failed = 5042;

  test('run while the script waits and between statements, in the order of the events, one at a time', async () => {
    const host = new ScriptedHost();
    host.answers.set('ping', async () => {
      host.happen(failed, 'third');
      // Nothing of a handler may happen in the middle of a command.
      await new Promise((resolve) => setImmediate(resolve));
      expect(host.lines.at(-1)).toBe('waited');
      return none;
    });
    const clock = new IdleClock();
    clock.after(2000, () => {
      host.happen(completed, 'first');
      host.happen(failed, 'second');
    });
    const { outcome } = await run(
      [
        '$count = 0',
        'on mirror.completed from 1 do',
        '  $count = $count + 1',
        '  wait 10s',
        '  write "${event.message} $count"',
        'end',
        'on task.failed do',
        '  write $event.message',
        'end',
        'wait 5s',
        'write "waited"',
        'ping beta',
        'write "$count"',
      ].join('\n'),
      { clock },
      host,
    );
    expect(outcome.exitCode).toBe(0);
    expect(host.watched).toMatchObject([{ event: completed, name: 'mirror.completed', from: 1 }, { event: failed }]);
    expect(host.lines).toEqual(['first 1', 'second', 'waited', 'third', '1']);
  });

  test.each([
    ['$list[slow(-1)]', '3'],
    ['has($record, slow("late"))', 'false'],
    ['field($record.below, slow("late"), 0)', '0'],
  ])('change nothing of %s, which began before them', async (expression, printed) => {
    const host = new ScriptedHost();
    const clock = new IdleClock();
    clock.after(2000, () => host.happen(completed, 'meanwhile'));
    const script = [
      '$list = [1]',
      '$list += [3]',
      '$record = {below: {}}',
      '$record.early = 1',
      '$record.below.early = 1',
      'on mirror.completed do',
      '  $list += [9]',
      '  $record.late = 9',
      '  $record.below.late = 9',
      'end',
      `write ${expression}`,
      'write length($list), $record.late, $record.below.late',
      'function slow($value)',
      '  wait 5s',
      '  return $value',
      'end',
    ];
    const { outcome } = await run(script.join('\n'), { clock }, host);
    expect(outcome.exitCode).toBe(0);
    expect(host.lines).toEqual([printed, '399']);
  });

  test('run while WAIT FOR MIRROR waits, and not inside PARALLEL', async () => {
    const host = new ScriptedHost();
    host.answers.set('wait.mirror', async () => {
      host.happen(completed, 'half');
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      host.lines.push('mirrored');
      return 1;
    });
    const handler = 'on mirror.completed do\n  write $event.message\nend\n';
    await run(`${handler}wait for mirror 1\nwrite "end"`, {}, host);
    expect(host.lines).toEqual(['half', 'mirrored', 'end']);
    host.lines.length = 0;
    await run(`${handler}parallel do\n  wait for mirror 1\n  ping beta\nend\nwrite "end"`, {}, host);
    // The host tells both scripts' handlers; what counts is that none comes before the end of PARALLEL.
    expect(host.lines).toEqual(['mirrored', 'half', 'end']);
  });

  test('what happened until the end of the script is handled, and then no more', async () => {
    const host = new ScriptedHost();
    host.answers.set('ping', async () => {
      host.happen(completed, 'late');
      return none;
    });
    await run('on mirror.completed do\n  write $event.message\n  ping beta\nend\nping beta', {}, host);
    expect(host.lines).toEqual(['late']);
  });

  test('an error in a handler ends the script, whatever TRY stands around the place it waits at', async () => {
    const host = new ScriptedHost();
    const clock = new IdleClock();
    clock.after(1000, () => host.happen(failed, 'snapshot failed'));
    const { outcome } = await run(
      'on task.failed do\n  fail $event.message\nend\ntry\n  wait 1h\non error\n  write "caught"\nfinally\n  write "tidy"\nend\nwrite "after"',
      { clock },
      host,
    );
    expect(outcome).toMatchObject({
      kind: 'failed',
      exitCode: 1,
      diagnostics: [{ message: 'snapshot failed', span: { line: 2 } }],
    });
    expect(host.lines).toEqual(['tidy']);
    expect(clock.monotonicMs()).toBeLessThan(60_000);
  });

  test('EXIT in a handler ends the script with its code, and tells the command that waits', async () => {
    const host = new ScriptedHost();
    let told = false;
    host.answers.set('wait.mirror', (_, signal) => {
      host.happen(completed, 'enough');
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          told = true;
          reject(new Error('stopped'));
        });
      });
    });
    const { outcome } = await run('on mirror.completed do\n  exit 7\nend\nwait for mirror 1', {}, host);
    expect(outcome).toMatchObject({ kind: 'completed', exitCode: 7, exited: true });
    expect(told).toBe(true);
  });

  test('$event is the script’s own again behind the handler', async () => {
    const host = new ScriptedHost();
    const clock = new IdleClock();
    clock.after(1000, () => host.happen(failed, 'x'));
    await run(
      '$event = "mine"\non task.failed do\n  write $event.message\nend\nwait 2s\nwrite $event',
      { clock },
      host,
    );
    expect(host.lines).toEqual(['x', 'mine']);
  });
});
