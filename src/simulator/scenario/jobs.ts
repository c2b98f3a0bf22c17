// Making the jobs of a scenario.
import type { JobSpecification } from '../../model/job.ts';
import type { StagedJob } from '../invariants/observed-stage.ts';
import { SourceStates } from '../invariants/source-states.ts';
import { Broken } from '../world/broken.ts';
import { workloadRoot } from '../world/world.ts';
import type { Stage } from './stage.ts';

export type Places = Pick<StagedJob, 'name' | 'source' | 'target' | 'sourceRoot' | 'replicaRoot' | 'orphans'>;

/** The job of this name; made, and its workload watched, when the scenario speaks of it for the first time. */
export async function stagedJob(stage: Stage, places: Places): Promise<StagedJob> {
  const known = stage.jobs.get(places.name);
  if (known !== undefined) return known;
  const machine = stage.world.machine(places.source);
  const states = stage.world.hasExactCapture ? await SourceStates.watch(machine, places.sourceRoot) : undefined;
  const job: StagedJob = {
    ...places,
    states,
    jobId: undefined,
    failedOver: false,
    takingOver: false,
    isTakenOver: false,
    isUndoing: false,
    doctored: false,
    isPassed: false,
    queueDamaged: false,
    verifying: false,
    replacedAt: undefined,
    edited: undefined,
    hangingTask: false,
    mirrorsHeld: undefined,
    wasHeld: false,
  };
  stage.jobs.set(job.name, job);
  return job;
}

/** The other way round, after a failover; the job as it was is given up. */
export function reversedJob(stage: Stage, job: StagedJob): Promise<StagedJob> {
  const { name, source: target, target: source, sourceRoot: replicaRoot, replicaRoot: sourceRoot } = job;
  return anotherJob(stage, job, { name, source, target, sourceRoot, replicaRoot });
}

/**
 * The old source is there again after a takeover, and its operator does what gives the old data to the target once more. It must be
 * refused: whatever was written to the live copy since would be gone.
 */
export async function comeBack(stage: Stage, job: StagedJob, both: boolean): Promise<void> {
  const { name, jobId = '', source, target } = job;
  for (const side of both ? [source, target] : [source]) {
    const server = stage.world.server(side);
    if (server !== undefined) await stage.command('disconnect', server.jobs.disconnect(jobId));
  }
  const server = stage.world.server(source);
  if (server === undefined) return;
  const report = await stage.command('connect', server.jobs.connect(specificationOf(job, `${name}, come back`)));
  if (report !== undefined)
    throw new Broken('one writer', `${name}: ${target} takes a mirror over what it has taken over`);
}

/** The operator of the target gives up what was taken over there before: the job was turned round twice. */
async function releaseOld(stage: Stage, { target, replicaRoot }: StagedJob): Promise<void> {
  const wasTurned = stage.givenUp.some(
    (old) => old.failedOver && old.target === target && old.replicaRoot === replicaRoot,
  );
  const server = wasTurned ? stage.world.server(target) : undefined;
  const isLive = (await server?.live.list())?.some(({ path, released }) => path === replicaRoot && !released) ?? false;
  if (server !== undefined && isLive) await stage.command('release', server.live.release(replicaRoot));
}

/** Gives the job up; it can be connected anew. */
export async function disconnect(stage: Stage, job: StagedJob): Promise<void> {
  await anotherJob(stage, job, job);
  await giveUp(stage);
}

/** The target gives the job up, and at the same moment a job of another source asks for its folder. */
export async function giveTo(stage: Stage, job: StagedJob, source: string): Promise<void> {
  const { network } = stage.world;
  const [target, other] = [stage.world.server(job.target), stage.world.server(source)];
  if (target === undefined || other === undefined || job.jobId === undefined) return;
  // The first source must not come back meanwhile.
  network.refuse(job.source, job.target);
  network.cut(job.source, job.target);
  const next = await anotherJob(stage, job, { ...job, source, sourceRoot: workloadRoot });
  const name = `${next.name} of ${source}`;
  const made = other.jobs.connect(specificationOf(next, name));
  // Given up when the other one is about to say hello.
  await stage.until(async () => (await other.jobs.list()).some((report) => report.name === name), 1000, 1);
  const both = Promise.all([target.jobs.disconnect(job.jobId), made]);
  const [, report] = (await stage.command('give to', both)) ?? [];
  next.jobId ??= report?.jobId;
  network.heal(job.source, job.target);
  await giveUp(stage);
}

export function specificationOf(job: StagedJob, name: string): Omit<JobSpecification, 'jobId'> {
  return {
    name,
    replicationSet: job.name,
    sourceServer: job.source,
    targetServer: job.target,
    roots: [{ source: job.sourceRoot, replica: job.replicaRoot }],
    rules: [],
    mirrorMethod: 'data-delta',
    orphans: job.orphans,
  };
}

export async function anotherJob(stage: Stage, job: StagedJob, places: Omit<Places, 'orphans'>): Promise<StagedJob> {
  const { name, source, target, sourceRoot, replicaRoot } = places;
  stage.jobs.delete(name);
  stage.givenUp.push(job);
  await job.states?.stop();
  // What the job before has left there is not to be kept.
  return stagedJob(stage, { name, source, target, sourceRoot, replicaRoot, orphans: 'delete' });
}

/** Every server that is up forgets the jobs that were given up: their folders are wanted for others. */
export async function giveUp(stage: Stage): Promise<void> {
  for (const job of stage.givenUp) {
    for (const side of ['target', 'source'] as const) {
      const server = stage.world.server(job[side]);
      for (const jobId of await leftOver(stage, job, side)) {
        if (server !== undefined) await stage.command('disconnect', server.jobs.disconnect(jobId));
      }
    }
  }
}

/** What a server still has of a job that was given up; its CONNECT may never have been answered, so it is found by its name. */
export async function leftOver(stage: Stage, job: StagedJob, side: 'source' | 'target'): Promise<readonly string[]> {
  const present = stage.jobs.get(job.name);
  const reports = (await stage.world.server(job[side])?.jobs.list()) ?? [];
  return reports
    .filter(({ jobId, name, role }) => {
      if (jobId === job.jobId) return role === side;
      const isAnother = jobId === present?.jobId || name === currentName(stage, job);
      return role === side && !isAnother && (name === job.name || name.startsWith(`${job.name}, made `));
    })
    .map(({ jobId }) => jobId);
}

/** Of the job that is to be connected now. */
function currentName(stage: Stage, job: Pick<StagedJob, 'name'>): string {
  return stage.givenUp.length === 0 ? job.name : `${job.name}, made ${stage.givenUp.length + 1} times`;
}

/** Connects the job, unless a server knows of it already. */
export async function connect(stage: Stage, job: StagedJob): Promise<void> {
  await giveUp(stage);
  const server = stage.world.server(job.source);
  if (server === undefined) return;
  const name = currentName(stage, job);
  const reports = (await server.jobs.list()).filter(({ role }) => role === 'source');
  // A CONNECT that was never answered may have left a job: the workload can be protected anew when that one is given up.
  for (const report of reports) {
    if (report.replicationSet === job.name && report.name !== name)
      await stage.command('disconnect', server.jobs.disconnect(report.jobId));
  }
  const known = reports.find((report) => report.name === name);
  if (known !== undefined && known.connectedSinceMs !== null) {
    job.jobId = known.jobId;
    return;
  }
  if (known !== undefined) return;
  await releaseOld(stage, job);
  stage.lines.forget(job);
  const report = await stage.command('connect', server.jobs.connect(specificationOf(job, name)));
  job.jobId ??= report?.jobId;
}
