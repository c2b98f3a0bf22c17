// The mirrors of a job, one at a time: asked for, run as soon as there is a link, stopped, tried again when they fail.
//
// A mirror is wanted from the beginning of every stream, and whenever capture or the target has lost track. A newer wish
// replaces an older one that has not begun; a wish that comes because track was lost also ends the mirror that runs. Where none
// walks, the stream stands still at once, and says that a mirror begins: nothing that came after what was missed may reach the
// replica while it counts as good.
import { type Clock, sleep } from '../../base/clock.ts';
import { asFailure, Failure } from '../../base/failure.ts';
import { newIdentifier } from '../../base/identifier.ts';
import type { Random } from '../../base/random.ts';
import { displayPath, type RawPath } from '../../base/raw-path.ts';
import type { EventId } from '../../model/event-catalogue.ts';
import type { MirrorStatus } from '../../model/job.ts';
import type { MirrorMethod } from '../../model/marker.ts';
import type { JobReport } from '../../model/report.ts';
import type { FileTree } from '../../ports/files.ts';
import type { Notice } from '../../wire/control-messages.ts';
import type { Selection } from '../capture/selection.ts';
import { Mirror, type MirrorProgress } from '../mirror/mirror.ts';
import type { ReplicaView } from '../mirror/replica-view.ts';
import { workloadSize } from '../mirror/workload-size.ts';
import { SentBytes } from './sent-bytes.ts';
import type { SourceFacts } from './source-report.ts';
import type { SourceStream } from './source-stream.ts';

export interface SourceMirrorsParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly number: number;
  /** The replication set, for people. */
  readonly set: string;
  readonly selection: Selection;
  readonly method: MirrorMethod;
  readonly orphans: 'keep' | 'delete';
  readonly trees: () => readonly FileTree[];
  readonly stream: () => SourceStream;
  readonly replicaView: () => ReplicaView;
  /** Nothing of the workload is known to change at present. */
  readonly captureFails: () => boolean;
  /** The target says that its replica is not good: an operation, perhaps one of the mirror's own, was given up. */
  readonly isMirrorRequired: () => boolean;
  /** Delivers all that capture has. */
  readonly flush: () => Promise<void>;
  /** One begins: what could not be read before is tried again. */
  readonly begins: () => void;
  readonly unreadable: (root: number, path: RawPath, failure: Failure) => void;
  /** Tells the target, when there is a link. */
  readonly notify: (notice: Notice) => void;
  readonly emit: (id: EventId, parameters: Readonly<Record<string, string | number>>) => void;
  readonly changed: () => void;
}

interface Wanted {
  readonly method: MirrorMethod;
  readonly reason: string;
}

const tryAgainMs = 3000;
const noProgress: MirrorProgress = { doneBytes: 0, sentBytes: 0, skippedBytes: 0, orphans: 0 };

export class SourceMirrors {
  readonly #parts: SourceMirrorsParts;
  readonly sent = new SentBytes();
  #wanted: Wanted | undefined;
  #running: AbortController | undefined;
  #status: MirrorStatus = 'Idle';
  #method: MirrorMethod;
  #progress = noProgress;
  #totalBytes: number | null = null;
  #completed = 0;
  /** Found by the last verification; undefined when there was none, or a mirror has completed since. */
  #differences: number | undefined;
  #stoppedByHand = false;
  /** From the time when changes are held until the mirror's end is in the stream. */
  #walking = false;
  /** Changes were missed, and no mirror has made good for it yet. */
  #trackLost = false;
  /** Absolute paths of mount points that were said not to be protected. */
  readonly #unprotected = new Set<string>();
  /** The stream stands still until a mirror walks. */
  #stoodStill: SourceStream | undefined;

  constructor(parts: SourceMirrorsParts) {
    this.#parts = parts;
    this.#method = parts.method;
  }

  get isWanted(): boolean {
    return this.#wanted !== undefined;
  }

  /** One runs or is going to. */
  get isActive(): boolean {
    return this.#running !== undefined || this.#wanted !== undefined;
  }

  /** A person stopped the last one, and nothing has asked for another since. */
  get isStoppedByHand(): boolean {
    return this.#stoppedByHand;
  }

  /** So many differences were found; both sides know until a mirror has completed. */
  verified(differences: number): void {
    this.#differences = differences;
    this.tellVerified();
    this.#parts.changed();
  }

  tellVerified(): void {
    if (this.#differences !== undefined) this.#parts.notify({ type: 'verified', differences: this.#differences });
  }

  want(method: MirrorMethod, reason: string): void {
    this.#wanted = { method, reason };
    this.#stoppedByHand = false;
    this.#parts.changed();
  }

  /** Track was lost: the mirror that runs, if any, is worth nothing. */
  wantAgain(reason: string): void {
    this.#running?.abort();
    this.#trackLost = true;
    this.want('data-delta', reason);
    if (!this.#walking) this.#standStill(this.#parts.stream());
  }

  stop(): void {
    this.#wanted = undefined;
    this.#running?.abort();
  }

  /** Nothing more is sent, no place is kept, and a mirror begins only when it is asked for (guide, ch. 6, Mirroring). */
  stopByHand(): void {
    if (this.isActive) {
      this.#status = 'Stopped';
      this.#stoppedByHand = true;
    }
    this.stop();
    if (!this.#walking) this.#goOn();
  }

  /** How many mirrors the target has completed; it knows. */
  setCompleted(completed: number): void {
    this.#completed = completed;
  }

  /** Runs the wanted mirror; a failed one is wanted again after a while. */
  async runWanted(signal: AbortSignal): Promise<void> {
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    this.#wanted = undefined;
    const running = new AbortController();
    const stop = (): void => running.abort();
    signal.addEventListener('abort', stop);
    this.#running = running;
    try {
      await this.#run(wanted, running.signal);
    } catch (thrown) {
      await this.#failed(wanted, asFailure(thrown, 'mirror', `connection ${this.#parts.number}`), signal);
    } finally {
      signal.removeEventListener('abort', stop);
      this.#running = undefined;
      this.#walking = false;
      this.#parts.changed();
    }
  }

  /** `queuedBytes` are those of the source's queue. */
  facts(
    queuedBytes: number,
    isLinked: boolean,
  ): Pick<SourceFacts, 'mirror' | 'isMirroring' | 'isTrackLost' | 'sentBytes' | 'differences'> {
    return {
      mirror: this.#report(queuedBytes, isLinked),
      isMirroring: this.isActive,
      isTrackLost: this.#trackLost,
      sentBytes: this.sent.changes,
      differences: this.#differences ?? 0,
    };
  }

  #report(queuedBytes: number, isLinked: boolean): JobReport['mirror'] {
    const { doneBytes, sentBytes, skippedBytes } = this.#progress;
    // What is known of the last one says nothing of the one that is wanted; without a link nothing is being calculated either.
    const total = this.#wanted === undefined ? this.#totalBytes : null;
    const finished = this.#completed > 0 && !this.isActive;
    const percent = total === null ? null : Math.min(100, total === 0 ? 100 : Math.floor((100 * doneBytes) / total));
    const remaining = total === null ? null : Math.max(0, total - doneBytes);
    const wanted = isLinked ? 'Calculating' : 'Idle';
    return {
      status: this.#wanted === undefined ? this.#status : wanted,
      method: this.#method,
      percent: finished ? 100 : percent,
      remainingBytes: finished ? 0 : remaining,
      skippedBytes,
      sentBytes,
      transmittedBytes: sentBytes,
      queuedBytes: this.isActive ? queuedBytes : 0,
      completed: this.#completed,
    };
  }

  async #run({ method, reason }: Wanted, signal: AbortSignal): Promise<void> {
    const { selection, orphans, number, emit, unreadable, flush, changed } = this.#parts;
    const stream = this.#parts.stream();
    const trees = this.#parts.trees();
    emit(5010, { connection: number, method, reason });
    this.#parts.begins();
    stream.kept.mirrorBegins();
    this.#method = method;
    this.#status = 'In Progress';
    this.#stoodStill = undefined;
    this.#walking = true;
    const mirrorId = this.#begin(stream, method);
    this.sent.walkBegins(stream.streamId, stream.queue.state.head);
    this.#calculateSize(trees, signal);
    const progress = await new Mirror({
      trees,
      selection,
      known: stream.known,
      sender: stream.mirrorSender,
      writer: stream.mirrorWriter,
      replica: this.#parts.replicaView(),
      method,
      orphans,
      progress: (now) => {
        this.#progress = { ...now };
        changed();
      },
      unreadable,
      unprotected: (root, path) => this.#tellUnprotected(`${trees[root]?.location}/${path}`),
      replaced: (root, path) => stream.tracker.suspect(root, path),
    }).run(signal);
    this.sent.walkEnds(stream.queue.state.head);
    const { end, outcome } = await stream.tracker.release(flush, () => {
      // Only now, when everything was heard. What changed since capture failed is in no stream: only the mirror that follows its
      // recovery can be whole.
      this.#walking = false;
      const became = signal.aborted || this.#parts.captureFails() ? 'stopped' : 'completed';
      const marker = { type: 'mirror-end', mirrorId, outcome: became } as const;
      return { end: stream.append({ kind: 'marker', marker }), outcome: became };
    });
    this.#status = 'Waiting';
    changed();
    await stream.whenApplied(end);
    if (outcome === 'completed' && this.#parts.isMirrorRequired()) throw notWhole(number);
    this.#status = outcome === 'completed' ? 'Idle' : 'Stopped';
    if (outcome === 'completed') this.#differences = undefined;
    if (outcome === 'completed' && this.#wanted === undefined) this.#trackLost = false;
    if (this.#wanted !== undefined && outcome === 'stopped') return;
    const { sentBytes: bytes, skippedBytes: skipped } = progress;
    if (outcome === 'completed') emit(5011, { connection: number, bytes, skipped });
    else emit(5012, { connection: number, reason: signal.aborted ? 'it was stopped' : 'capture has failed' });
  }

  #tellUnprotected(location: string): void {
    if (this.#unprotected.has(location)) return;
    this.#unprotected.add(location);
    this.#parts.emit(5022, { path: displayPath(location), set: this.#parts.set });
  }

  /** Lets nothing more into the stream; what is in it up to now does not make the replica whole. */
  #begin(stream: SourceStream, method: MirrorMethod): string {
    const mirrorId = newIdentifier(this.#parts.clock, this.#parts.random);
    stream.tracker.hold();
    stream.append({ kind: 'marker', marker: { type: 'mirror-begin', mirrorId, method } });
    return mirrorId;
  }

  #standStill(stream: SourceStream): void {
    if (this.#stoodStill === stream || !stream.isOpen) return;
    this.#stoodStill = stream;
    try {
      this.#begin(stream, 'data-delta');
    } catch (thrown) {
      // The queue is over: the next stream begins with a mirror, and whoever told that track was lost has no part in it.
      if (!(thrown instanceof Failure && thrown.code === 'STREAM-ENDED')) throw thrown;
    }
  }

  /** The mirror for which the stream stood still will not come: changes pass again, into a replica that is not whole. */
  #goOn(): void {
    const stream = this.#stoodStill;
    this.#stoodStill = undefined;
    if (stream?.isOpen !== true) return;
    const mirrorId = newIdentifier(this.#parts.clock, this.#parts.random);
    const marker = { type: 'mirror-end', mirrorId, outcome: 'stopped' } as const;
    stream.tracker
      .release(this.#parts.flush, () => stream.append({ kind: 'marker', marker }))
      // The end of a stream brings a mirror of its own.
      .catch(() => undefined);
  }

  #calculateSize(trees: readonly FileTree[], signal: AbortSignal): void {
    this.#totalBytes = null;
    workloadSize(trees, this.#parts.selection, signal).then(
      (size) => {
        this.#totalBytes = size?.bytes ?? null;
        this.#parts.changed();
      },
      // What cannot be listed is met by the mirror itself, which reports it; here only the percentage is missing.
      () => undefined,
    );
  }

  /** The replica still needs one. The end of a stream brings its own. */
  async #failed(wanted: Wanted, failure: Failure, signal: AbortSignal): Promise<void> {
    this.#status = 'Stopped';
    this.#parts.emit(5012, { connection: this.#parts.number, reason: failure.message });
    if (failure.code === 'STREAM-ENDED') return;
    await sleep(this.#parts.clock, tryAgainMs, signal);
    this.#wanted ??= { method: wanted.method, reason: failure.message };
  }
}

function notWhole(number: number): Failure {
  return new Failure({
    code: 'MIRROR-NOT-WHOLE',
    operation: 'mirror',
    subject: `connection ${number}`,
    reason: 'the target had to give up operations; its events say which',
    retryable: true,
  });
}
