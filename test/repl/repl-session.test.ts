// The session at the prompt, line by line.
import { describe, expect, test } from 'vitest';
import { checkScript } from '../../src/language/program.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';
import { list, record } from '../../src/language/values/value.ts';
import { ReplSession } from '../../src/repl/repl-session.ts';
import { IdleClock, ScriptedHost } from '../language/scripted-host.ts';

function session(): { readonly repl: ReplSession; readonly host: ScriptedHost } {
  const host = new ScriptedHost();
  const liveNames = async () => ({
    servers: ['alpha', 'beta', '10.0.0.2'],
    connections: [{ number: 1, name: 'sales to "b" $' }],
    replicationSets: ['sales'],
  });
  return { repl: new ReplSession({ host, clock: new IdleClock(), liveNames }), host };
}

test('variables and functions outlive the line', async () => {
  const { repl, host } = session();
  for (const line of ['$x = 20', 'function twice($n)', '  return $n * 2', 'end', '$x = twice($x) + 2', 'write "is $x"'])
    await repl.feed(line);
  expect(host.lines).toEqual(['is 42']);
});

test.each([
  [['write 1 +', '2'], '3'],
  [['write "a",', '"b"'], 'ab'],
  [['$x = [1,', '2', ']'], undefined],
  [['write """a', 'b"""'], 'a\nb'],
  [['if true and', 'true then', 'write 5', 'end'], '5'],
])('%j is one text', async (lines, written) => {
  const { repl, host } = session();
  for (const line of lines.slice(0, -1)) expect(await repl.feed(line)).toEqual({ kind: 'more' });
  expect(await repl.feed(lines[lines.length - 1] ?? '')).toMatchObject({ kind: 'done', succeeded: true });
  expect(host.lines).toEqual(written === undefined ? [] : [written]);
});

test('a line with a mistake does not go on', async () => {
  const { repl } = session();
  for (const line of ['write "open', 'write )', 'repset create', '# write (', '$x =']) {
    expect(await repl.feed(line)).toMatchObject({ kind: 'done' });
  }
});

test('a block, a bracket, a string and a backslash go on; Ctrl-C gives them up', async () => {
  const { repl, host } = session();
  expect(await repl.feed('for $i = 1 to 2 do')).toEqual({ kind: 'more' });
  expect(repl.prompt).toMatch(/^\.+ $/);
  expect(await repl.feed('write $i')).toEqual({ kind: 'more' });
  expect(await repl.feed('end')).toMatchObject({ kind: 'done', succeeded: true, text: '' });
  expect(host.lines).toEqual(['1', '2']);
  expect(await repl.feed('write (1 +')).toEqual({ kind: 'more' });
  expect(await repl.feed('2)')).toMatchObject({ kind: 'done', succeeded: true });
  expect(await repl.feed('repset create \\')).toEqual({ kind: 'more' });
  expect(repl.cancel()).toBe(true);
  expect(repl.cancel()).toBe(false);
  expect(await repl.feed('write "fresh"')).toMatchObject({ succeeded: true });
});

describe('a secret that is not closed on its line', () => {
  const open = 'login alpha operator "${';
  const shown = async (repl: ReplSession, line: string): Promise<string> => {
    const fed = await repl.feed(line);
    return 'text' in fed ? fed.text : '';
  };

  test('is not shown on the lines behind it, until one is a statement', async () => {
    const { repl, host } = session();
    expect(repl.unfinishedSecret).toBe('');
    for (const line of [open, 'hunter2', '', '  hunter2 hunter2', '(hunter2', ')', '$hunter2', '}"']) {
      expect(await shown(repl, line)).not.toContain('hunter2');
      expect(repl.unfinishedSecret).toBe(`${open}\n`);
    }
    expect(await shown(repl, 'write $shown')).toContain('$shown');
    expect(repl.unfinishedSecret).toBe('');
    expect(await shown(repl, 'shown')).toContain('there is no command shown');
    expect(host.lines).toEqual([]);
  });

  test('ends with a statement that runs, or when it is given up', async () => {
    const { repl } = session();
    await repl.feed(open);
    await repl.feed('write 1');
    expect(repl.unfinishedSecret).toBe('');
    await repl.feed(open);
    repl.cancel();
    expect(repl.unfinishedSecret).toBe('');
  });

  test('is not shown when the lines end inside of a bracket', async () => {
    const { repl } = session();
    await repl.feed(`${open}`);
    await repl.feed('hunter2 (');
    await repl.feed('hunter2');
    expect(repl.unfinished()).not.toContain('hunter2');
  });
});

test('the prompt shows source and target', async () => {
  const { repl } = session();
  expect(repl.prompt).toBe('Command: ');
  await repl.feed('source alpha');
  expect(repl.prompt).toBe('alpha> ');
  await repl.feed('target beta');
  expect(repl.prompt).toBe('alpha -> beta> ');
});

test('a handler ends with its text, which is said', async () => {
  const { repl } = session();
  expect(await repl.feed('on mirror.completed do')).toEqual({ kind: 'more' });
  expect(await repl.feed('end')).toMatchObject({
    kind: 'done',
    text: expect.stringContaining('the handler ended'),
    succeeded: true,
  });
});

test('an error shows a caret and leaves the session as it was', async () => {
  const { repl, host } = session();
  await repl.feed('$x = 1');
  expect(await repl.feed('conect sales to beta map exact')).toMatchObject({
    kind: 'done',
    succeeded: false,
    text: expect.stringContaining('^^^^^^'),
  });
  expect(await repl.feed('$y = $x / 0')).toMatchObject({
    kind: 'done',
    succeeded: false,
    text: expect.stringContaining('U0702'),
  });
  expect(await repl.feed('write $y')).toMatchObject({ text: expect.stringContaining('there is no variable $y') });
  await repl.feed('write $x');
  expect(host.lines).toEqual(['1']);
});

test('Ctrl-C cancels the command and keeps the session', async () => {
  const { repl, host } = session();
  host.answers.set(
    'verify',
    (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')));
        queueMicrotask(() => repl.cancel());
      }),
  );
  await repl.feed('$x = 7');
  expect(await repl.feed('verify 1')).toMatchObject({
    kind: 'done',
    succeeded: false,
    text: expect.stringContaining('U0902'),
  });
  await repl.feed('write $x');
  expect(host.lines).toEqual(['7']);
});

test('SAVE holds what succeeded, EXIT and QUIT leave', async () => {
  const { repl } = session();
  for (const line of ['source alpha', 'nonsense', 'if true then', 'ping', 'end']) await repl.feed(line);
  expect(await repl.feed('save "my session.dtcl"')).toEqual({
    kind: 'save',
    path: 'my session.dtcl',
    text: 'source alpha\nif true then\nping\nend\n',
  });
  expect(await repl.feed('exit 3')).toEqual({ kind: 'quit', exitCode: 3 });
  expect(await repl.feed('QUIT')).toEqual({ kind: 'quit', exitCode: 0 });
});

test.each(['save', 'SAVE ', 'save a b', 'save "a"; write 1'])('%j says what SAVE needs', async (line) => {
  const { repl } = session();
  const text = expect.stringContaining('needs the name of one new file: SAVE "');
  expect(await repl.feed(line)).toMatchObject({ kind: 'done', succeeded: false, text });
});

describe('what SAVE writes', () => {
  async function saved(...lines: readonly string[]): Promise<string> {
    const { repl } = session();
    for (const line of lines) await repl.feed(line);
    const result = await repl.feed('save x');
    const text = result.kind === 'save' ? result.text : '';
    expect(checkScript(new SourceText('saved', text)).diagnostics.filter((one) => one.severity === 'error')).toEqual(
      [],
    );
    return text;
  }

  test('asks for a secret instead of holding it', async () => {
    const text = await saved('logon alpha operator "let me in"', '$level = login beta operator (secret("open up"))');
    expect(text).toBe(
      'param $secret1 as secret\nparam $secret2 as secret\n' +
        'logon alpha operator $secret1\n$level = login beta operator $secret2\n',
    );
  });

  test('has a function once, as it was defined last', async () => {
    const text = await saved('function f()', 'return 1', 'end', '$x = f()', 'function f()', 'return 2', 'end');
    expect(text).toBe('$x = f()\nfunction f()\nreturn 2\nend\n');
  });

  test('leaves out what needs something that failed', async () => {
    const text = await saved('$a = 1; fail "no"', 'write $a', 'write 2');
    expect(text).toBe('# Left out, because it needs what did not succeed.\n#   write $a\nwrite 2\n');
  });
});

describe('a value that is typed alone', () => {
  async function shown(...lines: readonly string[]): Promise<readonly string[]> {
    const { repl, host } = session();
    host.properties.set(
      '',
      record({ id: 1, mirror: record({ status: 'Idle', percent: { kind: 'percent', percent: 50 } }) }),
    );
    for (const line of lines) await repl.feed(line);
    return host.lines;
  }

  test.each([
    ['1 + 2', ['3']],
    ['  1 GB / 10 MB/s # how long', ['1m 42.4s']],
    ['[1, "a"]', ['[1, "a"]']],
    ['length("abc")', ['3']],
    ['"two"', ['two']],
    ['not true', ['false']],
    ['-5m', ['-5m']],
    ['none', ['none']],
    ['{name: "x", in: {a: 1}}', ['name  x', 'in.a  1']],
    ['[{name: "beta", ttl: 5m}, {name: "c"}]', ['name  ttl', 'beta  5m', 'c']],
    ['secret("open up")', ['•••']],
    ['{login: secret("open up")}', ['login  •••']],
  ])('%s is shown', async (line, expected) => {
    expect(await shown(line)).toEqual(expected);
  });

  test('may be a variable, a connection with all its properties, or the call of a function', async () => {
    expect(await shown('$x = 20', '$x', '$x * 2')).toEqual(['20', '40']);
    expect(await shown('$con = connect a to b map exact', '$con')).toEqual([
      'id              1',
      'mirror.status   Idle',
      'mirror.percent  50%',
    ]);
    expect(await shown('function twice($n)', 'return $n * 2', 'end', 'twice(21)')).toEqual(['42']);
  });

  test('goes on over lines like any text', async () => {
    expect(await shown('"a" +', '"b"', '[1,', '2]')).toEqual(['ab', '[1, 2]']);
  });

  test('a long list stands item by item', async () => {
    expect(await shown(`["${'a'.repeat(50)}", "${'b'.repeat(50)}"]`)).toEqual(['a'.repeat(50), 'b'.repeat(50)]);
  });

  test('a mistake in it is shown where it was typed, and nothing is left behind', async () => {
    const { repl } = session();
    expect(await repl.feed('  lenght("a")')).toMatchObject({
      succeeded: false,
      text: expect.stringMatching(/prompt:1:3\n.*\n.*lenght\("a"\)\n +\| {3}\^+\n.*did you mean length\?/),
    });
    expect(await repl.feed('1 / 0')).toMatchObject({ text: expect.stringContaining('U0702') });
    expect(await repl.feed('1; write 2')).toMatchObject({ text: expect.stringContaining('U0206') });
    await repl.feed('1 + 1');
    expect((await repl.complete('write $')).candidates).toEqual([]);
  });

  test('is not in the saved script, which would not check with it', async () => {
    const { repl } = session();
    for (const line of ['$x = 1', '$x + 1', 'write $x']) await repl.feed(line);
    expect(await repl.feed('save x')).toMatchObject({ text: '$x = 1\nwrite $x\n' });
  });

  test('its properties are not waited for after Ctrl-C', async () => {
    const { repl, host } = session();
    await repl.feed('$con = connect a to b map exact');
    host.property = () => {
      queueMicrotask(() => repl.cancel());
      return new Promise(() => undefined);
    };
    await repl.feed('$con');
    expect(host.lines).toEqual(['connection 1']);
  });
});

test('HELP is a page to read', async () => {
  const { repl } = session();
  expect(await repl.feed('help for each')).toMatchObject({ kind: 'page', lines: [expect.stringContaining('no help')] });
  expect(await repl.feed('HELP if')).toMatchObject({
    kind: 'page',
    lines: expect.arrayContaining([expect.stringMatching(/^IF /)]),
  });
});

describe('completion', () => {
  test('of properties, those of lists and records too', async () => {
    const { repl, host } = session();
    const mirror = record({ status: 'Idle', percent: 5 });
    host.properties.set('', record({ id: 1, mirror, paths: list([record({ source: '/a' })]) }));
    await repl.feed('$con = connect a to b map exact; $all = [$con, {name: "x"}]');
    expect(await repl.complete('$con.')).toEqual({ candidates: ['id', 'mirror', 'paths'], start: 5 });
    expect(await repl.complete('write $con.mirror.')).toEqual({ candidates: ['percent', 'status'], start: 18 });
    expect(await repl.complete('if $con.mirror.per')).toEqual({ candidates: ['percent'], start: 15 });
    expect(await repl.complete('write $con.paths[0].')).toEqual({ candidates: ['source'], start: 20 });
    expect(await repl.complete('write $all[0].mirror.s')).toEqual({ candidates: ['status'], start: 21 });
    expect(await repl.complete('write $all[1].')).toEqual({ candidates: ['name'], start: 14 });
    expect(await repl.complete('write "at ${con.mirror.p')).toEqual({ candidates: ['percent'], start: 23 });
    for (const line of ['write "$con.', "write '${con.", '$nothing.', '$con.id.'])
      expect((await repl.complete(line)).candidates).toEqual([]);
  });

  test('of properties of what the text gives a value before it runs', async () => {
    const { repl, host } = session();
    host.properties.set('', record({ id: 1 }));
    const found = async (line: string): Promise<readonly string[]> => (await repl.complete(line)).candidates;
    expect(await repl.complete('$con = connect a to b map exact; write $con.mirror.me')).toEqual({
      candidates: ['method'],
      start: 51,
    });
    expect(await found('$con = connect a to b map exact; write "${con.mirror.rem')).toEqual(['remaining']);
    expect(await found('$con = connect a to b map exact; $con.paths[0].')).toEqual([]);
    await repl.feed('$con = connect a to b map exact');
    await repl.feed('if true then');
    await repl.feed('  $shot = snapshot("x")');
    expect(await repl.complete('  write $shot.ta')).toEqual({ candidates: ['taken'], start: 14 });
    // What stands in the open block holds, not the value of a run before it; what it does not name has its value.
    expect(await found('  $con = snapshot("y"); write $con.')).toEqual(['name', 'state', 'taken', 'type']);
    expect(await found('  $con = "text"; write $con.')).toEqual([]);
    expect(await found('  write $con.')).toEqual(['id']);
  });

  test('of paths, where a path is meant, with the quotes that it needs', async () => {
    const asked: string[] = [];
    const paths = async (written: string, place: string): Promise<readonly string[]> => {
      asked.push(`${place} ${written}`);
      return ['/srv/sales/', '/srv/two words'].filter((one) => one.startsWith(written));
    };
    const repl = new ReplSession({ host: new ScriptedHost(), clock: new IdleClock(), paths });
    const found = async (line: string): Promise<readonly string[]> => (await repl.complete(line)).candidates;
    expect(await found('repset rule add /srv/s')).toEqual(['/srv/sales/']);
    expect(await found('repset rule add /srv/t')).toEqual(['"/srv/two words"']);
    expect(await found('repset rule add "/srv/s')).toEqual(['"/srv/sales/']);
    expect(await found('include "/srv/t')).toEqual(['"/srv/two words"']);
    expect(await found('save /srv/t')).toEqual(['"/srv/two words"']);
    expect(await found('connect a to b map "/srv/s')).toEqual(['"/srv/sales/']);
    expect(await found('connect a to b map /x to "/srv/s')).toEqual(['"/srv/sales/']);
    await found('write "/srv');
    expect(asked).toEqual([
      ...['source /srv/s', 'source /srv/t', 'source /srv/s', 'here /srv/t', 'here /srv/t'],
      ...['source /srv/s', 'target /srv/s'],
    ]);
  });

  test.each([
    ['rep', ['repset']],
    ['REPSET ', ['CREATE', 'LIST', 'RULE', 'SAVE']],
    ['connect sales to be', ['beta']],
    ['connect sa', ['sales']],
    ['connect sales to ', ['alpha', 'beta', '"10.0.0.2"']],
    ['status con ', ['1', '"sales to ""b"" $$"']],
    ['status con sa', ['"sales to ""b"" $$"']],
    ['status con "sa', ['"sales to ""b"" $$"']],
    ['sav', ['save']],
    ['if true then wri', ['write']],
    ['$c = con', ['connect']],
  ])('%s', async (line, expected) => {
    const { candidates } = await session().repl.complete(line);
    expect(candidates).toEqual(expect.arrayContaining(expected));
  });

  test('of variables, in strings too, and in the lines of a block', async () => {
    const { repl } = session();
    await repl.feed('$connection = 1');
    expect(await repl.complete('status con $co')).toEqual({ candidates: ['$connection'], start: 11 });
    expect((await repl.complete('write "${con')).candidates).toContain('${connection');
    await repl.feed('if true then');
    expect(await repl.complete('  wri')).toEqual({ candidates: ['write'], start: 2 });
  });
});
