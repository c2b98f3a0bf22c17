// The reports of a plan, as servers would give them if all went well: a connection has mirrored and keeps up, a
// verification finds no difference, a failover loses nothing. All times are those of the plan.
import type { JobSpecification } from '../../model/job.ts';
import { promiseTexts } from '../../model/promise.ts';
import {
  type FailoverOptions,
  type FailoverReport,
  type JobReport,
  nothingLost,
  type VerifyReport,
  type WorkloadReport,
} from '../../model/report.ts';
import { type StreamTask, type TaskReport, taskPoints } from '../../model/stream/task.ts';

export function plannedJob(specification: JobSpecification, number: number, nowMs: number): JobReport {
  return {
    jobId: specification.jobId,
    number,
    name: specification.name,
    role: 'source',
    replicationSet: specification.replicationSet,
    source: specification.sourceServer,
    target: specification.targetServer,
    roots: specification.roots,
    health: 'healthy',
    revision: 1,
    mirror: {
      status: 'Idle',
      method: specification.mirrorMethod,
      percent: 100,
      remainingBytes: 0,
      skippedBytes: 0,
      sentBytes: 0,
      transmittedBytes: 0,
      queuedBytes: 0,
      completed: 1,
    },
    replication: { status: 'Ready', sentBytes: 0, transmittedBytes: 0, queuedBytes: 0, queuedOperations: 0 },
    transmit: { mode: 'Active' },
    targetState: 'OK',
    ...(specification.diagnosis === undefined ? {} : { diagnosis: { file: specification.diagnosis, estimate: [] } }),
    memoryQueueBytes: 0,
    diskQueueBytes: 0,
    establishedMs: nowMs,
    connectedSinceMs: nowMs,
    sequence: { head: 0, durable: 0, applied: 0 },
    streamId: 'planned',
    epoch: 1,
    failedOver: false,
    additional: '',
    failover: null,
    surplus: 0,
    promise: promiseTexts.changes,
  };
}

export function plannedVerification(jobId: string, nowMs: number): VerifyReport {
  return {
    jobId,
    startedMs: nowMs,
    finishedMs: nowMs,
    directoriesCompared: 0,
    directoriesMissing: 0,
    filesCompared: 0,
    filesMissing: 0,
    filesDifferent: 0,
    filesUnsettled: 0,
    surplus: 0,
    surplusKept: 0,
    filesRemirrored: 0,
    bytesCompared: 0,
    bytesDifferent: 0,
    bytesMissing: 0,
    differences: [],
    logPath: '',
  };
}

export function plannedFailover(
  jobId: string,
  { type, queue }: FailoverOptions,
  epoch: number,
  nowMs: number,
): FailoverReport {
  return {
    jobId,
    epoch,
    startedMs: nowMs,
    finishedMs: nowMs,
    type,
    queue,
    appliedOperations: 0,
    discardedOperations: 0,
    complete: true,
    lossText: nothingLost,
    evidence: [],
  };
}

export function plannedTask(taskId: string, { name, actions }: Omit<StreamTask, 'taskId'>): TaskReport[] {
  const points = taskPoints.filter((point) => actions[point] !== undefined);
  return points.map((point) => ({ taskId, name, point, state: 'finished', reason: '', exitCode: 0, output: '' }));
}

/** The size of a workload is unknown, because the plan does not walk through its folders. */
export const plannedWorkload: WorkloadReport = { files: 0, directories: 0, bytes: 0 };
