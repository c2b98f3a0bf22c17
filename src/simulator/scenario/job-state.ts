// How a job stands when a fault strikes, in a few words that an operator would use. Told from its reports.
import { isAtRest } from '../../model/job.ts';
import type { JobReport } from '../../model/report.ts';
import type { StagedJob } from '../invariants/observed-stage.ts';
import type { Stage } from './stage.ts';

export const jobStates = [
  'starting',
  'disconnected',
  'mirroring',
  'replicating',
  'idle',
  'in a task',
  'verifying',
  'failed over',
] as const;

export type JobState = (typeof jobStates)[number];

export async function jobState(stage: Stage, job: StagedJob): Promise<JobState> {
  const source = await stage.report(job, 'source');
  const target = await stage.report(job, 'target');
  if (target?.failedOver || source?.failedOver || job.failedOver) return 'failed over';
  if (job.jobId === undefined) return 'starting';
  if (source === undefined || source.connectedSinceMs === null) return 'disconnected';
  return connectedState(job, source);
}

function connectedState(job: StagedJob, { mirror, replication, sequence }: JobReport): JobState {
  if (job.verifying) return 'verifying';
  if (job.hangingTask) return 'in a task';
  if (!isAtRest(mirror.status)) return 'mirroring';
  const isDone = replication.status === 'Ready' && sequence.applied === sequence.head;
  return isDone ? 'idle' : 'replicating';
}
