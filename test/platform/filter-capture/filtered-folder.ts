// A folder of a test with a filter over it, and what is beneath. Whatever happens, nothing stays mounted and no process is left.
// Root only.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FilterRequest, FolderFilter } from '../../../src/platform/filter-capture/folder-filter.ts';

export const isRoot = process.getuid?.() === 0 && existsSync('/dev/fuse');

/** Compiles a program of `programs/` into a folder. */
export function compile(name: string, folder: string): string {
  const program = join(folder, name);
  execFileSync('gcc', ['-O1', '-w', '-o', program, join(import.meta.dirname, 'programs', `${name}.c`), '-lpthread']);
  return program;
}

export class FilteredFolder {
  /** For what does not belong into the folder. */
  readonly base: string;
  /** Through the filter, once it is mounted. */
  readonly path: string;
  /** The same, as it is beneath the filter, also for other programs. */
  readonly beneath: string;
  readonly #descriptor: number;
  readonly #filters: FolderFilter[] = [];
  readonly #children: ChildProcess[] = [];

  constructor() {
    this.base = realpathSync(mkdtempSync(join(tmpdir(), 'understudy-filter-')));
    // Other users are to reach the folder.
    chmodSync(this.base, 0o755);
    this.path = join(this.base, 'root');
    mkdirSync(this.path);
    this.#descriptor = openSync(this.path, constants.O_RDONLY | constants.O_DIRECTORY);
    this.beneath = `/proc/${process.pid}/fd/${this.#descriptor}`;
  }

  async mount(request: Partial<FilterRequest> = {}): Promise<FolderFilter> {
    const filter = await FolderFilter.mount({ roots: [this.path], ...request });
    this.#filters.push(filter);
    return filter;
  }

  /** Starts a program that ends with the test. */
  start(program: string, words: readonly string[]): ChildProcess {
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(child);
    return child;
  }

  async remove(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    for (const filter of this.#filters) {
      await filter.unmount();
      // The guard is the last that could hold something; what a test has broken must not make it wait for ever.
      const timer = setTimeout(() => process.kill(filter.guardProcess, 'SIGKILL'), 30_000);
      await filter.ended;
      clearTimeout(timer);
    }
    closeSync(this.#descriptor);
    for (let tries = 0; tries < 4; tries += 1) {
      try {
        execFileSync('umount', ['-l', this.path], { stdio: 'ignore' });
      } catch {
        // Nothing is mounted any more.
        break;
      }
    }
    rmSync(this.base, { recursive: true, force: true });
  }
}
