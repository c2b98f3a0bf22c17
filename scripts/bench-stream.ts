// What it costs programs that every change passes through a filter, against bindfs, a file system in user space that does nothing else, in the
// same run. The two take turns; medians of the processor time of the program and of the file system's process together for each
// operation, and of the time that one waits, as ratios, with those that are promised. Both must leave the same behind. A round before the
// others does not count: a filter runs for months, and its program is only compiled while it begins to run.
// Behind it the same with replication (bench/replicated-stream.ts).
//
//   npm run bench:stream [-- --rounds 5] [--only write-4k] [--scale 1]
//
// Root only. It needs gcc and bindfs, and has lsyncd beside it: apt-get install gcc bindfs lsyncd
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FolderFilter } from '../src/platform/filter-capture/folder-filter.ts';
import { childrenMs, processMs } from './bench/processor-time.ts';
import { replicatedLoads, replicatedStream } from './bench/replicated-stream.ts';
import { findProgram } from './packages.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    scale: { type: 'string', default: '1' },
  },
});
const rounds = Number(values.rounds);

interface Load {
  readonly name: string;
  readonly title: string;
  readonly operations: number;
  /** Of stream-load, after the folder. */
  readonly words: readonly string[];
  /** The processor time that is promised, as a multiple of bindfs. */
  readonly promised: number;
}

const count = (plain: number): number => Math.ceil(plain * Number(values.scale));
const writes = (name: string, title: string, bytes: number, each: number, jobs: number, promised: number): Load => {
  const words = ['write', String(bytes), String(each), String(jobs)];
  return { name, title, operations: each * jobs, words, promised };
};
const files = count(10_000);

const loads: readonly Load[] = [
  writes('write-4k', 'writes of 4 KiB, one job', 4096, count(80_000), 1, 1.1),
  writes('write-4k-jobs', 'writes of 4 KiB, four jobs', 4096, count(20_000), 4, 1),
  writes('write-1m', 'writes of 1 MiB, one job', 1024 * 1024, count(1500), 1, 0.25),
  { name: 'create', title: 'create, write, close', operations: files, words: ['create', String(files)], promised: 0.6 },
  { name: 'unlink', title: 'unlink', operations: files, words: ['unlink', String(files)], promised: 0.5 },
];

interface Took {
  readonly wallUs: number;
  readonly processorUs: number;
}

interface Contestant {
  readonly name: string;
  /** The processes whose time is the file system's. */
  readonly processes: () => readonly number[];
  /** Where programs work. */
  readonly path: string;
  /** The same without the file system between. */
  readonly beneath: string;
  end(): Promise<void>;
}

// In memory: what a disk does, and how ext4 looks for free inodes, is no part of what is compared.
const base = mkdtempSync('/dev/shm/understudy-bench-');
const contestants: Contestant[] = [];
try {
  const program = join(base, 'stream-load');
  execFileSync(needed('gcc'), ['-O2', '-o', program, join(import.meta.dirname, 'bench/stream-load.c')]);
  contestants.push(await filtered(join(base, 'ours')), await bound(join(base, 'theirs')));
  for (const load of loads) if (values.only === undefined || runsWith(load, values.only)) compare(program, load);
} finally {
  for (const contestant of contestants) await contestant.end();
  rmSync(base, { recursive: true, force: true });
}
const replicated = replicatedLoads.filter((name) => values.only === undefined || values.only === name);
if (replicated.length > 0) await replicatedStream(replicated, rounds, Number(values.scale));

/** Files must have been made before they are removed. */
function runsWith({ name }: Load, only: string): boolean {
  return name === only || (only === 'unlink' && name === 'create');
}

function compare(program: string, load: Load): void {
  const took = contestants.map((): Took[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, contestant] of contestants.entries()) {
      const time = run(program, load, contestant);
      if (round > 0) took[index]?.push(time);
    }
    const left = contestants.map(({ beneath }) => digest(beneath));
    if (left[0] !== left[1]) throw new Error(`${load.title}: the two left different files behind`);
    reset(program, load);
  }
  if (load.name === 'create') for (const contestant of contestants) run(program, load, contestant);
  const [ours, theirs] = took.map((times) => ({
    wallUs: median(times.map((one) => one.wallUs)),
    processorUs: median(times.map((one) => one.processorUs)),
  }));
  if (ours === undefined || theirs === undefined) return;
  const [processor, wall] = [ours.processorUs / theirs.processorUs, ours.wallUs / theirs.wallUs];
  const verdict = processor <= load.promised ? 'holds' : 'DOES NOT HOLD';
  console.log(`${load.title}:`);
  for (const [index, one] of [ours, theirs].entries()) {
    const name = (contestants[index]?.name ?? '').padEnd(12);
    console.log(`  ${name} ${one.processorUs.toFixed(1)} µs of the processor, ${one.wallUs.toFixed(1)} µs of waiting`);
  }
  const ratios = `processor ${processor.toFixed(2)}, waiting ${wall.toFixed(2)} times bindfs`;
  console.log(`  ${verdict}: ${ratios}; promised: processor ${load.promised} or less`);
}

/** What a load has made is removed for the next round, and what it has removed is made. */
function reset(program: string, { name, words }: Load): void {
  const opposite: Readonly<Record<string, string>> = { create: 'unlink', unlink: 'create' };
  const [, ...rest] = words;
  const word = opposite[name];
  if (word === undefined) return;
  for (const { path } of contestants) execFileSync(program, [path, word, ...rest]);
}

function run(program: string, { operations, words }: Load, contestant: Contestant): Took {
  const beforeMs = childrenMs() + processesMs(contestant);
  const startedMs = performance.now();
  const { status, error } = spawnSync(program, [contestant.path, ...words], { stdio: 'inherit' });
  const wallMs = performance.now() - startedMs;
  if (error !== undefined || status !== 0) throw error ?? new Error(`${words.join(' ')} ended with ${status}`);
  const processorMs = childrenMs() + processesMs(contestant) - beforeMs;
  return { wallUs: (wallMs * 1000) / operations, processorUs: (processorMs * 1000) / operations };
}

function processesMs({ processes }: Contestant): number {
  return processes().reduce((sum, id) => sum + processMs(id), 0);
}

/** Of the names, sizes and bytes of all files. */
function digest(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}

async function filtered(folder: string): Promise<Contestant> {
  mkdirSync(folder);
  const filter = await FolderFilter.mount({ roots: [folder] });
  const processes = (): readonly number[] => [filter.filterProcess, filter.guardProcess];
  const end = async (): Promise<void> => {
    await filter.unmount();
    await filter.ended;
  };
  return { name: 'understudy', processes, path: folder, beneath: folder, end };
}

async function bound(folder: string): Promise<Contestant> {
  const path = `${folder}-mount`;
  for (const one of [folder, path]) mkdirSync(one);
  const deviceBefore = statSync(path).dev;
  const process = spawn(needed('bindfs'), ['-f', folder, path], { stdio: 'inherit' });
  const end = async (): Promise<void> => {
    spawnSync('umount', ['-l', path]);
    if (process.exitCode === null) await once(process, 'exit');
  };
  try {
    await mounted(process, path, deviceBefore);
  } catch (thrown) {
    await end();
    throw thrown;
  }
  return { name: 'bindfs', processes: () => [process.pid ?? 0], path, beneath: folder, end };
}

async function mounted(process: ChildProcess, path: string, deviceBefore: number): Promise<void> {
  while (statSync(path).dev === deviceBefore) {
    if (process.exitCode !== null) throw new Error(`bindfs ended with ${process.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function needed(name: string): string {
  const found = findProgram(name);
  if (found === undefined) throw new Error(`${name} is not on this machine: apt-get install ${name}`);
  return found;
}

function median(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
}
