// The report of a connection from whichever of its two servers answers: the source, which knows more, or else the target,
// which is the one that is left after a disaster, and often the only one that lets a script of its own home ask.
import { asFailure } from '../../base/failure.ts';
import type { JobReport } from '../../model/report.ts';
import type { KnownConnection } from './known-connection.ts';
import type { Session } from './session.ts';

/** Rejects with what the source said when neither server has a report. */
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
