// Real servers for tests: `serve` processes on homes in one temporary folder, each with ports that it keeps across
// restarts, asked through the socket of its home, killed and started again by process number.
//
// Nothing is left over: a stage ends with its test, even one that ran out of time, and every process dies with the test's
// own (PR_SET_PDEATHSIG), even one that was killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { remoteServer } from '../../src/api/remote-server.ts';
import { rawFromText } from '../../src/base/raw-path.ts';
import type { CaptureWish } from '../../src/model/promise.ts';
import type { JobReport } from '../../src/model/report.ts';
import { RealFiles } from '../../src/platform/files/real-files.ts';
import { sendOverSocket } from '../../src/platform/http/http-socket.ts';
import type { Server } from '../../src/runtime/contract/server.ts';
import { refuseBareTimes } from './machine-output.ts';
import { type Manifest, manifest } from './manifest.ts';

const sourceEntry = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
const parentDeathSignal = ['--pdeathsig', 'KILL', '--'];
const setprivProgram = '/usr/bin/setpriv';
/** How long something that comes by itself is waited for, on a machine that does other things too. */
const patienceMs = 240_000;

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly notes: string;
}

/** What of a `server.json` a test decides. */
export interface ServerSettings {
  readonly tasks?: {
    readonly enabled: boolean;
    readonly allow?: readonly string[];
    readonly account?: string;
    readonly blocks?: boolean;
    readonly javascript?: { readonly enabled: boolean; readonly run?: boolean; readonly secondsMax?: number };
  };
  readonly scripts?: {
    readonly read?: readonly string[];
    readonly environment?: readonly string[];
    readonly programs?: readonly string[];
  };
  readonly targets?: { readonly allowedRoots: readonly string[] };
  readonly sources?: { readonly allowedRoots: readonly string[] };
  /** `watch` where nothing is said, so that no test mounts a filter that does not ask for it. `usual`: what a server does by itself. */
  readonly defaultCapture?: CaptureWish | 'usual';
  readonly queue?: { readonly memoryBytesMax?: number };
  /** Words for setpriv(1) in front of the process: what the server may not do. */
  readonly privileges?: readonly string[];
}

/** A temporary folder with everything of one test in it: homes, workload, replica, scripts. */
export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), 'understudy-stage-'));
  /** The program whose verbs are run. */
  readonly entry: string;
  readonly #children = new Set<ChildProcess>();
  readonly #endings: (() => void)[] = [];

  constructor(entry = sourceEntry) {
    this.entry = entry;
  }

  /** Taken down when the present test is over; outside of a test whoever makes one closes it. */
  static open(entry?: string): Stage {
    const stage = new Stage(entry);
    onTestFinished(() => stage.close());
    return stage;
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /** Makes a folder of this name. */
  makeFolder(...names: readonly string[]): string {
    const folder = this.path(...names);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** A program for `/bin/sh`, which anybody may run. */
  program(name: string, commands: string): string {
    const file = this.path(name);
    writeFileSync(file, `#!/bin/sh\n${commands}\n`, { mode: 0o755 });
    return file;
  }

  /** A server that has been started. */
  async server(name: string, settings: ServerSettings = {}): Promise<ServeProcess> {
    const server = new ServeProcess(this, name, settings);
    await server.start();
    return server;
  }

  /** Runs the command line with these words to its end. */
  async command(...words: readonly string[]): Promise<Ended> {
    return this.finish(this.spawn(process.execPath, [this.entry, ...words]));
  }

  /** Runs a script for the servers that this one knows. */
  async script(server: ServeProcess, text: string): Promise<Ended> {
    const file = this.path(`script-${process.hrtime.bigint()}.dtcl`);
    writeFileSync(file, text);
    return this.command('run', file, '--home', server.home);
  }

  spawn(
    program: string,
    words: readonly string[],
    privileges: readonly string[] = [],
    input: 'ignore' | 'pipe' = 'ignore',
  ): ChildProcess {
    const child = spawn(setprivProgram, [...privileges, ...parentDeathSignal, program, ...words], {
      stdio: [input, 'pipe', 'pipe'],
    });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  async finish(child: ChildProcess): Promise<Ended> {
    let out = '';
    let notes = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8');
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      notes += chunk.toString('utf8');
    });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode, signal) => {
        try {
          refuseBareTimes(out);
          resolve({ exitCode, signal, out, notes });
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** To be done when every process is gone and the folder is still there. */
  whenClosed(ending: () => void): void {
    this.#endings.push(ending);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#children].map(killed));
    for (const ending of this.#endings.reverse()) ending();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** One server: a home that stays, and the process that serves it at the moment, if any. */
export class ServeProcess {
  readonly name: string;
  readonly home: string;
  /** Asks whichever process serves the home now. */
  readonly api: Server;
  readonly #stage: Stage;
  readonly #settings: ServerSettings;
  #child: ChildProcess | undefined;
  #ended: Promise<Ended> | undefined;
  #addresses = { listen: '127.0.0.1:0', api: '127.0.0.1:0' };

  constructor(stage: Stage, name: string, settings: ServerSettings) {
    this.#stage = stage;
    this.name = name;
    this.#settings = settings;
    this.home = stage.makeFolder('homes', name);
    this.api = remoteServer(name, sendOverSocket(this.home));
  }

  /** Of the process that serves now. */
  get processId(): number | undefined {
    return this.#child?.pid;
  }

  /** Where it accepts links, HOST:PORT. */
  get listen(): string {
    return this.#addresses.listen;
  }

  /** Resolves when it says that it is ready. */
  async start(): Promise<void> {
    this.#writeConfiguration();
    const words = [this.#stage.entry, 'serve', '--name', this.name, '--home', this.home, '--json'];
    const child = this.#stage.spawn(process.execPath, words, this.#settings.privileges);
    this.#child = child;
    this.#ended = this.#stage.finish(child);
    const ready = await this.#readyLine(child);
    this.#addresses = { listen: ready.listen, api: ready.api };
    this.#writeConfiguration();
  }

  /** SIGKILL, and gone when this resolves. */
  async kill(): Promise<void> {
    if (this.#child !== undefined) await killed(this.#child);
    this.#child = undefined;
  }

  /** SIGSTOP: it is there and does nothing until it is thawed. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** SIGTERM; resolves with how the process ended. */
  async terminate(): Promise<Ended> {
    this.#child?.kill('SIGTERM');
    this.#child = undefined;
    return (await this.#ended) ?? Promise.reject(new Error(`${this.name} was never started`));
  }

  /** How the process ends that serves now. */
  ended(): Promise<Ended> {
    return this.#ended ?? Promise.reject(new Error(`${this.name} was never started`));
  }

  /** This one and the other trust each other from now on; `address` is where this one finds the other. */
  async pair(other: ServeProcess, address = other.listen, roles?: string): Promise<void> {
    const allow = roles === undefined ? [] : ['--allow', roles];
    const offer = await this.#stage.command('pair', '--home', other.home, '--json', ...allow);
    const { code } = JSON.parse(offer.out) as { code: string };
    const { exitCode, notes } = await this.#stage.command(
      'pair',
      address,
      '--code',
      code,
      '--home',
      this.home,
      ...allow,
    );
    if (exitCode !== 0) throw new Error(`cannot pair ${this.name} with ${other.name}: ${notes}`);
  }

  /** Messages of its events with this number, oldest first. */
  async events(id: number): Promise<readonly string[]> {
    return (await this.api.events.since(0)).flatMap((event) => (event.id === id ? [event.message] : []));
  }

  /** What its log holds; for the message of a test that failed. */
  log(): string {
    const file = join(this.home, 'logs', 'server.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  #writeConfiguration(): void {
    const { privileges: _, defaultCapture = 'watch', ...settings } = this.#settings;
    const configuration = {
      version: 1,
      name: this.name,
      ...this.#addresses,
      ...settings,
      ...(defaultCapture !== 'usual' && { defaultCapture }),
    };
    writeFileSync(join(this.home, 'server.json'), JSON.stringify(configuration));
  }

  async #readyLine(child: ChildProcess): Promise<{ readonly listen: string; readonly api: string }> {
    const ended = this.#ended?.then(({ exitCode, notes }) => {
      throw new Error(`${this.name} ended with ${exitCode} before it was ready: ${notes}`);
    });
    const line = new Promise<string>((resolve) => {
      if (child.stdout !== null) createInterface({ input: child.stdout }).once('line', resolve);
    });
    return JSON.parse((await Promise.race([line, ended])) ?? '');
  }
}

/** Source and target on one stage, paired; the target takes replicas below `replicas`. */
export class Pair {
  readonly stage: Stage;
  readonly source: ServeProcess;
  readonly target: ServeProcess;
  readonly workload: string;
  readonly replica: string;
  #jobId: string | undefined;

  private constructor(stage: Stage, source: ServeProcess, target: ServeProcess) {
    this.stage = stage;
    this.source = source;
    this.target = target;
    this.workload = stage.makeFolder('workload');
    this.replica = stage.path('replicas', 'sales');
  }

  static async open(
    stage: Stage,
    settings: { readonly source?: ServerSettings; readonly target?: ServerSettings } = {},
    addressOf: (target: ServeProcess) => string | Promise<string> = (target) => target.listen,
  ): Promise<Pair> {
    const targets = { allowedRoots: [stage.makeFolder('replicas')] };
    const [source, target] = await Promise.all([
      stage.server('alpha', settings.source),
      stage.server('beta', { targets, ...settings.target }),
    ]);
    await source.pair(target, await addressOf(target));
    return new Pair(stage, source, target);
  }

  /**
   * Makes the connection by script, with more of the script behind it; fails when the script does.
   * @param options More words for CONNECT.
   */
  async connect(more = '', options = ''): Promise<Ended> {
    const ended = await this.stage.script(this.source, `${this.connecting()} ${options}\n${more}\n`);
    if (ended.exitCode !== 0) throw new Error(`the script ended with ${ended.exitCode}: ${ended.out}${ended.notes}`);
    this.#jobId = (await this.source.api.jobs.list())[0]?.jobId;
    return ended;
  }

  /** The lines of a script that make the connection; it is `$con` then. */
  connecting(): string {
    return [
      'source alpha',
      'target beta',
      'repset create sales',
      `repset rule add "${this.workload}" include to sales`,
      'repset save',
      `$con = connect sales to beta map "${this.workload}" to "${this.replica}" orphans delete`,
    ].join('\n');
  }

  get jobId(): string {
    if (this.#jobId === undefined) throw new Error('nothing is connected yet');
    return this.#jobId;
  }

  /** Waits until the source says what is wanted of the connection. A server that is not there yet is asked again. */
  async until(wanted: (report: JobReport) => boolean, withinMs = patienceMs): Promise<JobReport> {
    const endMs = performance.now() + withinMs;
    let report: JobReport | undefined;
    while (performance.now() < endMs) {
      try {
        report = await this.source.api.jobs.wait(this.jobId, report?.revision ?? 0, 1000);
        if (wanted(report)) return report;
      } catch {
        // The job of a server that has just started may not be taken up again, and its revisions begin anew.
        report = undefined;
        await sleep(50);
      }
    }
    throw new Error(`it did not come to that; the source says ${JSON.stringify(report)}\n${this.logs()}`);
  }

  /** Waits until nothing is left to do and both trees are the same, and gives the last report. Nothing may write meanwhile. */
  async untilEqual(title = ''): Promise<JobReport> {
    const endMs = performance.now() + patienceMs;
    for (;;) {
      const report = await this.until(isQuiet);
      const [ours, theirs] = await Promise.all([manifestOf(this.workload), manifestOf(this.replica)]);
      if (isDeepStrictEqual(ours, theirs)) return report;
      if (performance.now() > endMs) expect(theirs, `${title}\n${this.logs()}`).toEqual(ours);
      await sleep(100);
    }
  }

  /** For the message of a test that failed. */
  logs(): string {
    return [this.source, this.target].map((server) => `--- log of ${server.name}\n${server.log()}`).join('\n');
  }
}

/** Everything that is known is on the target, applied, and the replica is good. */
export function isQuiet({ mirror, replication, targetState, sequence }: JobReport): boolean {
  const idle = mirror.status === 'Idle' && replication.status === 'Ready';
  return idle && mirror.completed > 0 && targetState === 'OK' && sequence.applied === sequence.head;
}

async function manifestOf(folder: string): Promise<Manifest> {
  const tree = await new RealFiles().openTree(rawFromText(folder), { create: true });
  try {
    return await manifest(tree);
  } finally {
    await tree.close();
  }
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}
