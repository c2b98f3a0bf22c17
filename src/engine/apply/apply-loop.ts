// Takes operations from the target queue and makes them true, strictly in order, one stretch after the other; markers are
// handed to the job between the operations around them. An operation that the system refuses is tried again after a while and
// holds the stream up meanwhile; after the last try it is dropped, which the job is told, never in silence.
//
// While idle, and after every so many bytes, a checkpoint makes the place durable and lets the queue go.
import { asFailure, type Failure } from '../../base/failure.ts';
import { type Clock, pause, sleep } from '../../base/waiting/clock.ts';
import { Signal } from '../../base/waiting/signal.ts';
import { Turns } from '../../base/waiting/turns.ts';
import type { Marker } from '../../model/stream/marker.ts';
import type { ChangeOperation, RemoveOperation } from '../../model/stream/operation.ts';
import { decodeOperation } from '../../wire/records/operation-codec.ts';
import { advance } from '../../wire/stream-checksum.ts';
import type { QueuedBatch, TargetQueue } from '../queue/target-queue.ts';
import type { Applier } from './applier.ts';
import type { ApplyMismatch, Place, QueuedOperation } from './apply-report.ts';
import type { KeptPlaces } from './kept-places.ts';

export interface ApplyLoopListener {
  /** The stream stands exactly at this marker; it goes on when the promise resolves. */
  marker(marker: Marker, place: Place): Promise<void>;
  mismatch(mismatch: ApplyMismatch): void;
  /** The target queue is about to let go of the operations up to now for good. */
  beforeCheckpoint(): Promise<void>;
  retrying(operation: ChangeOperation, failure: Failure): void;
  /** The operation is given up; it has not been passed yet when this is called. */
  dropping(operation: ChangeOperation, failure: Failure): Promise<void>;
  applied(): void;
  /** Something could not be made durable: the loop has ended, and only a new one may go on, from the last checkpoint. */
  failed(failure: Failure): void;
  /** Whether operations are to be passed without applying them (a reverted replica, until the next mirror). */
  skips(): boolean;
}

const batchBytes = 1024 * 1024;
const checkpointBytes = 64 * 1024 * 1024;
/** So that a task that is met again after a crash is still in the journal of tasks, which keeps the last thousand reports. */
const checkpointTasks = 400;
const idleMs = 1000;
/** Guide, ch. 10, Target server properties: retry delay for incomplete operations, 3 seconds. */
export const retryDelayMs = 3000;
/** The guide gives no number of retries; the settings reference has MaxRetry 5. */
export const retriesMax = 5;

export class ApplyLoop {
  readonly #queue: TargetQueue;
  readonly #applier: Applier;
  readonly #clock: Clock;
  readonly #listener: ApplyLoopListener;
  readonly #kept: KeptPlaces;
  /** Elements up to here may have been applied before the last stop. */
  readonly #replayUntil: number;
  readonly #stop = new AbortController();
  readonly #signal = new Signal();
  #replaying: boolean;
  #isPaused = false;
  /** Somebody waits for the end of the replay. */
  #endsReplay = false;
  #uncheckedBytes = 0;
  #uncheckedTasks = 0;
  #unchecked = false;
  /**
   * Why operations were dropped since the last mirror began. Only a mirror can make up for them, so what fails for the same
   * reason behind them holds the stream up no more.
   */
  readonly #refused = new Set<string>();
  readonly #turns = new Turns();
  #running: Promise<void> = Promise.resolve();
  #failure: Failure | undefined;
  #streamId = '';
  #checksum = 0n;

  constructor(parts: {
    readonly queue: TargetQueue;
    readonly applier: Applier;
    readonly clock: Clock;
    readonly listener: ApplyLoopListener;
    readonly kept: KeptPlaces;
  }) {
    this.#queue = parts.queue;
    this.#applier = parts.applier;
    this.#clock = parts.clock;
    this.#listener = parts.listener;
    this.#kept = parts.kept;
    this.#replayUntil = parts.queue.state.head;
    const recovered = parts.applier.recovered;
    this.#replaying = this.#replayUntil > (recovered?.index ?? 0);
    this.#streamId = recovered?.position.streamId ?? '';
    this.#checksum = recovered?.position.checksum ?? 0n;
  }

  /** What was applied for good before the last stop is let go by the queue. Throws `QUEUE-UNREADABLE` when it does not reach so far. */
  releaseApplied(): void {
    const { recovered } = this.#applier;
    if (recovered !== undefined) this.#queue.release(recovered.index);
  }

  /** Index of the last element that is done with. */
  get appliedIndex(): number {
    return this.#applier.applied?.index ?? this.#queue.state.released;
  }

  start(): void {
    this.#running = this.#run().catch((thrown: unknown) => this.fail(thrown));
  }

  /** New elements are in the queue. */
  notify(): void {
    this.#signal.notify();
  }

  /** While it is paused nothing is applied; what is being applied ends first (guide, ch. 6, Target). */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#signal.notify();
  }

  /**
   * Resolves when everything is applied again that may have been applied before the last stop, or the loop has stopped: until then the
   * replica holds an older state in one place and a newer one in another. A pause does not hold that up.
   */
  async replayed(): Promise<void> {
    this.#endsReplay = true;
    this.#signal.notify();
    await this.#signal.until(() => this.#stop.signal.aborted || !this.#isReplayAt(this.appliedIndex + 1));
  }

  /** Whether this element may have been applied before the last stop. */
  #isReplayAt(index: number): boolean {
    return this.#replaying && index <= this.#replayUntil && !this.#applier.isReplayOver;
  }

  #isHeldAt(index: number): boolean {
    return this.#isPaused && !(this.#endsReplay && this.#isReplayAt(index));
  }

  /** Resolves when every element that is in the queue now is done with, or the loop has stopped. */
  async drained(): Promise<void> {
    const head = this.#queue.state.head;
    await this.#signal.until(() => this.#stop.signal.aborted || this.appliedIndex >= head);
  }

  /** Stops between two elements; the one that is being applied, and the marker that is being carried out, end first. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#signal.notify();
    await this.#running;
  }

  /** From inside `marker`: makes the loop end after this marker. */
  stopHere(): void {
    this.#stop.abort();
    this.#signal.notify();
  }

  /** Runs `work` while nothing is applied. Not from inside `marker`, unless it lends its turn. */
  runAlone<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.runAlone(work);
  }

  /** From inside a turn: while `work` lasts, others may run alone, because nothing is applied meanwhile (`Turns.lendTurn`). */
  lendTurn(work: () => Promise<void>): Promise<void> {
    return this.#turns.lendTurn(work);
  }

  /** Everything applied is durable. Only while nothing is applied (`runAlone`, or inside `marker`). */
  async checkpoint(): Promise<void> {
    const place = this.#applier.applied;
    if (place === undefined) return;
    if (this.#failure !== undefined) throw this.#failure;
    try {
      await this.#listener.beforeCheckpoint();
      await this.#kept.store();
      await this.#applier.checkpoint();
    } catch (thrown) {
      this.fail(thrown);
      throw thrown;
    }
    this.#queue.release(place.index);
    this.#unchecked = false;
    this.#uncheckedBytes = 0;
    this.#uncheckedTasks = 0;
  }

  /** The replica cannot be gone on with: the loop ends, and the job begins again from what is durable. */
  fail(thrown: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = asFailure(thrown, 'apply', this.#streamId);
    this.stopHere();
    this.#listener.failed(this.#failure);
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const next = this.#signal.next();
      if (this.#isHeldAt(this.appliedIndex + 1)) {
        await this.#idle(next);
        continue;
      }
      const batch = await this.#queue.read(this.appliedIndex, batchBytes);
      if (batch === undefined) {
        this.#endReplay();
        await this.#idle(next);
        continue;
      }
      await this.runAlone(() => this.#applyBatch(batch));
      if (this.#uncheckedBytes > checkpointBytes) await this.runAlone(() => this.checkpoint());
      this.#listener.applied();
      this.#signal.notify();
    }
  }

  async #idle(next: Promise<void>): Promise<void> {
    const rest = this.#unchecked ? pause(this.#clock, idleMs) : undefined;
    const first = await Promise.race([next, rest?.done.then(() => 'rested' as const) ?? next]);
    rest?.end();
    if (first === 'rested' && !this.#stop.signal.aborted) await this.runAlone(() => this.checkpoint());
  }

  async #applyBatch(batch: QueuedBatch): Promise<void> {
    if (batch.streamId !== this.#streamId) {
      this.#streamId = batch.streamId;
      this.#checksum = 0n;
    }
    let run: QueuedOperation[] = [];
    for (const [offset, record] of batch.records.entries()) {
      if (this.#stop.signal.aborted) return;
      if (this.#isHeldAt(batch.firstIndex + offset)) break;
      this.#checksum = advance(this.#checksum, record);
      const place: Place = {
        position: {
          streamId: batch.streamId,
          sequence: batch.firstSequence + offset,
          checksum: this.#checksum,
        },
        index: batch.firstIndex + offset,
      };
      this.#uncheckedBytes += record.length;
      this.#unchecked = true;
      const { operation } = decodeOperation(record);
      const startsReal = this.#replaying && place.index > this.#replayUntil;
      if (operation.kind === 'marker' || startsReal) {
        if (!(await this.#applyRun(run))) return;
        run = [];
      }
      if (startsReal) this.#endReplay();
      if (operation.kind === 'marker') {
        if (operation.marker.type === 'mirror-begin') this.#refused.clear();
        if (operation.marker.type === 'kept') await this.#kept.take(operation.marker);
        else await this.#listener.marker(operation.marker, place);
        this.#applier.advance(place);
        if (operation.marker.type === 'task') this.#uncheckedTasks += 1;
        if (this.#uncheckedTasks >= checkpointTasks) await this.checkpoint();
      } else if (this.#listener.skips()) {
        this.#applier.advance(place);
      } else if (operation.kind === 'remove' && this.#kept.hasBelow(operation.root, operation.path)) {
        if (!(await this.#applyRun(run))) return;
        run = await this.#aroundKept(operation, place);
      } else run.push({ operation, place });
    }
    await this.#applyRun(run);
  }

  /** A removal, taken apart around kept places. All parts but the last get the place before it, so it is applied when all are. */
  async #aroundKept(operation: RemoveOperation, place: Place): Promise<QueuedOperation[]> {
    const parts = await this.#kept.around(operation);
    if (parts.length === 0) this.#applier.advance(place);
    const before = this.#applier.applied ?? place;
    return parts.map((part, index) => ({ operation: part, place: index === parts.length - 1 ? place : before }));
  }

  /** False when the loop was stopped before all were applied or given up: nothing behind them may count as applied then. */
  async #applyRun(operations: readonly QueuedOperation[]): Promise<boolean> {
    let left = operations;
    for (let tries = 0; left.length > 0; ) {
      const { outcomes, failure } = await this.#applier.apply(left, this.#replaying ? 'replay' : 'normal');
      for (const outcome of outcomes) {
        if (outcome.outcome === 'mismatch') for (const one of outcome.mismatches) this.#listener.mismatch(one);
      }
      for (const { operation } of left.slice(0, outcomes.length)) await this.#kept.note(operation);
      if (outcomes.length > 0) tries = 0;
      left = left.slice(outcomes.length);
      const first = left[0];
      if (first === undefined || failure === undefined) continue;
      const isKnown = this.#refused.has(failure.code);
      if (tries === 0 && !isKnown) this.#listener.retrying(first.operation, failure);
      if (tries >= retriesMax || isKnown) {
        this.#refused.add(failure.code);
        await this.#listener.dropping(first.operation, failure);
        this.#applier.advance(first.place);
        left = left.slice(1);
        tries = 0;
        continue;
      }
      tries += 1;
      // A snapshot need not wait for an operation that is retried (guide, ch. 10, Snapshot states).
      await this.lendTurn(() => sleep(this.#clock, retryDelayMs, this.#stop.signal));
      if (this.#stop.signal.aborted) return false;
      const last = left.at(-1);
      if (last === undefined || !this.#listener.skips()) continue;
      // The replica was reverted meanwhile.
      this.#applier.advance(last.place);
      return true;
    }
    return true;
  }

  #endReplay(): void {
    if (!this.#replaying || this.appliedIndex < this.#replayUntil) return;
    this.#replaying = false;
    this.#signal.notify();
    for (const mismatch of this.#applier.finishReplay()) this.#listener.mismatch(mismatch);
  }
}
