// Making the jobs of a scenario.
import { SourceStates } from '../invariants/source-states.ts';
import type { Stage, StagedJob } from './stage.ts';

type Places = Pick<StagedJob, 'name' | 'source' | 'target' | 'sourceRoot' | 'replicaRoot'>;

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
    doctored: false,
    verifying: false,
    hangingTask: false,
  };
  stage.jobs.set(job.name, job);
  return job;
}

/** Connects the job, unless a server knows of it already. */
export async function connect(stage: Stage, job: StagedJob): Promise<void> {
  const server = stage.world.server(job.source);
  if (server === undefined) return;
  const known = (await server.jobs()).find(({ name, role }) => name === job.name && role === 'source');
  if (known !== undefined && known.connectedSinceMs !== null) {
    job.jobId = known.jobId;
    return;
  }
  if (known !== undefined) return;
  const report = await stage.command(
    'connect',
    server.connect({
      name: job.name,
      replicationSet: job.name,
      sourceServer: job.source,
      targetServer: job.target,
      roots: [{ source: job.sourceRoot, replica: job.replicaRoot }],
      rules: [],
      mirrorMethod: 'data-delta',
      orphans: 'delete',
    }),
  );
  job.jobId ??= report?.jobId;
}
