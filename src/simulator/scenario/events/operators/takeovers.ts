// Taking over on the target of a job, in two halves: the call, and what its answer must be.
import type { Failure } from '../../../../base/failure.ts';
import type { FailoverReport } from '../../../../model/report.ts';
import type { StagedJob } from '../../../invariants/observed-stage.ts';
import { expectLossTold } from '../../../invariants/silence.ts';
import { Broken } from '../../../world/broken.ts';
import type { Stage } from '../../stage.ts';

export type Takeover = Promise<FailoverReport>;

/** undefined when its target cannot be asked. */
export function beginFailover(stage: Stage, job: StagedJob, queue: 'apply' | 'discard'): Takeover | undefined {
  const server = stage.world.server(job.target);
  if (server === undefined || job.jobId === undefined || job.takingOver) return undefined;
  job.failedOver = true;
  job.takingOver = true;
  stage.counts.failovers += 1;
  const takeover = server.jobs.failover(job.jobId, { type: 'live', queue });
  takeover.then(
    () => {
      job.takingOver = false;
      job.isTakenOver = true;
    },
    ({ code }: Failure) => {
      job.takingOver = false;
      job.failedOver = code === 'FAILED-OVER';
    },
  );
  return takeover;
}

export async function endFailover(stage: Stage, job: StagedJob, takeover: Takeover): Promise<void> {
  const report = await stage.command('failover', takeover);
  if (report !== undefined && (await stage.report(job, 'target'))?.failedOver === false) {
    throw new Broken('one writer', `${job.name}: the takeover is over, and the target does not say so`);
  }
  if (report !== undefined && job.queueDamaged) expectLossTold(stage, job, report.lossText);
  // One that is still under way lasts as long as the tasks in the queue.
  if (report !== undefined || job.takingOver) return;
  // A target that is up and does not know the job has taken nothing over.
  const isKnown = stage.world.server(job.target) !== undefined;
  job.failedOver = (await stage.report(job, 'target'))?.failedOver ?? !isKnown;
}
