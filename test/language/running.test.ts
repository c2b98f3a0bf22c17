// What a run does to the world around it: requests, failures, budgets, interruptions, time.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { runScript } from '../../src/language/program.ts';
import { CommandError } from '../../src/language/values/host.ts';
import { duration, list, record, secret } from '../../src/language/values/value.ts';
import { valueText } from '../../src/language/values/value-text.ts';
import { check, IdleClock, run, ScriptedHost } from './scripted-host.ts';

const sales = readFileSync(join(import.meta.dirname, '../../examples/sales.dtcl'), 'utf8');

test('examples/sales.dtcl asks for what it says', async () => {
  expect(check(sales).diagnostics).toEqual([]);
  const { outcome, host } = await run(sales);
  expect(outcome).toMatchObject({ kind: 'completed', exitCode: 0 });
  expect(host.commands).toEqual([
    'source',
    'target',
    'repset.create',
    'repset.rule.add',
    'repset.save',
    'connect',
    'wait.mirror',
    'queuetask',
    'queuetask',
    'verify',
    'status.con',
    'dns.update',
    'failover',
  ]);
  const queued = host.requests.filter((one) => one.command === 'queuetask').map((one) => one.arguments);
  expect(queued[0]).toMatchObject({ name: 'before_upgrade', target: 'beta', timeout: { ms: 60_000 } });
  expect(queued[0]?.onexecute).toEqual(
    record({ command: 'snapshot.take', arguments: record({ name: 'before upgrade' }) }),
  );
  expect(queued[1]?.onreceive).toEqual(record({ program: '/usr/bin/logger', arguments: list(['received']) }));
  expect(queued[1]).toMatchObject({ timeout: { ms: 30_000 }, interaction: 'nointeract' });
  expect(host.requests[5]?.arguments.map).toEqual(list([record({ source: '/srv/sales', target: '/srv/replica' })]));
});

test('a live property decides, also inside a string', async () => {
  const host = new ScriptedHost();
  host.properties.set('target.state', 'Mirror Required');
  const { outcome } = await run(sales, {}, host);
  expect(outcome).toMatchObject({
    kind: 'failed',
    exitCode: 1,
    diagnostics: [{ message: 'the replica is not good: Mirror Required', span: { line: 14 } }],
  });
  expect(host.commands).not.toContain('failover');
});

describe('a command that fails', () => {
  test('ends the script with the cause and the next command to try', async () => {
    const host = new ScriptedHost();
    host.answers.set(
      'ping',
      new Failure({
        code: 'LINK-REFUSED',
        operation: 'reach the server',
        subject: 'beta',
        reason: 'connection refused',
        hint: 'start it: understudy serve',
      }),
    );
    const { outcome } = await run('write "before"\nping beta\nwrite "after"', {}, host);
    expect(outcome).toMatchObject({
      kind: 'failed',
      exitCode: 1,
      diagnostics: [
        {
          code: 'U0901',
          message: 'cannot reach the server: beta: connection refused',
          fix: 'start it: understudy serve',
          span: { line: 2 },
        },
      ],
    });
    expect(host.lines).toEqual(['before']);
  });

  test('can be caught, with its documented code', async () => {
    const host = new ScriptedHost();
    host.answers.set('connect', new CommandError(-104, 'no source has been identified', 'SOURCE name'));
    const { outcome } = await run(
      'try\n$c = connect a to b map exact\non error $e\nwrite $e.code, " ", $e.hint, " ", $e.line\nend',
      {},
      host,
    );
    expect(outcome.exitCode).toBe(0);
    expect(host.lines).toEqual(['-104 SOURCE name 2']);
  });

  test('a defect of the host is not mistaken for a failure', async () => {
    const host = new ScriptedHost();
    host.answers.set('ping', new TypeError('undefined is not a function'));
    await expect(run('try\nping\non error\nend', {}, host)).rejects.toThrow(TypeError);
  });
});

test('every result has a code', async () => {
  const host = new ScriptedHost();
  host.answers.set('login', 2);
  host.answers.set('verify', record({ code: 7 }));
  await run(
    '$l = login a b "c"\n$v = verify 1\n$p = ping\n$c = connect a to b map exact\nwrite $l.code, $v.code, $p.code, $c.code, " ", $c = 1, $c',
    {},
    host,
  );
  expect(host.lines).toEqual(['2711 true1']);
  expect(valueText(host.requests[0]?.arguments.password ?? '')).toBe('•••');
  expect(inspect(host.requests[0], { depth: 9 })).not.toContain('"c"');
});

test('a schedule carries its text, the functions it calls and the values it uses', async () => {
  const { host } = await run(
    '$con = 4\n$other = 5\nfunction check($c)\n  verify $c\nend\nschedule nightly cron "0 2 * * *" do\n  check($con)\nend'.replace(
      '  check($con)',
      '  $r = check($con)',
    ),
  );
  const { body, bindings } = host.requests[0]?.arguments ?? {};
  expect(body).toBe('function check($c)\n  verify $c\nend\n$r = check($con)');
  expect(bindings).toEqual(record({ con: 4 }));
});

describe('parameters', () => {
  const text =
    'param $target as string = "beta" "where the copy lives"\nparam $wait as duration\nwrite $target, " ", $wait';

  test('are described', () => {
    expect(check(text).script?.parameters).toEqual([
      { name: 'target', type: 'string', required: false, default: 'beta', help: 'where the copy lives' },
      { name: 'wait', type: 'duration', required: true, help: '' },
    ]);
  });

  test('take the values given', async () => {
    expect((await run(text, { parameters: { wait: '10m', target: 'gamma' } })).host.lines).toEqual(['gamma 10m']);
  });

  test('missing, unknown and unreadable ones are usage errors, all at once, and nothing runs', async () => {
    const missing = await run(text, { parameters: { tagret: 'x' } });
    expect(missing.outcome).toMatchObject({
      kind: 'usage',
      exitCode: 2,
      diagnostics: [{ code: 'U0708' }, { code: 'U0709', fix: 'did you mean --target?' }],
    });
    const unreadable = await run(text, { parameters: { wait: '5 KB' } });
    expect(unreadable.outcome).toMatchObject({ kind: 'usage', diagnostics: [{ code: 'U0710' }] });
    expect(unreadable.host.lines).toEqual([]);
  });
});

describe('budgets', () => {
  test.each([
    ['steps', 'while true do\nend', { steps: 5000 }, 'U0801'],
    ['time', 'wait 1h', { timeMs: 1000 }, 'U0802'],
    ['depth', '$x = f(0)', { depth: 100 }, 'U0803'],
    ['output', 'while true do\nwrite "0123456789"\nend', { outputBytes: 1000 }, 'U0804'],
  ])('%s', async (_, text, budgets, code) => {
    const { outcome } = await run(
      `function f($n)\nreturn f($n + 1)\nend\ntry\n${text}\non error\nwrite "caught"\nend`,
      { budgets },
    );
    expect(outcome).toMatchObject({ kind: 'budget', exitCode: 4, diagnostics: [{ code }] });
  });

  test('memory: what grows is stopped soon, and FINALLY still runs', async () => {
    let bytes = 0;
    const memoryBytes = (): number => {
      bytes += 1000;
      return bytes;
    };
    const { outcome, host } = await run(
      '$s = "x"\nfor $i = 1 to 20 do\n$s = $s + $s\nend\ntry\nfor $i = 1 to 1000000 do\n$t = upper($s)\nwrite $i\nend\nfinally\nfor $i = 1 to 200 do\nend\nwrite "last"\nend',
      { budgets: { memoryBytes: 20_000 }, memoryBytes },
    );
    expect(outcome).toMatchObject({ kind: 'budget', exitCode: 4, diagnostics: [{ code: 'U0805' }] });
    expect(host.lines.at(-1)).toBe('last');
    // Rounds that make a megabyte each are looked at far sooner than rounds that make nothing.
    expect(host.lines.length).toBeLessThan(2000);
  });

  test('the default depth does not exhaust the stack, whatever stands in between', async () => {
    const { outcome } = await run(
      `function f($n)\nif $n = 0 then return 0 end\nreturn 1 + ${'('.repeat(40)}f($n - 1)${')'.repeat(40)}\nend\nwrite f(390)`,
    );
    expect(outcome.exitCode).toBe(0);
    const endless = await run('function f($n)\nreturn f($n)\nend\n$x = f(0)', { budgets: { depth: 10_000_000 } });
    expect(endless.outcome).toMatchObject({ kind: 'budget', diagnostics: [{ code: 'U0803' }] });
  });

  test('a string cannot grow until memory ends', async () => {
    const { outcome } = await run('$s = "xxxxxxxxxxxxxxxx"\nwhile true do\n$s = $s + $s\nend');
    expect(outcome).toMatchObject({ kind: 'failed', diagnostics: [{ code: 'U0706' }] });
  });
});

describe('interrupting', () => {
  test('ends a loop without commands, because it yields', async () => {
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    const clock = new IdleClock();
    const read = clock.monotonicMs.bind(clock);
    clock.monotonicMs = () => {
      clock.advance(3);
      return read();
    };
    const { outcome } = await run('while true do\nend', { signal: controller.signal, clock });
    expect(outcome).toMatchObject({ kind: 'interrupted', exitCode: 5, diagnostics: [{ code: 'U0902' }] });
  });

  test('tells the running command, skips ON ERROR, and runs FINALLY', async () => {
    const controller = new AbortController();
    const host = new ScriptedHost();
    let told = false;
    host.answers.set(
      'verify',
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            told = true;
            reject(new Error('stopped'));
          });
          controller.abort();
        }),
    );
    const { outcome } = await run(
      'try\nverify 1\non error\nwrite "caught"\nfinally\nmirror start 1\nwrite "tidy"\nend\nwrite "after"',
      { signal: controller.signal },
      host,
    );
    expect(outcome.kind).toBe('interrupted');
    expect(told).toBe(true);
    expect(host.commands).toEqual(['verify', 'mirror.start']);
    expect(host.lines).toEqual(['tidy']);
  });

  test('FINALLY cannot hold up an interrupted run for ever', async () => {
    const controller = new AbortController();
    controller.abort();
    const clock = new IdleClock();
    const text = 'try\nwait 1s\nfinally\nwait 1h\nend';
    const { script } = check(text);
    const outcome = script && (await runScript(script, { host: new ScriptedHost(), clock, signal: controller.signal }));
    expect(outcome?.kind).toBe('interrupted');
    expect(clock.monotonicMs()).toBeLessThan(60_000);
  });
});

test('a secret is masked by everything that could show it', () => {
  const value = secret('hush');
  expect(`${value} ${JSON.stringify({ value })} ${inspect({ value })} ${valueText(value)}`).not.toContain('hush');
  expect(inspect(value)).toBe('•••');
  expect(value.reveal()).toBe('hush');
});

test('a bare number is seconds wherever a command takes a duration', async () => {
  const { host } = await run(
    '$ttl = 30\ndns update "a.example" to "10.0.0.2" ttl 60\ndns update "a.example" to "10.0.0.2" ttl $ttl',
  );
  expect(host.requests.map((one) => one.arguments.ttl)).toEqual([duration(60_000), duration(30_000)]);
});
