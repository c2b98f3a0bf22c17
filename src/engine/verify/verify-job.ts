// Verifies one job on its source: runs the comparison, writes the log, makes the report.
import { asFailure, Failure } from '../../base/failure.ts';
import { displayPath, type RawPath, rawFromText } from '../../base/raw-path.ts';
import type { JobSpecification } from '../../model/job.ts';
import type { ProgressReport, VerifyMode, VerifyReport } from '../../model/report.ts';
import type { FileTree } from '../../ports/files.ts';
import type { SourceJob } from '../job/source/source-job.ts';
import { type Difference, Verification } from './verification.ts';
import { verificationLog } from './verification-log.ts';

export interface VerifyRequest {
  /** The server's logging folder. */
  readonly logs: FileTree;
  readonly mode: VerifyMode;
  /**
   * The stream waits at a task that was placed at this wall time, in milliseconds; a barrier would never be reached.
   */
  readonly placeMs?: number;
}

/** Guide, ch. 10, Log file properties. */
const logBytesMax = 1_048_576;
const differencesMax = 1000;

export async function verifyJob(job: SourceJob, request: VerifyRequest): Promise<VerifyReport> {
  const { specification, clock, emit } = job.parts;
  const { placeMs } = request;
  await job.roots.expectRight('verify');
  if (job.mirrors.byHand.holdsMirrors) throw mirrorsHeld(specification, job.mirrors.byHand.text);
  if (job.mirrors.isActive) throw mirrorInProgress(specification, 'a mirror is in progress');
  const begun = job.mirrors.begun;
  const expectNoMirror = (): void => {
    if (job.mirrors.begun > begun) throw mirrorInProgress(specification, 'a mirror has begun meanwhile');
  };
  const startedMs = clock.wallMs();
  const verification = new Verification({
    trees: job.roots.trees,
    selection: job.selection,
    sender: job.stream.mirrorSender,
    replica: job.replicaView(true),
    barrier:
      placeMs === undefined
        ? async () => {
            await job.barrier();
            expectNoMirror();
          }
        : undefined,
    ...(placeMs === undefined ? {} : { placeMs }),
    unreadable: (path, reason) => emit(5023, { path, reason }),
  });
  const progress = (): ProgressReport => ({ ...verification.done, ...job.mirrors.size });
  const differences = await job.verifications.during(progress, () => verification.run(new AbortController().signal));
  if (placeMs === undefined) expectNoMirror();
  const times = { startedMs, finishedMs: clock.wallMs() };
  const report = makeReport(specification, request, verification, differences, times);
  await writeLog(job, request, report, differences);
  // The target would refuse the same objects in another mirror.
  if (request.mode === 'repair' && differences.some(({ verdict }) => verdict !== 'refused')) job.repair();
  return report;
}

/** The failure when a mirror runs: its changes during the comparison would be reported as differences. */
function mirrorInProgress({ name }: JobSpecification, reason: string): Failure {
  return new Failure({
    code: 'MIRROR-IN-PROGRESS',
    operation: 'verify',
    subject: name,
    reason,
    hint: 'Wait for it, then verify again: WAIT FOR MIRROR $con',
    retryable: true,
  });
}

/** The failure when an operator holds the mirrors: the replica is known to differ. */
function mirrorsHeld({ name }: JobSpecification, reason: string): Failure {
  const hint = 'Verify when a mirror has completed.';
  return new Failure({ code: 'MIRRORS-HELD', operation: 'verify', subject: name, reason, hint });
}

function makeReport(
  specification: JobSpecification,
  { logs, mode }: VerifyRequest,
  { totals }: Verification,
  differences: readonly Difference[],
  { startedMs, finishedMs }: Pick<VerifyReport, 'startedMs' | 'finishedMs'>,
): VerifyReport {
  const count = (verdict: Difference['verdict'], directories: boolean): number =>
    differences.filter((one) => one.verdict === verdict && (one.kind === 'directory') === directories).length;
  const bytes = (verdict: Difference['verdict']): number =>
    differences.reduce((sum, one) => sum + (one.verdict === verdict ? one.bytesOutOfSync : 0), 0);
  const refused = count('refused', false);
  const { roots } = specification;
  const path = (one: Difference): string => displayPath(`${roots[one.root]?.source ?? ''}/${one.path}`);
  return {
    jobId: specification.jobId,
    startedMs,
    finishedMs,
    ...totals,
    directoriesMissing: count('missing', true),
    filesMissing: count('missing', false),
    filesDifferent: count('different', false) + count('different', true),
    filesUnsettled: count('unsettled', false) + count('unsettled', true),
    surplus: count('surplus', false) + count('surplus', true),
    ...(refused === 0 ? {} : { refused }),
    surplusKept: differences.filter(({ isKept }) => isKept === true).length,
    // A file that differs only in its attributes does not count as remirrored (guide, ch. 10, the sample).
    filesRemirrored: mode === 'repair' ? differences.filter(isRemirrored).length : 0,
    bytesDifferent: bytes('different'),
    bytesMissing: bytes('missing'),
    differences: differences.slice(0, differencesMax).map((one) => {
      const { verdict, bytesOutOfSync, attributes } = one;
      return { path: path(one), verdict, bytesOutOfSync, attributes };
    }),
    logPath: `${displayPath(logs.location)}/${logName(specification)}`,
  };
}

function isRemirrored({ verdict, kind, bytesOutOfSync }: Difference): boolean {
  return kind !== 'directory' && (verdict === 'missing' || (verdict === 'different' && bytesOutOfSync > 0));
}

/** `<ip> : <port>`, or its name where both servers are one process and there is no address. */
function targetText(job: SourceJob): string {
  const { address } = job.replicaView(true);
  return address === undefined ? job.parts.specification.targetServer : `${address.host} : ${address.port}`;
}

/** `<job type>_<unique id> <base name>` (guide, ch. 10, Verification log). */
function logName({ jobId }: JobSpecification): string {
  return `Files and Folders_${jobId.replaceAll('-', '').slice(-12)} DTVerify.log`;
}

/** Appends to the log; a log that would grow beyond its limit begins anew. */
async function writeLog(
  job: SourceJob,
  { logs, mode }: VerifyRequest,
  report: VerifyReport,
  differences: readonly Difference[],
): Promise<void> {
  const { specification, number } = job.parts;
  const heading = {
    connection: number,
    set: specification.replicationSet,
    target: targetText(job),
    mode,
    startedMs: report.startedMs,
    finishedMs: report.finishedMs,
    roots: specification.roots.map((root) => root.source),
  };
  const text = Buffer.from(verificationLog(heading, report, differences), 'utf8');
  const name = rawFromText(logName(specification)) as RawPath;
  try {
    const status = await logs.status(name);
    const file = status === undefined ? await logs.create(name, 0o600) : await logs.open(name, 'write');
    try {
      const size = status?.size ?? 0;
      const fits = size + text.length <= logBytesMax;
      if (!fits) await file.truncate(0);
      await file.write(fits ? size : 0, text);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw asFailure(thrown, 'write the verification log', report.logPath);
  }
}
