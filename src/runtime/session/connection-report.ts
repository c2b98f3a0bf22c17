// The report of a connection from whichever of its two servers answers: the source, which knows more, or else the
// target. After a disaster only the target is left, and often only the target answers a script of its own home.
import { asFailure } from '../../base/failure.ts';
import type { JobReport } from '../../model/report.ts';
import type { KnownConnection } from './known-connection.ts';
import type { Session } from './session.ts';

/** Rejects with the failure of the source when neither server has a report. */
export async function reportOf(session: Session, connection: KnownConnection): Promise<JobReport> {
  try {
    return await (await session.server(connection.source)).jobs.report(connection.jobId);
  } catch (error) {
    const failure = asFailure(error, 'ask for the report of', `connection ${connection.number}`);
    try {
      return await (await session.server(connection.target)).jobs.report(connection.jobId);
    } catch {
      throw failure;
    }
  }
}
