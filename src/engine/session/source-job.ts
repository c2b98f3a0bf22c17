// A job on its source: captures the workload, feeds the stream, keeps the link to the target, mirrors when it has to.
//
// States, and what is true in each
//   starting    roots are open and capture runs; nothing has been said to the target
//   connected   a link is up and both sides agree on a position; the stream flows
//   apart       no link; capture and queue go on, and the link is tried again, soon at first and then every few seconds
//   finishing   capture has stopped, everything is in the stream, its end is marked; the target still takes it
//   fenced      the target has taken over with a newer epoch; nothing is captured or sent any more
//   stopped     closed by its server
// A mirror is wanted from the beginning of every stream, and whenever capture or the target has lost track; it starts as
// soon as there is a link.
import { sleep } from '../../base/clock.ts';
import { asFailure, Failure } from '../../base/failure.ts';
import { newIdentifier } from '../../base/identifier.ts';
import { displayPath, isRawPath } from '../../base/raw-path.ts';
import type { MirrorStatus, ReplicationStatus, TargetDataState, TransmitMode } from '../../model/job.ts';
import type { MirrorMethod } from '../../model/marker.ts';
import type { JobReport } from '../../model/report.ts';
import { type StreamTask, taskPoints, type TaskPoint, type TaskReport } from '../../model/task.ts';
import type { Capture, CaptureSession } from '../../ports/capture.ts';
import type { FileTree } from '../../ports/files.ts';
import type { Network } from '../../ports/network.ts';
import type { Notice, Welcome } from '../../wire/control-messages.ts';
import { Selection } from '../capture/selection.ts';
import { Mirror, type MirrorProgress } from '../mirror/mirror.ts';
import type { ReplicaView } from '../mirror/replica-view.ts';
import { workloadSize } from '../mirror/workload-size.ts';
import { TaskJournal } from '../tasks/task-journal.ts';
import { TaskRunner } from '../tasks/task-runner.ts';
import { SourceLink } from '../transmit/source-link.ts';
import { Channel } from './channel.ts';
import type { JobParts } from './job-parts.ts';
import { Signal } from './signal.ts';
import { SourceStream, type WantedMirror } from './source-stream.ts';

export interface SourceJobParts extends JobParts {
  readonly capture: Capture;
  readonly network: Network;
  readonly number: number;
  readonly establishedMs: number;
  readonly epoch: number;
  /** The target asks, in the stream, for a verification; resolves with its result. */
  readonly verifyForTask: (placeMs: number) => Promise<{ readonly good: boolean; readonly text: string }>;
}

const retryFirstMs = 100;
const retryMostMs = 3000;
/** How long a clean stop waits for the target. */
const finishMs = 60_000;

type Phase = 'starting' | 'connected' | 'apart' | 'finishing' | 'fenced' | 'stopped';

export class SourceJob {
  readonly #parts: SourceJobParts;
  readonly #selection: Selection;
  readonly #signal = new Signal();
  readonly #stop = new AbortController();
  #phase: Phase = 'starting';
  #trees: FileTree[] = [];
  #captureSession: CaptureSession | undefined;
  #stream!: SourceStream;
  #journal!: TaskJournal;
  #runner!: TaskRunner;
  /** Tasks of an earlier life of this server that may not have reached the target. */
  #oldTasks: TaskReport[] = [];
  /** When verifying tasks were placed in the stream; wall milliseconds. */
  readonly #taskPlaces = new Map<string, number>();
  #link: SourceLink | undefined;
  #loops: Promise<unknown> = Promise.resolve();
  #connectedSinceMs: number | null = null;
  #lastTrouble = '';
  #captureTrouble = '';
  #wantedMirror: WantedMirror | undefined;
  #mirrorStop: AbortController | undefined;
  #mirrorStatus: MirrorStatus = 'Idle';
  #mirrorMethod: MirrorMethod;
  #mirrorProgress: MirrorProgress = { doneBytes: 0, sentBytes: 0, skippedBytes: 0, orphans: 0 };
  #mirrorTotalBytes: number | null = null;
  #mirrorEnd = 0;
  #mirrorsCompleted = 0;
  #targetState: TargetDataState = 'Unknown';
  #bytesTransmitted = 0;
  #unreadable = 0;
  #epoch: number;
  #revision = 1;

  constructor(parts: SourceJobParts) {
    this.#parts = parts;
    this.#selection = new Selection(parts.specification.rules);
    this.#mirrorMethod = parts.specification.mirrorMethod;
    this.#epoch = parts.epoch;
  }

  get jobId(): string {
    return this.#parts.specification.jobId;
  }

  get phase(): string {
    return this.#phase;
  }

  get selection(): Selection {
    return this.#selection;
  }

  get trees(): readonly FileTree[] {
    return this.#trees;
  }

  get stream(): SourceStream {
    return this.#stream;
  }

  get mirrorIsActive(): boolean {
    return this.#mirrorStop !== undefined || this.#wantedMirror !== undefined;
  }

  /** Opens the workload and begins to capture and to connect. Rejects when the workload cannot be opened or captured. */
  async start(): Promise<void> {
    const { specification, files, storage, folder } = this.#parts;
    for (const root of specification.roots) this.#trees.push(await files.openTree(root.source));
    this.#journal = await TaskJournal.open(storage, folder);
    this.#runner = new TaskRunner({
      journal: this.#journal,
      clock: this.#parts.clock,
      programs: this.#parts.programs,
      policy: this.#parts.taskPolicy,
      environment: { UNDERSTUDY_JOB: this.jobId },
      builtIn: async (action) => {
        if (action.type === 'dns-update') return this.#parts.builtIn(action);
        throw new Failure({
          code: 'TASK-NOT-HERE',
          operation: 'run a stream task',
          subject: action.type,
          reason: 'this action belongs to the target',
          hint: 'Give it at ONRECEIVE or ONEXECUTE.',
        });
      },
      emit: this.#parts.emit,
      changed: () => this.#changed(),
    });
    this.#oldTasks = this.#journal.reports().filter((report) => report.state === 'queued');
    await this.#runner.reportInterrupted();
    await this.#openStream('the job was started');
    this.#captureSession = await this.#parts.capture.start({
      roots: specification.roots.map((root) => root.source),
      listener: (batch) => this.#stream.tracker.receive(batch),
    });
    this.#loops = Promise.all([this.#linkLoop(), this.#mirrorLoop()]);
  }

  /** Resolves when the target has accepted the job; rejects with its refusal, or with why it could not be reached. */
  async accepted(): Promise<void> {
    await this.#signal.until(() => this.#phase !== 'starting' || this.#firstTrouble !== undefined);
    if (this.#phase === 'starting' && this.#firstTrouble !== undefined) throw this.#firstTrouble;
  }

  #firstTrouble: Failure | undefined;

  startMirror(method: MirrorMethod, reason: string): void {
    this.#assertAlive('start a mirror');
    this.#wantedMirror = { method, reason };
    this.#changed();
  }

  stopMirror(): void {
    this.#wantedMirror = undefined;
    this.#mirrorStop?.abort();
  }

  /** Resolves with the task's id once its marker is durable. */
  async queueTask(task: Omit<StreamTask, 'taskId'>): Promise<string> {
    this.#assertAlive('queue a task');
    const stream = this.#stream;
    const whole: StreamTask = { ...task, taskId: newIdentifier(this.#parts.clock, this.#parts.random) };
    const points = taskPoints.filter((point) => whole.actions[point] !== undefined);
    await Promise.all(points.map((point) => this.#journal.record(taskReport(whole, point, 'queued', ''))));
    await this.#place(stream, () => {
      if (whole.actions.onexecute?.type === 'verify') this.#taskPlaces.set(whole.taskId, this.#parts.clock.wallMs());
      return stream.appendTask(whole);
    });
    if (whole.actions.onqueue !== undefined) {
      void stream.tracker.pauseDuring(() => this.#runner.run(whole, 'onqueue'));
    }
    return whole.taskId;
  }

  taskReports(): readonly TaskReport[] {
    return this.#journal.reports();
  }

  /** Brings everything that changed before the call into the stream and marks that place; resolves when the target is there. */
  async barrier(): Promise<void> {
    const stream = this.#stream;
    const barrierId = newIdentifier(this.#parts.clock, this.#parts.random);
    const sequence = await this.#place(stream, () =>
      stream.append({ kind: 'marker', marker: { type: 'barrier', barrierId } }),
    );
    await stream.whenApplied(sequence);
  }

  /** The replica as it is once everything up to the stream's present end is applied, or as it stands when `now`. */
  replicaView(now = false): ReplicaView {
    const stream = this.#stream;
    const after = now ? 0 : stream.queue.state.head;
    return {
      list: (root, path, hashed) => this.#ask(stream, (link) => link.list(after, root, path, hashed)),
      hashes: (root, path, first, count) => this.#ask(stream, (link) => link.hashes(after, root, path, first, count)),
    };
  }

  /**
   * Brings everything into the stream, ends it and captures nothing more; resolves when the target has applied all of it.
   * Rejects with `FINISH-TIMEOUT` or `LINK-LOST` when that does not come; the job is then still finishing.
   */
  async finish(): Promise<void> {
    if (this.#phase === 'fenced' || this.#phase === 'stopped') return;
    const stream = this.#stream;
    this.stopMirror();
    const end = await this.#place(stream, () => {
      this.#setPhase('finishing');
      return stream.append({ kind: 'marker', marker: { type: 'end' } });
    });
    await this.#captureSession?.stop();
    const stop = new AbortController();
    const arrived = stream.whenApplied(end).then(() => true);
    const late = sleep(this.#parts.clock, finishMs, stop.signal).then(() => false);
    const done = await Promise.race([arrived, late, this.#link?.closed().then(() => false) ?? false]);
    stop.abort();
    arrived.catch(() => undefined);
    if (!done) {
      throw new Failure({
        code: 'FINISH-TIMEOUT',
        operation: 'bring the job to a clean stop',
        subject: this.#parts.specification.name,
        reason: `the target has not applied everything: ${stream.queue.state.operations} operations wait`,
        hint: 'See `status con`; the replica may lack the last changes.',
      });
    }
  }

  /** Tells the target that the job is given up. */
  forget(): void {
    this.#link?.notify({ type: 'forget' });
  }

  async stop(reason: string): Promise<void> {
    if (this.#phase !== 'fenced') this.#setPhase('stopped');
    this.#stop.abort();
    this.#mirrorStop?.abort();
    this.#link?.close(reason);
    this.#signal.notify();
    await this.#captureSession?.stop();
    await this.#stream?.close();
    await this.#loops;
    this.#runner?.killAll();
    await this.#journal?.close();
    for (const tree of this.#trees) await tree.close();
  }

  report(): JobReport {
    const { specification } = this.#parts;
    const queue = this.#stream.queue.state;
    const mirroring = this.mirrorIsActive;
    const total = this.#mirrorTotalBytes;
    const done = this.#mirrorProgress.doneBytes;
    const finished = this.#mirrorsCompleted > 0 && !mirroring;
    return {
      jobId: this.jobId,
      number: this.#parts.number,
      name: specification.name,
      role: 'source',
      replicationSet: specification.replicationSet,
      source: specification.sourceServer,
      target: specification.targetServer,
      roots: specification.roots,
      health: this.#health(),
      revision: this.#revision,
      mirror: {
        status: this.#mirrorWord(),
        method: this.#mirrorMethod,
        percent: finished ? 100 : percentOf(done, total),
        remainingBytes: finished ? 0 : remainingOf(done, total),
        skippedBytes: this.#mirrorProgress.skippedBytes,
        sentBytes: this.#mirrorProgress.sentBytes,
        transmittedBytes: mirroring ? this.#transmitted() : this.#mirrorProgress.sentBytes,
        queuedBytes: mirroring ? queue.bytes : 0,
        completed: this.#mirrorsCompleted,
      },
      replication: {
        status: this.#replicationWord(),
        sentBytes: Math.max(0, this.#transmitted() - this.#mirrorProgress.sentBytes),
        transmittedBytes: this.#transmitted(),
        queuedBytes: mirroring ? 0 : queue.bytes,
        queuedOperations: queue.operations,
      },
      transmit: { mode: this.#transmitWord() },
      targetState: this.#link === undefined ? 'Unknown' : this.#targetState,
      diskQueueBytes: queue.diskBytes,
      establishedMs: this.#parts.establishedMs,
      connectedSinceMs: this.#connectedSinceMs,
      sequence: { head: queue.head, durable: queue.acknowledged, applied: this.#stream.applied },
      streamId: this.#stream.streamId,
      epoch: this.#epoch,
      failedOver: this.#phase === 'fenced',
      additional: this.#additional(),
    };
  }

  async #place<T>(stream: SourceStream, place: () => T): Promise<T> {
    // While a mirror walks, a place in the stream means little for the data; it is taken as it comes.
    if (stream.tracker.isHolding) return place();
    await this.#captureSession?.flush();
    return stream.tracker.settle(place);
  }

  async #openStream(reason: string): Promise<void> {
    const { clock, random, storage, folder, queueLimits, emit } = this.#parts;
    const streamId = newIdentifier(clock, random);
    this.#stream = await SourceStream.open({
      streamId,
      clock,
      storage,
      folder: `${folder}/source-queue`,
      limits: queueLimits,
      trees: this.#trees,
      selection: this.#selection,
      listener: {
        overflowed: () => {
          emit(5020, { set: this.#parts.specification.replicationSet });
          this.#mirrorAgain('the capture queue overflowed');
        },
        captureFailed: (trouble) => {
          this.#captureTrouble = trouble;
          emit(5021, { set: this.#parts.specification.replicationSet, reason: trouble });
          void this.#restartCapture();
        },
        unreadable: (path, failure) => this.#reportUnreadable(path, failure),
      },
      alert: (percent) => emit(5110, { connection: this.#parts.number, percent }),
      ended: (failure) => void this.#replaceStream(failure.reason),
    });
    this.#wantedMirror = { method: this.#streams === 0 ? this.#parts.specification.mirrorMethod : 'data-delta', reason };
    this.#streams += 1;
    this.#changed();
  }

  #streams = 0;

  /** Auto-disconnect, auto-reconnect, auto-remirror (guide, ch. 10). */
  async #replaceStream(reason: string): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { emit, number, specification } = this.#parts;
    emit(4007, { connection: number, reason });
    const old = this.#stream;
    this.#mirrorStop?.abort();
    this.#link?.close(reason);
    const lost = await old.close();
    for (const task of lost) {
      for (const point of taskPoints) await this.#runner.cancel(task, point, reason);
    }
    emit(4008, { connection: number });
    await this.#openStream(reason);
    emit(4009, { set: specification.replicationSet, target: specification.targetServer });
  }

  async #restartCapture(): Promise<void> {
    await this.#captureSession?.stop();
    for (let delayMs = retryFirstMs; !this.#stop.signal.aborted; delayMs = Math.min(delayMs * 2, retryMostMs)) {
      await sleep(this.#parts.clock, delayMs, this.#stop.signal);
      try {
        this.#captureSession = await this.#parts.capture.start({
          roots: this.#parts.specification.roots.map((root) => root.source),
          listener: (batch) => this.#stream.tracker.receive(batch),
        });
        this.#captureTrouble = '';
        this.#mirrorAgain('capture had failed');
        return;
      } catch (thrown) {
        this.#captureTrouble = asFailure(thrown, 'capture', this.#parts.specification.replicationSet).message;
      }
    }
  }

  async #linkLoop(): Promise<void> {
    let delayMs = retryFirstMs;
    while (!this.#stop.signal.aborted && this.#phase !== 'fenced') {
      try {
        await this.#linkOnce();
        delayMs = retryFirstMs;
      } catch (thrown) {
        this.#noteTrouble(asFailure(thrown, 'connect', this.#parts.specification.targetServer));
      }
      if (this.#phase === 'connected') this.#setPhase('apart');
      await sleep(this.#parts.clock, delayMs, this.#stop.signal);
      delayMs = Math.min(delayMs * 2, retryMostMs);
    }
  }

  async #linkOnce(): Promise<void> {
    const { network, clock, specification, emit } = this.#parts;
    const channel = new Channel(await network.connect(specification.targetServer), clock);
    const link = new SourceLink(channel, clock, {
      acknowledged: ({ durable, applied }) => {
        this.#stream.acknowledge(durable, applied);
        this.#changed();
      },
      notice: (notice) => this.#takeNotice(notice, link),
      beforeTransmit: (task) => this.#runner.run(task, 'ontransmit'),
    });
    const stream = this.#stream;
    try {
      const welcome = await link.greet({
        jobId: this.jobId,
        epoch: this.#epoch,
        job: specification,
        streamId: stream.streamId,
        sourceName: specification.sourceServer,
      });
      const from = this.#resumeFrom(stream, welcome);
      if (from === undefined) {
        link.close('the target has lost its place in the stream');
        await this.#replaceStream('the target has lost its place in the stream');
        return;
      }
      this.#link = link;
      this.#targetState = welcome.state;
      this.#connectedSinceMs = clock.wallMs();
      this.#lastTrouble = '';
      if (this.#phase === 'starting' || this.#phase === 'apart') this.#setPhase('connected');
      stream.acknowledge(from.sequence, welcome.position === null ? 0 : welcome.applied);
      emit(5000, { target: specification.targetServer, stream: stream.streamId, position: from.sequence });
      await link.transmit(stream.queue, from.sequence, from.checksum);
      if (!stream.isOpen) return;
      const reason = await link.closed();
      if (!this.#stop.signal.aborted) emit(5001, { connection: this.#parts.number, reason });
      this.#lastTrouble = reason;
    } finally {
      this.#bytesTransmitted += link.bytesSent;
      if (this.#link === link) this.#link = undefined;
      this.#connectedSinceMs = null;
      link.close('the connection is over');
      this.#changed();
    }
  }

  /** Where both sides agree, or undefined when the target has lost what it had acknowledged. */
  #resumeFrom(stream: SourceStream, { position }: Welcome): { sequence: number; checksum: bigint } | undefined {
    const { acknowledged, head } = stream.queue.state;
    if (position === null || position.streamId !== stream.streamId) {
      return acknowledged === 0 ? { sequence: 0, checksum: 0n } : undefined;
    }
    if (position.sequence < acknowledged || position.sequence > head) return undefined;
    // What was acknowledged is proven; anything later must be proven by the same checksum.
    const own = stream.queue.checksumAt(position.sequence);
    if (own !== position.checksum && !(own === undefined && position.sequence === acknowledged)) return undefined;
    return { sequence: position.sequence, checksum: position.checksum };
  }

  #takeNotice(notice: Notice, link: SourceLink): void {
    switch (notice.type) {
      case 'task':
        void this.#journal.record(notice.report);
        break;
      case 'tasks-told':
        void this.#cancelOldTasks();
        break;
      case 'mismatch':
        this.#takeMismatch(notice.root, notice.path, notice.reason);
        link.notify({ type: 'mismatch-taken', root: notice.root, path: notice.path });
        break;
      case 'state':
        this.#targetState = notice.state;
        this.#mirrorsCompleted = notice.mirrors;
        if (notice.state === 'Mirror Required' && !this.mirrorIsActive) this.#mirrorAgain('the target asks for it');
        break;
      case 'finish':
        this.finish().catch((thrown) => {
          this.#lastTrouble = asFailure(thrown, 'finish', this.jobId).message;
        });
        break;
      case 'fenced':
        this.#fence(notice.epoch);
        break;
      case 'verify-asked':
        void this.#parts.verifyForTask(this.#taskPlaces.get(notice.taskId) ?? 0).then(
          ({ good, text }) => link.notify({ type: 'verify-done', taskId: notice.taskId, good, text }),
          (thrown) => {
            const text = asFailure(thrown, 'verify', this.jobId).message;
            link.notify({ type: 'verify-done', taskId: notice.taskId, good: false, text });
          },
        );
        break;
      case 'paused':
        this.#lastTrouble = notice.reason;
        break;
      default:
        break;
    }
    this.#changed();
  }

  #takeMismatch(root: number, path: string, reason: string): void {
    if (!isRawPath(path) || root >= this.#trees.length) return;
    this.#parts.emit(5032, { path: displayPath(path), reason });
    // With every operation in the stream there is nothing to send again: the replica has left the stream.
    if (this.#captureSession?.mode === 'operations') this.#mirrorAgain(`the replica of ${displayPath(path)} was not as expected`);
    else this.#stream.tracker.suspect(root, path);
  }

  async #cancelOldTasks(): Promise<void> {
    const old = this.#oldTasks;
    this.#oldTasks = [];
    for (const report of old) {
      if (this.#journal.find(report.taskId, report.point)?.state !== 'queued') continue;
      const reason = 'the source stopped before the task had reached this point';
      await this.#journal.record({ ...report, state: 'cancelled', reason });
      this.#parts.emit(5045, { task: report.name, reason });
    }
    this.#changed();
  }

  #fence(epoch: number): void {
    if (this.#phase === 'fenced') return;
    this.#epoch = Math.max(this.#epoch, epoch);
    this.#setPhase('fenced');
    this.stopMirror();
    this.#parts.emit(5074, { target: this.#parts.specification.targetServer, epoch });
    void this.#captureSession?.stop();
    this.#link?.close('the target has taken over');
  }

  #noteTrouble(failure: Failure): void {
    this.#lastTrouble = failure.message;
    this.#firstTrouble ??= failure;
    if (failure.code === 'FENCED') this.#fence(this.#epoch + 1);
    else if (!failure.retryable) this.#parts.emit(5002, { connection: this.#parts.number, reason: failure.message });
    this.#changed();
  }

  #mirrorAgain(reason: string): void {
    if (this.#phase === 'fenced' || this.#phase === 'finishing') return;
    this.#wantedMirror = { method: 'data-delta', reason };
    this.#mirrorStop?.abort('again');
    this.#changed();
  }

  async #mirrorLoop(): Promise<void> {
    for (;;) {
      await this.#signal.until(
        () => this.#stop.signal.aborted || (this.#wantedMirror !== undefined && this.#phase === 'connected'),
      );
      const wanted = this.#wantedMirror;
      if (this.#stop.signal.aborted || wanted === undefined) return;
      this.#wantedMirror = undefined;
      const stop = new AbortController();
      this.#mirrorStop = stop;
      try {
        await this.#runMirror(wanted, stop.signal);
      } catch (thrown) {
        await this.#mirrorFailed(wanted, asFailure(thrown, 'mirror', this.#parts.specification.replicationSet));
      } finally {
        this.#mirrorStop = undefined;
        this.#changed();
      }
    }
  }

  /** The replica still needs one: it is tried again after a while. The end of a stream brings its own. */
  async #mirrorFailed(wanted: WantedMirror, failure: Failure): Promise<void> {
    this.#mirrorStatus = 'Stopped';
    this.#parts.emit(5012, { connection: this.#parts.number, reason: failure.message });
    if (failure.code === 'STREAM-ENDED') return;
    this.#lastTrouble = failure.message;
    await sleep(this.#parts.clock, retryMostMs, this.#stop.signal);
    this.#wantedMirror ??= { method: wanted.method, reason: failure.message };
  }

  async #runMirror({ method, reason }: WantedMirror, signal: AbortSignal): Promise<void> {
    const { clock, random, specification, emit, number } = this.#parts;
    const stream = this.#stream;
    const mirrorId = newIdentifier(clock, random);
    emit(5010, { connection: number, method, reason });
    this.#mirrorMethod = method;
    this.#mirrorStatus = 'In Progress';
    this.#mirrorTotalBytes = null;
    this.#unreadable = 0;
    stream.tracker.hold();
    stream.append({ kind: 'marker', marker: { type: 'mirror-begin', mirrorId, method } });
    void workloadSize(this.#trees, this.#selection, signal).then(
      (bytes) => {
        this.#mirrorTotalBytes = bytes ?? null;
        this.#changed();
      },
      () => undefined,
    );
    const mirror = new Mirror({
      trees: this.#trees,
      selection: this.#selection,
      known: stream.known,
      sender: stream.mirrorSender,
      writer: stream.mirrorWriter,
      replica: this.replicaView(),
      method,
      orphans: specification.orphans,
      progress: (progress) => {
        this.#mirrorProgress = { ...progress };
        this.#changed();
      },
      unreadable: (path, failure) => this.#reportUnreadable(path, failure),
    });
    const progress = await mirror.run(signal);
    const outcome = signal.aborted ? 'stopped' : 'completed';
    const end = (): void => {
      const marker = { type: 'mirror-end', mirrorId, outcome } as const;
      this.#mirrorEnd = stream.append({ kind: 'marker', marker });
    };
    await stream.tracker.release(async () => this.#captureSession?.flush(), end);
    this.#mirrorStatus = 'Waiting';
    this.#changed();
    await stream.whenApplied(this.#mirrorEnd);
    this.#mirrorStatus = outcome === 'completed' ? 'Idle' : 'Stopped';
    if (outcome === 'completed') {
      emit(5011, { connection: number, bytes: progress.sentBytes, skipped: progress.skippedBytes });
    } else {
      emit(5012, { connection: number, reason: 'it was stopped' });
    }
  }

  /** Asks over the link of the moment, and again over the next one when it is lost, as long as the stream lasts. */
  async #ask<T>(stream: SourceStream, question: (link: SourceLink) => Promise<T>): Promise<T> {
    for (;;) {
      await this.#signal.until(() => this.#link !== undefined || !stream.isOpen || this.#stop.signal.aborted);
      const link = this.#link;
      if (!stream.isOpen || link === undefined) {
        throw new Failure({
          code: 'STREAM-ENDED',
          operation: 'look at the replica',
          subject: this.#parts.specification.name,
          reason: 'the stream has ended',
          retryable: true,
        });
      }
      try {
        return await question(link);
      } catch (thrown) {
        if (!(thrown instanceof Failure && thrown.code === 'LINK-LOST')) throw thrown;
      }
    }
  }

  #reportUnreadable(path: string, failure: Failure): void {
    this.#unreadable += 1;
    this.#parts.emit(5023, { path, reason: failure.reason });
    this.#changed();
  }

  #assertAlive(operation: string): void {
    if (this.#phase !== 'fenced' && this.#phase !== 'stopped' && this.#phase !== 'finishing') return;
    throw new Failure({
      code: 'JOB-STOPPED',
      operation,
      subject: this.#parts.specification.name,
      reason: this.#phase === 'fenced' ? 'the target has taken over' : 'the connection is being stopped',
      hint: 'Make a new connection with CONNECT.',
    });
  }

  #setPhase(phase: Phase): void {
    this.#phase = phase;
    this.#changed();
  }

  #changed(): void {
    this.#revision += 1;
    this.#signal.notify();
    this.#parts.changed();
  }

  #transmitted(): number {
    return this.#bytesTransmitted + (this.#link?.bytesSent ?? 0);
  }

  #health(): JobReport['health'] {
    if (this.#phase === 'fenced' || this.#captureTrouble !== '') return 'error';
    if (this.#link === undefined || this.#targetState !== 'OK' || this.#unreadable > 0) return 'warning';
    return 'healthy';
  }

  #mirrorWord(): MirrorStatus {
    if (this.#phase === 'fenced') return 'Stopped';
    return this.#wantedMirror !== undefined && this.#mirrorStop === undefined ? 'Calculating' : this.#mirrorStatus;
  }

  #replicationWord(): ReplicationStatus {
    if (this.#phase === 'fenced' || this.#phase === 'stopped') return 'Stopped';
    if (this.#captureTrouble !== '') return 'Failed';
    if (this.#link === undefined || this.mirrorIsActive) return 'Pending';
    const { operations } = this.#stream.queue.state;
    return operations > 0 || this.#stream.tracker.pending > 0 ? 'Replicating' : 'Ready';
  }

  #transmitWord(): TransmitMode {
    if (this.#phase === 'fenced' || this.#phase === 'stopped') return 'Stopped';
    return this.#link === undefined ? 'Error' : 'Active';
  }

  #additional(): string {
    if (this.#phase === 'fenced') return `the target has taken over with epoch ${this.#epoch}`;
    if (this.#captureTrouble !== '') return this.#captureTrouble;
    if (this.#unreadable > 0) return `${this.#unreadable} objects of the workload could not be read`;
    return this.#link === undefined ? this.#lastTrouble : '';
  }
}

function taskReport(task: StreamTask, point: TaskPoint, state: TaskReport['state'], reason: string): TaskReport {
  return { taskId: task.taskId, name: task.name, point, state, reason };
}

function percentOf(done: number, total: number | null): number | null {
  if (total === null) return null;
  return total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total));
}

function remainingOf(done: number, total: number | null): number | null {
  return total === null ? null : Math.max(0, total - done);
}
