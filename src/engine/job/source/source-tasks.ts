// The stream tasks of a job on its source: queues them durably, runs them at the two points of the source (ONQUEUE and
// ONTRANSMIT), and reports them, also when the stream that carries them ends.
import { asFailure, Failure } from '../../../base/failure.ts';
import { newIdentifier } from '../../../base/identifier.ts';
import { Turns } from '../../../base/waiting/turns.ts';
import { type RunPoint, type StreamTask, type TaskReport, taskPoints } from '../../../model/stream/task.ts';
import type { SourceLink } from '../../link/source-link.ts';
import {
  cancelledByHand,
  cancelledUntold,
  hasEnded,
  isAtTarget,
  taskEnded,
  unknownTask,
} from '../../tasks/cancelling.ts';
import { keepReport } from '../../tasks/keep-report.ts';
import { TaskJournal } from '../../tasks/task-journal.ts';
import { TaskRunner } from '../../tasks/task-runner.ts';
import type { JobParts } from '../job-parts.ts';
import type { SourceStream } from '../stream/source-stream.ts';

interface CancelledPoints {
  readonly name: string;
  readonly points: Set<RunPoint>;
}

export class SourceTasks {
  readonly #parts: JobParts;
  readonly #journal: TaskJournal;
  readonly #runner: TaskRunner;
  /** The times when tasks that verify were placed in the stream; wall milliseconds. */
  readonly #placesMs = new Map<string, number>();
  /** Tasks whose action at ONQUEUE still holds their marker back, each with the promise that releases it. */
  readonly #atQueue = new Map<string, PromiseWithResolvers<void>>();
  /** Tasks of an earlier life of this server that may not have reached the target. */
  #old: readonly TaskReport[];
  /** Tasks that were cancelled by hand, with the points that the target has not answered for yet. */
  readonly #toTell = new Map<string, CancelledPoints>();
  readonly #closing = new AbortController();
  readonly #keeping = new Turns();

  private constructor(parts: JobParts, journal: TaskJournal) {
    this.#parts = parts;
    this.#journal = journal;
    this.#runner = makeRunner(parts, journal);
    this.#old = journal.reports().filter((report) => report.state === 'queued');
    for (const report of journal.reports()) if (report.reason === cancelledUntold) this.#noteToTell(report);
  }

  static async open(parts: JobParts): Promise<SourceTasks> {
    const tasks = new SourceTasks(parts, await TaskJournal.open(parts.storage, parts.folder));
    await tasks.#runner.reportInterrupted();
    return tasks;
  }

  reports(): readonly TaskReport[] {
    return this.#journal.reports();
  }

  /**
   * Resolves with the task's id when its marker is in the stream, behind all earlier changes, and the report that it is
   * queued is durable. Rejects when the stream has ended; the task is then reported as cancelled.
   */
  async queue(task: Omit<StreamTask, 'taskId'>, stream: SourceStream): Promise<string> {
    const whole = await this.#accept(task);
    try {
      await stream.place(() => {
        this.#notePlace(whole);
        return stream.appendTask(whole);
      });
    } catch (thrown) {
      const failure = asFailure(thrown, 'queue a task', task.name);
      await this.cancel([whole], failure.reason);
      throw failure;
    }
    if (whole.actions.onqueue !== undefined) void stream.tracker.runAlone(() => this.#runOnQueue(whole));
    return whole.taskId;
  }

  /** Gives the task its identifier; the report that it is queued is durable when this resolves. */
  async #accept(task: Omit<StreamTask, 'taskId'>): Promise<StreamTask> {
    const { clock, random } = this.#parts;
    const whole: StreamTask = { ...task, taskId: newIdentifier(clock, random) };
    const points = taskPoints.filter((point) => whole.actions[point] !== undefined);
    const { taskId, name } = whole;
    await Promise.all(
      points.map((point) => this.#journal.record({ taskId, name, point, state: 'queued', reason: '' })),
    );
    return whole;
  }

  #notePlace(task: StreamTask): void {
    if (task.actions.onqueue !== undefined) this.#atQueue.set(task.taskId, Promise.withResolvers());
    if (task.actions.onexecute?.type === 'verify') this.#placesMs.set(task.taskId, this.#parts.clock.wallMs());
  }

  /** When the task was placed; wall milliseconds. */
  placeMs(taskId: string): number {
    return this.#placesMs.get(taskId) ?? 0;
  }

  async #runOnQueue(task: StreamTask): Promise<void> {
    try {
      await this.#runner.run(task, 'onqueue');
    } finally {
      this.#atQueue.get(task.taskId)?.resolve();
      this.#atQueue.delete(task.taskId);
    }
  }

  /** Resolves when the task may be sent: after its actions at ONQUEUE and ONTRANSMIT. */
  async runOnTransmit(task: StreamTask): Promise<void> {
    await this.#atQueue.get(task.taskId)?.promise;
    await this.#runner.run(task, 'ontransmit');
  }

  /** Takes the target's report of a task. */
  async takeReport(report: TaskReport): Promise<void> {
    // The target has the task, so the task will come to this point even if this server fails.
    this.#old = this.#old.filter(({ taskId, point }) => taskId !== report.taskId || point !== report.point);
    const known = this.#journal.find(report.taskId, report.point);
    // The target says so before it has heard that an operator has cancelled the task.
    if (report.state === 'queued' && known?.reason === cancelledUntold) return;
    this.#toTell.get(report.taskId)?.points.delete(report.point);
    await this.#keep(report);
    this.#parts.changed();
  }

  /** Writes one report after the other. The target repeats a report that a stopping server could not write. */
  #keep(report: TaskReport): Promise<void> {
    const { clock } = this.#parts;
    return this.#keeping.runAlone(() =>
      keepReport(this.#journal, report, clock, this.#closing.signal).catch(() => undefined),
    );
  }

  /**
   * An operator cancels a task at the points that it has not reached, and ends what runs of it. On the target it is told by
   * `tellCancelled`, on every link until the target has answered. Throws `TASK-UNKNOWN`, `TASK-ENDED`.
   */
  async cancelByHand(taskId: string): Promise<void> {
    const reports = this.reportsOf(taskId);
    if (reports.length === 0) throw unknownTask(taskId);
    if (reports.every(hasEnded)) throw taskEnded(reports);
    for (const report of reports) {
      if (!hasEnded(report)) this.#noteToTell(report);
      const reason = isAtTarget(report.point) ? cancelledUntold : cancelledByHand;
      if (report.state === 'queued') await this.#runner.cancelPoint(report, reason);
    }
    this.#runner.end(taskId);
  }

  #noteToTell({ taskId, name, point }: TaskReport): void {
    if (!isAtTarget(point)) return;
    const noted = this.#toTell.get(taskId) ?? { name, points: new Set() };
    noted.points.add(point);
    this.#toTell.set(taskId, noted);
  }

  /** Tells the target, before anything else, which tasks will not run there. */
  tellCancelled(link: Pick<SourceLink, 'takesCancels' | 'notify'>): void {
    if (!link.takesCancels) return;
    for (const [taskId, { name, points }] of this.#toTell) {
      if (points.size === 0) this.#toTell.delete(taskId);
      else link.notify({ type: 'task-cancel', taskId, name, points: [...points].filter(isAtTarget) });
    }
  }

  /** The target has not answered for all its points. */
  isToBeTold(taskId: string): boolean {
    return (this.#toTell.get(taskId)?.points.size ?? 0) > 0;
  }

  /** One report for each point of the task. */
  reportsOf(taskId: string): readonly TaskReport[] {
    return this.#journal.reports().filter((report) => report.taskId === taskId);
  }

  /** Cancels tasks that the target did not have when the stream ended. */
  async cancel(tasks: readonly StreamTask[], reason: string): Promise<void> {
    for (const task of tasks) for (const point of taskPoints) await this.#runner.cancel(task, point, reason);
  }

  /** Called when the target has told all tasks that it knows: cancels the old tasks that never reached it. */
  async cancelOld(): Promise<void> {
    const old = this.#old;
    this.#old = [];
    for (const report of old) {
      if (this.#journal.find(report.taskId, report.point)?.state !== 'queued') continue;
      const reason = 'the source stopped before the task had reached this point';
      await this.#keep({ ...report, state: 'cancelled', reason });
      this.#parts.emit(5045, { task: report.name, reason });
    }
    this.#parts.changed();
  }

  /** Ends the actions that still run, so that nothing waits for them. */
  killAll(): void {
    this.#runner.killAll();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#journal.close();
  }
}

function makeRunner(parts: JobParts, journal: TaskJournal): TaskRunner {
  const { emit, changed, specification } = parts;
  return new TaskRunner(parts, {
    journal,
    environment: { UNDERSTUDY_JOB: specification.jobId },
    builtIn: async (action, task) => {
      if (action.type === 'dns-update') return parts.builtIn(action);
      throw new Failure({
        code: 'TASK-NOT-HERE',
        operation: 'run a stream task',
        subject: task.name,
        reason: 'this action belongs to the target',
        hint: 'Give it at ONRECEIVE or ONEXECUTE.',
      });
    },
    emit,
    changed,
  });
}
