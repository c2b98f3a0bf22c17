// A job on its target: receives the stream, applies it, holds snapshots, takes over.
// job-life.ts has its states; replica-state.ts keeps how good the replica is.
import { asFailure, type Failure } from '../../../base/failure.ts';
import { displayPath } from '../../../base/raw-path.ts';
import type { TargetDataState } from '../../../model/job.ts';
import { isSameOptions, type JobOptions, optionsOf } from '../../../model/options/job-edit.ts';
import type { FailoverOptions, FailoverReport, JobReport, SnapshotReport, UndoReport } from '../../../model/report.ts';
import type { AskedSnapshotType, Marker } from '../../../model/stream/marker.ts';
import type { TaskReport } from '../../../model/stream/task.ts';
import type { Hello, Notice } from '../../../wire/control-messages.ts';
import { Applier } from '../../apply/applier.ts';
import { ApplyLoop } from '../../apply/apply-loop.ts';
import type { ApplyMismatch, Place } from '../../apply/apply-report.ts';
import { takenOver, undoRefused } from '../../failover/taken-over.ts';
import { Takeover } from '../../failover/takeover.ts';
import { undoTakeover } from '../../failover/undo-takeover.ts';
import type { Channel } from '../../link/channel.ts';
import { Intake } from '../../link/intake.ts';
import { ReplicaReader } from '../../link/replica-reader.ts';
import { SourceSide } from '../../link/source-side.ts';
import { TargetLink } from '../../link/target-link.ts';
import type { TargetQueue } from '../../queue/target-queue.ts';
import { Snapshots } from '../../snapshot/snapshots.ts';
import { MirrorScripts } from '../../tasks/mirror-scripts.ts';
import { JobChanges } from '../job-changes.ts';
import type { JobLife, TargetPhase } from '../job-life.ts';
import { MirrorMarkers } from './mirror-markers.ts';
import { recoverQueue } from './recovered-queue.ts';
import { ReplicaSnapshots, tellLostSnapshots } from './replica-snapshots.ts';
import { ReplicaState } from './replica-state.ts';
import type { TargetJobParts } from './target-job-parts.ts';
import { targetPausedText, targetReport } from './target-report.ts';
import { replicaEnvironment, TargetTasks } from './target-tasks.ts';
import { encodeWelcome, termsFor } from './welcome.ts';

export class TargetJob {
  readonly #parts: TargetJobParts;
  readonly #changes: JobChanges;
  readonly #state: ReplicaState;
  readonly #source: SourceSide;
  #queue!: TargetQueue;
  #intake: Intake | undefined;
  #applier!: Applier;
  #loop!: ApplyLoop;
  #snapshots!: Snapshots;
  #replicaSnapshots!: ReplicaSnapshots;
  #mirrorMarkers!: MirrorMarkers;
  #tasks!: TargetTasks;
  #reader!: ReplicaReader;
  /** Programs that run here when a mirror begins or ends. */
  readonly scripts: MirrorScripts;
  #failingOver: Promise<FailoverReport> | undefined;
  #isTakingOver = false;
  #trouble = '';

  constructor(parts: TargetJobParts) {
    this.#parts = parts;
    this.#changes = new JobChanges(parts);
    this.#source = new SourceSide(parts.clock, this.#changes.signal);
    this.#state = new ReplicaState(parts, { stateStored: () => this.#stateStored() });
    this.scripts = new MirrorScripts(parts, {
      kept: parts.state.scripts,
      keep: (kept) => this.#state.keepScripts(kept),
      environment: replicaEnvironment(parts.specification),
    });
  }

  get jobId(): string {
    return this.#parts.specification.jobId;
  }

  get life(): JobLife<TargetPhase> {
    return this.#state.life;
  }

  /** Whether everything is open; before that there is nothing to report. */
  get isOpen(): boolean {
    return this.#loop !== undefined;
  }

  /** The state is stored, so the source knows that the job was accepted. */
  get isStored(): boolean {
    return this.#state.isStored;
  }

  get epoch(): number {
    return this.#state.now.epoch;
  }

  get failedOver(): boolean {
    return this.#state.now.failedOver;
  }

  get isLinked(): boolean {
    return this.#source.isLinked;
  }

  /** Monotonic milliseconds when the source was last heard; undefined before. */
  get heardMs(): number | undefined {
    return this.#source.heartbeat?.heardMs;
  }

  /** Recovers queue, place and snapshots, and applies the records that are left in the queue. */
  async start(): Promise<void> {
    const { storage, folder, clock, emit, state, rules, trees, graveyards } = this.#parts;
    this.#queue = await this.#openQueue();
    this.#snapshots = await Snapshots.open({ trees, graveyards, storage, folder: `${folder}/snapshots`, clock });
    this.#applier = await Applier.open({ ...this.#parts, undo: this.#snapshots.undo, rules });
    tellLostSnapshots(this.#snapshots, emit);
    this.#reader = await ReplicaReader.open(trees, storage, folder);
    const [snapshots, applier, loop] = [this.#snapshots, this.#applier, this.#makeLoop()];
    this.#replicaSnapshots = new ReplicaSnapshots(this.#parts, { snapshots, applier, loop, state: this.#state });
    this.#mirrorMarkers = new MirrorMarkers(this.#state, this.#replicaSnapshots, this.scripts, { applier, loop });
    this.#tasks = await TargetTasks.open(this.#parts, {
      loop,
      snapshots: this.#replicaSnapshots,
      source: this.#source,
      changes: this.#changes,
      job: this,
    });
    await this.scripts.open();
    if (snapshots.reverted !== undefined) await this.#replicaSnapshots.settleRevert();
    loop.releaseApplied();
    this.#loop = loop;
    if (this.#state.now.failedOver) return;
    loop.pause(state.paused === true);
    if (state.overLive === true) await this.#replicaSnapshots.keepLive();
    if (this.#state.now.queueLostMs !== state.queueLostMs) await this.#settleLoss(state.dataState);
    loop.start();
  }

  #makeLoop(): ApplyLoop {
    return new ApplyLoop({
      queue: this.#queue,
      applier: this.#applier,
      kept: this.#reader.kept,
      clock: this.#parts.clock,
      listener: {
        marker: (marker, place) => this.#takeMarker(marker, place),
        mismatch: (mismatch) => this.#noteMismatch(mismatch),
        beforeCheckpoint: () => this.#state.storeStale(),
        retrying: ({ path }, failure) => this.#tellRefused(5030, displayPath(path), failure),
        dropping: ({ path }, failure) => this.#drop(displayPath(path), failure),
        applied: () => {
          this.#source.acknowledge();
          this.#changes.tell();
        },
        failed: (failure) => this.#parts.failed(failure),
        skips: () => this.#state.now.dataState === 'Snapshot Reverted',
      },
    });
  }

  /** Takes a link whose hello was accepted, and closes an older one, because the source uses only the newest link. */
  async attach(channel: Channel, hello: Hello): Promise<void> {
    this.#source.close('the source has made a new link');
    // The old link must end before the position for the new link is read, so that no record arrives in between.
    await this.#intake?.close();
    const terms = await termsFor(hello, this.#parts);
    const intake = new Intake(this.#queue, this.#parts.clock, {
      stored: () => {
        this.#loop.notify();
        this.#changes.tell();
      },
      full: (isFull) => this.#source.tellFull(isFull),
    });
    this.#intake = intake;
    if (this.#queue.position()?.streamId !== hello.streamId) await this.#queue.begin(hello.streamId);
    const position = this.#queue.position() ?? null;
    this.#state.noteCapture(hello.capture);
    let storedOnce: Promise<void> | undefined;
    const link: TargetLink = new TargetLink(channel, this.#parts.trees.length, {
      store: async (batch) => {
        // All batches wait for the same store, so that a batch cannot overtake the one before it.
        storedOnce ??= this.#state.storeFirst();
        await storedOnce;
        return intake.store(batch);
      },
      received: (task) => this.#tasks.received(task),
      answer: async (request) => {
        await this.#changes.signal.until(() => !link.isOpen || this.#appliedSequence() >= request.after);
        return this.#reader.answer(request);
      },
      notice: (notice) => this.#takeNotice(notice),
      heard: (heartbeat) => this.#source.heard(heartbeat),
      closed: (reason, bad) => this.#linkClosed(link, reason, bad),
      progress: () => ({ durable: this.#queue.position()?.sequence ?? 0, applied: this.#appliedSequence() }),
    });
    this.#source.linked(link);
    this.#trouble = '';
    channel.send(
      'welcome',
      encodeWelcome(hello, this.#state.now, { ...terms, position, applied: this.#appliedSequence() }),
    );
    link.open();
    for (const report of this.#tasks.reports()) link.notify({ type: 'task', report });
    link.notify({ type: 'tasks-told' });
    for (const place of this.#state.stale.list()) link.notify({ type: 'mismatch', ...place });
    this.#stateStored();
    this.#tellPause();
  }

  /** While it is paused, what comes is queued here and not applied (guide, ch. 6, Target). */
  async pause(isPaused: boolean): Promise<void> {
    if (this.isPaused === isPaused || !this.life.is('protecting')) return;
    await this.#state.setPaused(isPaused);
    this.#loop.pause(isPaused);
    if (isPaused) this.#tellPause();
    else this.#source.notify({ type: 'resumed' });
    this.#parts.emit(isPaused ? 5206 : 5207, { connection: this.#state.now.number });
    this.#changes.tell();
  }

  get isPaused(): boolean {
    return this.#state.now.paused === true;
  }

  get name(): string {
    return this.#state.now.specification.name;
  }

  get sourceServer(): string {
    return this.#parts.specification.sourceServer;
  }

  #tellPause(): void {
    if (this.isPaused) this.#source.notify({ type: 'paused', reason: targetPausedText });
  }

  async stop(reason: string): Promise<void> {
    this.#source.close(reason);
    // The loop ends only after the task that it carries out, so the task must end first.
    const stopped = this.#loop?.stop();
    this.#tasks?.killAll();
    this.scripts.killAll();
    await stopped;
    await this.#intake?.close();
    this.#changes.signal.notify();
    // Operations that cannot be made durable now are applied again at the next start.
    const { failedOver } = this.#state.now;
    const last = [
      async () => (failedOver ? undefined : this.#loop?.checkpoint()),
      () => this.#snapshots?.close(),
      () => this.#queue?.close(),
      () => this.#tasks?.close(),
      () => this.scripts.close(),
      ...[...this.#parts.trees, ...this.#parts.graveyards].map((tree) => () => tree.close()),
    ];
    for (const end of last) await Promise.resolve(end()).catch((thrown: unknown) => this.#noteTrouble(thrown));
  }

  snapshots(): readonly SnapshotReport[] {
    return this.#replicaSnapshots.list();
  }

  /**
   * Takes a snapshot between two operations, also while one is being retried; only a manual one may be taken while the data is not
   * good (guide, ch. 10).
   */
  async takeSnapshot(name: string, type: AskedSnapshotType): Promise<SnapshotReport> {
    return this.#replicaSnapshots.takeInTime(name, type);
  }

  async deleteSnapshot(id: string): Promise<void> {
    await this.#loop.runAlone(() => this.#replicaSnapshots.remove(id));
    this.#changes.tell();
  }

  /** Keeps the queue: the operations behind the snapshot are skipped until the next mirror begins (guide, ch. 6). */
  async revertToSnapshot(id: string): Promise<void> {
    await this.#loop.runAlone(async () => {
      this.#replicaSnapshots.expectNotLive('revert to a snapshot', id);
      await this.#loop.checkpoint();
      const snapshot = await this.#replicaSnapshots.revert(id);
      this.#parts.emit(5052, { snapshot: snapshot.name });
    });
  }

  taskReports(): readonly TaskReport[] {
    return this.#tasks.reports();
  }

  /** The takeover that is under way, or was made by this process. */
  get takeover(): Promise<FailoverReport> | undefined {
    return this.#failingOver;
  }

  /**
   * Takes over: afterwards no write of the source reaches the replica. Rejects with `FAILED-OVER` when it was done
   * before.
   */
  async failover(options: FailoverOptions, atTask = false): Promise<FailoverReport> {
    const { now } = this.#state;
    const isUnderWay = this.#failingOver !== undefined && now.failover === undefined;
    if (isUnderWay || now.failedOver) throw takenOver(now, isUnderWay, this.#parts.movedTo());
    this.#isTakingOver = true;
    const done = this.#takeOver(options, atTask).finally(() => {
      this.#isTakingOver = false;
    });
    this.#failingOver = done.catch((thrown) => {
      this.#failingOver = undefined;
      if (this.life.is('taking over')) this.life.move('protecting');
      this.#loop.pause(this.isPaused);
      const reason = asFailure(thrown, 'fail over', now.specification.name).message;
      this.#parts.emit(5073, { connection: now.number, reason });
      throw thrown;
    });
    return this.#failingOver;
  }

  /**
   * Undoes the takeover: what was written to the replica since is kept as a snapshot. Afterwards, also when it fails, the
   * job has to be started again from what is durable.
   */
  async undoFailover(): Promise<UndoReport> {
    this.expectUndoable();
    this.life.move('undoing');
    const { emit } = this.#parts;
    const [state, queue, applier, loop] = [this.#state, this.#queue, this.#applier, this.#loop];
    const parts = { emit, state, queue, applier, loop, snapshots: this.#replicaSnapshots, tasks: this.#tasks };
    try {
      return await this.#loop.runAlone(() => undoTakeover(parts));
    } catch (thrown) {
      if (this.life.is('undoing')) this.life.move('failed over');
      throw thrown;
    }
  }

  /** Throws `NOT-FAILED-OVER`, `FAILING-OVER`, `LIVE-ELSEWHERE` or `SOURCE-LEFT`. */
  expectUndoable(): void {
    const refusal = undoRefused(this.#state.now, this.#isTakingOver, this.#parts.movedTo());
    if (refusal !== undefined) throw refusal;
  }

  /** The source's operator has given the job up after the takeover. */
  async sourceLeft(): Promise<void> {
    const { clock, emit, specification } = this.#parts;
    if (!this.life.is('failed over') || this.#state.now.sourceLeftMs !== undefined) return;
    await this.#state.sourceLeft(clock.wallMs());
    emit(5077, { source: specification.sourceServer, connection: this.#state.now.number });
    this.#changes.tell();
  }

  report(): JobReport {
    const { head, bytes, memoryBytes, diskBytes } = this.#queue.state;
    const position = this.#queue.position();
    const durable = position?.sequence ?? 0;
    return targetReport({
      state: this.#state.now,
      isLinked: this.isLinked,
      connectedSinceMs: this.#source.connectedSinceMs,
      revision: this.#changes.revision,
      queuedBytes: bytes,
      queuedOperations: Math.max(0, head - this.#loop.appliedIndex),
      memoryQueueBytes: memoryBytes,
      diskQueueBytes: diskBytes,
      streamId: position?.streamId ?? '',
      sequence: { head: this.#source.heartbeat?.head ?? durable, durable, applied: this.#appliedSequence() },
      trouble: this.#trouble,
      movedTo: this.#parts.movedTo(),
      kept: this.#reader.kept.count ?? 0,
      revert: this.#replicaSnapshots.revertProgress,
    });
  }

  #openQueue(): Promise<TargetQueue> {
    return recoverQueue(this.#parts, {
      wasBegun: this.isStored && this.#parts.state.dataState !== 'Mirror Required',
      ended: (failure) => this.#queueEnded(failure),
      lost: () => this.#state.setDataState('Mirror Required', { queueLostMs: this.#parts.clock.wallMs() }),
    });
  }

  /** After the loss of the queue: cancels its tasks, which cannot run any more, and keeps the replica in a snapshot. */
  async #settleLoss(stateBefore: TargetDataState): Promise<void> {
    await this.#tasks.cancelQueued('the target queue was lost');
    if (stateBefore === 'OK') await this.#replicaSnapshots.keepAsFound('after the queue was lost');
  }

  #noteTrouble(thrown: unknown): void {
    this.#trouble = asFailure(thrown, 'stop', this.#parts.specification.name).message;
  }

  #queueEnded(failure: Failure): void {
    this.#trouble = failure.message;
    this.#parts.emit(5111, { connection: this.#state.now.number, reason: failure.reason });
    this.#source.close(`the target's queue has ended: ${failure.reason}`);
    this.#parts.failed(failure);
  }

  #takeNotice(notice: Notice): void {
    if (notice.type === 'mismatch-taken') this.#state.stale.forget(notice);
    else if (notice.type === 'task-cancel')
      this.#tasks.cancelByHand(notice).catch((thrown) => this.#noteTrouble(thrown));
    else if (notice.type === 'verify-done') this.#tasks.verified(notice.taskId, notice);
    else if (notice.type === 'options') void this.#takeOptions(notice.options);
    else if (notice.type === 'verified' || notice.type === 'unread') {
      const { type: _, ...found } = notice;
      this.#state.noteFound(found).catch((thrown) => this.#noteTrouble(thrown));
    } else if (notice.type === 'forget') this.#parts.forgotten(() => this.life.is('protecting'));
  }

  /** Of a smaller revision, or after a takeover, the source's word does not count. */
  async #takeOptions(options: JobOptions): Promise<void> {
    const own = optionsOf(this.#state.now.specification);
    if (!this.life.is('protecting') || options.revision < own.revision || isSameOptions(options, own)) return;
    try {
      this.#parts.edited(await this.#state.setOptions(options));
      const { number: connection } = this.#state.now;
      this.#parts.emit(5230, { connection, revision: options.revision });
    } catch (thrown) {
      this.#noteTrouble(thrown);
    }
    this.#changes.tell();
  }

  #noteMismatch(mismatch: ApplyMismatch): void {
    const place = this.#state.stale.note(mismatch);
    this.#source.notify({ type: 'mismatch', ...place });
  }

  #linkClosed(link: TargetLink, reason: string, bad: boolean): void {
    if (bad) this.#parts.emit(5003, { peer: this.#parts.specification.sourceServer, reason });
    if (this.#source.lost(link)) {
      this.#trouble = reason;
      this.#tasks.linkLost();
      if (!this.isStored) this.#parts.forgotten(() => !this.isStored && !this.isLinked && this.life.is('protecting'));
    }
    this.#changes.tell();
  }

  async #takeMarker(marker: Marker, place: Place): Promise<void> {
    switch (marker.type) {
      case 'mirror-begin':
      case 'mirror-end':
        return this.#mirrorMarkers.take(marker, place);
      case 'task':
        this.#applier.advance(place);
        // A block may run commands on this server, such as SNAPSHOT, at this point of the stream, so it borrows the
        // loop's turn.
        if (marker.task.actions.onexecute?.type === 'block')
          await this.#loop.lendTurn(() => this.#tasks.execute(marker.task));
        else await this.#tasks.execute(marker.task);
        return;
      default:
        if (marker.type === 'end') this.#source.ended();
        this.#changes.tell();
    }
  }

  async #drop(path: string, failure: Failure): Promise<void> {
    await this.#replicaSnapshots.takeAutomatic('before a dropped operation');
    this.#tellRefused(5031, path, failure);
    await this.#state.setDataState('Mirror Required');
  }

  #tellRefused(id: 5030 | 5031, path: string, { reason }: Failure): void {
    this.#parts.emit(id, { path, reason, mirrors: this.#state.now.mirrorsCompleted });
  }

  #stateStored(): void {
    const { dataState: state, mirrorsCompleted: mirrors, unread = 0 } = this.#state.now;
    if (this.#source.link !== undefined)
      this.#source.notify({ type: 'state', state, mirrors, kept: this.#reader.kept.count, unread });
    this.#changes.tell();
  }

  async #takeOver(options: FailoverOptions, atTask: boolean): Promise<FailoverReport> {
    this.life.move('taking over');
    const { clock, emit } = this.#parts;
    const takeover = new Takeover(
      {
        clock,
        emit,
        state: this.#state,
        source: this.#source,
        queue: this.#queue,
        loop: this.#loop,
        snapshots: this.#replicaSnapshots,
        tasks: this.#tasks,
      },
      options,
      atTask,
    );
    const taken = await takeover.run();
    const report = { ...taken, evidence: [...taken.evidence, ...(await this.#parts.takeOnIdentity())] };
    // The takeover is done; it does not fail because its report cannot be stored.
    await this.#state.keepTakeover(report).catch((thrown) => this.#noteTrouble(thrown));
    this.#changes.tell();
    return report;
  }

  /** Sequence of the last applied operation of the stream that is being received. */
  #appliedSequence(): number {
    const applied = this.#applier.applied?.position;
    return applied !== undefined && applied.streamId === this.#queue.position()?.streamId ? applied.sequence : 0;
  }
}
