// `understudy status` beside an embedded run, as an operator has it: another process, the socket of each server.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { remoteServer } from '../../src/api/remote-server.ts';
import { runProgram } from '../../src/cli/program.ts';
import { oneReport } from '../../src/cli/servers/home-information.ts';
import type { ServerReport } from '../../src/model/report.ts';
import { sendOverSocket } from '../../src/platform/http/http-socket.ts';
import { jobReport } from '../support/fake-server.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';

const program = join(import.meta.dirname, '../../bin/understudy.js');
let folder: string;
let home: string;
let commandLine: RecordedCommandLine;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-run-status-'));
  home = join(folder, 'home');
  commandLine = new RecordedCommandLine({ HOME: folder });
});

afterEach(async () => {
  await end('SIGKILL');
  rmSync(folder, { recursive: true });
});

const status = (...words: readonly string[]): Promise<number> =>
  runProgram(['status', '--home', home, ...words], commandLine);

/** Starts a run that protects a folder; resolves when its first mirror is complete. */
async function startRun(): Promise<void> {
  mkdirSync(join(folder, 'work'), { recursive: true });
  writeFileSync(join(folder, 'work', 'a'), 'content');
  const lines = [
    'source alpha\ntarget beta\nrepset create sales',
    `repset rule add "${folder}/work" include to sales\nrepset save`,
    `$con = connect sales to beta map "${folder}/work" to "${folder}/replica"`,
    'wait for mirror $con\nwrite "mirrored"\nwait 1 hour\n',
  ];
  const script = join(folder, 'script.dtcl');
  writeFileSync(script, lines.join('\n'));
  const started = spawn(process.execPath, [program, 'run', script, '--home', home], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = started;
  await new Promise<void>((resolve, reject) => {
    let notes = '';
    started.stderr.on('data', (chunk: Buffer) => {
      notes += String(chunk);
    });
    started.stdout.on('data', (chunk: Buffer) => {
      if (String(chunk).includes('mirrored')) resolve();
    });
    started.once('close', () => reject(new Error(notes)));
  });
}

function end(signal: NodeJS.Signals): Promise<void> {
  const ending = child;
  if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    ending.once('close', () => resolve());
    ending.kill(signal);
  });
}

it('shows the servers and the connections of a run while it lasts, and says so when it is over', async () => {
  await startRun();
  expect(await status()).toBe(0);
  expect(commandLine.output[0]).toMatch(/^Server alpha, beta, version/);
  expect(commandLine.output.filter((line) => /sales .*alpha .*beta .*healthy/.test(line))).toHaveLength(1);
  commandLine.output.length = 0;
  expect(await status('--json')).toBe(0);
  const told = JSON.parse(commandLine.output.join('\n')) as ServerReport;
  expect(told.jobs).toMatchObject([{ role: 'source', health: 'healthy', targetState: 'OK' }]);
  commandLine.output.length = 0;
  expect(await status('--check')).toBe(0);
  expect(commandLine.output[0]).toMatch(/^UNDERSTUDY OK - 1 connection of alpha, beta, all healthy/);

  const socket = join(home, 'servers', 'alpha', 'api.socket');
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  const alpha = remoteServer('alpha', sendOverSocket(join(home, 'servers', 'alpha')));
  const calls = [() => alpha.process.shutDown(), () => alpha.jobs.disconnect('x'), () => alpha.live.release('/x')];
  for (const refused of calls)
    await expect(refused()).rejects.toMatchObject({ code: 'ACCESS-DENIED', reason: expect.stringContaining('a run') });

  await end('SIGINT');
  expect(existsSync(socket)).toBe(false);
  expect(await status()).toBe(3);
  expect(commandLine.notes.at(-2)).toContain('neither a server nor a run is at work on this home folder');
  expect(commandLine.notes.at(-1)).toBe(`  next: see what earlier runs did: understudy runs list --home ${home}`);
});

it('takes the socket of a killed run for none, and the next run has its own', async () => {
  await startRun();
  await status();
  await end('SIGKILL');
  expect(existsSync(join(home, 'servers', 'alpha', 'api.socket'))).toBe(true);
  expect(await status('--check')).toBe(3);
  expect(commandLine.output.at(-1)).toMatch(/^UNDERSTUDY UNKNOWN - .*neither a server nor a run/);
  await startRun();
  expect(await status()).toBe(0);
});

it('tells what only the target knows of a connection, and the worse health', () => {
  const names = { sourceServer: 'alpha', targetServer: 'beta', name: 'sales', replicationSet: 'sales', jobId: 'job' };
  const job = { ...names, roots: [], rules: [], mirrorMethod: 'data-delta', orphans: 'keep' } as const;
  const revert = { doneBytes: 0, totalBytes: null, doneFiles: 1, totalFiles: 2 };
  const server = (name: string): Omit<ServerReport, 'jobs'> => ({
    name,
    version: '1',
    fingerprint: name,
    startedMs: 1,
    timeMs: 2,
    taskProcessing: true,
  });
  const target = {
    ...jobReport(job, 1, 'target'),
    health: 'warning',
    additional: 'the queue was lost',
    revert,
  } as const;
  const { jobs } = oneReport([
    { ...server('alpha'), jobs: [jobReport(job, 1, 'source')] },
    { ...server('beta'), jobs: [target] },
  ]);
  expect(jobs).toMatchObject([{ role: 'source', health: 'warning', additional: 'the queue was lost', revert }]);
});
