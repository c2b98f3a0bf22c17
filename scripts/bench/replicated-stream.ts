// How fast programs write to a folder that is replicated to a second process on this machine, over TLS as always: large writes against
// the same folder without replication, small ones at a steady rate, and how long a small one takes to the replica, against
// lsyncd(1) on the same load. Whatever was written must be in the replica at the end, byte by byte.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeFiltersAway } from '../../test/support/filters.ts';
import { Pair, Stage } from '../../test/support/serve-process.ts';
import { findProgram } from '../packages.ts';

const largeMebibytes = 1024;
const largePromised = 0.6;
const steady = { jobs: 4, rate: 20_000, seconds: 60 };
/** What waits at the end of the load may be as much as comes within so many seconds, or the queue is not bounded. */
const steadyQueueSeconds = 5;
const stamps = { rate: 2000, seconds: 20 };
const stampsPromisedMs = { median: 10, p99: 100 };
const patienceSeconds = 60;

export const replicatedLoads = ['large', 'steady', 'latency'] as const;
export type ReplicatedLoad = (typeof replicatedLoads)[number];

interface Lateness {
  readonly medianUs: number;
  readonly p99Us: number;
  readonly longestUs: number;
}

interface LargeTimes {
  readonly writtenUs: number;
  readonly syncedUs: number;
}

/** @param scale Of how long the loads last. */
export async function replicatedStream(loads: readonly ReplicatedLoad[], rounds: number, scale: number): Promise<void> {
  const stage = new Stage();
  stage.whenClosed(() => takeFiltersAway(stage.folder));
  try {
    const bench = await ReplicatedStream.open(stage, scale);
    if (loads.includes('large')) await bench.large(rounds);
    if (loads.includes('steady')) await bench.steady();
    if (loads.includes('latency')) await bench.latency();
    await bench.end();
  } finally {
    await stage.close();
  }
}

class ReplicatedStream {
  readonly #pair: Pair;
  readonly #program: string;
  readonly #bare: string;
  readonly #scale: number;

  private constructor(pair: Pair, program: string, scale: number) {
    this.#pair = pair;
    this.#program = program;
    this.#scale = scale;
    this.#bare = pair.stage.makeFolder('bare');
  }

  static async open(stage: Stage, scale: number): Promise<ReplicatedStream> {
    const program = stage.path('replicated-load');
    execFileSync('gcc', ['-O2', '-o', program, join(import.meta.dirname, 'replicated-load.c')]);
    const pair = await Pair.open(stage);
    await pair.connect('wait for mirror $con timeout 1 minute', 'capture filter');
    return new ReplicatedStream(pair, program, scale);
  }

  /** The rate at which a program's writes return, and, beside it, the one at which they reach the one disk that all share here. */
  async large(rounds: number): Promise<void> {
    const { workload } = this.#pair;
    const mebibytes = Math.ceil(largeMebibytes * this.#scale);
    const [bare, ours]: [LargeTimes[], LargeTimes[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      for (const [folder, times] of [
        [this.#bare, bare],
        [workload, ours],
      ] as const) {
        times.push(JSON.parse(this.#run(folder, 'large', mebibytes)));
        if (folder === workload) await this.#pair.untilEqual();
        rmSync(join(folder, 'large'));
      }
    }
    const rates = (times: readonly LargeTimes[], what: keyof LargeTimes): number =>
      mebibytes / (median(times.map((one) => one[what])) / 1e6);
    console.log(`writes of 1 MiB to a new file of ${mebibytes} MiB:`);
    for (const [name, times] of Object.entries({ bare, replicated: ours })) {
      const [written, synced] = [rates(times, 'writtenUs'), rates(times, 'syncedUs')];
      console.log(`  ${name.padEnd(12)} ${written.toFixed(0)} MiB/s; with fdatasync ${synced.toFixed(0)} MiB/s`);
    }
    const [ratio, synced] = (['writtenUs', 'syncedUs'] as const).map((what) => rates(ours, what) / rates(bare, what));
    const ratios = `${ratio?.toFixed(2)} of the bare rate; with fdatasync ${synced?.toFixed(2)}`;
    console.log(`  ${verdict((ratio ?? 0) >= largePromised)}: ${ratios}; promised: ${largePromised} or more`);
  }

  async steady(): Promise<void> {
    const { jobs, rate } = steady;
    const seconds = Math.ceil(steady.seconds * this.#scale);
    const load = spawn(this.#program, [this.#pair.workload, 'paced', ...[jobs, rate, seconds].map(String)], {
      stdio: 'inherit',
    });
    const startedMs = performance.now();
    const ended = once(load, 'close');
    const queued: number[] = [];
    while (load.exitCode === null) {
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1000))]);
      const { mirror, replication } = await this.#pair.source.api.jobs.report(this.#pair.jobId);
      queued.push(mirror.queuedBytes + replication.queuedBytes);
    }
    const wallSeconds = (performance.now() - startedMs) / 1000;
    if (load.exitCode !== 0) throw new Error(`the load ended with ${load.exitCode}`);
    const { mirror } = await this.#pair.untilEqual();
    const reached = (rate * seconds) / wallSeconds;
    const bound = rate * 4096 * steadyQueueSeconds;
    // The program takes a moment to begin and to end.
    const holds = reached >= rate * 0.98 && Math.max(...queued) <= bound && mirror.completed === 1;
    console.log(`writes of 4 KiB from four writers, ${rate} a second for ${seconds} seconds:`);
    console.log(
      `  ${reached.toFixed(0)} a second; ${mebi(Math.max(...queued))} waited at most, ${mebi(queued.at(-1) ?? 0)} at the end`,
    );
    console.log(
      `  ${verdict(holds)}; promised: all of them, with a bounded queue (${mebi(bound)}) and no second mirror`,
    );
  }

  async latency(): Promise<void> {
    const ours = await this.#lateness(this.#pair.workload, this.#pair.replica);
    await this.#pair.untilEqual();
    const theirs = await this.#lsyncd();
    const { median: medianMs, p99 } = stampsPromisedMs;
    console.log(`from write to applied, ${stamps.rate} small writes a second:`);
    console.log(`  understudy   ${latenessText(ours)}`);
    console.log(`  lsyncd       ${theirs === undefined ? 'is not on this machine' : latenessText(theirs)}`);
    const holds = ours.medianUs < medianMs * 1000 && ours.p99Us < p99 * 1000;
    console.log(`  ${verdict(holds)}; promised: median below ${medianMs} ms, 99 % below ${p99} ms`);
  }

  async end(): Promise<void> {
    const { source, target } = this.#pair;
    await Promise.all([source.terminate(), target.terminate()]);
  }

  async #lsyncd(): Promise<Lateness | undefined> {
    const program = findProgram('lsyncd');
    if (program === undefined) return undefined;
    const { stage } = this.#pair;
    const [from, to] = [stage.makeFolder('lsyncd-from'), stage.makeFolder('lsyncd-to')];
    const settings = stage.path('lsyncd.lua');
    writeFileSync(
      settings,
      `settings { nodaemon = true }\nsync { default.rsync, source = "${from}", target = "${to}", delay = 1 }\n`,
    );
    // It copies what is there when it starts, and watches from then on.
    writeFileSync(join(from, 'ready'), '');
    const process = stage.spawn(program, [settings]);
    while (!existsSync(join(to, 'ready'))) {
      if (process.exitCode !== null) throw new Error(`lsyncd ended with ${process.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const lateness = await this.#lateness(from, to);
    process.kill();
    await once(process, 'close');
    return lateness;
  }

  async #lateness(from: string, to: string): Promise<Lateness> {
    const seconds = Math.ceil(stamps.seconds * this.#scale);
    const words = [to, 'watch', String(stamps.rate * seconds), String(patienceSeconds)];
    const watching = this.#pair.stage.finish(this.#pair.stage.spawn(this.#program, words));
    this.#run(from, 'stamp', stamps.rate, seconds);
    const { exitCode, out } = await watching;
    if (exitCode !== 0) throw new Error(`the copy in ${to} did not get all records: ${exitCode}`);
    if (!readFileSync(join(from, 'records')).equals(readFileSync(join(to, 'records'))))
      throw new Error(`${to} differs`);
    return JSON.parse(out);
  }

  /** Gives what the load says. */
  #run(folder: string, word: string, ...numbers: readonly number[]): string {
    return execFileSync(this.#program, [folder, word, ...numbers.map(String)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }
}

function latenessText({ medianUs, p99Us, longestUs }: Lateness): string {
  const ms = (us: number): string => `${(us / 1000).toFixed(1)} ms`;
  return `median ${ms(medianUs)}, 99 % ${ms(p99Us)}, longest ${ms(longestUs)}`;
}

function verdict(holds: boolean): string {
  return holds ? 'holds' : 'DOES NOT HOLD';
}

function mebi(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
