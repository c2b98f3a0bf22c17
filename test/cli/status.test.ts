// `understudy status` for people and for monitoring systems: what it prints, and the code that it ends with.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { Health, JobReport, ServerReport } from '../../src/model/report.ts';
import { connected, type FakeServer, fakeServer, served } from '../support/fake-server.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';

let folder: string;
let home: string;
let fake: FakeServer;
let commandLine: RecordedCommandLine;
let close: (() => Promise<void>) | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-status-'));
  home = join(folder, 'home');
  mkdirSync(home);
  fake = fakeServer('beta');
  commandLine = new RecordedCommandLine({ HOME: folder });
  close = await served(fake, home);
});

afterEach(async () => {
  await close?.();
  rmSync(folder, { recursive: true });
});

async function job(name: string, changes: Partial<JobReport>): Promise<void> {
  fake.changed(await connected(fake, name), (one) => ({ ...one, ...changes }));
}

const status = (...words: readonly string[]): Promise<number> =>
  runProgram(['status', '--home', home, ...words], commandLine);

describe('the code that it ends with is that of the worst job, in text and in JSON', () => {
  const cases: readonly (readonly [readonly Health[], number])[] = [
    [[], 0],
    [['healthy', 'healthy'], 0],
    [['healthy', 'warning'], 1],
    [['warning', 'error', 'healthy'], 2],
    [['healthy', 'unknown'], 3],
    [['unknown', 'warning'], 1],
  ];
  it.each(cases)('%j end with %i', async (healths, code) => {
    for (const [index, health] of healths.entries()) await job(`job ${index}`, { health });
    expect(await status()).toBe(code);
    for (const health of healths) expect(commandLine.output.join('\n')).toContain(health);
    commandLine.output.length = 0;
    expect(await status('--json')).toBe(code);
    const report = JSON.parse(commandLine.output.join('\n')) as ServerReport;
    expect(report.jobs.map(({ health }) => health)).toEqual(healths);
    expect(commandLine.notes).toEqual([]);
  });
});

it('cannot be taken for a healthy or an ill job when the server cannot be asked, or the words are wrong', async () => {
  expect(await runProgram(['status', '--home', join(folder, 'none')], commandLine)).toBe(3);
  expect(await status('--jsno')).toBe(3);
  expect(await status('surplus')).toBe(3);
  expect(commandLine.output).toEqual([]);
  expect(commandLine.notes.filter((line) => line.startsWith('error:'))).toHaveLength(3);
  expect(await status('--help')).toBe(0);
});

it('says that a target has taken over, with what that found', async () => {
  const additional = 'failed over on 2026-01-01T00:00:00.000Z with epoch 2: nothing was lost';
  await job('sales', { failedOver: true, health: 'warning', targetState: 'Not Loaded', additional });
  expect(await status()).toBe(1);
  const text = commandLine.output.join('\n');
  expect(text).toMatch(/sales .* warning .* failed over/);
  expect(text).toContain(additional);
  expect(text).not.toMatch(/\bOK\b|healthy/);
});

it('says how much room the home folder has, in text and in JSON', async () => {
  expect(await status()).toBe(0);
  expect(commandLine.output).toContain('Home folder: 3 GB of 40 GB free, queues leave 256 MB');
  commandLine.output.length = 0;
  expect(await status('--json')).toBe(0);
  const space = { freeBytes: 3_221_225_472, totalBytes: 42_949_672_960, keptFreeBytes: 268_435_456 };
  expect(JSON.parse(commandLine.output.join('\n'))).toMatchObject({ version: '0.1.0', space });
});

it('tells programs each point in time as ISO 8601, and people in words', async () => {
  const finishedMs = Date.parse('2026-02-01T00:00:00Z');
  const last = { finishedMs, differences: 0 };
  await job('sales', { behindSinceMs: finishedMs, verification: { running: null, last } });
  await job('other', { behindSinceMs: null, connectedSinceMs: null });
  expect(await status('--json')).toBe(0);
  const time = '2026-02-01T00:00:00.000Z';
  const start = '2026-01-01T00:00:00.000Z';
  expect(JSON.parse(commandLine.output.join('\n'))).toMatchObject({
    started: start,
    time: expect.stringMatching(/Z$/),
    jobs: [
      { established: start, connectedSince: start, behindSince: time, verification: { last: { finished: time } } },
      { established: start, connectedSince: null, behindSince: null },
    ],
  });
});

describe('--check', () => {
  const line = (): string => commandLine.output.join('\n');

  it('prints one line with figures when all is well', async () => {
    await job('sales', { behindSinceMs: Date.parse('2026-01-01T00:00:01Z') - 2500 });
    expect(await status('--check')).toBe(0);
    expect(line()).toBe(
      'UNDERSTUDY OK - 1 connection of beta, all healthy|connections=1;;;0;1 warnings=0;;;0;1 errors=0;;;0;1 ' +
        'free=3221225472B;;;0 1_lag=2s;;;0 1_queue=23B;;;0 1_operations=2;;;0 1_sent=405c;;;0',
    );
    expect(commandLine.notes).toEqual([]);
  });

  it('says what is the matter, whatever its text holds', async () => {
    await job('good', {});
    await job('sales', { health: 'warning', additional: 'no link | to\nbeta' });
    expect(await status('--check')).toBe(1);
    expect(line()).toMatch(
      /^UNDERSTUDY WARNING - 1 of 2 connections of beta: 2 sales warning: no link \/ to beta\|[^|]*$/,
    );
    commandLine.output.length = 0;
    await job('live', { health: 'error', failedOver: true, targetState: 'Not Loaded' });
    expect(await status('--check')).toBe(2);
    expect(line()).toMatch(
      /^UNDERSTUDY CRITICAL - 2 of 3 connections of beta: .*3 live failed over: replica Not Loaded\|/,
    );
  });

  it('prints a line for a server that could not be asked, too', async () => {
    expect(await runProgram(['status', '--check', '--home', join(folder, 'none')], commandLine)).toBe(3);
    expect(line()).toMatch(
      /^UNDERSTUDY UNKNOWN - cannot call the server: .*: there is no server in this home folder yet$/,
    );
    expect(await status('--check', '--json')).toBe(3);
  });
});
