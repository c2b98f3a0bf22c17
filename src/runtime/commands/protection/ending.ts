// How DISCONNECT ends a connection, which has a side on each of its two servers.
//
// When one server answers and refuses, the other side must stay too, so both are asked first what they allow. A server
// that does not answer delays nothing: its side stays until DISCONNECT is said there.
//
// After a failover the two sides are a fenced source and a live copy, and DISCONNECT ends only one of them: the side of
// SOURCE, else of this home's own server, else of the target. The paths of the target stay marked live whichever side
// ends (runtime/jobs/live/live-paths.ts).
import { asFailure, Failure } from '../../../base/failure.ts';
import type { JobReport } from '../../../model/report.ts';
import { wayBackText } from '../../../model/way-back.ts';
import type { Server } from '../../contract/server.ts';
import type { KnownConnection } from '../../session/known-connection.ts';
import type { CommandContext } from '../command-context.ts';

interface Side {
  readonly name: string;
  readonly server: Server | undefined;
  /** The report of the connection, or the failure to get one. */
  readonly report: JobReport | Failure;
}

/** Returns the lines that tell the operator what has ended. */
export async function endConnection(connection: KnownConnection, context: CommandContext): Promise<string[]> {
  const source = await sideOf(connection.source, connection, context);
  if ('jobId' in source.report && source.report.diagnosis !== undefined) return endDiagnosis(connection, source);
  const target = await sideOf(connection.target, connection, context);
  const isTakenOver = [source, target].some(({ report }) => 'jobId' in report && report.failedOver);
  return isTakenOver ? endOneSide(connection, source, target, context) : endBoth(connection, source, target);
}

/** It has no other side. What it found is told as it was just before. */
async function endDiagnosis({ jobId, number }: KnownConnection, source: Side): Promise<string[]> {
  await expectAllowed(source);
  const { diagnosis } = 'jobId' in source.report ? source.report : {};
  await source.server?.jobs.disconnect(jobId);
  return [...(diagnosis?.estimate ?? []), `Connection ${number} has ended; its figures are in ${diagnosis?.file}`];
}

async function sideOf(name: string, { jobId }: KnownConnection, { session }: CommandContext): Promise<Side> {
  let server: Server | undefined;
  try {
    server = await session.server(name);
    return { name, server, report: await server.jobs.report(jobId) };
  } catch (error) {
    return { name, server, report: asFailure(error, 'disconnect', name) };
  }
}

async function endOneSide(
  { jobId, number, ...names }: KnownConnection,
  source: Side,
  target: Side,
  { session }: CommandContext,
): Promise<string[]> {
  const same = (one: string | undefined, other: string): boolean => one?.toLowerCase() === other.toLowerCase();
  const askedAt = [session.sourceName, session.local()?.name].find(
    (name) => same(name, names.source) || same(name, names.target),
  );
  const atSource = same(askedAt, names.source);
  const [own, other] = atSource ? [source, target] : [target, source];
  if (!('jobId' in own.report)) throw own.report;
  await own.server?.jobs.disconnect(jobId);
  const ended = `Connection ${number} has ended on ${own.name}`;
  if (atSource) {
    return [
      `${ended} alone: ${other.name} has taken over, and keeps its side and the live copy`,
      wayBackText(names.source, names.target),
    ];
  }
  const paths = `${ended}; what it took over stays live, and no mirror may go over it (LIVE LIST)`;
  return 'jobId' in other.report ? [paths, `${other.name} still has its side: DISCONNECT it there`] : [paths];
}

async function endBoth({ jobId, number }: KnownConnection, source: Side, target: Side): Promise<string[]> {
  for (const side of [source, target]) await expectAllowed(side);
  const atSource = await endedThere(source, jobId);
  // The source normally tells the target. The target is asked as well, in case the source is gone or cannot reach it.
  const atTarget = await endedThere(target, jobId);
  if (atTarget !== undefined) throw atSource ?? atTarget;
  const lines = [`Connection ${number} has ended; the replica on ${target.name} stays`];
  if (atSource === undefined) return lines;
  const isGone = 'jobId' in source.report;
  return [...lines, `warning: ${source.name}${isGone ? '' : ' still knows it'}: ${atSource.reason}`];
}

/** Throws ACCESS-DENIED when the server answers and does not let this session end the connection. */
async function expectAllowed({ name, server, report }: Side): Promise<void> {
  if (!('jobId' in report)) {
    if (report.code === 'ACCESS-DENIED') throw report;
    return;
  }
  if ((await server?.access.allows('jobs.disconnect')) === true) return;
  throw new Failure({
    code: 'ACCESS-DENIED',
    operation: 'disconnect',
    subject: `server ${name}`,
    reason: 'it does not let this session end a connection, so neither side was ended',
    hint: `Say DISCONNECT at the prompt of ${name}, or LOGIN with an account that has full access.`,
  });
}

/**
 * Ends one side. Returns undefined when the side is gone without trouble; a failure when the server cannot be asked, or
 * when the side is gone and something went wrong. Throws when the server still has the side.
 */
async function endedThere({ server, report }: Side, jobId: string): Promise<Failure | undefined> {
  if (server === undefined || (!('jobId' in report) && report.code !== 'JOB-UNKNOWN')) return report as Failure;
  try {
    await server.jobs.disconnect(jobId);
    return undefined;
  } catch (error) {
    const failure = asFailure(error, 'disconnect', server.name);
    if (failure.code === 'JOB-UNKNOWN') return undefined;
    const knows = await server.jobs.report(jobId).then(
      () => true,
      () => false,
    );
    if (knows) throw failure;
    return failure;
  }
}
