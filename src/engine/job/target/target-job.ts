// A job on its target: receives the stream, applies it, holds snapshots, takes over.
// Its states are those of job-life.ts; `dataState` says how good the replica is while it protects.
// The data state changes only at places of the stream (mirror begin and end), when an operation is dropped, and at a revert.
import { asFailure, type Failure } from '../../../base/failure.ts';
import { displayPath } from '../../../base/raw-path.ts';
import { Signal } from '../../../base/waiting/signal.ts';
import { Turns } from '../../../base/waiting/turns.ts';
import type { TargetDataState } from '../../../model/job.ts';
import type { FailoverOptions, FailoverReport, JobReport, SnapshotReport } from '../../../model/report.ts';
import type { AskedSnapshotType, Marker } from '../../../model/stream/marker.ts';
import type { TaskReport } from '../../../model/stream/task.ts';
import type { FileTree } from '../../../ports/files.ts';
import type { Heartbeat, Hello, Notice } from '../../../wire/control-messages.ts';
import { Applier } from '../../apply/applier.ts';
import { ApplyLoop } from '../../apply/apply-loop.ts';
import type { ApplyMismatch, Place } from '../../apply/apply-report.ts';
import { takenOver } from '../../failover/taken-over.ts';
import { takeOver } from '../../failover/takeover.ts';
import type { Channel } from '../../link/channel.ts';
import type { Intake } from '../../link/intake.ts';
import { ReplicaReader } from '../../link/replica-reader.ts';
import { TargetLink } from '../../link/target-link.ts';
import type { TargetQueue } from '../../queue/target-queue.ts';
import { Snapshots } from '../../snapshot/snapshots.ts';
import { JobLife, type TargetPhase, targetMoves } from '../job-life.ts';
import type { JobParts } from '../job-parts.ts';
import { recoverQueue } from './recovered-queue.ts';
import { ReplicaSnapshots } from './replica-snapshots.ts';
import { StalePlaces } from './stale-places.ts';
import { targetIntake } from './target-intake.ts';
import { targetReport } from './target-report.ts';
import { storeTargetState, type TargetState } from './target-state.ts';
import { TargetTasks } from './target-tasks.ts';
import { encodeWelcome, type ReplicaParts, termsFor } from './welcome.ts';

export interface TargetJobParts extends JobParts, ReplicaParts {
  readonly state: TargetState;
  /** The job is stored: it was taken up from an earlier run. One that is new is stored with the first that it receives. */
  readonly isStored: boolean;
  /** The source gives the job up, or was gone before it knew that it has one here. */
  readonly forgotten: (stillSo: () => boolean) => void;
  /** Marks the replica's paths as live, durably. */
  readonly markLive: (epoch: number) => Promise<void>;
  /** Where the live copy is after a takeover, when it is here no more. */
  readonly movedTo: () => string | undefined;
  /** The job has been stored for the first time; nothing has been received yet. */
  readonly stored: () => Promise<void>;
}

export class TargetJob {
  readonly #parts: TargetJobParts;
  readonly #signal = new Signal();
  readonly life: JobLife<TargetPhase>;
  #state: TargetState;
  readonly #trees: readonly FileTree[];
  #queue!: TargetQueue;
  #intake: Intake | undefined;
  #applier!: Applier;
  #loop!: ApplyLoop;
  #snapshots!: Snapshots;
  #replicaSnapshots!: ReplicaSnapshots;
  #tasks!: TargetTasks;
  #reader!: ReplicaReader;
  #link: TargetLink | undefined;
  #connectedSinceMs: number | null = null;
  #ended = false;
  #heartbeat: (Heartbeat & { readonly heardMs: number }) | undefined;
  readonly #stale: StalePlaces;
  #isStored: boolean;
  readonly #storing = new Turns();
  #failingOver: Promise<FailoverReport> | undefined;
  #trouble = '';
  #revision = 1;

  constructor(parts: TargetJobParts) {
    this.#parts = parts;
    this.#trees = parts.trees;
    this.#state = parts.state;
    this.life = new JobLife<TargetPhase>(targetMoves, parts.state.failedOver ? 'failed over' : 'protecting');
    this.#isStored = parts.isStored;
    this.#stale = new StalePlaces(parts.state.stale);
  }

  get jobId(): string {
    return this.#state.specification.jobId;
  }

  /** Everything is open; before, there is nothing to report. */
  get isOpen(): boolean {
    return this.#loop !== undefined;
  }

  /** Its source knows that it was accepted. */
  get isStored(): boolean {
    return this.#isStored;
  }

  get epoch(): number {
    return this.#state.epoch;
  }

  get failedOver(): boolean {
    return this.#state.failedOver;
  }

  get isLinked(): boolean {
    return this.#link?.isOpen ?? false;
  }

  /** Monotonic milliseconds when the source was last heard; undefined before. */
  get heardMs(): number | undefined {
    return this.#heartbeat?.heardMs;
  }

  /** Recovers queue, place and snapshots, and applies what is left in the queue. */
  async start(): Promise<void> {
    const { storage, folder, clock, emit, state, rules } = this.#parts;
    this.#queue = await this.#openQueue();
    const [trees, { graveyards }] = [this.#trees, this.#parts];
    this.#snapshots = await Snapshots.open({ trees, graveyards, storage, folder: `${folder}/snapshots`, clock });
    this.#applier = await Applier.open({ ...this.#parts, trees, undo: this.#snapshots.undo, rules });
    this.#replicaSnapshots = new ReplicaSnapshots({
      jobId: this.jobId,
      clock,
      random: this.#parts.random,
      snapshots: this.#snapshots,
      applier: this.#applier,
      checkpoint: () => this.#loop.checkpoint(),
      isGood: () => this.#state.dataState === 'OK',
      emit,
    });
    this.#replicaSnapshots.tellLost();
    this.#reader = await ReplicaReader.open(trees, storage, folder);
    this.#tasks = await TargetTasks.open({
      ...this.#parts,
      snapshots: this.#replicaSnapshots,
      runAlone: (work) => this.#loop.runAlone(work),
      notify: (notice) => this.#link?.notify(notice),
      isLinked: () => this.isLinked,
      failover: () => this.failover({ type: 'live', queue: 'discard' }, true),
      changed: () => this.#changed(),
    });
    if (this.#snapshots.reverted !== undefined) await this.#settleRevert();
    this.#loop = new ApplyLoop({
      queue: this.#queue,
      applier: this.#applier,
      kept: this.#reader.kept,
      clock,
      listener: {
        marker: (marker, place) => this.#takeMarker(marker, place),
        mismatch: (mismatch) => this.#noteMismatch(mismatch),
        beforeCheckpoint: () => this.#settleMismatches(),
        retrying: ({ path }, failure) => this.#tellRefused(5030, displayPath(path), failure),
        dropping: ({ path }, failure) => this.#drop(displayPath(path), failure),
        applied: () => {
          this.#link?.acknowledge();
          this.#changed();
        },
        failed: (failure) => this.#parts.failed(failure),
        skips: () => this.#state.dataState === 'Snapshot Reverted',
      },
    });
    if (this.#state.failedOver) return;
    if (state.overLive === true) await this.#replicaSnapshots.keepLive();
    if (this.#state.queueLostMs !== state.queueLostMs) await this.#settleLoss(state.dataState);
    this.#loop.start();
  }

  /** Takes a link whose hello was accepted. The one before it, if any, is closed: the source knows best which it uses. */
  async attach(channel: Channel, hello: Hello): Promise<void> {
    this.#link?.close('the source has made a new link');
    // What came over the old link is in the queue or is not, before the new one is told how far that is.
    await this.#intake?.close();
    const terms = await termsFor(hello, this.#parts);
    const { clock } = this.#parts;
    const stored = (): void => {
      this.#loop.notify();
      this.#changed();
    };
    const intake = targetIntake({ queue: this.#queue, clock, stored, link: () => this.#link });
    this.#intake = intake;
    if (this.#queue.position()?.streamId !== hello.streamId) await this.#queue.begin(hello.streamId);
    const position = this.#queue.position() ?? null;
    this.#state = { ...this.#state, capture: hello.capture };
    let storedOnce: Promise<void> | undefined;
    const link: TargetLink = new TargetLink(channel, this.#trees.length, {
      store: async (batch) => {
        // One for all: a batch that comes while the job is being stored must not overtake the one before it.
        storedOnce ??= this.#storeOnce();
        await storedOnce;
        return intake.store(batch);
      },
      received: (task) => this.#tasks.received(task),
      answer: async (request) => {
        await this.#signal.until(() => !link.isOpen || this.#appliedSequence() >= request.after);
        return this.#reader.answer(request);
      },
      notice: (notice) => this.#takeNotice(notice),
      heard: (heartbeat) => {
        this.#heartbeat = { ...heartbeat, heardMs: this.#parts.clock.monotonicMs() };
      },
      closed: (reason, bad) => this.#linkClosed(link, reason, bad),
      progress: () => ({ durable: this.#queue.position()?.sequence ?? 0, applied: this.#appliedSequence() }),
    });
    this.#link = link;
    this.#trouble = '';
    this.#connectedSinceMs = this.#parts.clock.wallMs();
    this.#ended = false;
    channel.send('welcome', encodeWelcome(this.#state, { ...terms, position, applied: this.#appliedSequence() }));
    link.open();
    for (const report of this.#tasks.reports()) link.notify({ type: 'task', report });
    link.notify({ type: 'tasks-told' });
    for (const place of this.#stale.list()) link.notify({ type: 'mismatch', ...place });
    this.#tellState();
    this.#changed();
  }

  async stop(reason: string): Promise<void> {
    this.#link?.close(reason);
    // The loop ends with the task that it carries out, so that must end first.
    const stopped = this.#loop?.stop();
    this.#tasks?.killAll();
    await stopped;
    await this.#intake?.close();
    this.#signal.notify();
    // What can be made durable no more is applied again at the next start.
    const { failedOver } = this.#state;
    const last = [
      async () => (failedOver ? undefined : this.#loop?.checkpoint()),
      () => this.#snapshots?.close(),
      () => this.#queue?.close(),
      () => this.#tasks?.close(),
      ...[...this.#trees, ...this.#parts.graveyards].map((tree) => () => tree.close()),
    ];
    for (const end of last) await Promise.resolve(end()).catch((thrown: unknown) => this.#noteTrouble(thrown));
  }

  snapshots(): readonly SnapshotReport[] {
    return this.#replicaSnapshots.list();
  }

  /** Of the replica as it is between two operations; only a manual one whatever the state of the data is (guide, ch. 10). */
  async takeSnapshot(name: string, type: AskedSnapshotType): Promise<SnapshotReport> {
    return this.#loop.runAlone(() => this.#replicaSnapshots.takeAsked(name, type));
  }

  async deleteSnapshot(id: string): Promise<void> {
    await this.#loop.runAlone(() => this.#snapshots.remove(id));
    this.#changed();
  }

  /** Discards nothing of the queue: what follows is passed unapplied until the next mirror begins (guide, ch. 6). */
  async revertToSnapshot(id: string): Promise<void> {
    await this.#loop.runAlone(async () => {
      await this.#loop.checkpoint();
      const snapshot = await this.#snapshots.revert(id);
      await this.#settleRevert();
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

  /** Takes over: no write of the source reaches the replica afterwards. Rejects with `FAILED-OVER` when that was done before. */
  async failover(options: FailoverOptions, atTask = false): Promise<FailoverReport> {
    const isUnderWay = this.#failingOver !== undefined && this.#state.failover === undefined;
    if (isUnderWay || this.#state.failedOver) throw takenOver(this.#state, isUnderWay, this.#parts.movedTo());
    this.#failingOver = this.#takeOver(options, atTask).catch((thrown) => {
      this.#failingOver = undefined;
      if (this.life.is('taking over')) this.life.move('protecting');
      const reason = asFailure(thrown, 'fail over', this.#state.specification.name).message;
      this.#parts.emit(5073, { connection: this.#state.number, reason });
      throw thrown;
    });
    return this.#failingOver;
  }

  report(): JobReport {
    const { head, bytes, diskBytes } = this.#queue.state;
    const position = this.#queue.position();
    const durable = position?.sequence ?? 0;
    return targetReport({
      state: this.#state,
      isLinked: this.isLinked,
      connectedSinceMs: this.#connectedSinceMs,
      revision: this.#revision,
      queuedBytes: bytes,
      queuedOperations: Math.max(0, head - this.#loop.appliedIndex),
      diskQueueBytes: diskBytes,
      streamId: position?.streamId ?? '',
      sequence: { head: this.#heartbeat?.head ?? durable, durable, applied: this.#appliedSequence() },
      trouble: this.#trouble,
      movedTo: this.#parts.movedTo(),
      kept: this.#reader.kept.count ?? 0,
    });
  }

  #openQueue(): Promise<TargetQueue> {
    return recoverQueue(this.#parts, {
      wasBegun: this.#isStored && this.#parts.state.dataState !== 'Mirror Required',
      ended: (failure) => this.#queueEnded(failure),
      lost: () => this.#setDataState('Mirror Required', { queueLostMs: this.#parts.clock.wallMs() }),
    });
  }

  /** What the queue held was lost: the tasks in it will not run, and the replica stays to be had as it was found. */
  async #settleLoss(stateBefore: TargetDataState): Promise<void> {
    await this.#tasks.cancelQueued('the target queue was lost');
    if (stateBefore === 'OK') await this.#replicaSnapshots.keepAsFound('after the queue was lost');
  }

  /** A source that has sent something knows that it was accepted, and will come back. */
  async #storeOnce(): Promise<void> {
    if (this.#isStored) return;
    await this.#storeState(this.#state);
    await this.#parts.stored();
  }

  #noteTrouble(thrown: unknown): void {
    this.#trouble = asFailure(thrown, 'stop', this.#state.specification.name).message;
  }

  #queueEnded(failure: Failure): void {
    this.#trouble = failure.message;
    this.#parts.emit(5111, { connection: this.#state.number, reason: failure.reason });
    this.#link?.close(`the target's queue has ended: ${failure.reason}`);
    this.#parts.failed(failure);
  }

  #takeNotice(notice: Notice): void {
    if (notice.type === 'mismatch-taken') this.#stale.forget(notice);
    else if (notice.type === 'verify-done') this.#tasks.verified(notice.taskId, notice);
    else if (notice.type === 'verified' || notice.type === 'unread') {
      const { type: _, ...found } = notice;
      this.#setDataState(this.#state.dataState, found).catch((thrown) => this.#noteTrouble(thrown));
    } else if (notice.type === 'forget') this.#parts.forgotten(() => this.life.is('protecting'));
  }

  #noteMismatch(mismatch: ApplyMismatch): void {
    this.#link?.notify({ type: 'mismatch', ...this.#stale.note(mismatch) });
  }

  /** Before the operations that found the mismatches are let go. */
  async #settleMismatches(): Promise<void> {
    if (this.#stale.size === 0 && this.#state.stale.length === 0) return;
    const tooMany = this.#stale.overflowed();
    await this.#storeState({ ...this.#state, stale: this.#stale.list() });
    if (tooMany && this.#state.dataState === 'OK') await this.#setDataState('Mirror Required');
  }

  #linkClosed(link: TargetLink, reason: string, bad: boolean): void {
    if (bad) this.#parts.emit(5003, { peer: this.#state.specification.sourceServer, reason });
    if (this.#link === link) {
      this.#link = undefined;
      this.#connectedSinceMs = null;
      this.#trouble = reason;
      this.#tasks.linkLost();
      if (!this.#isStored) this.#parts.forgotten(() => !this.#isStored && !this.isLinked && this.life.is('protecting'));
    }
    this.#changed();
  }

  async #takeMarker(marker: Marker, place: Place): Promise<void> {
    switch (marker.type) {
      case 'mirror-begin':
        // The mirror compares everything, these places too.
        this.#stale.forgetAll();
        await this.#replicaSnapshots.beforeMirror(this.#state.mirrorsCompleted === 0);
        await this.#setDataState('Mirroring');
        // What the mirror will find here stays so: an operation that was given up must not be tried again after a crash, behind it.
        await this.#settleAt(place);
        return;
      case 'mirror-end':
        if (marker.outcome === 'completed' && this.#state.dataState === 'Mirroring') {
          const { queueLostMs: _, differences: __, ...rest } = this.#state;
          this.#state = { ...rest, mirrorsCompleted: rest.mirrorsCompleted + 1 };
          await this.#setDataState('OK');
          // Durable at once, or a crash would bring the end of the mirror back and count it again.
          await this.#settleAt(place);
        } else await this.#setDataState('Mirror Required');
        return;
      case 'task':
        this.#applier.advance(place);
        // A block may do on this server what a script may, such as taking a snapshot: here, where the stream stands.
        if (marker.task.actions.onexecute?.type === 'block')
          await this.#loop.lendTurn(() => this.#tasks.execute(marker.task));
        else await this.#tasks.execute(marker.task);
        return;
      default:
        this.#ended ||= marker.type === 'end';
        this.#changed();
    }
  }

  /** Makes a marker's place durable at once. */
  async #settleAt(place: Place): Promise<void> {
    this.#applier.advance(place);
    await this.#loop.checkpoint();
  }

  async #settleRevert(): Promise<void> {
    await this.#applier.checkpoint();
    await this.#setDataState('Snapshot Reverted');
    await this.#snapshots.acknowledgeRevert();
  }

  async #drop(path: string, failure: Failure): Promise<void> {
    await this.#replicaSnapshots.takeAutomatic('before a dropped operation');
    this.#tellRefused(5031, path, failure);
    await this.#setDataState('Mirror Required');
  }

  #tellRefused(id: 5030 | 5031, path: string, { reason }: Failure): void {
    this.#parts.emit(id, { path, reason, mirrors: this.#state.mirrorsCompleted });
  }

  async #setDataState(dataState: TargetDataState, more: Partial<TargetState> = {}): Promise<void> {
    await this.#storeState({ ...this.#state, ...more, dataState });
    this.#tellState();
    this.#changed();
  }

  async #storeState(state: TargetState): Promise<void> {
    this.#state = state;
    // One after the other: the last on the disk is the newest, or a takeover could be forgotten.
    await this.#storing.runAlone(() => storeTargetState(this.#parts.storage, this.#parts.folder, state));
    this.#isStored = true;
  }

  #tellState(): void {
    const { dataState: state, mirrorsCompleted: mirrors, unread = 0 } = this.#state;
    this.#link?.notify({ type: 'state', state, mirrors, kept: this.#reader.kept.count, unread });
  }

  async #takeOver(options: FailoverOptions, atTask: boolean): Promise<FailoverReport> {
    const { clock, emit } = this.#parts;
    const { epoch } = this.#state;
    this.life.move('taking over');
    const link = this.#link;
    const report = await takeOver(
      {
        ...this.#state,
        jobId: this.jobId,
        name: this.#state.specification.name,
        clock,
        queue: this.#queue,
        loop: this.#loop,
        link,
        heartbeat: this.#heartbeat,
        dataState: () => this.#state.dataState,
        snapshots: this.snapshots(),
        stale: () => this.#stale.list().map(({ path }) => displayPath(path)),
        handedOver: async () => {
          await this.#signal.until(() => this.#ended || link?.isOpen !== true);
          return this.#ended;
        },
        fence: async () => {
          await this.#parts.markLive(epoch + 1);
          await this.#storeState({ ...this.#state, epoch: this.#state.epoch + 1, failedOver: true });
          this.life.move('failed over');
          return this.#state.epoch;
        },
        revert: async (snapshotId) => {
          await this.#snapshots.revert(snapshotId);
          await this.#settleRevert();
        },
        cancelTasks: (reason) => this.#tasks.cancelQueued(reason),
        emit,
        atTask,
      },
      options,
    );
    // It is done: that its report cannot be kept is no reason to call it failed. One that was given up meanwhile has no file.
    if (this.life.is('failed over'))
      await this.#storeState({ ...this.#state, failover: report }).catch((thrown) => this.#noteTrouble(thrown));
    this.#changed();
    return report;
  }

  /** Sequence of the last applied operation of the stream that is being received. */
  #appliedSequence(): number {
    const applied = this.#applier.applied?.position;
    return applied !== undefined && applied.streamId === this.#queue.position()?.streamId ? applied.sequence : 0;
  }

  #changed(): void {
    this.#revision += 1;
    this.#signal.notify();
    this.#parts.changed();
  }
}
