// The stream tasks of a job on its source: queues them durably, runs them at the two points of the source (ONQUEUE and
// ONTRANSMIT), and reports them, also when the stream that carries them ends.
import { asFailure, Failure } from '../../../base/failure.ts';
import { newIdentifier } from '../../../base/identifier.ts';
import { Turns } from '../../../base/waiting/turns.ts';
import { type StreamTask, type TaskReport, taskPoints } from '../../../model/stream/task.ts';
import { keepReport } from '../../tasks/keep-report.ts';
import { TaskJournal } from '../../tasks/task-journal.ts';
import { TaskRunner } from '../../tasks/task-runner.ts';
import type { JobParts } from '../job-parts.ts';
import type { SourceStream } from '../stream/source-stream.ts';

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
  readonly #closing = new AbortController();
  readonly #keeping = new Turns();

  private constructor(parts: JobParts, journal: TaskJournal) {
    this.#parts = parts;
    this.#journal = journal;
    this.#runner = makeRunner(parts, journal);
    this.#old = journal.reports().filter((report) => report.state === 'queued');
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
