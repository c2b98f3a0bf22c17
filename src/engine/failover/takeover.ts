// Taking over a job on its target (guide, ch. 7), step by step:
//   1  a source that is there is asked to bring everything over and to stop; how that went is evidence
//   2  the paths are marked as live and the epoch grows, durably: from here on nothing of the source's is taken, and it is told
//   3  what was received is applied, or discarded, or the replica is reverted to a snapshot, as was chosen
//   4  everything is made durable
// A crash after step 2 leaves the job failed over; what was in its queue is then lost to the replica, and stays on disk.

import { Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { EventId } from '../../model/event-catalogue.ts';
import type { TargetDataState } from '../../model/job.ts';
import { type CaptureMode, promiseTexts } from '../../model/promise.ts';
import { type FailoverOptions, type FailoverReport, nothingLost, type SnapshotReport } from '../../model/report.ts';
import type { Heartbeat } from '../../wire/control-messages.ts';
import type { ApplyLoop } from '../apply/apply-loop.ts';
import type { TargetLink } from '../link/target-link.ts';
import type { TargetQueue } from '../queue/target-queue.ts';
import { pauseWhileRunning } from '../running-time.ts';
import { differencesText, unreadText } from './replica-doubts.ts';

export interface TakeoverParts {
  readonly jobId: string;
  readonly name: string;
  readonly number: number;
  readonly clock: Clock;
  readonly queue: TargetQueue;
  readonly loop: ApplyLoop;
  readonly link: TargetLink | undefined;
  /** What the source last said of its stream, and when (monotonic milliseconds). */
  readonly heartbeat: (Heartbeat & { readonly heardMs: number }) | undefined;
  readonly dataState: () => TargetDataState;
  /** When what the queue held was lost, if no mirror has completed since. */
  readonly queueLostMs?: number;
  /** Found by the last verification, if no mirror has completed since. */
  readonly differences?: number;
  /** Objects of the workload that the source could not read. */
  readonly unread?: number;
  /** How the source learned of changes, if it ever said so. */
  readonly capture?: CaptureMode;
  readonly snapshots: readonly SnapshotReport[];
  /** Places of the replica that the source was to send again. */
  readonly stale: () => readonly string[];
  /** Resolves when the source has handed over everything (true), or its link has closed (false). */
  readonly handedOver: () => Promise<boolean>;
  /** Makes the mark of the paths and the next epoch durable, and gives the epoch. */
  readonly fence: () => Promise<number>;
  readonly revert: (snapshotId: string) => Promise<void>;
  readonly cancelTasks: (reason: string) => Promise<void>;
  readonly emit: (id: EventId, parameters: Readonly<Record<string, string | number>>) => void;
  /** The takeover is an action of the task at which the stream stands: nothing before it is missing, what follows goes. */
  readonly atTask: boolean;
}

/** How long a source gets to hand over everything. */
const handOverMs = 30_000;

export async function takeOver(parts: TakeoverParts, options: FailoverOptions): Promise<FailoverReport> {
  const { clock, queue, loop, link, number, emit, atTask, jobId, capture = 'changes' } = parts;
  const revertTo = snapshotToRevertTo(parts, options);
  const startedMs = clock.wallMs();
  const evidence: string[] = [];
  emit(5071, { connection: number, choice: `${options.type}, queue ${options.queue}` });
  const complete = atTask || options.type === 'snapshot' ? false : await askToFinish(parts, evidence);
  const known = textOfLoss(parts, complete, revertTo);
  const epoch = await parts.fence();
  evidence.push(`epoch ${epoch} is durable: nothing of an older epoch is taken any more`);
  link?.notify({ type: 'fenced', epoch });
  link?.close('the target has taken over');
  const before = loop.appliedIndex;
  const discards = atTask || revertTo !== undefined || options.queue === 'discard';
  if (!discards) await loop.drained();
  if (atTask) loop.stopHere();
  else await loop.stop();
  const appliedOperations = loop.appliedIndex - before;
  const discardedOperations = Math.max(0, queue.state.head - loop.appliedIndex - (atTask ? 1 : 0));
  await loop.checkpoint();
  if (revertTo !== undefined) {
    await parts.revert(revertTo);
    evidence.push(`the replica was reverted to snapshot ${revertTo}`);
  }
  evidence.push(`the connection promised: ${promiseTexts[capture]}`);
  const found = revertTo === undefined ? withDoubts(known, parts, evidence) : known;
  const lossText = withPromise(found, complete, capture);
  if (discards) await parts.cancelTasks('the target queue was discarded by a failover');
  emit(5072, { connection: number, loss: lossText });
  const { type, queue: choice } = options;
  const figures = { startedMs, finishedMs: clock.wallMs(), appliedOperations, discardedOperations };
  return { jobId, epoch, type, queue: choice, complete, lossText, evidence, ...figures };
}

/** Throws before anything has happened when what was asked for cannot be done. */
function snapshotToRevertTo(parts: TakeoverParts, options: FailoverOptions): string | undefined {
  const refuse = (code: string, reason: string, hint: string): Failure =>
    new Failure({ code, operation: 'fail over', subject: parts.name, reason, hint });
  if (options.type === 'test') {
    const hint = 'Use FAILOVER … LIVE, or to a snapshot.';
    throw refuse('NOT-AVAILABLE', 'test failover is not part of this version', hint);
  }
  if (options.type === 'snapshot') {
    const found = parts.snapshots.find((one) => one.snapshotId === options.snapshotId);
    if (found === undefined) throw refuse('SNAPSHOT-MISSING', 'there is no such snapshot', 'SNAPSHOT LIST shows them.');
    return found.snapshotId;
  }
  if (options.queue !== 'revert' || parts.dataState() === 'OK') return undefined;
  const good = parts.snapshots.findLast((one) => one.state === 'good');
  if (good === undefined) {
    const hint = 'Choose QUEUE APPLY or QUEUE DISCARD to go on with the data as it is.';
    throw refuse('SNAPSHOT-MISSING', 'the data state is bad and there is no good snapshot', hint);
  }
  return good.snapshotId;
}

async function askToFinish({ link, clock, handedOver }: TakeoverParts, evidence: string[]): Promise<boolean> {
  if (link === undefined || !link.isOpen) {
    evidence.push('the source was not connected');
    return false;
  }
  link.notify({ type: 'finish' });
  const wait = pauseWhileRunning(clock, handOverMs);
  const first = await Promise.race([handedOver(), wait.done.then(() => 'late' as const)]);
  wait.end();
  if (first === true) evidence.push('the source handed over everything and stopped');
  else if (first === false) evidence.push('the source did not finish: its link closed');
  else evidence.push(`the source did not finish: no end of its stream within ${handOverMs / 1000} seconds`);
  return first === true;
}

/** What is wrong with the replica itself, now that everything is applied; then nobody may say that nothing was lost. */
function withDoubts(known: string, parts: TakeoverParts, evidence: string[]): string {
  const doubts: string[] = [];
  const state = parts.dataState();
  if (state !== 'OK') doubts.push(`the replica is not whole: its state is '${state}'`);
  if (parts.queueLostMs !== undefined) {
    const when = new Date(parts.queueLostMs).toISOString();
    doubts.push(`what the queue of this server held was lost at ${when}: how much is unknown`);
  }
  const { differences = 0, unread = 0 } = parts;
  if (differences > 0) doubts.push(differencesText(differences));
  if (unread > 0) doubts.push(`${unreadText(unread)}: their copies are stale`);
  const stale = parts.stale();
  if (stale.length > 0) {
    doubts.push(`${stale.length} places of the replica were to be sent again and are stale`);
    evidence.push(`stale: ${stale.slice(0, 20).join(', ')}`);
  }
  if (doubts.length === 0) return known;
  const first = known === nothingLost ? 'the source handed over everything it had' : known;
  return [first, ...doubts].join('; ');
}

/** A source that handed over everything was brought over whole; otherwise what was being written may be half there. */
function withPromise(loss: string, complete: boolean, capture: CaptureMode): string {
  return complete || capture === 'operations' ? loss : `${loss}; ${promiseTexts[capture]}`;
}

function textOfLoss(parts: TakeoverParts, complete: boolean, revertTo: string | undefined): string {
  const { atTask, heartbeat, clock, queue } = parts;
  if (atTask) return 'the replica stands at the task in the stream; what followed it was discarded';
  if (revertTo !== undefined) return `everything after snapshot ${revertTo} was discarded`;
  if (complete) return nothingLost;
  if (heartbeat === undefined) return 'what the source changed since its last contact is unknown';
  const seconds = ((clock.monotonicMs() - heartbeat.heardMs) / 1000).toFixed(1);
  const missing = Math.max(0, heartbeat.head - (queue.position()?.sequence ?? 0));
  const known =
    missing === 0 ? 'everything it had sent word of was received' : `${missing} operations it had made never arrived`;
  return `the source was last heard ${seconds} seconds before; ${known}; later changes are unknown`;
}
