// `understudy exec` and the verbs that carry out one command: a script without a file, against the server of the home.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { loadOrCreateIdentity } from '../../src/platform/identity/identity.ts';
import { systemRandom } from '../../src/platform/kernel/system-random.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { type FakeServer, fakeServer, served } from '../support/fake-server.ts';
import { requireProgram } from '../support/packages.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';
import { TerminalWindow } from '../support/terminal-window.ts';

const program = join(import.meta.dirname, '../../bin/understudy.js');
let folder: string;
let home: string;
let fake: FakeServer;
let commandLine: RecordedCommandLine;
let close: () => Promise<void>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-exec-'));
  home = join(folder, 'home');
  mkdirSync(home);
  await loadOrCreateIdentity(home, 'beta', { clock: new ManualClock(), random: systemRandom });
  fake = fakeServer('beta');
  commandLine = new RecordedCommandLine({ HOME: folder });
  close = await served(fake, home);
});

afterEach(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

const understudy = (...words: readonly string[]): Promise<number> =>
  runProgram(
    [
      words[0] ?? '',
      ...(words[0] === 'snapshot' ? [words[1] ?? ''] : []),
      '--home',
      home,
      ...words.slice(words[0] === 'snapshot' ? 2 : 1),
    ],
    commandLine,
  );
const anInstant = expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const notes = (): string => commandLine.notes.join('\n');

/** One connection of the server, number 1, to itself. */
async function connected(): Promise<void> {
  const set = ['repset create sales', 'repset rule add "/srv/sales" include to sales', 'repset save'];
  expect(await understudy('exec', 'source beta', ...set, 'connect sales to beta map exact')).toBe(0);
  commandLine.output.length = 0;
  fake.calls.length = 0;
}

describe('exec', () => {
  it('runs its arguments as the lines of one script, and keeps a journal of it', async () => {
    expect(await understudy('exec', '$x = 2', 'if $x = 2 then', 'write "two"', 'end', 'source beta', 'version')).toBe(
      0,
    );
    expect(commandLine.output).toEqual(['two', expect.stringMatching(/^beta/)]);
    commandLine.output.length = 0;
    expect(await runProgram(['runs', 'list', '--home', home, '--json'], commandLine)).toBe(0);
    expect(JSON.parse(commandLine.output[0] ?? '')).toMatchObject({
      runs: [{ script: 'exec', commands: 2, state: 'completed', started: anInstant, ended: anInstant }],
    });
    const [{ runId }] = JSON.parse(commandLine.output.pop() ?? '').runs;
    expect(await runProgram(['runs', 'show', runId, '--home', home, '--json'], commandLine)).toBe(0);
    const { entries } = JSON.parse(commandLine.output[0] ?? '') as { readonly entries: readonly { time: unknown }[] };
    expect(entries.map(({ time }) => time)).toEqual(entries.map(() => anInstant));
    expect(entries.length).toBeGreaterThan(3);
  });

  it('has the exit codes, the places in messages and the JSON of run', async () => {
    expect(await understudy('exec', 'write 1', 'conect sales')).toBe(3);
    expect(notes()).toMatch(/error\[U0401\].*\n +--> exec:2:1/);
    expect(await understudy('exec', 'fail "no"')).toBe(1);
    expect(await understudy('exec', 'exit 7')).toBe(7);
    expect(await understudy('exec', 'while true do', 'end', '--max-steps', '10')).toBe(4);
    expect(await understudy('exec')).toBe(2);
    commandLine.output.length = 0;
    expect(await understudy('exec', 'write "a"', '--json')).toBe(0);
    expect(commandLine.output.map((line) => JSON.parse(line).type)).toEqual(['run', 'write', 'end']);
  });

  it('refuses a secret, which every account could read', async () => {
    expect(await understudy('exec', 'login beta admin "hunter2"')).toBe(2);
    expect(notes()).toContain('a secret on the command line can be seen by every account of this machine');
    expect(notes()).not.toContain('hunter2');
    expect(fake.calls).toEqual([]);
  });
});

describe('what cannot be taken back', () => {
  it('needs --yes where nobody can be asked', async () => {
    await connected();
    expect(await understudy('exec', 'shutdown beta')).toBe(1);
    expect(notes()).toContain('SHUTDOWN beta: it cannot be taken back, and nobody can be asked here');
    expect(notes()).toMatch(/say that it is meant: --yes/);
    expect(await understudy('failover')).toBe(1);
    expect(fake.callsOf('process.shutDown')).toEqual([]);
    expect(fake.callsOf('jobs.failover')).toEqual([]);
    expect(await understudy('failover', '--yes')).toBe(0);
    expect(await understudy('exec', 'shutdown beta', '--yes')).toBe(0);
    expect(fake.callsOf('jobs.failover')).toHaveLength(1);
    expect(fake.callsOf('process.shutDown')).toHaveLength(1);
  });

  it('is asked about on a terminal', async () => {
    commandLine.answers = ['', 'y'];
    expect(await understudy('exec', 'shutdown beta')).toBe(1);
    expect(notes()).toMatch(/SHUTDOWN beta: the server stops, .*\. Go on\? \[y\/N\] /);
    expect(notes()).toContain('it was not confirmed, so nothing was done');
    expect(fake.callsOf('process.shutDown')).toEqual([]);
    expect(await understudy('exec', 'shutdown beta')).toBe(0);
    expect(fake.callsOf('process.shutDown')).toHaveLength(1);
  });

  it('is not asked about in a script', async () => {
    commandLine.answers = [];
    const file = join(folder, 'stop.dtcl');
    writeFileSync(file, 'shutdown beta\n');
    expect(await understudy('run', file)).toBe(0);
    expect(fake.callsOf('process.shutDown')).toHaveLength(1);
  });

  it.runIf(requireProgram('tmux'))('is asked about at the prompt', async () => {
    const words = ['env', '-u', 'FORCE_COLOR', 'NO_COLOR=1', process.execPath, program];
    const prompt = TerminalWindow.open(...words, 'repl', '--home', home);
    await prompt.shows(/^Command:$/m);
    prompt.enter('shutdown beta');
    await prompt.shows(/^SHUTDOWN beta: .*\s.*Go on\? \[y\/N\]$/m);
    prompt.enter('n');
    await prompt.shows(/it was not confirmed/);
    expect(fake.callsOf('process.shutDown')).toEqual([]);
    prompt.enter('shutdown beta');
    await prompt.shows(/not confirmed[\s\S]*Go on\? \[y\/N\]$/m);
    prompt.enter('y');
    await prompt.shows(/beta stops/);
    expect(fake.callsOf('process.shutDown')).toHaveLength(1);
    prompt.press('C-d');
    expect(await prompt.ended()).toBe(0);
    const asked = TerminalWindow.open(...words, 'exec', 'shutdown beta', '--home', home);
    await asked.shows(/Go on\? \[y\/N\] *$/m);
    asked.press('C-c');
    expect(await asked.ended()).toBe(5);
    expect(fake.callsOf('process.shutDown')).toHaveLength(1);
  });
});

describe('a verb for one command', () => {
  it('connects a folder, with its replication set', async () => {
    const words = [
      '--to',
      'beta',
      '--map',
      '/srv/its "$x"=/replicas/x',
      '--folder',
      '/srv/its "$x"',
      '--orphans',
      'keep',
    ];
    expect(await understudy('connect', 'sales set', ...words, '--name', 'by hand')).toBe(0);
    expect(fake.callsOf('jobs.connect')).toEqual([
      [
        expect.objectContaining({
          name: 'by hand',
          replicationSet: 'sales set',
          sourceServer: 'beta',
          targetServer: 'beta',
          orphans: 'keep',
          mirrorMethod: 'attributes-delta',
          roots: [{ source: '/srv/its "$x"', replica: '/replicas/x' }],
        }),
      ],
    ]);
    expect(commandLine.output.at(-1)).toBe('Connection 1: sales set from beta to beta');
  });

  it.each([
    [['verify', '--mode', 'repair'], 'jobs.verify'],
    [['snapshot', 'take', 'before; shutdown beta'], 'snapshots.take'],
    [['snapshot', 'list', '--on', '1'], 'snapshots.list'],
    [['disconnect', '1'], 'jobs.disconnect'],
    [['failover', '1', '--queue', 'discard', '--yes'], 'jobs.failover'],
  ] as const)('%j calls %s', async (words, call) => {
    await connected();
    expect(await understudy(...words)).toBe(0);
    expect(fake.callsOf(call).length).toBeGreaterThan(0);
    expect(fake.callsOf('process.shutDown')).toEqual([]);
  });

  it.each([
    [['connect', 'sales'], /'--to <target>' not specified/],
    [['connect', 'sales', '--to', 'beta', '--map', '/srv'], /write exact, or which path becomes which/],
    [['verify', '--mode', 'cure'], /Allowed choices are report, repair/],
    [['verify', '--every', '1 day; shutdown'], /no duration/],
    [['snapshot', 'take'], /missing required argument 'name'/],
    [['disconnect', '--yes', '--json', 'extra', 'words'], /too many arguments/],
  ] as const)('says what is wrong with %j', async (words, message) => {
    expect(await understudy(...words)).toBe(2);
    expect(notes()).toMatch(message);
  });

  it('has failed when a verification finds differences, and not when it mends them or finds none', async () => {
    await connected();
    expect(await understudy('verify', 'sales')).toBe(1);
    expect(commandLine.output.join('\n')).toContain('1 different');
    expect(await understudy('verify', '--mode', 'repair')).toBe(0);
    const found = await fake.jobs.verify((await fake.jobs.list())[0]?.jobId ?? '', 'report');
    fake.overrides = { jobs: { verify: async () => ({ ...found, filesDifferent: 0, differences: [] }) } };
    expect(await understudy('verify', 'sales')).toBe(0);
  });

  it('says which connections there are where several could be meant', async () => {
    await connected();
    await understudy('exec', 'source beta', 'connect sales to beta map exact name other');
    expect(await understudy('verify')).toBe(1);
    expect(notes()).toMatch(/there are 2 connections[\s\S]*say which/);
  });
});
