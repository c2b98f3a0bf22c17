// Takes over a job on its target (guide, ch. 7), step by step:
//   1  a source that can be reached is asked to bring everything over and to stop; its answer is noted as evidence
//   2  the paths are marked as live and the epoch grows, durably: from here on nothing is taken from the source, and
//      the source is told
//   3  the received records are applied or discarded, or the replica is reverted to a snapshot, as the operator chose; what may
//      have been applied before a crash of this server is applied again in any case, because until then the replica is no state
//      that the source had
//   4  everything is made durable
// A crash after step 2 leaves the job failed over; the records in its queue are then not applied, and stay on disk.
import { Failure } from '../../base/failure.ts';
import { displayPath } from '../../base/raw-path.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { EventId } from '../../model/event-catalogue.ts';
import type { JobSpecification, TargetDataState } from '../../model/job.ts';
import { type CaptureMode, promiseTexts } from '../../model/promise.ts';
import { type FailoverOptions, type FailoverReport, nothingLost, type SnapshotReport } from '../../model/report.ts';
import type { ApplyLoop } from '../apply/apply-loop.ts';
import type { HeardHeartbeat, SourceSide } from '../link/source-side.ts';
import type { TargetLink } from '../link/target-link.ts';
import type { TargetQueue } from '../queue/target-queue.ts';
import { pauseWhileRunning } from '../running-time.ts';
import { differencesText, unreadText } from './replica-doubts.ts';

/** The job that is taken over. */
export interface TakenJob {
  readonly clock: Clock;
  readonly emit: (id: EventId, parameters: Readonly<Record<string, string | number>>) => void;
  readonly state: TakenState;
  readonly source: SourceSide;
  readonly queue: TargetQueue;
  readonly loop: ApplyLoop;
  readonly snapshots: {
    list(): readonly SnapshotReport[];
    revert(snapshotId: string): Promise<unknown>;
  };
  readonly tasks: { cancelQueued(reason: string): Promise<void> };
}

/** The remembered state of the job (job/target/replica-state.ts). */
export interface TakenState {
  readonly now: RememberedReplica;
  /** Places of the replica that the source was to send again. */
  readonly stale: { list(): readonly { readonly path: string }[] };
  /** Makes the mark of the paths and the next epoch durable, and returns the epoch. */
  fence(): Promise<number>;
}

interface RememberedReplica {
  readonly specification: Pick<JobSpecification, 'jobId' | 'name'>;
  readonly number: number;
  readonly dataState: TargetDataState;
  readonly queueLostMs?: number;
  readonly differences?: number;
  readonly unread?: number;
  readonly capture?: CaptureMode;
  readonly paused?: boolean;
}

/** How long a source gets to hand over everything. */
const handOverMs = 30_000;

export class Takeover {
  readonly #job: TakenJob;
  readonly #options: FailoverOptions;
  /**
   * The takeover is the action of a task in the stream: everything before the task is applied, the rest is discarded.
   */
  readonly #atTask: boolean;
  /** What was known of the replica and of the source when the takeover began. */
  readonly #before: RememberedReplica;
  readonly #heartbeat: HeardHeartbeat | undefined;
  readonly #link: TargetLink | undefined;
  readonly #evidence: string[] = [];

  constructor(job: TakenJob, options: FailoverOptions, atTask: boolean) {
    this.#job = job;
    this.#options = options;
    this.#atTask = atTask;
    this.#before = job.state.now;
    this.#heartbeat = job.source.heartbeat;
    this.#link = job.source.link;
  }

  /** When the options cannot be fulfilled, rejects before it changes anything. */
  async run(): Promise<FailoverReport> {
    const { clock, queue, loop, state, snapshots, tasks, emit } = this.#job;
    const { specification, number: connection, capture = 'changes' } = this.#before;
    const { type, queue: choice } = this.#options;
    const revertTo = this.#snapshotToRevertTo();
    const startedMs = clock.wallMs();
    emit(5071, { connection, choice: `${type}, queue ${choice}` });
    const discards = this.#atTask || revertTo !== undefined || choice === 'discard';
    // A takeover ends the pause of a target; what is to be discarded is not applied for that.
    if (!discards) loop.pause(false);
    const isHeld = discards && this.#before.paused === true;
    const complete = this.#atTask || type === 'snapshot' || isHeld ? false : await this.#askToFinish();
    const known = this.#textOfLoss(complete, revertTo);
    const epoch = await state.fence();
    this.#evidence.push(`epoch ${epoch} is durable: nothing of an older epoch is taken any more`);
    this.#link?.notify({ type: 'fenced', epoch });
    this.#link?.close('the target has taken over');
    const before = loop.appliedIndex;
    if (!discards) await loop.drained();
    else if (choice === 'discard' && revertTo === undefined && !this.#atTask) await loop.replayed();
    if (this.#atTask) loop.stopHere();
    else await loop.stop();
    const appliedOperations = loop.appliedIndex - before;
    const discardedOperations = Math.max(0, queue.state.head - loop.appliedIndex - (this.#atTask ? 1 : 0));
    await loop.checkpoint();
    if (revertTo !== undefined) {
      await snapshots.revert(revertTo.snapshotId);
      this.#evidence.push(`the replica was reverted to ${namedSnapshot(revertTo)}`);
    }
    this.#evidence.push(`the connection promised: ${promiseTexts[capture]}`);
    const found = revertTo === undefined ? this.#withDoubts(known) : known;
    const lossText = withPromise(found, complete, capture);
    if (discards) await tasks.cancelQueued('the target queue was discarded by a failover');
    emit(5072, { connection, loss: lossText });
    const figures = { startedMs, finishedMs: clock.wallMs(), appliedOperations, discardedOperations };
    const evidence = this.#evidence;
    return { jobId: specification.jobId, epoch, type, queue: choice, complete, lossText, evidence, ...figures };
  }

  /** The snapshot to revert to, or undefined for none. Throws when the options cannot be fulfilled. */
  #snapshotToRevertTo(): SnapshotReport | undefined {
    const options = this.#options;
    const refuse = (code: string, reason: string, hint: string): Failure =>
      new Failure({ code, operation: 'fail over', subject: this.#before.specification.name, reason, hint });
    if (options.type === 'test') {
      const hint = 'Use FAILOVER … LIVE, or to a snapshot.';
      throw refuse('NOT-AVAILABLE', 'test failover is not part of this version', hint);
    }
    const snapshots = this.#job.snapshots.list();
    if (options.type === 'snapshot' && options.latestGood === true) {
      const latest = snapshots.findLast((one) => one.state === 'good');
      if (latest !== undefined) return latest;
      const hint = 'SNAPSHOT LIST shows them; FAILOVER without TO goes on with the data as it is.';
      throw refuse('SNAPSHOT-MISSING', 'there is no good snapshot', hint);
    }
    if (options.type === 'snapshot') {
      const found = snapshots.find((one) => one.snapshotId === options.snapshotId);
      if (found !== undefined) return found;
      throw refuse('SNAPSHOT-MISSING', 'there is no such snapshot', 'SNAPSHOT LIST shows them.');
    }
    if (options.queue !== 'revert' || this.#before.dataState === 'OK') return undefined;
    const good = snapshots.findLast((one) => one.state === 'good');
    if (good !== undefined) return good;
    const hint = 'Choose QUEUE APPLY or QUEUE DISCARD to go on with the data as it is.';
    throw refuse('SNAPSHOT-MISSING', 'the data state is bad and there is no good snapshot', hint);
  }

  /** True when the source has handed over everything. */
  async #askToFinish(): Promise<boolean> {
    const link = this.#link;
    if (link === undefined || !link.isOpen) {
      this.#evidence.push('the source was not connected');
      return false;
    }
    link.notify({ type: 'finish' });
    const { clock, source } = this.#job;
    const wait = pauseWhileRunning(clock, handOverMs);
    const first = await Promise.race([source.handedOver(link), wait.done.then(() => 'late' as const)]);
    wait.end();
    if (first === true) this.#evidence.push('the source handed over everything and stopped');
    else if (first === false) this.#evidence.push('the source did not finish: its link closed');
    else this.#evidence.push(`the source did not finish: no end of its stream within ${handOverMs / 1000} seconds`);
    return first === true;
  }

  /** Adds the faults of the replica to the text; when there are any, the text must not say that nothing was lost. */
  #withDoubts(known: string): string {
    const doubts: string[] = [];
    const { dataState } = this.#job.state.now;
    if (dataState !== 'OK') doubts.push(`the replica is not whole: its state is '${dataState}'`);
    const { queueLostMs, differences = 0, unread = 0 } = this.#before;
    if (queueLostMs !== undefined) {
      const when = new Date(queueLostMs).toISOString();
      doubts.push(`what the queue of this server held was lost at ${when}: how much is unknown`);
    }
    if (differences > 0) doubts.push(differencesText(differences));
    if (unread > 0) doubts.push(`${unreadText(unread)}: their copies are stale`);
    const stale = this.#job.state.stale.list().map(({ path }) => displayPath(path));
    if (stale.length > 0) {
      doubts.push(`${stale.length} places of the replica were to be sent again and are stale`);
      this.#evidence.push(`stale: ${stale.slice(0, 20).join(', ')}`);
    }
    if (doubts.length === 0) return known;
    const first = known === nothingLost ? 'the source handed over everything it had' : known;
    return [first, ...doubts].join('; ');
  }

  #textOfLoss(complete: boolean, revertTo: SnapshotReport | undefined): string {
    if (this.#atTask) return 'the replica stands at the task in the stream; what followed it was discarded';
    if (revertTo !== undefined) return `everything after ${namedSnapshot(revertTo)} was discarded`;
    if (complete) return nothingLost;
    const heartbeat = this.#heartbeat;
    if (heartbeat === undefined) return 'what the source changed since its last contact is unknown';
    const { clock, queue } = this.#job;
    const seconds = ((clock.monotonicMs() - heartbeat.heardMs) / 1000).toFixed(1);
    const missing = Math.max(0, heartbeat.head - (queue.position()?.sequence ?? 0));
    const known =
      missing === 0 ? 'everything it had sent word of was received' : `${missing} operations it had made never arrived`;
    return `the source was last heard ${seconds} seconds before; ${known}; later changes are unknown`;
  }
}

/** Unless the source handed over everything, adds that files which were being written may be incomplete. */
function withPromise(loss: string, complete: boolean, capture: CaptureMode): string {
  return complete || capture === 'operations' ? loss : `${loss}; ${promiseTexts[capture]}`;
}

/** With the instant at which this server took it, by its own clock. */
function namedSnapshot({ name, takenMs }: SnapshotReport): string {
  return `snapshot "${name}" of ${new Date(takenMs).toISOString()}`;
}
