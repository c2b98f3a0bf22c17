// A job on its source: captures the workload, feeds the stream, keeps the link to the target, mirrors when it has to.
// This file has the calls of its server; source-rooms.ts has the parts that carry them out, and job-life.ts the states.
import { newIdentifier } from '../../../base/identifier.ts';
import { sleep } from '../../../base/waiting/clock.ts';
import type { JobReport } from '../../../model/report.ts';
import type { MirrorMethod } from '../../../model/stream/marker.ts';
import type { StreamTask, TaskReport } from '../../../model/stream/task.ts';
import type { Notice } from '../../../wire/control-messages.ts';
import type { LinkedReplica } from '../../link/linked-replica.ts';
import type { Selection } from '../../sending/selection.ts';
import { hasEnded, isAtTarget, targetTooOld } from '../../tasks/cancelling.ts';
import type { MirrorScripts } from '../../tasks/mirror-scripts.ts';
import type { JobLife, SourcePhase } from '../job-life.ts';
import type { SourceMirrors } from '../mirrors/source-mirrors.ts';
import type { ProtectedRoots } from '../roots/protected-roots.ts';
import type { SourceJobParts } from '../source-job-parts.ts';
import type { SourceStream } from '../stream/source-stream.ts';
import { sourceReport } from './source-report.ts';
import { SourceRooms } from './source-rooms.ts';
import type { Verifications } from './verifications.ts';

/** How long a cancelled task is waited for, and how often it is looked at. */
const cancelMs = 10_000;
const cancelLookMs = 100;

export class SourceJob {
  /** The parts that the server gave the job. */
  readonly parts: SourceJobParts;
  readonly #rooms: SourceRooms;

  constructor(parts: SourceJobParts) {
    this.parts = parts;
    this.#rooms = new SourceRooms(parts);
  }

  get jobId(): string {
    return this.parts.specification.jobId;
  }

  get life(): JobLife<SourcePhase> {
    return this.#rooms.life;
  }

  get selection(): Selection {
    return this.#rooms.selection;
  }

  /** Whether everything is open; before that there is nothing to report. */
  get isOpen(): boolean {
    return this.#rooms.isOpen;
  }

  get roots(): ProtectedRoots {
    return this.#rooms.roots;
  }

  get stream(): SourceStream {
    return this.#rooms.stream;
  }

  get scripts(): MirrorScripts {
    return this.#rooms.scripts;
  }

  get mirrors(): SourceMirrors {
    return this.#rooms.mirrors;
  }

  get verifications(): Verifications {
    return this.#rooms.verifications;
  }

  /**
   * Opens the workload and begins to capture and to connect. Rejects when the workload cannot be opened or captured.
   */
  start(): Promise<void> {
    return this.#rooms.start();
  }

  /**
   * Resolves when the target has accepted the job; rejects with its refusal, the failure of the link, or `JOB-STOPPED`.
   */
  async accepted(): Promise<void> {
    const { life, links, changes, end } = this.#rooms;
    await changes.signal.until(() => life.phase !== 'starting' || links.firstTrouble !== undefined);
    if (life.phase === 'stopped') end.assertAlive('connect');
    if (life.phase === 'starting' && links.firstTrouble !== undefined) throw links.firstTrouble;
  }

  /** Throws `JOB-STOPPED` when the job takes no commands any more. */
  assertAlive(operation: string): void {
    this.#rooms.end.assertAlive(operation);
  }

  /** The server of the target, where it is linked and too old to take the options of the job. */
  get takesNoOptions(): string | undefined {
    const { link } = this.#rooms.target;
    return link === undefined || link.takesOptions ? undefined : link.peer.name;
  }

  /** Its parts are others now (EditableParts). With `isOtherRoute` the link is made anew. */
  edited(isOtherRoute: boolean): void {
    this.#rooms.edited(isOtherRoute);
  }

  /**
   * A person asks for a mirror. With `deletesAll` it removes all surplus, kept and held back names included. Rejects with
   * `REPLICATION-STOPPED`.
   */
  async startMirror(method: MirrorMethod, reason: string, deletesAll = false): Promise<void> {
    this.#rooms.end.assertAlive('start a mirror');
    this.mirrors.byHand.expectReplicating('start a mirror');
    this.roots.takeAny();
    if (deletesAll) this.mirrors.deleteAll();
    await this.mirrors.control.startMirror(method, reason);
  }

  /** Of a verification. A pause of the mirrors holds for it. */
  repair(): void {
    this.#rooms.end.assertAlive('start a mirror');
    this.mirrors.want('data-delta', 'verification found differences');
  }

  /** While replication is stopped no mirror runs, and the one that will follow its start is not called off. */
  stopMirror(): void {
    if (!this.mirrors.byHand.isReplicationStopped) this.mirrors.stopByHand();
  }

  async pauseMirror(): Promise<void> {
    this.#rooms.end.assertAlive('pause the mirror');
    await this.mirrors.control.pauseMirror();
  }

  async resumeMirror(): Promise<void> {
    this.#rooms.end.assertAlive('resume the mirror');
    await this.mirrors.control.resumeMirror();
    this.#rooms.changes.tell();
  }

  async stopReplication(): Promise<void> {
    this.#rooms.end.assertAlive('stop replication');
    await this.mirrors.control.stopReplication();
  }

  async startReplication(): Promise<void> {
    this.#rooms.end.assertAlive('start replication');
    await this.mirrors.control.startReplication();
  }

  /** Resolves with the task's id once its marker is durable. */
  async queueTask(task: Omit<StreamTask, 'taskId'>): Promise<string> {
    this.#rooms.end.assertAlive('queue a task');
    return this.#rooms.tasks.queue(task, this.stream);
  }

  /**
   * Resolves with how the task stands at its points, once it has ended at all of them; when the target is away, or takes
   * long, with how it stands then: the target is told when it is there. Rejects with `TASK-UNKNOWN`, `TASK-ENDED` or
   * `TARGET-TOO-OLD`.
   */
  async cancelTask(taskId: string): Promise<readonly TaskReport[]> {
    const { end, tasks, target } = this.#rooms;
    end.assertAlive('cancel a task');
    const { link } = target;
    const isThere = tasks.reportsOf(taskId).some((one) => isAtTarget(one.point) && !hasEnded(one));
    if (isThere && link?.takesCancels === false) throw targetTooOld(this.parts.specification.targetServer);
    await tasks.cancelByHand(taskId);
    if (target.link !== undefined) tasks.tellCancelled(target.link);
    const isOver = (): boolean => tasks.reportsOf(taskId).every(hasEnded) && !tasks.isToBeTold(taskId);
    for (let waitedMs = 0; waitedMs < cancelMs && !isOver() && target.link !== undefined; waitedMs += cancelLookMs)
      await sleep(this.parts.clock, cancelLookMs);
    return tasks.reportsOf(taskId);
  }

  taskReports(): readonly TaskReport[] {
    return this.#rooms.tasks.reports();
  }

  /**
   * Brings all earlier changes into the stream, with a barrier behind them; resolves when the target has applied all
   * that.
   */
  async barrier(): Promise<void> {
    const { stream } = this;
    const barrierId = newIdentifier(this.parts.clock, this.parts.random);
    const marker = { type: 'barrier', barrierId } as const;
    const sequence = await stream.place(() => stream.append({ kind: 'marker', marker }), 'looking');
    await stream.whenApplied(sequence);
  }

  /** The replica as it is once everything up to the stream's present end is applied, or as it stands when `now`. */
  replicaView(now = false): LinkedReplica {
    const { stream } = this;
    return this.#rooms.target.replica(stream, now ? 0 : stream.queue.state.head);
  }

  /**
   * Brings all changes into the stream, ends the stream and the capture; resolves when the target has applied
   * everything. Rejects with `FINISH-TIMEOUT` or `LINK-LOST` when the target does not; the job is then still finishing.
   */
  finish(): Promise<void> {
    return this.#rooms.end.finish();
  }

  /** Sends the notice to the target when there is a link. */
  notify(notice: Notice): void {
    this.#rooms.target.notify(notice);
  }

  /** Tells a target that has taken over, and can be reached now, that this job is given up. */
  async tellGivenUp(): Promise<void> {
    const { life, links, fenced } = this.#rooms;
    if (life.is('fenced') && links.answersFenced) await fenced.tellGivenUp();
  }

  stop(reason: string): Promise<void> {
    return this.#rooms.stop(reason);
  }

  report(): JobReport {
    const { life, changes, target, capture, unread, leftOut, end, mirrors, stream, streams } = this.#rooms;
    const { queue, applied, streamId, tracker } = stream;
    const isLinked = target.link !== undefined;
    const report = sourceReport({
      specification: this.parts.specification,
      number: this.parts.number,
      establishedMs: this.parts.establishedMs,
      phase: life.phase,
      isLinked,
      connectedSinceMs: target.connectedSinceMs,
      ...mirrors.facts(queue.state.bytes, isLinked),
      queue: queue.state,
      pendingChanges: tracker.pending,
      applied,
      streamId,
      targetState: target.dataState,
      epoch: end.epoch,
      revision: changes.revision,
      linkTrouble: target.trouble === '' ? target.held : target.trouble,
      captureTrouble: capture.trouble,
      capture: capture.mode,
      captureRemarks: capture.remarks,
      unreadable: unread.count,
      leftOut,
      behindSinceMs: stream.behindSinceMs,
      verification: this.verifications.report(),
      line: this.parts.route.report(),
      isPaused: this.parts.route.isPaused,
      isLeftUnmirrored: streams.isLeftUnmirrored,
    });
    const diagnosis = this.parts.diagnosis?.(report);
    return diagnosis === undefined ? report : { ...report, diagnosis };
  }
}
