// What is said of a job that has been taken over: to whoever asks for it a second time, and in its report.
import { Failure } from '../../base/failure.ts';
import type { JobSpecification } from '../../model/job.ts';
import type { FailoverReport } from '../../model/report.ts';
import { liveCopyText } from '../../model/way-back.ts';

export interface TakenOverJob {
  readonly specification: Pick<JobSpecification, 'name' | 'sourceServer' | 'targetServer'>;
  readonly epoch: number;
  /** Of the failover; a server that was stopped before its end has none. */
  readonly failover?: FailoverReport;
}

/** `movedTo`: the server that has taken over in its turn what this job took over. */
type MovedTo = string | undefined;

/** Why it is not done again: what the first one found and did cannot be found and done a second time. */
export function takenOver(job: TakenOverJob, isUnderWay: boolean, movedTo: MovedTo): Failure {
  const of = { operation: 'fail over', subject: job.specification.name };
  if (isUnderWay) {
    const hint = 'STATUS JOB says when it is done.';
    return new Failure({ ...of, code: 'FAILING-OVER', reason: 'a failover of this job is under way', hint });
  }
  const { sourceServer, targetServer } = job.specification;
  const hint = `STATUS JOB shows what that failover found. ${liveCopyText(sourceServer, targetServer, movedTo)}`;
  return new Failure({ ...of, code: 'FAILED-OVER', reason: `this server took over ${whenText(job)}`, hint });
}

export function takenOverText(job: TakenOverJob, movedTo: MovedTo): string {
  const found = job.failover === undefined ? '' : `: ${job.failover.lossText}`;
  const { sourceServer, targetServer } = job.specification;
  return `failed over ${whenText(job)}${found}. ${liveCopyText(sourceServer, targetServer, movedTo)}`;
}

function whenText({ epoch, failover }: TakenOverJob): string {
  const when = failover === undefined ? '' : `on ${new Date(failover.startedMs).toISOString()} `;
  return `${when}with epoch ${epoch}`;
}
