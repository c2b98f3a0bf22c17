// The session at the prompt, line by line.
import { describe, expect, test } from 'vitest';
import { ReplSession } from '../../src/repl/repl-session.ts';
import { IdleClock, ScriptedHost } from '../language/scripted-host.ts';

function session(): { readonly repl: ReplSession; readonly host: ScriptedHost } {
  const host = new ScriptedHost();
  return { repl: new ReplSession({ host, clock: new IdleClock(), names: () => ['beta', 'sales'] }), host };
}

test('variables and functions outlive the line', async () => {
  const { repl, host } = session();
  for (const line of ['$x = 20', 'function twice($n)', '  return $n * 2', 'end', '$x = twice($x) + 2', 'write "is $x"'])
    await repl.feed(line);
  expect(host.lines).toEqual(['is 42']);
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

test('the prompt shows source and target', async () => {
  const { repl } = session();
  expect(repl.prompt).toBe('Command: ');
  await repl.feed('source alpha');
  expect(repl.prompt).toBe('alpha> ');
  await repl.feed('target beta');
  expect(repl.prompt).toBe('alpha -> beta> ');
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

describe('completion', () => {
  test.each([
    ['rep', ['REPSET']],
    ['repset ', ['CREATE', 'LIST', 'RULE', 'SAVE']],
    ['repset rule add /srv in', ['INCLUDE']],
    ['connect sales to beta mi', ['MIRROR']],
    ['connect sales to be', ['beta']],
    [
      'connect sales to beta mirror ',
      ['ATTRIBUTES DELTA', 'ATTRIBUTES WHOLE', 'DATA DELTA', 'MAP', 'NAME', 'NONE', 'ORPHANS', 'TO', 'beta', 'sales'],
    ],
    ['if true then wri', ['WRITE']],
    ['$c = con', ['CONNECT', 'CONTINUE']],
  ])('%s', (line, expected) => {
    expect(session().repl.complete(line).candidates).toEqual(expect.arrayContaining(expected));
  });

  test('of variables, in strings too', async () => {
    const { repl } = session();
    await repl.feed('$connection = 1');
    expect(repl.complete('status con $co')).toEqual({ candidates: ['$connection'], start: 11 });
    expect(repl.complete('write "${con').candidates).toEqual(['"${connection']);
  });
});
