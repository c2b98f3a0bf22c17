// The process of one JavaScript task, as the system sees it: started without a shell, an environment, a folder or a descriptor of
// ours, under the kernel's limits; heard in whole messages; killed as a group. src/sandbox/DESIGN.md says why each option is there.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../base/failure.ts';
import { encodeFrame, FrameReader, type FromSandbox, type ToSandbox } from '../../base/sandbox-protocol.ts';
import type { JavaScriptLimits } from '../../ports/javascript.ts';
import { closeDescriptorsOnExec } from '../kernel/libc.ts';
import { parseSandboxMessage } from './sandbox-messages.ts';

const prlimitProgram = '/usr/bin/prlimit';
const setprivProgram = '/usr/bin/setpriv';
const unshareProgram = '/usr/bin/unshare';
const saidBytesMax = 4096;
/**
 * Writable memory of the process without the script's: V8 sets aside 512 MiB for code in each of its two isolates, whether
 * it is used or not; the rest is threads and heaps.
 */
const processMiB = 1400;

export interface SandboxEnd {
  readonly signal: string | null;
  readonly exitCode: number | null;
  /** The first 4 KiB of its standard error. */
  readonly said: string;
}

export class SandboxProcess {
  readonly processId: number;
  /** Resolves once the process is gone and everything it said has been heard. */
  readonly ended: Promise<SandboxEnd>;
  readonly #child: ChildProcess;
  readonly #folder: string;
  #alive = true;

  /** `heard` is given every message; undefined for what is none. */
  constructor(limits: JavaScriptLimits, heard: (message: FromSandbox | undefined) => void) {
    // Its working folder is removed as soon as it stands in it, so that there is none.
    this.#folder = mkdtempSync(join(tmpdir(), 'understudy-task-'));
    const [file = '', ...words] = wordsOf(limits);
    closeDescriptorsOnExec();
    const child = spawn(file, words, { cwd: this.#folder, env: {}, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#child = child;
    this.processId = child.pid ?? 0;
    const reader = new FrameReader();
    child.stdout.on('data', (piece: Buffer) => {
      try {
        for (const message of reader.take(piece)) heard(parseSandboxMessage(message));
      } catch {
        heard(undefined);
      }
    });
    const said: Buffer[] = [];
    let roomBytes = saidBytesMax;
    child.stderr.on('data', (piece: Buffer) => {
      if (roomBytes > 0) said.push(piece.subarray(0, roomBytes));
      roomBytes = Math.max(0, roomBytes - piece.length);
    });
    // A process that is gone is told things; that it ended is heard in its own event.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      const end = (exitCode: number | null, signal: string | null, more = ''): void => {
        this.#alive = false;
        this.removeFolder();
        resolve({ exitCode, signal, said: Buffer.concat(said).toString('utf8') + more });
      };
      child.once('error', (error) => end(null, null, error.message));
      child.once('close', (exitCode, signal) => end(exitCode, signal));
    });
  }

  send(message: ToSandbox): void {
    this.#child.stdin?.write(encodeFrame(message));
  }

  removeFolder(): void {
    try {
      rmdirSync(this.#folder);
    } catch {
      // It was removed before.
    }
  }

  /** Ends the process and what it may have started. */
  kill(): void {
    if (!this.#alive || this.processId === 0) return;
    try {
      process.kill(-this.processId, 'SIGKILL');
    } catch {
      // It ended by itself this moment.
    }
  }
}

/** How a process ended that did not say so itself. */
export function endText({ exitCode, signal, said }: SandboxEnd, limits: JavaScriptLimits): string {
  if (signal === 'SIGKILL') return 'its process was killed by somebody else, or for want of memory';
  if (signal === 'SIGXCPU') return `it used more than ${limits.processorSeconds} s of processor time`;
  // V8 ends the process when memory is refused in a place where it cannot say so to the script.
  if (signal !== null && exitCode === null) return `its process broke down (${signal}), as it does for want of memory`;
  return `its process ended with ${exitCode === null ? 'no code' : `code ${exitCode}`}: ${said.trim().slice(0, 500)}`;
}

export function unavailable(reason: string): Failure {
  return new Failure({
    code: 'SANDBOX-UNAVAILABLE',
    operation: 'run a JavaScript task',
    subject: 'its process',
    reason,
    hint: 'It needs prlimit and setpriv of util-linux, and the program of this server to be readable by everybody.',
  });
}

function wordsOf({ memoryMiB, processorSeconds }: JavaScriptLimits): string[] {
  const dataBytes = (processMiB + 2 * memoryMiB) * 1024 * 1024;
  const limits = [
    `--cpu=${processorSeconds}:${processorSeconds + 1}`,
    `--data=${dataBytes}`,
    '--core=0',
    '--fsize=0',
    '--nofile=64',
  ];
  const program = fileURLToPath(new URL('../../sandbox/main.ts', import.meta.url));
  return [
    ...withoutNetwork(),
    ...[prlimitProgram, ...limits, '--'],
    ...[setprivProgram, '--no-new-privs', '--inh-caps=-all', '--'],
    process.execPath,
    ...['--permission', '--allow-addons', ...readable(program).map((path) => `--allow-fs-read=${path}`)],
    ...['--no-node-snapshot', '--disable-sigusr1', '--disable-warning=PERM0001', '--max-old-space-size=64'],
    // Compilers that optimize are where escapes from V8 are found; a task needs none.
    ...['--no-opt', '--no-maglev', '--no-sparkplug'],
    program,
  ];
}

let networkWords: readonly string[] | undefined;

/** The words that give a program a network namespace of its own, with nothing in it; none where the kernel refuses that. */
function withoutNetwork(): readonly string[] {
  networkWords ??=
    [
      [unshareProgram, '--net', '--'],
      [unshareProgram, '--user', '--map-current-user', '--net', '--'],
    ].find(([file = '', ...words]) => spawnSync(file, [...words, '/bin/true'], { stdio: 'ignore' }).status === 0) ?? [];
  return networkWords;
}

/** All that the process may read: its program, and the package of the isolates with what finds its binary. */
function readable(program: string): string[] {
  const sandbox = dirname(program);
  const isolates = createRequire(program).resolve('isolated-vm');
  const finder = createRequire(isolates).resolve('node-gyp-build');
  const source = dirname(sandbox);
  return [
    sandbox,
    join(source, 'base'),
    join(dirname(source), 'package.json'),
    dirname(isolates),
    dirname(finder),
    '/etc/alpine-release',
  ];
}
