// What the guard does: mounts, starts the filter's process, starts it again when it was killed, and gives the folders back.
//
//   starting  nothing, or not everything, is mounted yet; a filter that ends now is a refusal
//   mounted   every folder is filtered; a filter that ends is started again
//   leaving   the mounts are detached; the filter runs until the last file is closed, and is started again until then
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { asFailure, Failure } from '../../../base/failure.ts';
import { unmountLazily } from '../../filtered-folders/dead-filters.ts';
import { mountSource } from '../../filtered-folders/mounted-filters.ts';
import { listenAt } from '../control/local-socket.ts';
import { type FilterSettings, type FromGuard, type GuardSettings, inherited } from '../guard-messages.ts';
import { makeLastingMemory } from '../kernel/lasting-memory.ts';
import { makeFileSystem, mountOver } from '../kernel/mount-calls.ts';
import { answeredAt, lastingBytes } from '../nodes/lasting-layout.ts';
import { KeptDescriptors } from './kept-descriptors.ts';
import { openRoots, type Root } from './roots.ts';

/** So many ends of a filter within so much time, with no request answered between them, mean that it cannot run. */
const endsMax = 3;
const endsWithinMs = 10_000;
const saidBytesMax = 4096;

interface FilterEnd {
  readonly isClean: boolean;
  /** How it ended, for people. */
  readonly text: string;
}

interface RunningFilter {
  readonly process: ChildProcess;
  readonly ended: Promise<FilterEnd>;
}

export class Guard {
  readonly #settings: GuardSettings;
  readonly #say: (message: FromGuard) => void;
  #state: 'starting' | 'mounted' | 'leaving' = 'starting';
  #roots: readonly Root[] = [];
  #device = -1;
  #socket = -1;
  #memory = -1;
  readonly #kept = new KeptDescriptors();
  /** Paths, in the order in which they were mounted. */
  readonly #mounted: string[] = [];

  constructor(settings: GuardSettings, say: (message: FromGuard) => void) {
    this.#settings = settings;
    this.#say = say;
  }

  /** Resolves when all is over. */
  async run(): Promise<void> {
    let running: RunningFilter | undefined;
    try {
      this.#roots = openRoots(this.#settings.roots);
      this.#device = openSync('/dev/fuse', constants.O_RDWR);
      const { socket } = this.#settings;
      if (socket !== '') this.#socket = listenAt(socket);
      const mount = makeFileSystem(this.#device, mountSource(process.pid, socket));
      this.#memory = makeLastingMemory(lastingBytes);
      running = this.#startFilter(false);
      await Promise.race([this.#mountAll(mount), running.ended.then(failedAtStart)]);
      closeSync(mount);
    } catch (thrown) {
      this.unmount();
      running?.process.kill('SIGKILL');
      const { code, operation, subject, reason, hint } = asFailure(thrown, 'filter folders', 'the guard');
      const failure = { code, operation, subject, reason, ...(hint === undefined ? {} : { hint }) };
      this.#say({ kind: 'refused', failure });
      return;
    }
    // Unless it was told to leave meanwhile.
    if (this.#state === 'starting') this.#state = 'mounted';
    this.#say({ kind: 'mounted', filterProcess: running.process.pid ?? 0 });
    await this.#keepRunning(running);
  }

  /** New users reach the folders themselves from now on. */
  unmount(): void {
    this.#state = 'leaving';
    for (const path of this.#mounted.splice(0).reverse()) unmountLazily(path);
    this.#say({ kind: 'unmounted' });
  }

  async #mountAll(mount: number): Promise<void> {
    for (const [index, { path, descriptor }] of this.#roots.entries()) {
      await mountOver(mount, String(index), descriptor, path);
      this.#mounted.push(path);
    }
  }

  async #keepRunning(first: RunningFilter): Promise<void> {
    let running = first;
    let endedAtMs: number[] = [];
    let answeredBefore = 0;
    for (;;) {
      const end = await running.ended;
      if (end.isClean) return;
      const nowMs = performance.now();
      const answered = this.#answered();
      endedAtMs = endedAtMs.filter((atMs) => answered === answeredBefore && nowMs - atMs < endsWithinMs);
      endedAtMs.push(nowMs);
      answeredBefore = answered;
      if (endedAtMs.length >= endsMax) {
        this.unmount();
        const times = `${endsMax} times and answered nothing between`;
        this.#say({ kind: 'gave-up', reason: `it ended ${times}, the last time ${end.text}` });
        return;
      }
      running = this.#startFilter(true);
      this.#say({ kind: 'restarted', filterProcess: running.process.pid ?? 0, reason: end.text });
    }
  }

  /** How many requests the filter has answered. */
  #answered(): number {
    const count = Buffer.alloc(8);
    readSync(this.#memory, count, 0, count.length, answeredAt);
    return count.readDoubleLE();
  }

  #startFilter(isAgain: boolean): RunningFilter {
    const { program, parameter } = this.#settings;
    const kept = this.#kept.entries;
    const settings: FilterSettings = {
      rootCount: this.#roots.length,
      parameter,
      isAgain,
      kept: kept.map(([node]) => node),
      hasSocket: this.#socket >= 0,
    };
    const roots = this.#roots.map(({ descriptor }) => descriptor);
    const sockets = this.#socket >= 0 ? [this.#socket] : [];
    const descriptors = [...roots, ...kept.map(([, one]) => one), ...sockets];
    const child = spawn(process.execPath, [program, JSON.stringify(settings)], {
      stdio: ['ignore', 'ignore', 'pipe', this.#device, this.#memory, 'pipe', ...descriptors],
      cwd: '/',
    });
    const channel: unknown = Array.from(child.stdio)[inherited.keeper];
    if (channel instanceof Duplex && child.pid !== undefined) this.#kept.serve(channel, child.pid);
    let said = '';
    child.stderr?.on('data', (piece: Buffer) => {
      said = `${said}${piece.toString()}`.slice(0, saidBytesMax);
    });
    const ended = new Promise<FilterEnd>((resolve) => {
      child.once('error', ({ message }) => resolve({ isClean: false, text: message }));
      child.once('close', (code, signal) => {
        const how = signal === null ? `with code ${code}` : `by ${signal}`;
        resolve({ isClean: code === 0, text: said === '' ? how : `${how}: ${said.trim()}` });
      });
    });
    return { process: child, ended };
  }
}

function failedAtStart({ text }: FilterEnd): never {
  throw new Failure({
    code: 'FILTER-ENDED',
    operation: 'filter folders',
    subject: 'the filter',
    reason: `it ended ${text}`,
  });
}
