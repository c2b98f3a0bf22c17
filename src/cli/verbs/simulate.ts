// `understudy simulate`: plays random histories of whole clusters, each from one seed, in virtual time, and tells which
// invariant broke, if any. A failing history is cut to the shortest one that still fails, and written to a file. With
// --scenario such a file is played instead.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Failure } from '../../base/failure.ts';
import { planOf } from '../../simulator/run/plan.ts';
import { shrink } from '../../simulator/run/shrink.ts';
import { type RunResult, resultOf, Summary } from '../../simulator/run/summary.ts';
import { play, type Scenario } from '../../simulator/scenario/play.ts';
import { type CommandLine, exitCodes, reportThrown } from '../command-line.ts';
import { processDefects } from '../process-defects.ts';

export interface SimulateRequest {
  readonly seed: number;
  readonly runs: number;
  /** The simulation ends after this many minutes, even when runs are left. */
  readonly minutes: number | undefined;
  readonly scenario: string | undefined;
  /** Look for the shortest history that still fails. */
  readonly shrink: boolean;
}

/** After at least `runs` histories, each kind of fault must have met each state of a job `least` times. */
const fullTable = { runs: 1000, least: 20 };

/** 1 when an invariant broke, or when the table of a long run has thin cells. */
export async function simulate(request: SimulateRequest, commandLine: CommandLine): Promise<number> {
  try {
    return request.scenario === undefined
      ? await playSeeds(request, commandLine)
      : await playFile(request.scenario, request.seed, commandLine);
  } catch (thrown) {
    return reportThrown(thrown, commandLine);
  }
}

async function playFile(file: string, seed: number, { out }: CommandLine): Promise<number> {
  const lines = readScenario(file);
  const seedLine = lines.find((line) => line.startsWith('# seed '));
  const scenario = { seed: seedLine === undefined ? seed : Number(seedLine.slice('# seed '.length)), lines };
  const result = resultOf(scenario.seed, await play(scenario, processDefects));
  out(`seed ${scenario.seed}, history ${result.hash}, ${result.calls} records`);
  if (result.broken === undefined) {
    out('every invariant held');
    return exitCodes.success;
  }
  for (const line of brokenLines(result.broken)) out(line);
  return exitCodes.failed;
}

function readScenario(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Failure({ code: 'SCENARIO-MISSING', operation: 'read the scenario', subject: file, reason });
  }
}

async function playSeeds(request: SimulateRequest, commandLine: CommandLine): Promise<number> {
  const { out, note, interruption } = commandLine;
  const summary = new Summary();
  const startedMs = performance.now();
  const lastMs = request.minutes === undefined ? Number.POSITIVE_INFINITY : startedMs + request.minutes * 60_000;
  let failed: RunResult | undefined;
  await playAll(request, (result) => {
    summary.add(result);
    if (result.broken !== undefined && (failed === undefined || result.seed < failed.seed)) failed = result;
    if (summary.runs % 100 === 0) note(`${summary.runs} histories`);
    return failed === undefined && !interruption.aborted && performance.now() < lastMs;
  });
  for (const line of summaryLines(summary, request, (performance.now() - startedMs) / 1000)) out(line);
  if (failed !== undefined) {
    await reportBroken(failed, request.shrink, commandLine);
    return exitCodes.failed;
  }
  if (interruption.aborted) return exitCodes.interrupted;
  out('every invariant held');
  const thin = summary.runs < fullTable.runs ? [] : summary.thinCells(fullTable.least);
  for (const cell of thin) note(`error: fewer than ${fullTable.least} times: ${cell}`);
  return thin.length === 0 ? exitCodes.success : exitCodes.failed;
}

/** Plays histories until `take` returns false. */
async function playAll({ seed, runs }: SimulateRequest, take: (result: RunResult) => boolean): Promise<void> {
  let next = seed;
  let goesOn = true;
  const nextSeed = (): number | undefined => {
    if (!goesOn || next >= seed + runs) return undefined;
    next += 1;
    return next - 1;
  };
  const threads = Math.min(runs, availableParallelism());
  await Promise.all(
    Array.from({ length: threads }, () =>
      playInThread(nextSeed, (result) => {
        goesOn = take(result) && goesOn;
      }),
    ),
  );
}

async function playInThread(nextSeed: () => number | undefined, take: (result: RunResult) => void): Promise<void> {
  const worker = new Worker(new URL('../simulate-worker.ts', import.meta.url));
  try {
    for (let seed = nextSeed(); seed !== undefined; seed = nextSeed()) {
      const answer = new Promise<RunResult>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      worker.postMessage(seed);
      take(await answer);
      worker.removeAllListeners('error');
    }
  } finally {
    await worker.terminate();
  }
}

function summaryLines(summary: Summary, { seed, runs }: SimulateRequest, seconds: number): readonly string[] {
  const days = summary.simulatedMs / 86_400_000;
  return [
    `${summary.runs} of ${runs} histories from seed ${seed} in ${seconds.toFixed(0)} s: ${days.toFixed(1)} days of virtual time, ${summary.calls} records of calls through ports`,
    `${summary.total('operations')} operations, ${summary.total('crashes')} crashes (${summary.total('powerFailures')} of them power failures), ${summary.total('partitions')} partitions, ${summary.total('faults')} faults, ${summary.total('tasks')} tasks, ${summary.total('failovers')} failovers, ${summary.total('verifications')} verifications`,
    ...summary.filterLines(),
    '',
    ...summary.tableLines(),
    '',
    `history ${summary.hash}`,
  ];
}

function brokenLines({ invariant, detail, line }: NonNullable<RunResult['broken']>): readonly string[] {
  return [`BROKEN: ${invariant}`, `  at: ${line}`, ...detail.split('\n').map((one) => `  ${one}`)];
}

async function reportBroken(result: RunResult, shrinks: boolean, { out, note }: CommandLine): Promise<void> {
  if (result.broken === undefined) return;
  out(`seed ${result.seed} fails; its history is ${result.hash}`);
  for (const line of brokenLines(result.broken)) out(line);
  if (!shrinks) return;
  note('looking for the shortest history that still fails …');
  const shortest = await shrink(planOf(result.seed), result.broken.invariant, processDefects);
  const file = `simulated-${result.seed}.scenario`;
  writeScenario(file, shortest);
  out(`the shortest history that still fails has ${shortest.lines.length} lines:`);
  for (const line of shortest.lines) out(`  ${line}`);
  out(`play it again:    understudy simulate --scenario ${file}`);
  out(`play all of it:   understudy simulate --seed ${result.seed} --runs 1`);
}

function writeScenario(file: string, { seed, lines }: Scenario): void {
  writeFileSync(file, `# seed ${seed}\n${lines.join('\n')}\n`);
}
