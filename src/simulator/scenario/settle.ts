// The end of all faults: networks heal, disks work, servers are started again, and then, without anybody's help, everything
// becomes quiet and equal.
import { isAtRest } from '../../model/job.ts';
import type { JobReport, VerifyMode } from '../../model/report.ts';
import { differences } from '../invariants/differences.ts';
import type { StagedJob } from '../invariants/observed-stage.ts';
import { Broken } from '../world/broken.ts';
import { untilProgramsAreDone } from './events/filter-faults.ts';
import { expectOptions } from './events/operators/edits.ts';
import { endHeldMirrors } from './events/operators/held-mirrors.ts';
import { endLineChanges } from './events/operators/lines.ts';
import { settleUndo } from './events/operators/undo.ts';
import { untilRootsAreLookedAt } from './events/replaced-root.ts';
import { connect, giveUp, leftOver } from './jobs.ts';
import type { Stage } from './stage.ts';

const startMs = 120_000;
/** Longer than everything in the engine that waits before it tries again. */
const quietMs = 900_000;

export async function settle(stage: Stage): Promise<void> {
  endFaults(stage);
  await startAll(stage);
  // What was changed last may still be on its way to those who are to be told.
  await stage.turn(200);
  await untilRootsAreLookedAt(stage);
  await untilProgramsAreDone(stage);
  await stage.until(() => ![...stage.jobs.values()].some(({ takingOver }) => takingOver), quietMs, 250);
  for (const job of stage.jobs.values()) {
    await settleUndo(stage, job);
    if (job.failedOver) continue;
    await connectAtLast(stage, job);
    await endLineChanges(stage, job);
    await endHeldMirrors(stage, job);
    await becomeEqual(stage, job);
  }
  await stage.turn(10_000, 500);
  for (const job of stage.jobs.values()) {
    if (job.failedOver) continue;
    await becomeEqual(stage, job);
    await expectOptions(stage, job);
  }
  // Programs that were started since then.
  stage.tasks.endAll();
  await stage.turn(2000, 100);
  await stage.tasks.finish();
  expectNoSilence(stage);
  await expectMemoryFree(stage);
  await expectGivenUpGone(stage);
}

/** Nothing is queued any more, so no queue holds memory that another one could need. */
async function expectMemoryFree(stage: Stage): Promise<void> {
  const { queueMemory } = stage;
  if (await stage.until(() => queueMemory.isFree(), quietMs, 500)) return;
  throw new Broken('bounds', `everything is applied, and queues still hold memory: ${await queueMemory.text()}`);
}

/** A job that both its servers were told to give up is nobody's any more; its folders are free. */
async function expectGivenUpGone(stage: Stage): Promise<void> {
  if (stage.givenUp.length === 0) return;
  await giveUp(stage);
  await stage.turn(5000, 250);
  for (const job of stage.givenUp) {
    for (const side of ['source', 'target'] as const) {
      if ((await leftOver(stage, job, side)).length > 0)
        throw new Broken('no silence', `${job.name} was given up, and its ${side} ${job[side]} still has it`);
    }
  }
}

function endFaults(stage: Stage): void {
  const { world } = stage;
  world.forgetCalls();
  world.network.setLatency(undefined);
  for (const one of world.serverNames) {
    world.goOn(one);
    world.machine(one).workload.tellHeld();
    world.machine(one).troubles.endAll();
    for (const other of world.serverNames) if (one < other) world.network.heal(one, other);
  }
  stage.tasks.endAll();
}

async function startAll(stage: Stage): Promise<void> {
  const { world } = stage;
  for (const name of world.serverNames) {
    const isServing = (): boolean => {
      world.start(name);
      return world.server(name) !== undefined;
    };
    if (await stage.until(isServing, startMs, 50)) continue;
    throw new Broken('no defect', `${name} does not start: ${world.failedStarts.get(name) ?? 'no answer'}`);
  }
}

async function connectAtLast(stage: Stage, job: StagedJob): Promise<void> {
  const isConnected = async (): Promise<boolean> => {
    if (job.jobId === undefined) await connect(stage, job);
    return job.jobId !== undefined;
  };
  if (await stage.until(isConnected, startMs, 500)) return;
  throw new Broken('convergence', `${job.name} cannot be connected`);
}

async function becomeEqual(stage: Stage, job: StagedJob): Promise<void> {
  await becomeQuiet(stage, job);
  // The folder that covered its root may have gone meanwhile.
  await untilRootsAreLookedAt(stage);
  await becomeQuiet(stage, job);
  job.queueDamaged = false;
  if (job.doctored) await lookAgain(stage, job, 'repair');
  else if (await isMarked(stage, job)) await lookAgain(stage, job, 'report');
  const differing = differences(stage, job, 'all');
  if (differing.length > 0) {
    throw new Broken('convergence', `${job.name} is quiet, and these differ: ${differing.slice(0, 10).join(', ')}`);
  }
}

async function becomeQuiet(stage: Stage, job: StagedJob): Promise<void> {
  const isQuiet = async (): Promise<boolean> => {
    const report = await stage.report(job, 'source');
    if (report === undefined) return false;
    if (report.additional.includes('held back')) await sayDeletionsAreMeant(stage, job);
    // Its source was told to give it up when the target could not hear of it; DISCONNECT asks both.
    if (report.additional.includes('overlaps the data of')) await giveUp(stage);
    if (report.additional.includes('MIRROR START')) await sayFolderIsMeant(stage, job);
    const { mirror, replication, targetState, sequence, health } = report;
    const isIdle = isAtRest(mirror.status) && replication.status === 'Ready' && mirror.completed > 0;
    const isGood = health === 'healthy' && targetState === 'OK';
    return isIdle && (isGood || isFound(report)) && sequence.applied === sequence.head;
  };
  if (await stage.until(isQuiet, quietMs, 250)) return;
  const source = JSON.stringify(await stage.report(job, 'source'));
  const target = JSON.stringify(await stage.report(job, 'target'));
  throw new Broken('convergence', `${job.name} does not become quiet; source ${source}; target ${target}`);
}

/** Programs that removed everything while the source was down look like a source that is gone: its operator knows better. */
async function sayDeletionsAreMeant(stage: Stage, job: StagedJob): Promise<void> {
  const server = stage.world.server(job.source);
  if (server === undefined || job.jobId === undefined) return;
  await stage.command('delete orphans', server.mirrors.deleteOrphans(job.jobId));
}

/** An empty folder stands where another one was protected while it was covered: which of the two is meant, its operator knows. */
async function sayFolderIsMeant(stage: Stage, job: StagedJob): Promise<void> {
  const server = stage.world.server(job.source);
  if (server === undefined || job.jobId === undefined) return;
  await stage.command('mirror', server.mirrors.start(job.jobId, 'data-delta'));
}

/** What a verification has found stays in the report until somebody has seen to it: what was damaged, or could not be read then. */
async function lookAgain(stage: Stage, job: StagedJob, mode: VerifyMode): Promise<void> {
  const server = stage.world.server(job.source);
  if (server === undefined || job.jobId === undefined) return;
  await stage.command(mode, server.jobs.verify(job.jobId, mode));
  const isSeenTo = async (): Promise<boolean> => !(await isMarked(stage, job));
  if (!(await stage.until(isSeenTo, quietMs, 250))) {
    const report = JSON.stringify(await stage.report(job, 'source'));
    throw new Broken('convergence', `${job.name} still differs after another verification: ${report}`);
  }
  await becomeQuiet(stage, job);
  job.doctored = false;
}

async function isMarked(stage: Stage, job: StagedJob): Promise<boolean> {
  const report = await stage.report(job, 'source');
  return report !== undefined && isFound(report);
}

function isFound({ targetState, additional }: JobReport): boolean {
  return targetState === 'Mirror Required' && additional.startsWith('the last verification found');
}

/** A stream that was given up is a loss until a mirror has run, and that is an event, as it is that none will; a crash may come before its mirror. */
function expectNoSilence(stage: Stage): void {
  for (const { jobId, source, name, wasHeld } of stage.jobs.values()) {
    // While mirrors are held streams may follow each other without one; the reports say so all the time.
    if (jobId === undefined || wasHeld) continue;
    const streams = stage.replicas.streamsOf(jobId);
    const isTold = ({ id }: { readonly id: number }): boolean => id === 5010 || id === 5231;
    const told = stage.told.filter((event) => isTold(event) && event.server === source && event.jobId === jobId);
    if (told.length + stage.counts.crashes < streams)
      throw new Broken('no silence', `${name}: ${streams} streams, and ${told.length} mirrors were told`);
  }
}
