// A job on its target: receives the stream, applies it, holds snapshots, takes over.
//
// What is true when
//   protecting    operations are applied as they come; `dataState` says how good the replica is
//   failed over   the epoch is greater than the source's; nothing is received or applied any more, and the replica belongs
//                 to whoever uses it now
// The data state changes only at places of the stream (mirror begin and end), when an operation is dropped, and at a revert.
import { sleep } from '../../base/clock.ts';
import { asFailure, Failure } from '../../base/failure.ts';
import { newIdentifier } from '../../base/identifier.ts';
import { displayPath } from '../../base/raw-path.ts';
import type { TargetDataState } from '../../model/job.ts';
import type { Marker, SnapshotType } from '../../model/marker.ts';
import type { FailoverOptions, FailoverReport, JobReport, SnapshotReport } from '../../model/report.ts';
import { type StreamTask, taskPoints, type TaskPoint, type TaskReport } from '../../model/task.ts';
import type { FileTree } from '../../ports/files.ts';
import { encodeControl, type Heartbeat, type Hello, type Notice, welcomeSchema } from '../../wire/control-messages.ts';
import type { RecordBatch } from '../../wire/operations-frame.ts';
import { Applier } from '../apply/applier.ts';
import { ApplyLoop } from '../apply/apply-loop.ts';
import type { ApplyMismatch, Place } from '../apply/apply-report.ts';
import { TargetQueue } from '../queue/target-queue.ts';
import { ReplicaReader } from '../receive/replica-reader.ts';
import { TargetLink } from '../receive/target-link.ts';
import { Snapshots } from '../snapshot/snapshots.ts';
import { TaskJournal } from '../tasks/task-journal.ts';
import { type BuiltIn, TaskRunner } from '../tasks/task-runner.ts';
import type { Channel } from './channel.ts';
import type { JobParts } from './job-parts.ts';
import { Signal } from './signal.ts';
import { storeTargetState, type TargetState } from './target-state.ts';

export interface TargetJobParts extends JobParts {
  readonly state: TargetState;
  /** One per root: a folder outside the replica, on its file system where possible, for removed objects. */
  readonly graveyards: readonly FileTree[];
  /** The source gives the job up. */
  readonly forgotten: () => void;
}

/** How long a planned failover waits for the source to hand over everything. */
const handOverMs = 30_000;

export class TargetJob {
  readonly #parts: TargetJobParts;
  readonly #signal = new Signal();
  #state: TargetState;
  #trees: FileTree[] = [];
  #queue!: TargetQueue;
  #applier!: Applier;
  #loop!: ApplyLoop;
  #snapshots!: Snapshots;
  #journal!: TaskJournal;
  #runner!: TaskRunner;
  #reader!: ReplicaReader;
  #link: TargetLink | undefined;
  #connectedSinceMs: number | null = null;
  #ended = false;
  #heartbeat: (Heartbeat & { readonly heardMs: number }) | undefined;
  /** Places that the source has to send again and has not said that it will. */
  readonly #mismatches = new Map<string, ApplyMismatch>();
  #verifications = new Map<string, (answer: { good: boolean; text: string }) => void>();
  #failingOver: Promise<FailoverReport> | undefined;
  #trouble = '';
  #revision = 1;

  constructor(parts: TargetJobParts) {
    this.#parts = parts;
    this.#state = parts.state;
  }

  get jobId(): string {
    return this.#state.specification.jobId;
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

  /** Opens the replica, recovers queue, place and snapshots, and applies what is left in the queue. */
  async start(): Promise<void> {
    const { files, storage, folder, clock, emit, state } = this.#parts;
    for (const root of state.specification.roots) this.#trees.push(await files.openTree(root.replica, { create: true }));
    this.#queue = await this.#openQueue();
    const snapshotFolder = `${folder}/snapshots`;
    const { graveyards } = this.#parts;
    this.#snapshots = await Snapshots.open({ trees: this.#trees, graveyards, storage, folder: snapshotFolder, clock });
    this.#applier = await Applier.open({ trees: this.#trees, storage, folder, undo: this.#snapshots.undo });
    this.#reader = new ReplicaReader(this.#trees);
    this.#journal = await TaskJournal.open(storage, folder);
    this.#runner = this.#makeRunner();
    await this.#runner.reportInterrupted();
    if (this.#snapshots.reverted !== undefined) await this.#settleRevert();
    this.#loop = new ApplyLoop({
      queue: this.#queue,
      applier: this.#applier,
      clock,
      listener: {
        marker: (marker, place) => this.#takeMarker(marker, place),
        mismatch: (mismatch) => this.#noteMismatch(mismatch),
        beforeCheckpoint: () => this.#settleMismatches(),
        retrying: ({ path }, failure) => emit(5030, { path: displayPath(path), reason: failure.reason }),
        dropping: ({ path }, failure) => this.#drop(displayPath(path), failure),
        applied: () => {
          this.#link?.acknowledge();
          this.#changed();
        },
        skips: () => this.#state.dataState === 'Snapshot Reverted',
      },
    });
    if (!this.#state.failedOver) this.#loop.start();
  }

  /** Takes a link whose hello was accepted. The one before it, if any, is closed: the source knows best which it uses. */
  async attach(channel: Channel, hello: Hello): Promise<void> {
    this.#link?.close('the source has made a new link');
    if (this.#queue.position()?.streamId !== hello.streamId) await this.#queue.begin(hello.streamId);
    const position = this.#queue.position() ?? null;
    const link: TargetLink = new TargetLink(channel, this.#trees.length, {
      store: (batch) => this.#store(batch),
      received: (task) => this.#received(task),
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
    this.#connectedSinceMs = this.#parts.clock.wallMs();
    this.#ended = false;
    const applied = this.#appliedSequence();
    const { epoch, dataState: state } = this.#state;
    channel.send('welcome', encodeControl(welcomeSchema, { version: 1, epoch, position, applied, state }));
    link.open();
    for (const report of this.#journal.reports()) link.notify({ type: 'task', report });
    link.notify({ type: 'tasks-told' });
    for (const { root, path, reason } of this.#mismatches.values()) link.notify({ type: 'mismatch', root, path, reason });
    this.#tellState();
    this.#changed();
  }

  async stop(reason: string): Promise<void> {
    this.#link?.close(reason);
    await this.#loop?.stop();
    if (this.#loop !== undefined && !this.#state.failedOver) await this.#loop.checkpoint();
    this.#signal.notify();
    this.#runner?.killAll();
    await this.#snapshots?.close();
    await this.#queue?.close();
    await this.#journal?.close();
    for (const tree of this.#trees) await tree.close();
  }

  snapshots(): readonly SnapshotReport[] {
    return this.#snapshots.list().map(({ id, name, type, takenMs, position }) => ({
      snapshotId: id,
      jobId: this.jobId,
      name: name.replace(/ \(bad\)$/, ''),
      type,
      takenMs,
      sequence: position.sequence,
      state: name.endsWith(' (bad)') ? 'bad' : 'good',
    }));
  }

  /** Of the replica as it is between two operations. */
  async takeSnapshot(name: string, type: SnapshotType): Promise<SnapshotReport> {
    return this.#loop.exclusively(() => this.#takeSnapshotHere(name, type));
  }

  async deleteSnapshot(id: string): Promise<void> {
    await this.#loop.exclusively(() => this.#snapshots.remove(id));
    this.#changed();
  }

  /** Discards nothing of the queue: what follows is passed unapplied until the next mirror begins (guide, ch. 6). */
  async revertToSnapshot(id: string): Promise<void> {
    await this.#loop.exclusively(async () => {
      await this.#loop.checkpoint();
      const snapshot = await this.#snapshots.revert(id);
      await this.#settleRevert();
      this.#parts.emit(5052, { snapshot: snapshot.name });
    });
  }

  taskReports(): readonly TaskReport[] {
    return this.#journal.reports();
  }

  /** Takes over: no write of the source reaches the replica afterwards. A second call gives the first one's report. */
  failover(options: FailoverOptions): Promise<FailoverReport> {
    this.#failingOver ??= this.#failover(options, false).catch((thrown) => {
      this.#failingOver = undefined;
      const reason = asFailure(thrown, 'fail over', this.#state.specification.name).message;
      this.#parts.emit(5073, { connection: this.#state.number, reason });
      throw thrown;
    });
    return this.#failingOver;
  }

  report(): JobReport {
    const { specification, number, establishedMs, epoch, failedOver, dataState, mirrorsCompleted } = this.#state;
    const queue = this.#queue.state;
    const position = this.#queue.position();
    return {
      jobId: this.jobId,
      number,
      name: specification.name,
      role: 'target',
      replicationSet: specification.replicationSet,
      source: specification.sourceServer,
      target: specification.targetServer,
      roots: specification.roots,
      health: failedOver || (this.isLinked && dataState === 'OK') ? 'healthy' : 'warning',
      revision: this.#revision,
      mirror: {
        status: failedOver ? 'Stopped' : dataState === 'Mirroring' ? 'In Progress' : 'Idle',
        method: specification.mirrorMethod,
        percent: null,
        remainingBytes: null,
        skippedBytes: 0,
        sentBytes: 0,
        transmittedBytes: 0,
        queuedBytes: 0,
        completed: mirrorsCompleted,
      },
      replication: {
        status: failedOver ? 'Stopped' : this.isLinked ? 'Ready' : 'Pending',
        sentBytes: 0,
        transmittedBytes: 0,
        queuedBytes: queue.bytes,
        queuedOperations: Math.max(0, queue.head - this.#loop.appliedIndex),
      },
      transmit: { mode: failedOver ? 'Stopped' : this.isLinked ? 'Active' : 'Error' },
      targetState: dataState,
      diskQueueBytes: queue.diskBytes,
      establishedMs,
      connectedSinceMs: this.#connectedSinceMs,
      sequence: {
        head: this.#heartbeat?.head ?? position?.sequence ?? 0,
        durable: position?.sequence ?? 0,
        applied: this.#appliedSequence(),
      },
      streamId: position?.streamId ?? '',
      epoch,
      failedOver,
      additional: failedOver ? `failed over with epoch ${epoch}` : this.#trouble,
    };
  }

  async #openQueue(): Promise<TargetQueue> {
    const { storage, folder, queueLimits: limits, emit, state } = this.#parts;
    const options = {
      storage,
      folder: `${folder}/target-queue`,
      limits,
      events: {
        alert: (percent: number) => emit(5110, { connection: state.number, percent }),
        ended: (failure: Failure) => this.#queueEnded(failure),
      },
    };
    try {
      return await TargetQueue.open(options);
    } catch (thrown) {
      const failure = asFailure(thrown, 'open the queue', this.#state.specification.name);
      if (failure.code !== 'QUEUE-UNREADABLE') throw thrown;
      // What it held is lost: said in an event, and the source begins a new stream with a mirror.
      emit(5111, { connection: state.number, reason: failure.reason });
      await this.#setDataState('Mirror Required');
      for (const name of await storage.list(options.folder)) await storage.remove(name);
      await storage.remove(`${folder}/applied.json`);
      return TargetQueue.open(options);
    }
  }

  #queueEnded(failure: Failure): void {
    this.#trouble = failure.message;
    this.#parts.emit(5111, { connection: this.#state.number, reason: failure.reason });
    this.#link?.close(`the target's queue has ended: ${failure.reason}`);
  }

  #makeRunner(): TaskRunner {
    const { clock, programs, taskPolicy, emit, state } = this.#parts;
    const replica = state.specification.roots[0]?.replica ?? '';
    return new TaskRunner({
      journal: this.#journal,
      clock,
      programs,
      policy: taskPolicy,
      environment: { UNDERSTUDY_JOB: this.jobId, UNDERSTUDY_REPLICA: Buffer.from(replica, 'latin1').toString('utf8') },
      builtIn: (action, task, point) => this.#builtIn(action, task, point),
      emit,
      changed: (report) => {
        this.#link?.notify({ type: 'task', report });
        this.#changed();
      },
    });
  }

  async #builtIn(action: BuiltIn, task: StreamTask, point: TaskPoint): Promise<void> {
    switch (action.type) {
      case 'snapshot':
        // At ONEXECUTE the stream stands still at the task; on receipt it does not, so the moment is taken.
        if (point === 'onexecute') await this.#takeSnapshotHere(action.name, 'manual');
        else await this.takeSnapshot(action.name, 'manual');
        return;
      case 'dns-update':
        await this.#parts.builtIn(action);
        return;
      case 'verify':
        await this.#askForVerification(task);
        return;
      case 'failover':
        if (point !== 'onexecute') {
          throw new Failure({
            code: 'TASK-NOT-HERE',
            operation: 'fail over from a stream task',
            subject: task.name,
            reason: 'it needs a place in the data',
            hint: 'Give FAILOVER at ONEXECUTE.',
          });
        }
        this.#failingOver ??= this.#failover({ type: 'live', queue: 'discard' }, true);
        await this.#failingOver;
    }
  }

  async #askForVerification(task: StreamTask): Promise<void> {
    const link = this.#link;
    if (link === undefined) throw notLinked('verify', this.#state.specification.sourceServer);
    const { good, text } = await new Promise<{ good: boolean; text: string }>((resolve) => {
      this.#verifications.set(task.taskId, resolve);
      link.notify({ type: 'verify-asked', taskId: task.taskId });
    });
    this.#verifications.delete(task.taskId);
    if (good) return;
    throw new Failure({ code: 'VERIFY-DIFFERS', operation: 'verify', subject: task.name, reason: text });
  }

  async #store(batch: RecordBatch): Promise<void> {
    for (;;) {
      if ((await this.#queue.append(batch)) === 'durable') break;
      this.#link?.notify({ type: 'paused', reason: "the target's queue is full" });
      // Other programs use the disk too: room may come without anything being released.
      await Promise.race([this.#queue.waitForRoom(), sleep(this.#parts.clock, 1000)]);
      this.#link?.notify({ type: 'resumed' });
    }
    this.#loop.notify();
    this.#changed();
  }

  async #received(task: StreamTask): Promise<void> {
    for (const point of ['onreceive', 'onexecute'] as const) {
      if (task.actions[point] === undefined || this.#journal.find(task.taskId, point) !== undefined) continue;
      await this.#journal.record({ taskId: task.taskId, name: task.name, point, state: 'queued', reason: '' });
    }
    await this.#runner.run(task, 'onreceive');
  }

  #takeNotice(notice: Notice): void {
    if (notice.type === 'mismatch-taken') this.#mismatches.delete(`${notice.root}:${notice.path}`);
    else if (notice.type === 'verify-done') this.#verifications.get(notice.taskId)?.(notice);
    else if (notice.type === 'forget') this.#parts.forgotten();
  }

  #noteMismatch(mismatch: ApplyMismatch): void {
    const { root, path, reason } = mismatch;
    this.#mismatches.set(`${root}:${path}`, mismatch);
    this.#link?.notify({ type: 'mismatch', root, path, reason });
  }

  /** What only memory knows to be wrong must not be forgotten with it once the operations are let go. */
  async #settleMismatches(): Promise<void> {
    if (this.#mismatches.size === 0) return;
    this.#mismatches.clear();
    if (this.#state.dataState === 'OK') await this.#setDataState('Mirror Required');
  }

  #linkClosed(link: TargetLink, reason: string, bad: boolean): void {
    if (bad) this.#parts.emit(5003, { peer: this.#state.specification.sourceServer, reason });
    if (this.#link === link) {
      this.#link = undefined;
      this.#connectedSinceMs = null;
      this.#trouble = reason;
      for (const resolve of this.#verifications.values()) resolve({ good: false, text: 'the link was lost' });
    }
    this.#changed();
  }

  async #takeMarker(marker: Marker, place: Place): Promise<void> {
    switch (marker.type) {
      case 'mirror-begin':
        if (this.#state.dataState === 'OK') await this.#takeSnapshotHere('before the mirror', 'automatic');
        await this.#setDataState('Mirroring');
        return;
      case 'mirror-end':
        if (marker.outcome === 'completed' && this.#state.dataState === 'Mirroring') {
          this.#state = { ...this.#state, mirrorsCompleted: this.#state.mirrorsCompleted + 1 };
          await this.#setDataState('OK');
        } else await this.#setDataState('Mirror Required');
        return;
      case 'task':
        this.#applier.advance(place);
        await this.#runner.run(marker.task, 'onexecute');
        return;
      case 'end':
        this.#ended = true;
        this.#changed();
        return;
      default:
        this.#changed();
    }
  }

  /** Only while nothing is applied. */
  async #takeSnapshotHere(name: string, type: SnapshotType): Promise<SnapshotReport> {
    const { clock, random, emit } = this.#parts;
    try {
      await this.#loop.checkpoint();
      const position = this.#applier.applied?.position ?? { streamId: '', sequence: 0, checksum: 0n };
      const good = this.#state.dataState === 'OK';
      const id = newIdentifier(clock, random);
      await this.#snapshots.take({ id, name: good ? name : `${name} (bad)`, type, position });
      emit(5050, { snapshot: name, type });
      this.#changed();
      const taken = this.snapshots().find((one) => one.snapshotId === id);
      if (taken !== undefined) return taken;
      throw new Failure({ code: 'SNAPSHOT-MISSING', operation: 'take a snapshot', subject: name, reason: 'it is not held' });
    } catch (thrown) {
      emit(5051, { snapshot: name, reason: asFailure(thrown, 'take a snapshot', name).message });
      throw thrown;
    }
  }

  async #settleRevert(): Promise<void> {
    await this.#applier.checkpoint();
    await this.#setDataState('Snapshot Reverted');
    await this.#snapshots.acknowledgeRevert();
  }

  async #drop(path: string, failure: Failure): Promise<void> {
    if (this.#state.dataState === 'OK') await this.#takeSnapshotHere('before a dropped operation', 'automatic');
    this.#parts.emit(5031, { path, reason: failure.reason });
    await this.#setDataState('Mirror Required');
  }

  async #setDataState(dataState: TargetDataState): Promise<void> {
    await this.#store2({ ...this.#state, dataState });
    this.#tellState();
    this.#changed();
  }

  async #store2(state: TargetState): Promise<void> {
    this.#state = state;
    await storeTargetState(this.#parts.storage, this.#parts.folder, state);
  }

  #tellState(): void {
    const { dataState: state, mirrorsCompleted: mirrors } = this.#state;
    this.#link?.notify({ type: 'state', state, mirrors });
  }

  async #failover(options: FailoverOptions, atMarker: boolean): Promise<FailoverReport> {
    const { clock, emit } = this.#parts;
    const { specification, number } = this.#state;
    if (options.type === 'test') {
      throw new Failure({
        code: 'NOT-AVAILABLE',
        operation: 'fail over',
        subject: specification.name,
        reason: 'test failover is not part of this version',
        hint: 'Use FAILOVER … LIVE, or to a snapshot.',
      });
    }
    const startedMs = clock.wallMs();
    const evidence: string[] = [];
    emit(5071, { connection: number, choice: `${options.type}, queue ${options.queue}` });
    const complete = atMarker || options.type === 'snapshot' ? false : await this.#askToFinish(evidence);
    const lossText = atMarker
      ? 'the replica stands at the task in the stream; what followed it was discarded'
      : this.#lossText(complete);
    await this.#store2({ ...this.#state, epoch: this.#state.epoch + 1, failedOver: true });
    const { epoch } = this.#state;
    evidence.push(`epoch ${epoch} is durable: nothing of an older epoch is taken any more`);
    this.#link?.notify({ type: 'fenced', epoch });
    this.#link?.close('the target has taken over');
    const before = this.#loop.appliedIndex;
    const revertTo = this.#snapshotToRevertTo(options);
    const discards = atMarker || revertTo !== undefined || options.queue === 'discard';
    if (!discards) await this.#loop.drained();
    const appliedOperations = this.#loop.appliedIndex - before;
    const discardedOperations = discards ? this.#queue.state.head - this.#loop.appliedIndex : 0;
    if (atMarker) this.#loop.stopHere();
    else await this.#loop.stop();
    await this.#loop.checkpoint();
    if (revertTo !== undefined) {
      await this.#snapshots.revert(revertTo);
      await this.#settleRevert();
      evidence.push(`the replica was reverted to snapshot ${revertTo}`);
    }
    if (discards) await this.#cancelTasks('the target queue was discarded by a failover');
    emit(5072, { connection: number, loss: lossText });
    const finishedMs = clock.wallMs();
    const { type, queue } = options;
    const figures = { startedMs, finishedMs, appliedOperations, discardedOperations };
    return { jobId: this.jobId, epoch, type, queue, complete, lossText, evidence, ...figures };
  }

  /** Asks a source that is there to bring everything over and stop; true when it has. */
  async #askToFinish(evidence: string[]): Promise<boolean> {
    const link = this.#link;
    if (link === undefined || !link.isOpen) {
      evidence.push('the source was not connected');
      return false;
    }
    link.notify({ type: 'finish' });
    const stop = new AbortController();
    const late = sleep(this.#parts.clock, handOverMs, stop.signal).then(() => 'late' as const);
    const done = this.#signal.until(() => this.#ended || !link.isOpen).then(() => 'done' as const);
    const first = await Promise.race([done, late]);
    stop.abort();
    evidence.push(
      this.#ended
        ? 'the source handed over everything and stopped'
        : `the source did not finish: ${first === 'late' ? `no end of the stream within ${handOverMs / 1000} seconds` : 'its link closed'}`,
    );
    return this.#ended;
  }

  #lossText(complete: boolean): string {
    if (complete) return 'nothing was lost: the source handed over everything';
    const heard = this.#heartbeat;
    if (heard === undefined) return 'what the source changed since its last contact is unknown';
    const seconds = ((this.#parts.clock.monotonicMs() - heard.heardMs) / 1000).toFixed(1);
    const missing = Math.max(0, heard.head - (this.#queue.position()?.sequence ?? 0));
    const known = missing === 0 ? 'everything it had sent word of was received' : `${missing} operations it had made never arrived`;
    return `the source was last heard ${seconds} seconds before; ${known}; later changes are unknown`;
  }

  #snapshotToRevertTo(options: FailoverOptions): string | undefined {
    if (options.type === 'snapshot') return options.snapshotId;
    if (options.queue !== 'revert' || this.#state.dataState === 'OK') return undefined;
    return this.snapshots().findLast((one) => one.state === 'good')?.snapshotId;
  }

  async #cancelTasks(reason: string): Promise<void> {
    for (const report of this.#journal.reports()) {
      if (report.state !== 'queued' || !taskPoints.includes(report.point)) continue;
      await this.#journal.record({ ...report, state: 'cancelled', reason });
      this.#parts.emit(5045, { task: report.name, reason });
    }
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

function notLinked(operation: string, subject: string): Failure {
  return new Failure({ code: 'LINK-LOST', operation, subject, reason: 'the source is not connected', retryable: true });
}
