// Texts about a job that has been taken over: the failure of a second takeover, and the text of its report.
import { Failure } from '../../base/failure.ts';
import type { JobSpecification } from '../../model/job.ts';
import type { FailoverReport } from '../../model/report.ts';
import { liveCopyText, movedOnText } from '../../model/way-back.ts';

export interface TakenOverJob {
  readonly specification: Pick<JobSpecification, 'name' | 'sourceServer' | 'targetServer'>;
  readonly epoch: number;
  /** The report of the failover; absent when the server was stopped before the failover ended. */
  readonly failover?: FailoverReport;
}

/** The server that has later taken over the live copy from this one. */
type MovedTo = string | undefined;

/** The failure of a second takeover, which cannot repeat what the first one found and did. */
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

export interface UndoneTakeover extends TakenOverJob {
  readonly failedOver: boolean;
  readonly sourceLeftMs?: number;
}

/** Why the takeover of the job cannot be undone; undefined when it can. */
export function undoRefused(job: UndoneTakeover, isUnderWay: boolean, movedTo: MovedTo): Failure | undefined {
  const of = { operation: 'undo the failover', subject: job.specification.name };
  const { sourceServer, targetServer } = job.specification;
  if (isUnderWay) {
    const hint = 'STATUS JOB says when it is done; say UNDO FAILOVER then.';
    return new Failure({ ...of, code: 'FAILING-OVER', reason: 'the failover is under way', hint });
  }
  if (!job.failedOver) {
    const hint = 'STATUS JOB shows the connection.';
    return new Failure({ ...of, code: 'NOT-FAILED-OVER', reason: `${targetServer} has not taken it over`, hint });
  }
  if (movedTo !== undefined) {
    const hint = movedOnText(targetServer, movedTo);
    return new Failure({ ...of, code: 'LIVE-ELSEWHERE', reason: `the live copy is on ${movedTo} by now`, hint });
  }
  if (job.sourceLeftMs === undefined) return undefined;
  const reason = `${sourceServer} gave the connection up at ${new Date(job.sourceLeftMs).toISOString()}: it would not protect again`;
  const release = 'DISCONNECT here, LIVE RELEASE the path (LIVE LIST shows it)';
  const hint = `To protect ${sourceServer} anew: ${release}, then CONNECT on ${sourceServer}.`;
  return new Failure({ ...of, code: 'SOURCE-LEFT', reason, hint });
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
