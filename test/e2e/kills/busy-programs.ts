// The load of these tests: six programs that write all the time in a folder (busy-program.c), and what they say.
import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Stage } from '../../support/serve-process.ts';
import { SyncedContent } from './synced-content.ts';

const kinds = ['append', 'replace', 'blocks', 'folders', 'lost', 'map'] as const;
/** With which a program ends that was cut off from its open files. */
const cutCode = 3;

interface Running {
  readonly kind: string;
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
}

export class BusyPrograms {
  readonly synced: SyncedContent;
  /** What went wrong, in sentences. */
  readonly faults: string[] = [];
  /** The long calls since it was emptied: milliseconds and call. */
  pauses: { readonly ms: number; readonly text: string }[] = [];
  rounds = 0;
  readonly #stage: Stage;
  readonly #program: string;
  readonly #words: readonly string[];
  readonly #stop: string;
  readonly #running = new Set<Running>();
  #seed: number;
  readonly #pauseMsMax: number;
  #isCutAllowed = false;

  /** @param pauseMsMax A call that takes longer is a fault. */
  constructor(stage: Stage, folder: string, seed: number, pauseMsMax: number) {
    this.#pauseMsMax = pauseMsMax;
    this.#stage = stage;
    this.#seed = seed;
    this.#program = stage.path('busy-program');
    this.#stop = stage.path('stop');
    const record = stage.path('synced');
    this.#words = [folder, record, this.#stop];
    this.synced = new SyncedContent(record);
    const source = join(import.meta.dirname, 'busy-program.c');
    execFileSync('gcc', ['-O1', '-w', '-o', this.#program, source, '-lpthread']);
  }

  /** Starts those that do not run. */
  start(): void {
    for (const kind of kinds) if (![...this.#running].some((one) => one.kind === kind)) this.#start(kind);
  }

  /** While it works, a program may be cut off from its open files, and then ends. */
  async allowingCuts(work: () => Promise<void>): Promise<void> {
    this.#isCutAllowed = true;
    await work();
    this.#isCutAllowed = false;
  }

  /** Resolves when each has ended its round. */
  async stop(): Promise<void> {
    writeFileSync(this.#stop, '');
    await Promise.all([...this.#running].map(({ ended }) => ended));
    rmSync(this.#stop);
  }

  #start(kind: string): void {
    this.#seed += 1;
    const child = this.#stage.spawn(this.#program, [
      kind,
      ...this.#words,
      String(this.#seed),
      String(this.#pauseMsMax),
    ]);
    const running = { kind, child, ended: once(child, 'close') };
    this.#running.add(running);
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line));
    child.once('close', (code, signal) => {
      this.#running.delete(running);
      if (code === 0 || (code === cutCode && this.#isCutAllowed)) return;
      this.faults.push(`the program "${kind}" ended by itself (${signal ?? `code ${code}`})`);
    });
  }

  #hear(line: string): void {
    const [word, ...rest] = line.split(' ');
    if (word === 'pause') this.pauses.push({ ms: Number(rest[0]), text: rest.slice(1).join(' ') });
    else if (word === 'rounds') this.rounds += Number(rest[0]);
    else if (word !== 'cut' || !this.#isCutAllowed) this.faults.push(`a program saw this: ${line}`);
  }
}
