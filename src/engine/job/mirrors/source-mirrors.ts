// The mirrors of a job, one at a time: asked for, run as soon as there is a link, stopped, tried again when they fail.
//
// A mirror is wanted from the beginning of every stream, and whenever capture or the target has lost track. A newer
// wish replaces an older one that has not begun, but never with a method that compares less; a wish that comes because
// track was lost also ends the mirror that runs. When no mirror walks at that moment, the stream stands still at once
// and has the marker that a mirror begins: changes behind the missed ones must not reach a replica that counts as good.
import { asFailure, type Failure } from '../../../base/failure.ts';
import { displayPath, type RawPath } from '../../../base/raw-path.ts';
import type { MirrorStatus } from '../../../model/job.ts';
import type { MirrorMethod } from '../../../model/stream/marker.ts';
import type { WorkloadChange } from '../../../ports/capture.ts';
import type { FileTree } from '../../../ports/files.ts';
import type { Notice } from '../../../wire/control-messages.ts';
import { Mirror, type MirrorListener, type MirrorProgress } from '../../mirror/mirror.ts';
import type { Surplus } from '../../mirror/surplus.ts';
import { ByHand } from '../by-hand/by-hand.ts';
import { ManualControl } from '../by-hand/manual-control.ts';
import type { SourceJobParts } from '../source-job-parts.ts';
import type { SentBytes } from '../stream/sent-bytes.ts';
import type { SourceStream } from '../stream/source-stream.ts';
import { atLeast, comparingContent } from './compared.ts';
import type { MirrorFacts, SurplusNames } from './mirror-facts.ts';
import { MirrorFigures } from './mirror-figures.ts';
import { MirrorRetry, notWhole } from './mirror-retry.ts';
import { MirrorSurplus } from './mirror-surplus.ts';
import type { MirroredJob } from './mirrored-job.ts';
import { MountedPlaces } from './mounted-places.ts';
import { Standstill } from './standstill.ts';

type Given = Omit<SourceJobParts, 'capture' | 'network' | 'route' | 'fenced'>;

interface Wanted {
  readonly method: MirrorMethod;
  readonly reason: string;
  /** The mirror has failed before, for this reason. */
  readonly isAgain?: boolean;
}

/** A mirror whose end is in the stream. */
interface Walked {
  /** Nothing was left out: once the target has applied the mirror, the replica is good. */
  readonly isWhole: boolean;
  readonly progress: MirrorProgress;
  readonly surplus: Surplus;
}

export class SourceMirrors {
  readonly #parts: Given;
  readonly #job: MirroredJob;
  readonly byHand: ByHand;
  readonly control: ManualControl;
  readonly #figures: MirrorFigures;
  readonly #standstill: Standstill;
  #wanted: Wanted | undefined;
  #running: AbortController | undefined;
  #status: MirrorStatus = 'Idle';
  #method: MirrorMethod;
  #completed = 0;
  /** Differences of the last verification; undefined when there was none, or a mirror has completed since. */
  #differences: number | undefined;
  #stoppedByHand = false;
  /** From the time when changes are held until the mirror's end is in the stream. */
  #walking = false;
  #isSent = false;
  /** Changes were missed, and no mirror has completed since. */
  #trackLost = false;
  /** Absolute paths of mount points that were reported as not protected. */
  readonly #unprotected = new Set<string>();
  /** The number of unread objects that the target was last told, perhaps before this process began. */
  #toldUnread = 0;
  /** A mirror has begun, or programs wrote to the replica in a failover, and none has walked to its end since. */
  #isHalfDone: boolean;
  readonly surplus: MirrorSurplus;
  readonly #mounts: MountedPlaces;
  /** A file system was mounted or unmounted where the replica has nothing, and that is not stored yet. */
  #mountsToNote = false;
  readonly #retry: MirrorRetry;

  constructor(parts: Given, job: MirroredJob) {
    this.#parts = parts;
    this.#job = job;
    this.#method = parts.specification.mirrorMethod;
    this.byHand = new ByHand(parts);
    this.control = new ManualControl(parts, this);
    this.#figures = new MirrorFigures(job, parts.calculatesSize);
    this.#standstill = new Standstill(parts, job);
    this.surplus = new MirrorSurplus(parts, job, this);
    this.#isHalfDone = parts.epoch > 0;
    this.#mounts = new MountedPlaces(parts, job.roots.trees);
    this.#retry = new MirrorRetry(parts.clock, job);
  }

  get sent(): SentBytes {
    return this.#figures.sent;
  }

  get isWanted(): boolean {
    return this.#wanted !== undefined;
  }

  /** A mirror runs or is wanted. */
  get isActive(): boolean {
    return this.#running !== undefined || this.#wanted !== undefined;
  }

  /** The number of mirrors that have begun, those included for which the stream only stood still. */
  get begun(): number {
    return this.#standstill.begun;
  }

  /** The mirror that runs has walked to its end: nothing more of it is to be sent. */
  get isSent(): boolean {
    return this.#isSent;
  }

  /** Resolves when the mirror that runs may send more: at once unless it is paused. */
  async passed(): Promise<void> {
    if (this.#running !== undefined) await this.byHand.passed(this.#running.signal);
  }

  /**
   * A person must act: the last mirror was stopped by hand or held deletions back, and no other was asked for since.
   */
  get waitsForPerson(): boolean {
    return this.#stoppedByHand || this.surplus.heldBack.list.length > 0;
  }

  /**
   * Takes the result of a verification, without names that are kept on purpose; it holds until a mirror has completed.
   */
  verified(differences: number, surplus: SurplusNames): void {
    this.#differences = differences;
    this.surplus.found(surplus);
    this.tellVerified();
    this.#job.changes.tell();
  }

  tellVerified(): void {
    if (this.#differences !== undefined) this.#job.target.notify({ type: 'verified', differences: this.#differences });
  }

  /** Lets the next mirror remove all surplus, kept and held back names included. */
  deleteAll(): void {
    this.surplus.deleteAll();
  }

  want(method: MirrorMethod, reason: string): void {
    const certain = this.#trackLost ? comparingContent(method) : method;
    this.#wanted = { method: atLeast(certain, this.#wanted?.method), reason };
    this.#stoppedByHand = false;
    this.#retry.now();
    this.holdBack();
  }

  /** Track was lost: ends the mirror that runs, if any, and asks for another one. */
  wantAgain(reason: string, method: MirrorMethod = 'data-delta'): void {
    if (this.#isOver) return;
    this.#running?.abort();
    this.want(method, reason);
    this.#trackLost = true;
    if (!this.#walking) this.#standstill.stand();
  }

  /** A file system was mounted or unmounted where the stream has objects. Apart from that no changes were missed. */
  mountChanged(root: number, path: RawPath): void {
    if (this.#isOver) return;
    this.#mounts.told(root, path);
    const method = this.isActive || this.#trackLost ? 'data-delta' : 'attributes-delta';
    this.wantAgain('a file system was mounted or unmounted below the folder', method);
  }

  /** Takes a batch of capture. Changes of mounts that do not concern the replica are stored as known. */
  noteMounts(batch: readonly WorkloadChange[]): void {
    if (!batch.some((change) => change.kind === 'overflow' && change.isMount)) return;
    this.#mountsToNote = true;
    this.#noteMounts();
  }

  /** Stores the mounts at once, or after the mirror that runs, whose end would store the mounts of its begin. */
  #noteMounts(): void {
    if (!this.#mountsToNote || this.isActive || this.#trackLost || this.surplus.heldBack.list.length > 0) return;
    this.#mountsToNote = false;
    // Mounts that cannot be stored now are stored with the next mirror.
    this.#mounts.note().catch(() => undefined);
  }

  /** Capture has failed, perhaps for long: the replica counts as not good until a mirror has completed. */
  lose(): void {
    if (this.#isOver) return;
    this.#trackLost = true;
    if (!this.#walking) this.#standstill.stand();
  }

  stop(): void {
    this.#wanted = undefined;
    this.#running?.abort();
    this.surplus.heldBack.stop();
    this.#retry.now();
  }

  /** Ends the mirror that runs, if any. */
  abort(): void {
    this.#running?.abort();
  }

  /** Takes up that mirrors are held by hand: data that one is to make good does not count as good until then. */
  holdBack(): void {
    this.#job.changes.tell();
    if (!this.byHand.holdsMirrors || this.#wanted === undefined) return;
    this.#trackLost = true;
    if (!this.#walking) this.#standstill.stand(this.byHand.isReplicationStopped ? 'stopped' : undefined);
  }

  /**
   * Ends the mirror that runs without a place to resume; the next one begins only on demand (guide, ch. 6, Mirroring).
   */
  stopByHand(): void {
    if (this.isActive) {
      this.#status = 'Stopped';
      this.#stoppedByHand = true;
    }
    this.stop();
    this.byHand.mirrorOver();
    if (!this.#walking) this.#standstill.goOn();
    this.#job.changes.tell();
  }

  /**
   * Takes from the target how many mirrors it has completed, how many places it keeps, and how many objects were
   * unread.
   */
  setTold({ mirrors, kept, unread }: Extract<Notice, { type: 'state' }>): void {
    this.#completed = mirrors;
    this.surplus.told(kept, mirrors);
    this.#toldUnread = unread;
  }

  /** The job has come to its end, and mirrors no more. */
  get #isOver(): boolean {
    return this.#job.life.is('fenced', 'finishing');
  }

  /** Runs the wanted mirror whenever there is a link and the roots are the right folders; until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { life, roots, changes } = this.#job;
    const mayRun = (): boolean =>
      this.isWanted && !this.byHand.holdsMirrors && life.phase === 'connected' && roots.trouble === '';
    while (!signal.aborted) {
      await changes.signal.until(() => signal.aborted || mayRun());
      if (!(await roots.look().catch(() => true)) || this.byHand.holdsMirrors) continue;
      await this.#runWanted(signal);
    }
  }

  /** Runs the wanted mirror; a failed one is wanted again after a while. */
  async #runWanted(signal: AbortSignal): Promise<void> {
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
      this.#isSent = false;
      this.sent.walkEnds(this.#job.stream.queue.state.head);
      this.holdBack();
      if (!this.isActive) this.byHand.mirrorOver();
      this.#noteMounts();
      this.#job.changes.tell();
    }
  }

  /** What the workload holds, as the last mirror counted it. */
  get size(): MirrorFigures['size'] {
    return this.#figures.size;
  }

  /** `queuedBytes` are the bytes in the source's queue. */
  facts(queuedBytes: number, isLinked: boolean): MirrorFacts {
    return {
      mirror: this.#figures.report({
        status: this.#statusNow(isLinked),
        method: this.#method,
        completed: this.#completed,
        isActive: this.isActive,
        isWanted: this.isWanted,
        isWalking: this.#walking,
        queuedBytes,
      }),
      isMirroring: this.isActive,
      isTrackLost: this.#trackLost,
      changes: this.sent.changes,
      differences: this.#differences ?? 0,
      surplus: this.surplus.names,
      isReplicationStopped: this.byHand.isReplicationStopped,
      // The reason why no whole mirror is possible, and when the next try begins.
      mirrorTrouble: this.byHand.text || this.surplus.heldBack.text || this.#retry.text,
    };
  }

  /** Without a link no size is being calculated. */
  #statusNow(isLinked: boolean): MirrorStatus {
    if (this.byHand.isReplicationStopped) return 'Stopped';
    if (this.byHand.isPaused) return 'Paused';
    if (this.#wanted === undefined) return this.#status;
    return isLinked ? 'Calculating' : 'Idle';
  }

  async #run(wanted: Wanted, signal: AbortSignal): Promise<void> {
    const { stream, changes, unread, roots, scripts } = this.#job;
    const { trees } = roots;
    const method = this.#announce(wanted);
    const mirrorId = this.#start(stream, trees, method, signal);
    await scripts.begins({ mirrorId, streamId: stream.streamId });
    const mounts = await this.#mounts.changed();
    const surplus = await this.surplus.begin(stream, trees, mounts.places, signal);
    await this.byHand.passed(signal);
    const progress = await this.#mirror(stream, trees, method, surplus).run(signal);
    await this.byHand.passed(signal);
    this.#isSent = true;
    this.sent.walkEnds(stream.queue.state.head);
    const { end, isWhole } = await this.#release(stream, mirrorId, surplus, signal);
    this.#status = 'Waiting';
    changes.tell();
    await stream.whenApplied(end);
    if (isWhole) {
      unread.allTried();
      if (this.#isMirrorRequired) throw notWhole(this.#parts.number);
      // Stored before the mirror is reported as over, because a verification may follow at once. Mounts that cannot be
      // stored now are stored with the next mirror.
      await mounts.remember().catch(() => undefined);
      await scripts.ends('mirrorcomplete');
    } else if (this.#wanted === undefined) await scripts.ends('mirrorstop');
    this.#end({ isWhole, progress, surplus }, signal.aborted);
  }

  /** Emits the event that the mirror begins; returns the method that is safe to use. */
  #announce({ method: asked, reason, isAgain }: Wanted): MirrorMethod {
    const { number: connection, emit } = this.#parts;
    const method = this.#timesProve ? asked : comparingContent(asked);
    const why = method === asked ? reason : `${reason}; equal sizes and times prove nothing now`;
    this.#retry.tell(isAgain, `start:${method}`, why, (told) => emit(5010, { connection, method, reason: told }));
    return method;
  }

  /** Marks the begin in the stream, from where on changes are held; returns the id of the mirror. */
  #start(stream: SourceStream, trees: readonly FileTree[], method: MirrorMethod, signal: AbortSignal): string {
    const { unread, roots } = this.#job;
    unread.clear();
    this.#isHalfDone = true;
    roots.closeRetired(stream.tracker);
    stream.kept.mirrorBegins();
    this.#method = method;
    this.#status = 'In Progress';
    this.#walking = true;
    const mirrorId = this.#standstill.walk(stream, method);
    this.sent.walkBegins(stream.streamId, stream.queue.state.head);
    this.#figures.calculateSize(trees, signal);
    return mirrorId;
  }

  #mirror(stream: SourceStream, trees: readonly FileTree[], method: MirrorMethod, surplus: Surplus): Mirror {
    const { selection, target } = this.#job;
    const { known, mirrorSender: sender, mirrorWriter: writer } = stream;
    const replica = target.replica(stream, stream.queue.state.head);
    return new Mirror({ trees, selection, known, sender, writer, replica, method, surplus }, this.#listenerOn(stream));
  }

  #release(
    stream: SourceStream,
    mirrorId: string,
    surplus: Surplus,
    signal: AbortSignal,
  ): Promise<{ readonly end: number; readonly isWhole: boolean }> {
    const { capture } = this.#job;
    return stream.tracker.release(
      () => capture.flush(),
      () => {
        // Ends only here, after the flush. Changes made since capture failed are in no stream, so in that case only the
        // mirror after the recovery of capture can be whole.
        this.#walking = false;
        const isWhole = !signal.aborted && capture.trouble === '' && surplus.held().length === 0;
        const marker = { type: 'mirror-end', mirrorId, outcome: isWhole ? 'completed' : 'stopped' } as const;
        return { end: stream.append({ kind: 'marker', marker }), isWhole };
      },
      () => capture.holdWriters(),
    );
  }

  /** Takes the result of a mirror whose end the target has applied. */
  #end({ isWhole, progress, surplus }: Walked, wasStopped: boolean): void {
    const { number: connection, emit } = this.#parts;
    if (!wasStopped) this.surplus.end(surplus);
    this.#isHalfDone = wasStopped;
    this.#status = isWhole ? 'Idle' : 'Stopped';
    if (isWhole) {
      this.#differences = undefined;
      if (this.#wanted === undefined) this.#trackLost = false;
      this.#retry.succeeded();
      emit(5011, { connection, bytes: progress.sentBytes, skipped: progress.skippedBytes });
    } else if (this.#wanted === undefined && surplus.held().length === 0)
      emit(5012, { connection, reason: wasStopped ? 'it was stopped' : 'capture has failed' });
  }

  #listenerOn(stream: SourceStream): MirrorListener {
    const { unread, roots, changes } = this.#job;
    return {
      removing: () => {
        this.#status = 'Removing Orphans';
        changes.tell();
      },
      progress: (now) => {
        this.#figures.take(now);
        changes.tell();
      },
      unreadable: (root, path, failure) => unread.add(root, path, failure),
      unprotected: (root, path) => this.#tellUnprotected(`${roots.trees[root]?.location}/${path}`),
      replaced: (root, path) => stream.tracker.suspect(root, path),
    };
  }

  /** The target says that its replica is not good, because it gave up an operation, perhaps one of a mirror. */
  get #isMirrorRequired(): boolean {
    return this.#job.target.dataState === 'Mirror Required';
  }

  /**
   * Whether equal times prove equal content. They do not when copies may be incomplete: later changes have given such a
   * copy the times of the source although other content is missing.
   */
  get #timesProve(): boolean {
    const isBad = this.#completed > 0 && this.#isMirrorRequired;
    return !(isBad || this.#isHalfDone || this.#job.unread.count + this.#toldUnread > 0);
  }

  #tellUnprotected(location: string): void {
    if (this.#unprotected.has(location)) return;
    this.#unprotected.add(location);
    this.#parts.emit(5022, { path: displayPath(location), set: this.#parts.specification.replicationSet });
  }

  /** Asks for the mirror again after a failure, unless the stream has ended, which brings a mirror of its own. */
  async #failed(wanted: Wanted, failure: Failure, signal: AbortSignal): Promise<void> {
    const { emit, number } = this.#parts;
    this.#status = 'Stopped';
    this.#isSent = false;
    // Of a mirror that was stopped, the end of capture is no failure.
    const reason = signal.aborted && failure.code === 'CAPTURE-ENDED' ? 'it was stopped' : failure.message;
    this.#retry.tell(wanted.isAgain, 'stop', reason, (told) => emit(5012, { connection: number, reason: told }));
    if (failure.code === 'STREAM-ENDED') return;
    const waited = this.#retry.wait(reason, signal);
    this.#job.changes.tell();
    await waited;
    if (this.#stoppedByHand) {
      await this.#job.scripts.ends('mirrorstop');
      return;
    }
    const newer = this.#wanted;
    this.#wanted = newer
      ? { ...newer, method: atLeast(newer.method, wanted.method) }
      : { method: wanted.method, reason, isAgain: true };
  }
}
