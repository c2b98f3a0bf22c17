// A job on its source: captures the workload, feeds the stream, keeps the link to the target, mirrors when it has to.
// Its states are those of job-life.ts. A mirror is wanted from the beginning of every stream, and whenever capture or the target
// has lost track; it starts as soon as there is a link.

import { adviceText, asFailure, type Failure, triedAgainText } from '../../../base/failure.ts';
import { newIdentifier } from '../../../base/identifier.ts';
import { displayPath, isRawPath } from '../../../base/raw-path.ts';
import { sleep } from '../../../base/waiting/clock.ts';
import { Signal } from '../../../base/waiting/signal.ts';
import type { TargetDataState } from '../../../model/job.ts';
import type { JobReport } from '../../../model/report.ts';
import type { MirrorMethod } from '../../../model/stream/marker.ts';
import type { StreamTask, TaskReport } from '../../../model/stream/task.ts';
import { wayBackText } from '../../../model/way-back.ts';
import type { Notice } from '../../../wire/control-messages.ts';
import { Channel } from '../../link/channel.ts';
import { LinkRetry } from '../../link/link-retry.ts';
import { LinkedReplica } from '../../link/linked-replica.ts';
import { SourceLink } from '../../link/source-link.ts';
import { Selection } from '../../sending/selection.ts';
import { JobLife, type SourcePhase, sourceMoves } from '../job-life.ts';
import { SourceMirrors } from '../mirrors/source-mirrors.ts';
import { LeftOut } from '../roots/left-out.ts';
import { ProtectedRoots } from '../roots/protected-roots.ts';
import { ResendDelays } from '../stream/resend-delays.ts';
import { SourceCapture } from '../stream/source-capture.ts';
import { SourceStream } from '../stream/source-stream.ts';
import { UnreadPlaces } from '../stream/unread-places.ts';
import { expectTaken, jobStopped } from './clean-stop.ts';
import type { SourceJobParts } from './source-job-parts.ts';
import { sourceReport } from './source-report.ts';
import { SourceTasks } from './source-tasks.ts';

export class SourceJob {
  readonly #parts: SourceJobParts;
  readonly jobId: string;
  readonly selection: Selection;
  readonly #leftOut: LeftOut;
  readonly #signal = new Signal();
  readonly #stop = new AbortController();
  readonly life = new JobLife<SourcePhase>(sourceMoves, 'starting');
  readonly #roots: ProtectedRoots;
  readonly #capture: SourceCapture;
  #stream!: SourceStream;
  #streams = 0;
  #replacing = false;
  #tasks!: SourceTasks;
  readonly #mirrors: SourceMirrors;
  #link: SourceLink | undefined;
  #started: Promise<void> = Promise.resolve();
  #loops: Promise<unknown> = Promise.resolve();
  #connectedSinceMs: number | null = null;
  #lastTrouble = '';
  #targetState: TargetDataState = 'Unknown';
  readonly #unread: UnreadPlaces;
  readonly #resends: ResendDelays;
  #firstTrouble: Failure | undefined;
  #epoch: number;
  #revision = 1;

  constructor(parts: SourceJobParts) {
    this.#parts = parts;
    this.jobId = parts.specification.jobId;
    this.selection = new Selection(parts.specification.rules);
    this.#leftOut = new LeftOut({ ...parts, selection: this.selection, again: (why) => this.#mirrorAgain(why) });
    const { clock, specification, emit } = parts;
    this.#roots = new ProtectedRoots({
      ...parts,
      locations: specification.roots.map((root) => root.source),
      wrong: (trouble) => this.#capture.failed(trouble),
    });
    this.#capture = new SourceCapture({
      capture: parts.capture,
      clock,
      roots: specification.roots.map((root) => root.source),
      listener: (batch) => {
        this.#stream.tracker.receive(this.#leftOut.relevant(batch));
        this.#mirrors.noteMounts(batch);
      },
      prepare: () => this.#roots.takeUp(),
      gaveUp: (reason) => emit(5021, { set: specification.replicationSet, reason }),
      lost: () => !this.life.is('fenced', 'finishing') && this.#mirrors.lose(),
      recovered: () => this.#mirrorAgain('capture had failed'),
      pace: parts.pace,
    });
    this.#resends = new ResendDelays(clock);
    this.#unread = new UnreadPlaces({
      clock,
      trees: () => this.#roots.trees,
      tell: (path, reason) => emit(5023, { path, reason }),
      isExact: () => this.#capture.isExact,
      mirror: (reason) => this.#mirrorAgain(reason),
      look: (root, path) => this.#stream.tracker.suspect(root, path),
      tellTarget: (unread) => this.notify({ type: 'unread', unread }),
    });
    this.#mirrors = new SourceMirrors({
      ...parts,
      set: specification.replicationSet,
      selection: this.selection,
      method: specification.mirrorMethod,
      orphans: specification.orphans,
      trees: () => this.#roots.trees,
      stream: () => this.#stream,
      replicaView: () => this.replicaView(),
      captureFails: () => this.#capture.trouble !== '',
      isMirrorRequired: () => this.#targetState === 'Mirror Required',
      flush: () => this.#capture.flush(),
      begins: () => this.#roots.closeRetired((work) => this.#stream.tracker.runAlone(work)),
      notify: (notice) => this.notify(notice),
      unread: this.#unread,
      changed: () => this.#changed(),
    });
    this.#epoch = parts.epoch;
  }

  /** Everything is open; before, there is nothing to report. */
  get isOpen(): boolean {
    return this.#stream !== undefined;
  }

  get roots(): ProtectedRoots {
    return this.#roots;
  }

  get stream(): SourceStream {
    return this.#stream;
  }

  get mirrors(): SourceMirrors {
    return this.#mirrors;
  }

  /** Opens the workload and begins to capture and to connect. Rejects when the workload cannot be opened or captured. */
  start(): Promise<void> {
    const starting = this.#start();
    this.#started = starting.catch(() => undefined);
    return starting;
  }

  async #start(): Promise<void> {
    this.#assertAlive('connect');
    await this.#roots.open();
    await this.#leftOut.open();
    this.#tasks = await SourceTasks.open(this.#parts);
    await this.#openStream('the job was started');
    if (this.#roots.trouble === '') await this.#capture.start();
    else this.#capture.failed(this.#roots.trouble);
    const loops = [this.#linkLoop(), this.#mirrorLoop(), this.#roots.watch(this.#stop.signal)];
    this.#loops = Promise.all(loops).catch((thrown) => this.#fail(thrown));
  }

  /** Resolves when the target has accepted the job; rejects with its refusal, why it could not be reached, or `JOB-STOPPED`. */
  async accepted(): Promise<void> {
    await this.#signal.until(() => this.life.phase !== 'starting' || this.#firstTrouble !== undefined);
    if (this.life.phase === 'stopped') this.#assertAlive('connect');
    if (this.life.phase === 'starting' && this.#firstTrouble !== undefined) throw this.#firstTrouble;
  }

  /** With `deletesAll` everything that only the replica has goes, also what is kept and what was held back. */
  startMirror(method: MirrorMethod, reason: string, deletesAll = false): void {
    this.#assertAlive('start a mirror');
    this.#roots.takeAny();
    if (deletesAll) this.#mirrors.deleteAll();
    this.#mirrors.want(method, reason);
  }

  stopMirror(): void {
    this.#mirrors.stopByHand();
  }

  /** Resolves with the task's id once its marker is durable. */
  async queueTask(task: Omit<StreamTask, 'taskId'>): Promise<string> {
    this.#assertAlive('queue a task');
    const stream = this.#stream;
    return this.#tasks.queue(task, stream, (place) => this.#place(stream, place));
  }

  taskReports(): readonly TaskReport[] {
    return this.#tasks.reports();
  }

  /** Brings everything that changed before the call into the stream and marks that place; resolves when the target is there. */
  async barrier(): Promise<void> {
    const stream = this.#stream;
    const barrierId = newIdentifier(this.#parts.clock, this.#parts.random);
    const marker = { type: 'barrier', barrierId } as const;
    const sequence = await this.#place(stream, () => stream.append({ kind: 'marker', marker }), 'looking');
    await stream.whenApplied(sequence);
  }

  /** The replica as it is once everything up to the stream's present end is applied, or as it stands when `now`. */
  replicaView(now = false): LinkedReplica {
    const stream = this.#stream;
    return new LinkedReplica({
      signal: this.#signal,
      link: () => this.#link,
      lasts: () => stream.isOpen && !this.#stop.signal.aborted,
      after: now ? 0 : stream.queue.state.head,
    });
  }

  /**
   * Brings everything into the stream, ends it and captures nothing more; resolves when the target has applied all of it.
   * Rejects with `FINISH-TIMEOUT` or `LINK-LOST` when that does not come; the job is then still finishing.
   */
  async finish(): Promise<void> {
    if (this.life.is('fenced', 'stopped')) return;
    const stream = this.#stream;
    this.stopMirror();
    const mark = (): number => {
      // The flush takes its time: the job may have been fenced or stopped meanwhile, and stays so.
      if (!this.life.may('finishing')) this.#assertAlive('finish');
      this.#setPhase('finishing');
      return stream.append({ kind: 'marker', marker: { type: 'end' } });
    };
    const end = await this.#place(stream, mark, 'looking');
    await this.#capture.stop();
    const { clock, specification } = this.#parts;
    await expectTaken(stream, end, { clock, jobName: specification.name, linkClosed: this.#link?.closed() });
  }

  /** Tells the target, when there is a link. */
  notify(notice: Notice): void {
    this.#link?.notify(notice);
  }

  async stop(reason: string): Promise<void> {
    if (this.life.may('stopped')) this.#setPhase('stopped');
    this.#stop.abort();
    this.#mirrors.stop();
    this.#unread.stop();
    this.#link?.close(reason);
    this.#signal.notify();
    // What is being opened can be closed only when it is open.
    await this.#started;
    await this.#capture.stop();
    this.#tasks?.killAll();
    await this.#stream?.close().catch((thrown: unknown) => {
      // A source's queue is not kept over a stop: logs that cannot be removed now are at the next start.
      this.#lastTrouble = asFailure(thrown, 'close the queue', this.jobId).message;
    });
    await this.#loops;
    await this.#tasks?.close();
    await this.#roots.close();
  }

  report(): JobReport {
    const { queue, applied, streamId, tracker } = this.#stream;
    return sourceReport({
      specification: this.#parts.specification,
      number: this.#parts.number,
      establishedMs: this.#parts.establishedMs,
      phase: this.life.phase,
      isLinked: this.#link !== undefined,
      connectedSinceMs: this.#connectedSinceMs,
      ...this.#mirrors.facts(queue.state.bytes, this.#link !== undefined),
      queue: queue.state,
      pendingChanges: tracker.pending,
      applied,
      streamId,
      targetState: this.#targetState,
      epoch: this.#epoch,
      revision: this.#revision,
      linkTrouble: this.#lastTrouble,
      captureTrouble: this.#capture.trouble,
      capture: this.#capture.mode,
      unreadable: this.#unread.count,
      leftOut: this.#leftOut,
    });
  }

  /** `looking`: also brings in what changed without a notification, as far as programs still hold it. */
  async #place<T>(stream: SourceStream, place: () => T, how?: 'looking'): Promise<T> {
    // While a mirror walks, a place in the stream means little for the data; it is taken as it comes.
    if (stream.tracker.isHolding) return place();
    if (how === 'looking') await stream.lookAtHeld();
    await this.#capture.flush();
    return stream.tracker.place(place);
  }

  async #openStream(reason: string): Promise<void> {
    const { clock, random, storage, folder, queueLimits, emit } = this.#parts;
    this.#stream = await SourceStream.open({
      streamId: newIdentifier(clock, random),
      clock,
      storage,
      folder: `${folder}/source-queue`,
      limits: queueLimits,
      trees: this.#roots.trees,
      selection: this.selection,
      kept: this.#leftOut.kept,
      unread: this.#unread.places,
      listener: {
        overflowed: (root, path) => {
          if (path !== '' && !this.life.is('fenced', 'finishing')) this.#mirrors.mountChanged(root, path);
          if (path !== '') return;
          emit(5020, { set: this.#parts.specification.replicationSet });
          this.#mirrorAgain('the capture queue overflowed');
        },
        unreadable: (root, path, failure) => this.#unread.add(root, path, failure),
      },
      capture: this.#capture,
      alert: (percent) => emit(5110, { connection: this.#parts.number, percent }),
      ended: (failure) => {
        this.#replaceStream(failure.reason).catch((thrown) => this.#fail(thrown));
      },
    });
    this.#mirrors.want(this.#streams === 0 ? this.#parts.specification.mirrorMethod : 'data-delta', reason);
    this.#streams += 1;
  }

  /** Auto-disconnect, auto-reconnect, auto-remirror (guide, ch. 10); once, however many reasons there are for it. */
  async #replaceStream(reason: string): Promise<void> {
    if (this.#stop.signal.aborted || this.#replacing) return;
    this.#replacing = true;
    await this.#replace(reason).finally(() => {
      this.#replacing = false;
    });
  }

  async #replace(reason: string): Promise<void> {
    const { emit, number, specification } = this.#parts;
    emit(4007, { connection: number, reason });
    const old = this.#stream;
    this.#mirrors.stop();
    this.#link?.close(reason);
    await this.#tasks.cancel(await old.close(), reason);
    emit(4008, { connection: number });
    await this.#openStream(reason);
    emit(4009, { set: specification.replicationSet, target: specification.targetServer });
  }

  async #linkLoop(): Promise<void> {
    const { clock, specification } = this.#parts;
    const retry = new LinkRetry();
    while (!this.#stop.signal.aborted && this.life.phase !== 'fenced') {
      const delayMs = await this.#linkOnce().then(
        () => retry.succeeded(),
        (thrown) => {
          const failure = asFailure(thrown, 'connect', specification.targetServer);
          return this.#noteTrouble(failure, retry.after(failure));
        },
      );
      if (this.life.phase === 'connected') this.#setPhase('apart');
      await sleep(clock, delayMs, this.#stop.signal);
    }
  }

  async #linkOnce(): Promise<void> {
    const { network, clock, specification, emit } = this.#parts;
    const channel = new Channel(await network.connect(specification.targetServer, 'target'), clock);
    const stream = this.#stream;
    const link = new SourceLink(channel, clock, {
      acknowledged: ({ durable, applied }) => {
        this.#stream.acknowledge(durable, applied);
        this.#changed();
      },
      notice: (notice) => this.#takeNotice(notice, link),
      sent: (batch) => this.#mirrors.sent.take(stream.streamId, batch),
      beforeTransmit: (task) => this.#tasks.runOnTransmit(task),
    });
    try {
      const hello = { epoch: this.#epoch, streamId: stream.streamId, capture: this.#capture.mode };
      const welcome = await this.#leftOut.greet(link, hello);
      const from = stream.resumeFrom(welcome.position);
      if (from === undefined) {
        link.close('the target has lost its place in the stream');
        await this.#replaceStream('the target has lost its place in the stream');
        return;
      }
      this.#link = link;
      this.#mirrors.tellVerified();
      this.#unread.tellTarget();
      this.#targetState = welcome.state;
      this.#connectedSinceMs = clock.wallMs();
      this.#lastTrouble = '';
      if (this.life.is('starting', 'apart')) this.#setPhase('connected');
      stream.acknowledge(from.sequence, welcome.position === null ? 0 : welcome.applied);
      emit(5000, { target: specification.targetServer, stream: stream.streamId, position: from.sequence });
      await link.transmit(stream.queue, from.sequence, from.checksum);
      if (!stream.isOpen) return;
      const reason = await link.closed();
      if (!this.#stop.signal.aborted) emit(5001, { connection: this.#parts.number, reason });
      this.#lastTrouble = reason;
    } finally {
      if (this.#link === link) this.#link = undefined;
      this.#connectedSinceMs = null;
      link.close('the connection is over');
      this.#changed();
    }
  }

  #takeNotice(notice: Notice, link: SourceLink): void {
    switch (notice.type) {
      case 'task':
        void this.#tasks.takeReport(notice.report);
        break;
      case 'tasks-told':
        void this.#tasks.cancelOld();
        break;
      case 'mismatch':
        this.#takeMismatch(notice.root, notice.path, notice.reason);
        link.notify({ type: 'mismatch-taken', root: notice.root, path: notice.path });
        break;
      case 'state':
        this.#targetState = notice.state;
        this.#mirrors.setTold(notice);
        if (notice.state === 'Mirror Required' && !this.#mirrors.isActive && !this.#mirrors.waitsForPerson)
          this.#mirrorAgain('the target asks for it');
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
        void this.#parts
          .verifyForTask(this.#tasks.placeMs(notice.taskId))
          .catch((thrown) => ({ good: false, text: asFailure(thrown, 'verify', this.jobId).message }))
          .then((result) => link.notify({ type: 'verify-done', taskId: notice.taskId, ...result }));
        break;
      case 'paused':
      case 'resumed':
        this.#lastTrouble = notice.type === 'paused' ? notice.reason : '';
    }
    this.#changed();
  }

  #fail(thrown: unknown): void {
    if (!this.#stop.signal.aborted) this.#parts.failed(asFailure(thrown, 'replicate', this.jobId));
  }

  #takeMismatch(root: number, path: string, reason: string): void {
    if (!isRawPath(path) || root >= this.#roots.trees.length) return;
    this.#parts.emit(5032, { path: displayPath(path), reason });
    // With every operation in the stream there is nothing to send again: the replica has left the stream.
    if (this.#capture.isExact) this.#mirrorAgain(`the replica of ${displayPath(path)} was not as expected`);
    else this.#stream.tracker.suspect(root, path, this.#resends.next(root, path));
  }

  #fence(epoch: number): void {
    if (this.life.is('fenced', 'stopped')) return;
    this.#epoch = Math.max(this.#epoch, epoch);
    this.#setPhase('fenced');
    this.stopMirror();
    this.#parts.emit(5074, { target: this.#parts.specification.targetServer, epoch });
    this.#parts.fenced();
    void this.#capture.stop();
    this.#link?.close('the target has taken over');
  }

  /** How long to wait now, in milliseconds. */
  #noteTrouble(failure: Failure, delayMs: number): number {
    this.#firstTrouble ??= failure;
    this.#lastTrouble = adviceText(failure);
    if (failure.code === 'FENCED') this.#fence(this.#epoch + 1);
    else if (!failure.retryable) {
      this.#parts.emit(5002, { connection: this.#parts.number, reason: failure.message });
      this.#lastTrouble = triedAgainText(this.#lastTrouble, `${delayMs / 1000} s later`);
    }
    this.#changed();
    return delayMs;
  }

  #mirrorAgain(reason: string): void {
    if (!this.life.is('fenced', 'finishing')) this.#mirrors.wantAgain(reason);
  }

  async #mirrorLoop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const isLinked = (): boolean => this.#mirrors.isWanted && this.life.phase === 'connected';
      await this.#signal.until(() => this.#stop.signal.aborted || (isLinked() && this.#roots.trouble === ''));
      if (!(await this.#roots.look().catch(() => true))) continue;
      await this.#mirrors.runWanted(this.#stop.signal);
    }
  }

  #assertAlive(operation: string): void {
    if (!this.life.is('fenced', 'stopped', 'finishing')) return;
    const { name, sourceServer, targetServer } = this.#parts.specification;
    throw jobStopped(name, operation, this.life.is('fenced') ? wayBackText(sourceServer, targetServer) : undefined);
  }

  #setPhase(phase: SourcePhase): void {
    this.life.move(phase);
    this.#changed();
  }

  #changed(): void {
    this.#revision += 1;
    this.#signal.notify();
    this.#parts.changed();
  }
}
