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

/** One command, from its first look to its last. */
class Watched {
  readonly #place: ProgressPlace;
  readonly #clock: Clock;
  readonly #pace = new Pace();
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
    const { state, ...done } = found;
    const bytesPerSecond = this.#pace.at(this.#clock.monotonicMs(), done.doneBytes);
    const left = done.totalBytes === null ? null : done.totalBytes - done.doneBytes;
    const remainingMs =
      left === null || left < 0 || bytesPerSecond === null || bytesPerSecond <= 0
        ? null
        : (1000 * left) / bytesPerSecond;
    return { title: `${this.#place.shows} of connection ${number}`, state, ...done, bytesPerSecond, remainingMs };
  }

  #found(report: JobReport): (ProgressReport & Pick<Progress, 'state'>) | undefined {
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

  #queueProgress({ replication, mirror }: JobReport): (ProgressReport & Pick<Progress, 'state'>) | undefined {
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

function mirrorProgress({ mirror, replication }: JobReport): ProgressReport & Pick<Progress, 'state'> {
  const { status, progress, queuedBytes } = mirror;
  if (progress !== undefined) return { state: status === 'In Progress' ? '' : status.toLowerCase(), ...progress };
  const left = queuedBytes + replication.queuedBytes;
  const doing = status === 'Waiting' ? 'the target applies it' : status.toLowerCase();
  const state = left === 0 ? doing : `${doing}, ${roughSize(left)} wait`;
  return { state, doneBytes: 0, totalBytes: null, doneFiles: 0, totalFiles: null };
}
