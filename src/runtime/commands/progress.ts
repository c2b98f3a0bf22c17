// Shows how far a command is that lasts (`progress` in the catalogue): while it goes on, the report of its connection is
// asked for, a few times a second. What goes wrong with that is left out: the command itself says what is wrong.
import type { Clock } from '../../base/waiting/clock.ts';
import { sleep } from '../../base/waiting/clock.ts';
import { definitionOf } from '../../language/catalogue/definition/command-text.ts';
import type { ProgressPlace } from '../../language/catalogue/definition/definition.ts';
import type { CommandRequest } from '../../language/values/host.ts';
import type { JobReport, ProgressReport } from '../../model/report.ts';
import type { KnownConnection } from '../session/known-connection.ts';
import { isHandle } from '../session/session.ts';
import { roughSize } from '../text/amounts.ts';
import { Pace } from '../text/pace.ts';
import type { Progress } from '../text/progress-text.ts';
import type { CommandContext, ProgressSink } from './command-context.ts';

/** Between two looks; also before the first one, so that what is over at once shows nothing. */
const everyMs = 250;

export async function showingProgress<Result>(
  request: CommandRequest,
  context: CommandContext,
  work: () => Promise<Result>,
): Promise<Result> {
  const { progress } = context;
  const place = definitionOf(request.command)?.progress;
  if (progress === undefined || place === undefined) return work();
  const over = new AbortController();
  const end = (): void => {
    over.abort();
    progress.over(request);
  };
  // An interrupted command is over for the person, although its last call may still be on its way.
  context.signal.addEventListener('abort', end, { once: true });
  void follow(request, place, context, progress, over.signal).catch(() => undefined);
  try {
    return await work();
  } finally {
    context.signal.removeEventListener('abort', end);
    end();
  }
}

async function follow(
  request: CommandRequest,
  place: ProgressPlace,
  { session, clock }: CommandContext,
  sink: ProgressSink,
  over: AbortSignal,
): Promise<void> {
  await sleep(clock, everyMs, over);
  let connection: KnownConnection | undefined;
  const watched = new Watched(place, clock);
  while (!over.aborted) {
    connection ??= await connectionOf(request, session);
    const server = await session.server(place.at === 'source' ? connection.source : connection.target);
    const report = await server.jobs.report(connection.jobId);
    const now = watched.progress(report, connection.number);
    if (now !== undefined && !over.aborted) sink.show(request, now);
    await sleep(clock, everyMs, over);
  }
}

/** The connection that the handler means, too: that of a snapshot, else the one that is named, else the current one. */
async function connectionOf(
  { arguments: given }: CommandRequest,
  session: CommandContext['session'],
): Promise<KnownConnection> {
  const { snapshot } = given;
  const own =
    snapshot !== undefined && isHandle(snapshot, 'snapshot') ? await session.connectionOfHandle(snapshot) : undefined;
  return own ?? (await session.connection(given.connection));
}

interface Found extends ProgressReport, Pick<Progress, 'state'> {
  /** Where nothing is read any more: the operations that the target has applied, and those that it has not. */
  readonly applying?: { readonly done: number; readonly left: number };
}

/** One command, from its first look to its last. */
class Watched {
  readonly #place: ProgressPlace;
  readonly #clock: Clock;
  readonly #paces = { bytes: new Pace(), files: new Pace(), operations: new Pace() };
  /** What was in the queue at its fullest. */
  #queued: { readonly bytes: number; readonly operations: number } = { bytes: 0, operations: 0 };

  constructor(place: ProgressPlace, clock: Clock) {
    this.#place = place;
    this.#clock = clock;
  }

  /** Undefined where there is nothing to show. */
  progress(report: JobReport, number: number): Progress | undefined {
    const found = this.#found(report);
    if (found === undefined) return undefined;
    const { state, applying, ...done } = found;
    const nowMs = this.#clock.monotonicMs();
    const { bytes, files, operations } = this.#paces;
    const speed = bytes.at(nowMs, done.doneBytes);
    // Empty files have no bytes by which the rest could be told.
    const byFiles = done.totalBytes === 0;
    const remainingMs =
      applying === undefined
        ? restMs(byFiles ? files.at(nowMs, done.doneFiles) : speed, byFiles ? filesLeft(done) : bytesLeft(done))
        : restMs(operations.at(nowMs, applying.done), applying.left);
    const bytesPerSecond = done.doneBytes === 0 ? null : speed;
    return { title: `${this.#place.shows} of connection ${number}`, state, ...done, bytesPerSecond, remainingMs };
  }

  #found(report: JobReport): Found | undefined {
    switch (this.#place.shows) {
      case 'mirror':
        return mirrorProgress(report);
      case 'verification':
        return report.verification?.running ? { state: '', ...report.verification.running } : undefined;
      case 'revert':
        return report.revert && { state: '', ...report.revert };
      case 'queue':
        return this.#queueProgress(report);
    }
  }

  #queueProgress({ replication, mirror }: JobReport): Found | undefined {
    const bytes = replication.queuedBytes + mirror.queuedBytes;
    const operations = replication.queuedOperations;
    this.#queued = {
      bytes: Math.max(bytes, this.#queued.bytes),
      operations: Math.max(operations, this.#queued.operations),
    };
    if (this.#queued.operations === 0) return undefined;
    return {
      state: `${operations} operations wait`,
      doneBytes: this.#queued.bytes - bytes,
      totalBytes: this.#queued.bytes,
      doneFiles: 0,
      totalFiles: null,
    };
  }
}

function mirrorProgress({ mirror, replication, sequence }: JobReport): Found {
  const { status, progress, queuedBytes } = mirror;
  if (progress !== undefined) return { state: status === 'In Progress' ? '' : status.toLowerCase(), ...progress };
  const nothing = { doneBytes: 0, totalBytes: null, doneFiles: 0, totalFiles: null };
  if (status === 'Waiting') {
    const left = Math.max(0, sequence.head - sequence.applied);
    const state = `the target applies it, ${left.toLocaleString('en')} operations wait`;
    return { state, ...nothing, applying: { done: sequence.applied, left } };
  }
  const left = queuedBytes + replication.queuedBytes;
  const doing = status.toLowerCase();
  return { state: left === 0 ? doing : `${doing}, ${roughSize(left)} wait`, ...nothing };
}

function bytesLeft({ totalBytes, doneBytes }: ProgressReport): number | null {
  return totalBytes === null ? null : totalBytes - doneBytes;
}

function filesLeft({ totalFiles, doneFiles }: ProgressReport): number | null {
  return totalFiles === null ? null : totalFiles - doneFiles;
}

function restMs(perSecond: number | null, left: number | null): number | null {
  return left === null || left < 0 || perSecond === null || perSecond <= 0 ? null : (1000 * left) / perSecond;
}
