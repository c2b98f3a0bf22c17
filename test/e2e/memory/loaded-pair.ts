// Two servers with the least memory for their queues, a program that writes at a steady rate into a folder that is protected, and
// what the processes hold in memory meanwhile, with the target running or stopped (SIGSTOP, so that nobody is told).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { beneath, filterAt } from '../../../src/platform/filtered-folders/mounted-filters.ts';
import { takeFiltersAway } from '../../support/filters.ts';
import { isQuiet, Pair, type Stage } from '../../support/serve-process.ts';
import type { LoadReport } from './load-writer.ts';
import { familyOf, type MemoryPeak, ProcessMemory } from './process-memory.ts';

/** The least that server.json takes. */
export const queueMemoryBytes = 512 * 1024 * 1024;

export interface Load {
  readonly capture: 'filter' | 'watch';
  readonly seconds: number;
  readonly bytesPerSecond: number;
  readonly seed: number;
  /** The target does nothing from shortly after the program has begun until it ends. */
  readonly isTargetStopped: boolean;
}

export interface LoadOutcome {
  readonly writer: LoadReport;
  /** Of `source`, `target` and, with a filter, `filter` (the guard and the process that it starts). */
  readonly peaks: ReadonlyMap<string, MemoryPeak>;
  /** The most that the queues of the source had on disk and, by its own count, in memory. */
  readonly diskQueueBytes: number;
  readonly memoryQueueBytes: number;
  /** From when the target goes on until everything is applied. */
  readonly catchUpSeconds: number;
  /** The mirrors of the connection; one when nothing was lost. */
  readonly mirrors: number;
  /** Events of the source that are no information, each with how often it came. */
  readonly troubles: readonly string[];
  /** What VERIFY and rsync(1) find. */
  readonly verified: number | null;
  readonly rsync: string;
}

export async function runLoad(stage: Stage, load: Load): Promise<LoadOutcome> {
  stage.whenClosed(() => takeFiltersAway(stage.folder));
  const queue = { memoryBytesMax: queueMemoryBytes };
  const targets = { allowedRoots: [stage.makeFolder('replicas')] };
  const pair = await Pair.open(stage, { source: { queue }, target: { queue, targets } });
  await pair.connect('wait for mirror $con timeout 1 minute', `capture ${load.capture}`);
  const { source, target, workload } = pair;
  const guard = filterAt(workload)?.guardProcess;
  assert.equal(guard !== undefined, load.capture === 'filter');
  const memory = new ProcessMemory(
    () =>
      new Map([
        ['source', [source.processId ?? 0]],
        ['target', [target.processId ?? 0]],
        ...(guard === undefined ? [] : [['filter', familyOf(guard)] as const]),
      ]),
  );
  try {
    const { writer, diskQueueBytes, memoryQueueBytes } = await write(pair, load);
    const startMs = performance.now();
    if (load.isTargetStopped) target.thaw();
    await pair.until(isQuiet, 3_600_000);
    const catchUpSeconds = (performance.now() - startMs) / 1000;
    memory.end();
    const verified = await stage.command('verify', '1', '--home', source.home);
    const { mirror } = await pair.until(isQuiet);
    const words = [
      '-aHAXn',
      '--delete',
      '--checksum',
      '--itemize-changes',
      `${beneath(workload)}/`,
      `${pair.replica}/`,
    ];
    return {
      writer,
      peaks: memory.peaks,
      diskQueueBytes,
      memoryQueueBytes,
      catchUpSeconds,
      mirrors: mirror.completed,
      troubles: await troublesOf(pair),
      verified: verified.exitCode,
      rsync: execFileSync('rsync', words, { encoding: 'utf8' }),
    };
  } finally {
    memory.end();
    target.thaw();
  }
}

async function write(
  { stage, source, target, workload, jobId }: Pair,
  { seconds, bytesPerSecond, seed, isTargetStopped }: Load,
): Promise<Pick<LoadOutcome, 'writer' | 'diskQueueBytes' | 'memoryQueueBytes'>> {
  const program = `${import.meta.dirname}/load-writer.ts`;
  const writer = stage.spawn(process.execPath, [program, workload, String(seed), String(bytesPerSecond)]);
  const ended = stage.finish(writer);
  await new Promise((resolve) => writer.stdout?.once('data', resolve));
  if (isTargetStopped) target.freeze();
  let [diskQueueBytes, memoryQueueBytes] = [0, 0];
  for (const endMs = performance.now() + seconds * 1000; performance.now() < endMs; await sleep(1000)) {
    const report = await source.api.jobs.report(jobId);
    diskQueueBytes = Math.max(diskQueueBytes, report.diskQueueBytes);
    memoryQueueBytes = Math.max(memoryQueueBytes, report.memoryQueueBytes);
  }
  writer.kill('SIGTERM');
  const { exitCode, out, notes } = await ended;
  assert.equal(exitCode, 0, notes);
  return { writer: JSON.parse(out.trim().split('\n').at(-1) ?? ''), diskQueueBytes, memoryQueueBytes };
}

/** A link that is lost is what the stopped target brings about. */
async function troublesOf({ source }: Pair): Promise<string[]> {
  const events = (await source.api.events.since(0)).filter(({ severity }) => severity !== 'information');
  return [...Map.groupBy(events, ({ id }) => id)].map(([id, all]) => `${all.length} x ${id}: ${all[0]?.message}`);
}
