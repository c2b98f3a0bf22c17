// The line that says how far a command is: where it is drawn, how often, and where it is not.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { fitting, ProgressLine } from '../../src/cli/terminal/progress-line.ts';
import { exec } from '../../src/cli/verbs/exec.ts';
import { repl } from '../../src/cli/verbs/repl.ts';
import type { RunParts } from '../../src/cli/verbs/run.ts';
import { loadOrCreateIdentity } from '../../src/platform/identity/identity.ts';
import { systemRandom } from '../../src/platform/kernel/system-random.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { EventLog } from '../../src/runtime/events/event-log.ts';
import { RunJournal } from '../../src/runtime/runs/run-journal.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { SeededRandom } from '../../src/simulator/seeded-random.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { type FakeServer, fakeServer, served } from '../support/fake-server.ts';
import { requireProgram } from '../support/packages.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';
import { TerminalWindow } from '../support/terminal-window.ts';

const program = join(import.meta.dirname, '../../bin/understudy.js');
let folder: string;
let clock: ManualClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-progress-'));
  clock = new ManualClock();
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the line', () => {
  const erase = '\r\u001b[K';
  let written: string[];
  let line: ProgressLine;
  let columns: number;
  const [mirror, other] = [{}, {}];

  beforeEach(() => {
    [written, columns] = [[], 80];
    line = new ProgressLine({ write: (text) => void written.push(text), columns: () => columns }, clock);
  });

  it('is drawn in its place, at most four times a second, and goes away', async () => {
    for (let tenth = 0; tenth < 20; tenth++) {
      line.show(mirror, `${tenth}`);
      await clock.advance(100);
    }
    expect(written).toEqual(['0', '3', '6', '9', '12', '15', '18'].map((text) => `${erase}${text}`));
    line.over(mirror);
    expect(written.at(-1)).toBe(erase);
    line.over(mirror);
    expect(written).toHaveLength(8);
  });

  it('makes room for what is written, and comes back below it', () => {
    line.show(mirror, 'half');
    line.above(() => written.push('output\n'));
    line.show(mirror, 'half');
    line.over(mirror);
    line.above(() => written.push('more\n'));
    expect(written).toEqual([`${erase}half`, erase, 'output\n', `${erase}half`, erase, 'more\n']);
  });

  it('says several things at once, on one row of the window as it is now', async () => {
    line.show(mirror, 'mirror: 40 %');
    await clock.advance(250);
    line.show(other, 'verification: 3 files');
    expect(written.at(-1)).toBe(`${erase}mirror: 40 %; verification: 3 files`);
    columns = 20;
    await clock.advance(250);
    line.show(other, 'verification: 4 files');
    expect(written.at(-1)).toBe(`${erase}mirror: 40 %; veri…`);
    line.over(mirror);
    expect(written.at(-1)).toBe(`${erase}verification: 4 fi…`);
    expect(fitting('日本語のなまえ', 8)).toBe('日本語…');
    expect(fitting('text', 1)).toBe('');
  });
});

describe('a command that lasts', () => {
  let fake: FakeServer;
  let commandLine: RecordedCommandLine;

  beforeEach(() => {
    fake = fakeServer('alpha');
    commandLine = new RecordedCommandLine();
  });

  const lines = ['source alpha', 'repset create s', 'repset rule add "/srv" include to s', 'repset save'];
  const waiting = ['connect s to alpha map exact', 'wait for mirror', 'write "whole"'];

  const parts = (): RunParts => ({
    clock,
    openStorage: async () => new MemoryStorage(),
    makeEmbedded: async () => {
      const eventLog = await EventLog.open(new MemoryStorage(), clock, silentLog);
      return { server: fake, eventLog, stop: async () => undefined };
    },
    beginJournal: (script: string, where: Storage, warn: (line: string) => void) => {
      const owner = { processId: 1, identity: 'test' };
      const given = { storage: where, clock, random: new SeededRandom(1), owner, isRunning: () => true, warn };
      return RunJournal.begin(script, given);
    },
  });

  /** Runs the lines on embedded servers until their mirror has been waited for three seconds. */
  function run(json: boolean): Promise<number> {
    const request = { title: 'exec', lines: [...lines, ...waiting], home: folder, json, stay: false, yes: false };
    return mirrored(exec(request, parts(), commandLine));
  }

  /** The same at a prompt. */
  function prompted(): Promise<number> {
    const input = new PassThrough();
    input.end([...lines, ...waiting].map((line) => `${line}\n`).join(''));
    return mirrored(repl(folder, parts(), { input, output: new PassThrough(), interactive: false }, commandLine));
  }

  async function mirrored(ended: Promise<number>): Promise<number> {
    while (fake.callsOf('jobs.wait').length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let second = 0; second < 3; second++) await clock.advance(1000);
    fake.mirrored([...fake.jobReports.keys()][0] ?? '');
    return ended;
  }

  it('is seen in JSON as records, at most one a second', async () => {
    expect(await run(true)).toBe(0);
    const records = commandLine.output.map((text) => JSON.parse(text) as { type: string });
    const progress = records.filter(({ type }) => type === 'progress');
    expect(progress).toHaveLength(3);
    expect(progress[0]).toMatchObject({
      type: 'progress',
      command: 'wait.mirror',
      line: 6,
      title: 'mirror of connection 1',
      state: 'in progress, 23 B wait',
      percent: null,
    });
  });

  it.each([
    ['script', () => run(false)],
    ['prompt', prompted],
  ])('is not seen in a pipe, in a %s', async (_where, ran) => {
    expect(await ran()).toBe(0);
    expect(commandLine.output.at(-1)?.trim()).toBe('whole');
    expect([...commandLine.output, ...commandLine.notes].join('\n')).not.toContain('mirror of connection');
  });

  it.each([
    ['script', () => run(false)],
    ['prompt', prompted],
  ])('is seen on a terminal, in a %s, and what is printed is whole', async (_where, ran) => {
    const written: string[] = [];
    commandLine.lines = { write: (text) => void written.push(text), columns: () => 80 };
    expect(await ran()).toBe(0);
    expect(written[0]).toContain('mirror of connection 1: in progress, 23 B wait');
    expect(written.at(-1)).toBe('\r\u001b[K');
    expect(commandLine.output.at(-1)?.trim()).toBe('whole');
  });
});

describe.runIf(requireProgram('tmux'))('on a terminal', () => {
  let home: string;
  let fake: FakeServer;
  let close: () => Promise<void>;
  let jobId: string;

  beforeEach(async () => {
    home = join(folder, 'home');
    mkdirSync(home);
    await loadOrCreateIdentity(home, 'alpha', { clock, random: systemRandom });
    fake = fakeServer('alpha');
    close = await served(fake, home);
    ({ jobId } = await fake.jobs.connect({
      name: 'sales',
      replicationSet: 'sales',
      sourceServer: 'alpha',
      targetServer: 'alpha',
      roots: [{ source: '/srv', replica: '/replica' }],
      rules: [],
      mirrorMethod: 'data-delta',
      orphans: 'keep',
    }));
    walked(400);
  });

  afterEach(() => close());

  const walked = (doneBytes: number): void =>
    fake.changed(jobId, (report) => ({
      ...report,
      mirror: { ...report.mirror, progress: { doneBytes, totalBytes: 1000, doneFiles: 1, totalFiles: 2 } },
    }));

  it('a person sees it move, and Ctrl-C is answered at once', async () => {
    const window = TerminalWindow.open(process.execPath, program, 'exec', 'wait for mirror', '--home', home);
    await window.shows(/^mirror of connection 1: 40 %, (?:\d+ B\/s, )?400 B of 1.0 KB, 1 of 2 files/m);
    walked(700);
    await window.shows(/^mirror of connection 1: 70 %/m);
    expect(window.screen().match(/mirror of connection/g)).toHaveLength(1);
    window.press('C-c');
    expect(await window.ended()).toBe(5);
    expect(window.screen()).not.toContain('mirror of connection 1: 70 %');
    expect(window.screen()).toContain('U0902');
  });

  it('a person at the prompt sees it move, types ahead in its place, and nothing of it stays', async () => {
    const window = TerminalWindow.open(process.execPath, program, 'repl', '--home', home);
    await window.shows(/^Command:$/m);
    window.enter('write "first"; wait for mirror; write "whole"');
    await window.shows(/^ {2}first\nmirror of connection 1: 40 %/m);
    walked(700);
    await window.shows(/^ {2}first\nmirror of connection 1: 70 %/m);
    window.type('write "ah');
    await window.shows(/^ {2}first\nwrite "ah$/m);
    walked(800);
    window.enter('ead"');
    await window.shows(/^ {2}first\nwrite "ahead"\nmirror of connection 1: 80 %/m);
    fake.mirrored(jobId);
    await window.shows(/^ {2}whole\nCommand: write "ahead"\n {2}ahead\nCommand:$/m);
    expect(window.screen()).not.toContain('mirror of connection');

    walked(900);
    fake.changed(jobId, (report) => ({ ...report, targetState: 'Mirroring' }));
    window.enter('wait for mirror');
    await window.shows(/^Command: wait for mirror\nmirror of connection 1: idle, 90 %/m);
    window.press('C-c');
    await window.shows(/U0902.*\n(.*\n)*Command:$/m);
    expect(window.screen()).not.toContain('mirror of connection 1: idle');
  });
});
