// One stream of a job on the source: its queue and everything that feeds it. A job has one stream at a time
// (source-streams.ts).
import { Failure } from '../../../base/failure.ts';
import { newIdentifier } from '../../../base/identifier.ts';
import type { RawPath } from '../../../base/raw-path.ts';
import type { Clock } from '../../../base/waiting/clock.ts';
import { Signal } from '../../../base/waiting/signal.ts';
import type { ObjectStatus } from '../../../model/stream/attributes.ts';
import type { Operation } from '../../../model/stream/operation.ts';
import type { StreamPosition } from '../../../model/stream/position.ts';
import type { StreamTask } from '../../../model/stream/task.ts';
import type { FileTree } from '../../../ports/files.ts';
import { encodeOperation, raiseWallTime } from '../../../wire/records/operation-codec.ts';
import { SlowRound } from '../../capture/slow-round.ts';
import { Tracker, type TrackerListener } from '../../capture/tracker.ts';
import { SourceQueue } from '../../queue/source-queue.ts';
import type { KeptObjects } from '../../sending/kept-objects.ts';
import { KnownObjects } from '../../sending/known-objects.ts';
import { ObjectSender } from '../../sending/object-sender.ts';
import type { Selection } from '../../sending/selection.ts';
import type { StreamWriter } from '../../sending/stream-writer.ts';
import type { LeftOut } from '../roots/left-out.ts';
import type { SourceJobParts } from '../source-job-parts.ts';
import { Lag } from './lag.ts';
import type { SourceCapture } from './source-capture.ts';
import type { UnreadPlaces } from './unread-places.ts';

/** Bytes in the queue above which a mirror and work on changes wait for the target. They wait, too, when the queue holds a
 * quarter of the memory that it could have, so that a mirror leaves room for changes. */
const backlogBytes = 32 * 1024 * 1024;

type Given = Pick<
  SourceJobParts,
  'clock' | 'random' | 'storage' | 'folder' | 'queueLimits' | 'queueMemory' | 'number' | 'emit'
>;

/** The part of a job that its stream uses. */
export interface StreamJob {
  readonly roots: { readonly trees: readonly FileTree[] };
  readonly selection: Selection;
  readonly leftOut: Pick<LeftOut, 'kept'>;
  readonly unread: Pick<UnreadPlaces, 'places'>;
  readonly capture: SourceCapture;
  /** Resolves when a mirror may send more. */
  readonly mirrors: { passed(): Promise<void> };
}

export interface StreamListener extends TrackerListener {
  /** The queue has failed or is exhausted. */
  ended(failure: Failure): void;
}

export class SourceStream {
  readonly streamId: string;
  readonly queue: SourceQueue;
  readonly known = new KnownObjects();
  readonly tracker: Tracker;
  /** For the mirror: waits while the queue is long. */
  readonly mirrorWriter: StreamWriter;
  readonly mirrorSender: ObjectSender;
  readonly #slowRound: SlowRound;
  /** Last sequence that the target has applied. */
  applied = 0;
  /** Notified with every progress of the queue. */
  readonly progress = new Signal();
  readonly #clock: Clock;
  readonly #capture: SourceCapture;
  readonly #stop = new AbortController();
  readonly #following: Promise<unknown>;
  /** Tasks whose marker the target has not acknowledged. */
  #tasks: { readonly sequence: number; readonly task: StreamTask }[] = [];
  #lastWallMs = 0;

  readonly kept: KeptObjects;
  readonly #lag = new Lag();

  private constructor(parts: Given, job: StreamJob, listener: StreamListener, queue: SourceQueue, streamId: string) {
    const { clock } = parts;
    const { selection, capture } = job;
    const { trees } = job.roots;
    const { kept } = job.leftOut;
    this.kept = kept;
    this.streamId = streamId;
    this.queue = queue;
    this.#clock = clock;
    this.#capture = capture;
    const append = (operation: Operation): number => this.append(operation);
    const appendRecord = (record: Buffer): number => this.#appendRecord(record);
    const room = (): Promise<void> => this.#room();
    // Work on changes waits for the target between two places and not inside one, because a caller that places a marker
    // must not wait for the target. Inside a place the work waits only for our own disk, so that a large file does not
    // overfill the queue.
    const trackerWriter: StreamWriter = { append, appendRecord, room: () => queue.waitForRelief() };
    const mirrorRoom = async (): Promise<void> => {
      await job.mirrors.passed();
      await room();
    };
    this.mirrorWriter = { append, appendRecord, room: mirrorRoom };
    const { known } = this;
    const isUnsent = (root: number, path: RawPath): boolean => this.tracker.isUnsent(root, path);
    const isMapped = (status: ObjectStatus): boolean => this.#slowRound.isMapped(status);
    const sender = new ObjectSender(trees, known, trackerWriter, isUnsent, kept, isMapped);
    this.mirrorSender = new ObjectSender(trees, known, this.mirrorWriter, undefined, kept);
    const flush = (): Promise<void> => capture.flush();
    const unread = job.unread.places;
    const writer = trackerWriter;
    this.tracker = new Tracker({ trees, selection, known, unread, sender, writer, clock, listener, flush });
    this.#slowRound = new SlowRound({
      clock,
      trees,
      selection,
      known,
      flush,
      pace: capture.pace,
      heldFiles: () => capture.heldFiles(),
      isHolding: () => this.tracker.isHolding || capture.trouble !== '',
      seesAll: () => capture.isExact,
      tell: (changes) => this.tracker.receive(changes),
    });
    this.#following = Promise.all([
      this.tracker.follow(this.#stop.signal, room),
      this.#slowRound.run(this.#stop.signal),
    ]);
  }

  static async open(parts: Given, job: StreamJob, listener: StreamListener): Promise<SourceStream> {
    const { clock, random, storage, queueLimits: limits, queueMemory: memory, number: connection, emit } = parts;
    const streamId = newIdentifier(clock, random);
    const events = {
      alert: (percent: number) => emit(5110, { connection, percent }),
      ended: (failure: Failure) => listener.ended(failure),
    };
    const folder = `${parts.folder}/source-queue`;
    const queue = await SourceQueue.open({ storage, folder, streamId, limits, memory, events });
    return new SourceStream(parts, job, listener, queue, streamId);
  }

  get isOpen(): boolean {
    return this.queue.state.open && !this.#stop.signal.aborted;
  }

  /** Throws `STREAM-ENDED` when the queue has ended. */
  append(operation: Operation): number {
    return this.#appendRecord(encodeOperation(operation, this.#clock.wallMs()));
  }

  /** Operations carry the source's wall time, never decreasing. */
  #appendRecord(record: Buffer): number {
    this.#lastWallMs = raiseWallTime(record, this.#lastWallMs);
    const sequence = this.isOpen ? this.queue.append(record) : undefined;
    if (sequence === undefined) throw streamEnded();
    this.#lag.made(sequence, this.#lastWallMs);
    return sequence;
  }

  /** undefined while the queue takes more; otherwise resolves when it does again, or is over. */
  relief(): Promise<void> | undefined {
    return this.queue.isBehind ? this.queue.waitForRelief() : undefined;
  }

  /** When the oldest operation was made that the target has not applied; null when it has everything. */
  get behindSinceMs(): number | null {
    return this.#lag.since(this.applied, this.queue.state.head);
  }

  appendTask(task: StreamTask): number {
    const sequence = this.append({ kind: 'marker', marker: { type: 'task', task } });
    this.#tasks.push({ sequence, task });
    return sequence;
  }

  /**
   * Runs `append` directly behind all changes made before the call. `looking`: also behind changes without a
   * notification, as far as programs still hold the changed files.
   */
  async place<T>(append: () => T, how?: 'looking'): Promise<T> {
    // While a mirror walks, the data is between two states at every place of the stream, so the marker is appended at
    // once.
    if (this.tracker.isHolding) return append();
    if (how === 'looking') await this.#slowRound.lookAtHeld();
    await this.#capture.flush();
    return this.tracker.place(append);
  }

  acknowledge(durable: number, applied: number): void {
    this.queue.acknowledge(durable);
    this.applied = Math.max(this.applied, applied);
    this.#tasks = this.#tasks.filter((one) => one.sequence > durable);
    this.progress.notify();
  }

  /** The position on which both sides agree, or undefined when the target has lost records that it had acknowledged. */
  resumeFrom(position: StreamPosition | null): Pick<StreamPosition, 'sequence' | 'checksum'> | undefined {
    const { acknowledged, head } = this.queue.state;
    if (position === null || position.streamId !== this.streamId) {
      return acknowledged === 0 ? { sequence: 0, checksum: 0n } : undefined;
    }
    if (position.sequence < acknowledged || position.sequence > head) return undefined;
    // Acknowledged records are proven; the checksums of a later position must be equal.
    const own = this.queue.checksumAt(position.sequence);
    if (own !== position.checksum && !(own === undefined && position.sequence === acknowledged)) return undefined;
    return { sequence: position.sequence, checksum: position.checksum };
  }

  /** Resolves when the target has applied everything up to this sequence; rejects with `STREAM-ENDED`. */
  async whenApplied(sequence: number): Promise<void> {
    await this.progress.until(() => this.applied >= sequence || !this.isOpen);
    if (this.applied < sequence) throw streamEnded();
  }

  /** Ends the stream; returns the tasks that the target never got. */
  async close(): Promise<readonly StreamTask[]> {
    this.#stop.abort();
    await this.queue.close();
    this.progress.notify();
    await this.#following;
    return this.#tasks.map((one) => one.task);
  }

  async #room(): Promise<void> {
    await this.queue.waitForRelief();
    await this.progress.until(() => {
      const { open, bytes } = this.queue.state;
      return !open || !this.isOpen || (bytes < backlogBytes && this.queue.isLight);
    });
    if (!this.isOpen) throw streamEnded();
  }
}

function streamEnded(): Failure {
  return new Failure({
    code: 'STREAM-ENDED',
    operation: 'replicate',
    subject: 'the stream of this connection',
    reason: 'it has ended',
    hint: 'A new stream begins with a mirror; `status con` shows how far it is.',
    retryable: true,
  });
}
