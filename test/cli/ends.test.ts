// How a run ends, as an operator's shell sees it: every exit code once, each flag of a budget, and a run that was killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';

const program = join(import.meta.dirname, '../../bin/understudy.js');
let folder: string;
const children: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-ends-'));
});

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

interface Started {
  readonly child: ChildProcess;
  /** Something was printed. */
  readonly printed: Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly notes: string }>;
}

function understudy(...words: readonly string[]): Started {
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let [out, notes] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString('utf8');
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    notes += chunk.toString('utf8');
  });
  const printed = new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
  return {
    child,
    printed,
    ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, out, notes }))),
  };
}

let scripts = 0;

function script(text: string): string {
  scripts += 1;
  const file = join(folder, `${scripts}.dtcl`);
  writeFileSync(file, text);
  return file;
}

function run(text: string, ...words: readonly string[]): Started {
  return understudy('run', script(text), '--home', join(folder, 'home'), ...words);
}

describe.concurrent('exit codes', () => {
  it.each([
    [0, 'success', 'write 1\n', [], ''],
    [1, 'a command failed', 'version\n', [], 'no source has been identified (-104)'],
    [2, 'wrong parameters', 'param $p as integer\nwrite $p\n', ['--p', 'x'], 'error[U0710]'],
    [3, 'the script does not check', 'write $x\n', [], 'error[U0301]'],
    [4, 'a budget', '$l = []\nwhile true do\n  $l = $l + [1]\nend\n', ['--max-memory', '1MB'], 'more memory than 1 MB'],
  ])('%i: %s', async (code, _, text, words, message) => {
    const { code: found, notes } = await run(text, ...words).ended;
    expect(notes).toContain(message);
    expect(notes).not.toMatch(/^\s+at /m);
    expect(found).toBe(code);
  });
});

describe('the other budgets', () => {
  it.each([
    ['--max-steps', '5000', 'while true do\nend\n', 'error[U0801]: the script took more than 5000 steps'],
    ['--max-time', '100ms', 'wait 1 hour\n', 'error[U0802]: the script took longer than 100ms'],
    ['--max-depth', '50', 'function f($n)\n  return f($n + 1)\nend\n$x = f(0)\n', 'error[U0803]: functions call each'],
    ['--max-output', '1KB', 'while true do\n  write "x"\nend\n', 'error[U0804]: the script wrote more than 1 KB'],
  ])('%s %s', async (flag, value, text, message) => {
    const commandLine = new RecordedCommandLine();
    const file = script(text);
    expect(await runProgram(['run', file, '--home', join(folder, 'home'), flag, value], commandLine)).toBe(4);
    expect(commandLine.notes[0]).toContain(message);
    expect(commandLine.notes.join('\n')).toContain(`or allow more with ${flag}`);
  });
});

it('5 is an interruption, and the journal says so; a killed run is interrupted, not running', async () => {
  const [stopped, killed] = [run('write "here"\nwait 1 hour\n'), run('source alpha\nwrite "here"\nwait 1 hour\n')];
  await Promise.all([stopped.printed, killed.printed]);
  const runs = async () => {
    const { out } = await understudy('runs', 'list', '--home', join(folder, 'home'), '--json').ended;
    const report = JSON.parse(out) as {
      runs: { runId: string; script: string; state: string; exitCode: number | null }[];
    };
    return new Map(report.runs.map((one) => [one.script.replace(/.*\//, ''), one]));
  };
  const [stoppedName, killedName] = [`${scripts - 1}.dtcl`, `${scripts}.dtcl`];
  expect((await runs()).get(killedName)).toMatchObject({ state: 'running', exitCode: null });
  stopped.child.kill('SIGINT');
  killed.child.kill('SIGKILL');
  expect((await stopped.ended).code).toBe(5);
  await killed.ended;
  const after = await runs();
  expect(after.get(stoppedName)).toMatchObject({ state: 'interrupted', exitCode: 5 });
  expect(after.get(killedName)).toMatchObject({ state: 'interrupted', exitCode: null });
  const shown = await understudy('runs', 'show', after.get(killedName)?.runId ?? '', '--home', join(folder, 'home'))
    .ended;
  expect(shown.out).toContain('line 1: SOURCE alpha');
  expect(shown.out).toContain('Its process is gone.');
});

describe('a run with tasks in its stream', () => {
  function queueing(text: string): string {
    mkdirSync(join(folder, 'workload'), { recursive: true });
    return [
      'source alpha\ntarget beta\nrepset create tasks',
      `repset rule add "${join(folder, 'workload')}" include to tasks\nrepset save`,
      `$con = connect tasks to beta map "${join(folder, 'workload')}" to "${join(folder, 'replica')}"`,
      `wait for mirror $con\n${text}\n`,
    ].join('\n');
  }

  function task(name: string, commands: string): string {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${commands}\n`, { mode: 0o755 });
    return file;
  }

  it('waits for one that nobody waited for, and is good when it was', async () => {
    const done = join(folder, 'done');
    const program = task('slow', `sleep 1; echo done > ${done}`);
    const { code, notes } = await run(queueing(`queuetask slow to beta onexecute = "${program}" timeout = 0`)).ended;
    expect(notes).not.toContain('error');
    expect(code).toBe(0);
    expect(readFileSync(done, 'utf8')).toBe('done\n');
  });

  it('has failed when one of them has', async () => {
    const program = task('bad', 'exit 3');
    const { code, notes } = await run(queueing(`queuetask bad to beta onexecute = "${program}" timeout = 0`)).ended;
    expect(notes).toContain('error: task bad at ONEXECUTE failed: exit code 3');
    expect(code).toBe(1);
  });
});
