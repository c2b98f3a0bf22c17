// The failures with which a server refuses what is asked of its jobs.
import { Failure } from '../../base/failure.ts';
import { displayPath } from '../../base/raw-path.ts';
import type { JobSpecification } from '../../model/job.ts';

/** A missing folder of the workload is a mistake in a rule, or it has yet to be made. */
export function withWorkloadHint(failure: Failure, { roots }: Pick<JobSpecification, 'roots'>): Failure {
  if (failure.hint !== undefined || !roots.some(({ source }) => displayPath(source) === failure.subject))
    return failure;
  const hint = 'Make the folder, or correct the rule; REPSET LIST shows them.';
  const { code, operation, subject, reason, retryable } = failure;
  return new Failure({ code, operation, subject, reason, retryable, hint });
}

export function verifiesPaused(name: string): Failure {
  return new Failure({
    code: 'JOB-PAUSED',
    operation: 'verify',
    subject: name,
    reason: 'the connection is paused, so the changes of the workload do not reach its replica',
    hint: 'START it first.',
  });
}

export function jobFenced(operation: string, subject: string, hint: string): Failure {
  return new Failure({ code: 'JOB-STOPPED', operation, subject, reason: 'the target has taken over', hint });
}

export function unknownJob(jobId: string): Failure {
  return new Failure({
    code: 'JOB-UNKNOWN',
    operation: 'find the connection',
    subject: jobId,
    reason: 'this server has no such job',
    hint: '`understudy status` lists the connections of a server.',
  });
}

export function takingOver(job: string): Failure {
  return new Failure({
    code: 'TAKING-OVER',
    operation: 'give up the job',
    subject: job,
    reason: 'a failover of it is under way',
    hint: 'STATUS says when it has ended; DISCONNECT then.',
  });
}
