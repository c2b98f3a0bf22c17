// A filter over some folders: every change that a program makes in them passes through it (DESIGN.md). This is its side in the server; the filter
// is a process of its own, and a guard, another process, keeps its mounts alive.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../base/failure.ts';
import { unmountLazily } from '../filtered-folders/dead-filters.ts';
import { filterType } from '../filtered-folders/mounted-filters.ts';
import { mountOf, readMounts } from '../watch-capture/kernel/mount-table.ts';
import type { FromGuard, GuardSettings } from './guard-messages.ts';

export interface FilterRequest {
  /** Absolute paths, byte strings, none below another. */
  readonly roots: readonly string[];
  /** The program of the filter's process, for tests; it calls `runFilter`. */
  readonly program?: string;
  /** For the filter's program, which is given it at each start. */
  readonly parameter?: string;
  /** Where servers call that want records of the changes: a path, a byte string. Without it nobody may. */
  readonly socket?: string;
  /** The filter outlives this process; `umount` ends it. */
  readonly staysBehind?: boolean;
  /** Called when the filter was started again, and why. Applications have seen no more than a pause. */
  readonly onRestarted?: (reason: string) => void;
}

type GuardProcess = ChildProcessByStdio<Writable, Readable, Readable>;

export class FolderFilter {
  readonly #guard: GuardProcess;
  readonly #started = Promise.withResolvers<void>();
  readonly #unmounted = Promise.withResolvers<void>();
  readonly #onRestarted: FilterRequest['onRestarted'];
  /** Resolves when nobody uses the filter any more and its processes are gone: undefined after `unmount`, or why. */
  readonly ended: Promise<Failure | undefined>;
  #isUnmounting = false;
  #reason = '';
  #filterProcess = 0;

  /** Rejects with a Failure when a folder cannot be filtered; nothing is mounted then. */
  static async mount(request: FilterRequest): Promise<FolderFilter> {
    const filter = new FolderFilter(request);
    await filter.#started.promise;
    return filter;
  }

  private constructor({ roots, program, parameter, socket, staysBehind, onRestarted }: FilterRequest) {
    const settings: GuardSettings = {
      roots,
      program: program ?? fileURLToPath(new URL('./filter-process.ts', import.meta.url)),
      parameter: parameter ?? '',
      socket: socket ?? '',
      staysBehind: staysBehind ?? false,
    };
    this.#onRestarted = onRestarted;
    const guardProgram = fileURLToPath(new URL('./guard/guard-process.ts', import.meta.url));
    // A group of its own: a signal from the terminal is for the server, which then unmounts.
    this.#guard = spawn(process.execPath, [guardProgram, JSON.stringify(settings)], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      cwd: '/',
    });
    for (const stream of [this.#guard.stdin, this.#guard.stdout, this.#guard.stderr])
      stream.on('error', () => undefined);
    let said = '';
    this.#guard.stderr.on('data', (piece: Buffer) => {
      said = `${said}${piece.toString()}`.slice(-4096);
    });
    createInterface({ input: this.#guard.stdout }).on('line', (line) => this.#hear(JSON.parse(line) as FromGuard));
    this.ended = new Promise((resolve) => {
      this.#guard.once('error', ({ message }) => resolve(this.#end(message)));
      this.#guard.once('close', (code, signal) => {
        // A guard that was killed leaves its mounts. The filter ends when the last file is closed.
        if (code !== 0) for (const path of roots) if (isFiltered(path)) unmountLazily(path);
        resolve(this.#end(this.#reason || `its guard ended (${signal ?? code}): ${said.trim()}`));
      });
    });
  }

  /** This process may end before the filter does. */
  letGo(): void {
    this.#guard.unref();
    for (const stream of [this.#guard.stdin, this.#guard.stdout, this.#guard.stderr])
      (stream as Partial<Socket>).unref?.();
  }

  get guardProcess(): number {
    return this.#guard.pid ?? 0;
  }

  /** Changes with each restart. */
  get filterProcess(): number {
    return this.#filterProcess;
  }

  /**
   * Takes the filter away; resolves when new users reach the folders themselves. A program that has a file open keeps it through the
   * filter until it closes it: `ended` tells when the last one has.
   */
  async unmount(): Promise<void> {
    this.#isUnmounting = true;
    this.#guard.stdin.end();
    await Promise.race([this.#unmounted.promise, this.ended]);
  }

  #hear(message: FromGuard): void {
    if (message.kind === 'mounted') {
      this.#filterProcess = message.filterProcess;
      this.#started.resolve();
    } else if (message.kind === 'restarted') {
      this.#filterProcess = message.filterProcess;
      this.#onRestarted?.(message.reason);
    } else if (message.kind === 'refused') this.#started.reject(new Failure(message.failure));
    else if (message.kind === 'unmounted') this.#unmounted.resolve();
    else this.#reason = message.reason;
  }

  #end(reason: string): Failure | undefined {
    const failure = new Failure({ code: 'FILTER-ENDED', operation: 'filter folders', subject: 'the filter', reason });
    this.#started.reject(failure);
    return this.#isUnmounting ? undefined : failure;
  }
}

function isFiltered(path: string): boolean {
  const mount = mountOf(path, readMounts());
  return mount?.mountPoint === path && mount.fileSystemType === filterType;
}
