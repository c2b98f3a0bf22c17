// WAIT FOR MIRROR: waits until a mirror of the job has completed on the target and the replica is good. It follows the
// report from revision to revision, so it asks only as often as the report changes. When the mirror is stopped or the
// time is over, it fails and says what is still missing.
import { Failure } from '../../../base/failure.ts';
import type { Clock } from '../../../base/waiting/clock.ts';
import { isAtRest } from '../../../model/job.ts';
import type { JobReport } from '../../../model/report.ts';
import type { Server } from '../../contract/server.ts';

/** One long poll; short enough that a link which died silently is noticed. */
const pollMs = 20_000;

/** With `timeoutMs` null it waits for ever. When the signal is aborted, nobody awaits the result any more. */
export async function waitForMirror(
  source: Server,
  connection: { readonly jobId: string; readonly number: number },
  timeoutMs: number | null,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const subject = `connection ${connection.number}`;
  const endMs = timeoutMs === null ? Number.POSITIVE_INFINITY : clock.monotonicMs() + timeoutMs;
  let report = await source.jobs.report(connection.jobId);
  while (!isMirrored(report)) {
    if (report.mirror.status === 'Stopped') {
      throw new Failure({
        code: 'MIRROR-STOPPED',
        operation: 'wait for the mirror',
        subject,
        reason: `the mirror was stopped; ${missingText(report)}`,
        hint:
          report.replication.status === 'Stopped'
            ? `start replication: REPLICATION START ${connection.number}`
            : `start it again: MIRROR START ${connection.number}`,
      });
    }
    const remainingMs = endMs - clock.monotonicMs();
    if (remainingMs <= 0) throw timedOut(report, subject, timeoutMs ?? 0);
    report = await source.jobs.wait(connection.jobId, report.revision, Math.min(pollMs, remainingMs));
    if (signal.aborted) return;
  }
}

function isMirrored(report: JobReport): boolean {
  return report.mirror.completed > 0 && isAtRest(report.mirror.status) && report.targetState === 'OK';
}

function timedOut(report: JobReport, subject: string, timeoutMs: number): Failure {
  return new Failure({
    code: 'WAIT-TIMEOUT',
    operation: 'wait for the mirror',
    subject,
    reason: `it was not complete after ${timeoutMs / 1000} s; ${missingText(report)}`,
    hint: 'wait longer, or look for a reason with EVENTS',
    retryable: true,
  });
}

function missingText({ mirror, targetState, transmit }: JobReport): string {
  const amount =
    mirror.percent === null || mirror.remainingBytes === null
      ? 'its size is not known yet'
      : `${mirror.percent} % done, ${mirror.remainingBytes} bytes remain`;
  return `mirror ${mirror.status}, ${amount}, transmission ${transmit.mode}, target ${targetState}`;
}
