// The blocks of grammar/semantics.md are run: `#>` comments are the output, in order, and `### CODE` stands on the line of the
// diagnostic. What blocks cannot show is below.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { runScript } from '../../src/language/program.ts';
import { handle, record, size } from '../../src/language/values/value.ts';
import { fencedBlocks } from '../docs/fenced-blocks.ts';
import { check, IdleClock, run, ScriptedHost } from './scripted-host.ts';

const blocks = fencedBlocks(join(import.meta.dirname, '../../grammar/semantics.md'));

test.each(blocks.map(({ line, text }) => [line, text] as const))('the block of line %i', async (_, text) => {
  const lines = text.split('\n');
  const expected = lines.flatMap((line, index) => {
    const code = /### (\S+)$/.exec(line)?.[1];
    return code === undefined ? [] : [`${index + 1}: ${code}`];
  });
  const host = new ScriptedHost();
  const { script, diagnostics } = check(text);
  const found = [...diagnostics];
  if (script !== undefined) found.push(...(await runScript(script, { host, clock: new IdleClock() })).diagnostics);
  expect(found.map((one) => `${one.span.line}: ${one.code}`)).toEqual(expected);
  expect(host.lines).toEqual(lines.flatMap((line) => /^#> (.*)$/.exec(line)?.[1] ?? []));
});

const refused = new Failure({ code: 'LINK-REFUSED', operation: 'reach', subject: 'gamma', reason: 'refused' });

describe('live properties', () => {
  class CountingHost extends ScriptedHost {
    reads = 0;

    override async property(): Promise<number> {
      this.reads += 1;
      return this.reads;
    }
  }

  test('are asked for at each reading, and what is assigned stays', async () => {
    const host = new CountingHost();
    const text = [
      '$con = connect a to b map exact',
      '$kept = $con.sequence.head',
      'write "${con.sequence.head} ${con.sequence.head} $kept $kept"',
      '$same = $con',
      'write $same.sequence.head',
    ].join('\n');
    await run(text, {}, host);
    expect(host.lines).toEqual(['2 3 1 1', '4']);
  });

  test('fail as a command does', async () => {
    const host = new ScriptedHost();
    host.property = async () => Promise.reject(refused);
    const { outcome } = await run(
      '$con = connect a to b map exact\ntry\nwait until $con.epoch = 1\non error $e\nwrite $e.name\nend',
      {},
      host,
    );
    expect(outcome.exitCode).toBe(0);
    expect(host.lines).toEqual(['LINK-REFUSED']);
  });
});

test('WAIT UNTIL looks at once, after each EVERY, and a last time at the end of TIMEOUT', async () => {
  const host = new ScriptedHost();
  const clock = new IdleClock();
  const seconds: number[] = [];
  host.property = async () => {
    seconds.push(clock.monotonicMs() / 1000);
    return 0;
  };
  const text = '$con = connect a to b map exact\ntry\nwait until $con.epoch = 1 every 2s timeout 5s\non error\nend';
  await run(text, { clock }, host);
  expect(seconds).toEqual([0, 2, 4, 5]);
});

test('PARALLEL stops nothing for a failure, and sets the variables of what succeeded', async () => {
  const host = new ScriptedHost();
  host.answers.set('ping', refused);
  host.answers.set('connect', async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return handle('connection', 'job-1', 1);
  });
  const text = 'try\nparallel do\nping gamma\n$con = connect a to b map exact\nend\non error\nwrite $con\nend';
  await run(text, {}, host);
  expect(host.lines).toEqual(['1']);
});

test('a block that leaves the script takes the values of the moment', async () => {
  const schedule = (name: string): string => `schedule ${name} cron "0 2 * * *" do\n$x = $size\nend\n`;
  const { host } = await run(`$size = 1 GB\n${schedule('one')}$size = 2 GB\n${schedule('two')}`);
  const taken = host.requests.map(({ arguments: given }) => given.bindings);
  expect(taken).toEqual([1, 2].map((gigabytes) => record({ size: size(gigabytes * 1024 ** 3) })));
});

test('only a bare 0 fits every quantity, and nothing compares with a secret', async () => {
  const { host } = await run('write 5 MB > 0, 5m > 0, 1 KB/s > 0, 5% > 0');
  expect(host.lines).toEqual(['truetruetruetrue']);
  expect(check('$s = secret("x")\nif $s = "x" then write 1 end').diagnostics.map(({ code }) => code)).not.toEqual([]);
});
