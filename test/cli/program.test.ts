// Words to verbs, and the verbs that need no server.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { homeFolder } from '../../src/cli/command-line.ts';
import { runProgram } from '../../src/cli/program.ts';
import { givenParameters } from '../../src/cli/scripts/secret-parameters.ts';
import { repl } from '../../src/cli/verbs/repl.ts';
import { SystemClock } from '../../src/platform/kernel/system-clock.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';

let folder: string;
let commandLine: RecordedCommandLine;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-cli-'));
  commandLine = new RecordedCommandLine({ HOME: folder });
});

afterEach(() => rmSync(folder, { recursive: true }));

function script(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('words that are no command', () => {
  it.each([
    [[], 2],
    [['dance'], 2],
    [['check'], 2],
    [['check', 'x', '--format', 'xml'], 2],
    [['pair', 'host:1'], 2],
    [['run', 'x', 'y'], 2],
    [['run', 'x', '--target'], 2],
    [['--help'], 0],
    [['run', '--help'], 0],
  ])('%j end with %i', async (words, code) => {
    expect(await runProgram(words, commandLine)).toBe(code);
    expect([...commandLine.output, ...commandLine.notes].join('\n')).not.toMatch(/^\s+at /m);
  });
});

it.each(['--version', '-V'])('%s prints the version of package.json', async (word) => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
  expect(await runProgram([word], commandLine)).toBe(0);
  expect(commandLine.output).toEqual([`understudy ${version}`]);
});

it('says which words it does not understand', async () => {
  const file = script('a.dtcl', 'write 1\n');
  expect(await runProgram(['run', file, '--target'], commandLine)).toBe(2);
  expect(await runProgram(['run', file, '--max-memory', '5'], commandLine)).toBe(2);
  expect(commandLine.notes).toEqual([
    'error: --target has no value',
    'error: --max-memory must be a size such as 512MB, and "5" is not',
  ]);
});

it('takes the words behind a script as its parameters', () => {
  expect(givenParameters(['--target', 'gamma', '--limit=5 MB', '--none', '--odd', '--key-file', '/k'])).toEqual({
    parameters: { target: 'gamma', limit: '5 MB', none: '--odd' },
    secretFiles: { key: '/k' },
  });
});

describe('check', () => {
  it('reports the errors of all files at once', async () => {
    const files = [script('a.dtcl', 'write $x\n'), script('b.dtcl', 'write 1\n'), script('c.dtcl', 'dance\n')];
    expect(await runProgram(['check', ...files], commandLine)).toBe(3);
    const text = commandLine.output.join('\n');
    expect(text).toMatch(/a\.dtcl:1:7/);
    expect(text).toMatch(/c\.dtcl:1:1/);
    expect(commandLine.output.at(-1)).toBe('3 scripts checked, 2 with errors');
  });

  it('speaks JSON', async () => {
    expect(await runProgram(['check', script('a.dtcl', 'write $x\n'), '--format', 'json'], commandLine)).toBe(3);
    const { diagnostics } = JSON.parse(commandLine.output.join('\n')) as { diagnostics: unknown[] };
    expect(diagnostics).toMatchObject([{ severity: 'error', span: { line: 1, column: 7 } }]);
  });

  it('says what is wrong with a file that is not there, and what is right with one that is', async () => {
    expect(await runProgram(['check', join(folder, 'none'), script('b.dtcl', 'write 1\n')], commandLine)).toBe(1);
    expect(commandLine.notes[0]).toBe(
      `error: cannot read the file: ${join(folder, 'none')}: no such file or directory (ENOENT)`,
    );
    expect(await runProgram(['check', script('b.dtcl', 'write 1\n')], commandLine)).toBe(0);
  });
});

describe('run --help behind a script', () => {
  it('explains the parameters of the script', async () => {
    const file = script('a.dtcl', 'param $target as string = "beta" "where the copy lives"\nparam $limit as size\n');
    expect(await runProgram(['run', file, '--help'], commandLine)).toBe(0);
    expect(commandLine.output.join('\n')).toMatch(/--target +string +where the copy lives \(beta\)/);
    expect(commandLine.output.join('\n')).toMatch(/--limit +size +\(required\)/);
  });
});

describe('a home without a server', () => {
  const verbs: readonly (readonly [string, number])[] = [
    ['status', 3],
    ['pair', 1],
    ['serve', 1],
  ];

  it.each(verbs)('is said to be one by %s, with what to do', async (verb, code) => {
    const home = join(folder, 'a home');
    expect(await runProgram([verb, '--home', home], commandLine)).toBe(code);
    expect(commandLine.notes).toEqual([
      expect.stringMatching(/^error: cannot .*: there is no server in this home folder yet$/),
      `  next: set one up: understudy init --home '${home}'; or start one that only this machine can reach: understudy serve --name NAME --home '${home}'`,
    ]);
  });

  it.each(verbs.filter(([verb]) => verb !== 'serve'))('that runs is said to be one by %s', async (verb, code) => {
    const home = join(folder, 'home');
    mkdirSync(home);
    writeFileSync(join(home, 'server.json'), '{ "version": 1, "name": "alpha" }');
    expect(await runProgram([verb, '--home', home], commandLine)).toBe(code);
    expect(commandLine.notes).toEqual([
      expect.stringMatching(/^error: cannot .*: no server is running on this home folder$/),
      `  next: start it: understudy serve --home ${home}`,
    ]);
  });
});

describe('a home folder that cannot be one', () => {
  const verbs = ['run a.dtcl', 'repl', 'serve --name a', 'init --name a --listen 127.0.0.1:1', 'pair', 'runs list'];
  const homes = [
    ['/etc/passwd', 'not a directory (ENOTDIR)'],
    ['/etc/passwd/home', 'not a directory (ENOTDIR)'],
  ] as const;
  const read = [...verbs, 'status', 'plan a.dtcl'].flatMap((verb) => homes.map((one) => [verb, ...one] as const));
  const written = verbs
    .slice(0, 4)
    .map((verb) => [verb, '/proc/understudy/home', 'no such file or directory (ENOENT)'] as const);

  it.each([...read, ...written])('is a wrong word for %s: %s', async (verb, home, reason) => {
    expect(await runProgram([...verb.split(' '), '--home', home], commandLine)).toBe(verb === 'status' ? 3 : 2);
    expect(commandLine.notes.join('\n')).toBe(
      `error: ${home} cannot be the home folder: ${reason}\n  next: name a folder in which this account may write: --home DIR`,
    );
    expect(commandLine.output).toEqual([]);
  });
});

describe('the home folder', () => {
  it.each([
    [{ HOME: '/u' }, '/u/.local/state/understudy'],
    [{ HOME: '/u', XDG_STATE_HOME: '/s' }, '/s/understudy'],
    [{ HOME: '/u', XDG_STATE_HOME: 'relative' }, '/u/.local/state/understudy'],
  ])('with %j is %s', (environment, home) => {
    expect(homeFolder(undefined, environment)).toBe(home);
  });

  it('is what was given', () => {
    expect(homeFolder('/x', { HOME: '/u' })).toBe('/x');
    expect(homeFolder('/srv/./x//y/', {})).toBe('/srv/x/y');
    expect(homeFolder('x', {})).toBe(join(process.cwd(), 'x'));
    expect(() => homeFolder(undefined, {})).toThrow('neither XDG_STATE_HOME nor HOME is set');
  });
});

it('the prompt takes lines from a pipe, reports errors and goes on', async () => {
  const input = new PassThrough();
  const parts = {
    clock: new SystemClock(),
    openStorage: async () => new MemoryStorage(),
    makeEmbedded: () => Promise.reject(new Error('no server is needed')),
    beginJournal: () => Promise.reject(new Error('the prompt keeps none')),
  };
  const ended = repl(
    join(folder, 'home'),
    parts,
    { input, output: new PassThrough(), interactive: false },
    commandLine,
  );
  input.end('$x = 2\nif $x = 2 then\n  write "two"\nend\nwrite $y\nversion\nexit 4\nwrite "never"\n');
  expect(await ended).toBe(4);
  expect(commandLine.output).toEqual(['  two']);
  expect(commandLine.notes.join('\n')).toMatch(/there is no variable \$y/);
  expect(commandLine.notes.join('\n')).toMatch(/no source has been identified/);
});
