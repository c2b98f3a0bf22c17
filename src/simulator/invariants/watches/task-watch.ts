// Invariant `tasks`: plays the programs that stream tasks start, and checks that each task starts once, in its place in the stream, and
// that its end is told.

import { cancelledByHand, endedByHand } from '../../../engine/tasks/cancelling.ts';
import { isAtRest } from '../../../model/job.ts';
import type { TaskReport } from '../../../model/stream/task.ts';
import type { MemoryProgram } from '../../memory/memory-programs.ts';
import { Broken } from '../../world/broken.ts';
import { fingerprintOf } from '../fingerprint.ts';
import type { ObservedStage, StagedJob } from '../observed-stage.ts';
import { isReplacedUnnoticed } from '../unnoticed-root.ts';
import { ScriptWatch, scriptProgram } from './script-watch.ts';

interface QueuedTask {
  readonly job: StagedJob;
  readonly jobId: string;
  taskId: string | undefined;
  /** The states of the source between which the task was placed; absent when its place cannot be known exactly. */
  readonly from: number | undefined;
  to: number | undefined;
  /** How many events had been told when it was queued, and when that was answered. */
  readonly toldBefore: number;
  toldBy: number | undefined;
}

/** Capture has told of a loss, or has failed: what a filter knew of it may have been on its way when the job still looked healthy. */
const lossIds: ReadonlySet<number> = new Set([5020, 5021]);

const endStates: ReadonlySet<string> = new Set(['finished', 'failed', 'refused', 'cancelled', 'interrupted']);

export class TaskWatch {
  readonly #stage: ObservedStage;
  readonly scripts: ScriptWatch;
  readonly #queued = new Map<string, QueuedTask>();
  readonly #starts = new Map<string, number>();
  /** Points of tasks that are cancelled on the server that would run them. */
  readonly #cancelled = new Set<string>();

  constructor(stage: ObservedStage) {
    this.#stage = stage;
    this.scripts = new ScriptWatch(stage);
    for (const name of stage.world.serverNames) {
      stage.world.machine(name).programs.onStart = (program) => {
        if (program.request.program === scriptProgram) this.scripts.started(name, program);
        else this.#started(program);
      };
    }
  }

  /** Queues a task whose program is started with job, label, point and how it ends as its arguments. */
  async queue(job: StagedJob, label: string, queue: () => Promise<string>): Promise<void> {
    const report = await this.#stage.report(job, 'source');
    // A marker has an exact place while capture works, everything could be read, and no mirror walks.
    const isExact = report?.health === 'healthy' && isAtRest(report.mirror.status) && report.mirror.completed > 0;
    const isKnown = isExact && !job.doctored && !job.isPassed && !isReplacedUnnoticed(this.#stage, job);
    const from = isKnown ? job.states?.present : undefined;
    const task: QueuedTask = {
      job,
      jobId: job.jobId ?? '',
      taskId: undefined,
      from,
      to: undefined,
      toldBefore: this.#stage.told.length,
      toldBy: undefined,
    };
    this.#queued.set(label, task);
    this.#stage.counts.tasks += 1;
    task.taskId = await this.#stage.command('queue task', queue());
    task.to = job.states?.present;
    task.toldBy = this.#stage.told.length;
  }

  /** An operator cancels the task: where its target has answered so, it does not start any more. */
  async cancel(label: string, cancel: (taskId: string) => Promise<readonly TaskReport[]>): Promise<void> {
    const taskId = this.#queued.get(label)?.taskId;
    if (taskId === undefined) return;
    const reports = (await this.#stage.command('cancel task', cancel(taskId))) ?? [];
    for (const { point, state, reason } of reports)
      if (state === 'cancelled' && reason === cancelledByHand) this.#cancelled.add(`${label} ${point}`);
  }

  /** Ends the programs that still run. */
  endAll(): void {
    for (const name of this.#stage.world.serverNames) {
      for (const program of this.#stage.world.machine(name).programs.started) program.end();
    }
    for (const job of this.#stage.jobs.values()) job.hangingTask = false;
  }

  /** Every task that was taken has come to an end that is told. Call when nothing goes on any more. */
  async finish(): Promise<void> {
    for (const [label, { job, jobId, taskId }] of this.#queued) {
      if (this.#stage.givenUp.includes(job)) continue;
      const server = this.#stage.world.server(job.source);
      if (taskId === undefined || server === undefined || job.jobId !== jobId || job.failedOver) continue;
      const reports = (await server.tasks.list(jobId)).filter((report) => report.taskId === taskId);
      for (const point of ['onreceive', 'onexecute']) {
        const report = reports.find((one) => one.point === point);
        const starts = this.#starts.get(`${label} ${point}`) ?? 0;
        if (report === undefined || !endStates.has(report.state)) {
          throw new Broken('tasks', `task ${label} at ${point} is ${report?.state ?? 'unknown'} when all is quiet`);
        }
        if (report.state === 'finished' && starts !== 1)
          throw new Broken('tasks', `task ${label} at ${point} is told as finished and started ${starts} times`);
        if (report.state === 'cancelled' && starts > 0 && report.reason !== endedByHand)
          throw new Broken('tasks', `task ${label} at ${point} is told as cancelled and was started`);
      }
    }
  }

  #started(program: MemoryProgram): void {
    const [, label = '', point = '', how] = program.request.arguments;
    const key = `${label} ${point}`;
    const starts = (this.#starts.get(key) ?? 0) + 1;
    this.#starts.set(key, starts);
    const task = this.#queued.get(label);
    if (this.#cancelled.has(key)) this.#broken(`task ${label} was cancelled at ${point}, and was started`);
    if (starts > 1) this.#broken(`task ${label} was started ${starts} times at ${point}`);
    if (task !== undefined && point === 'onexecute') this.#checkPlace(label, task);
    if (how === 'fails') program.end({ exitCode: 3 });
    else if (how === 'hangs' && point === 'onexecute' && task !== undefined) this.#hang(program, task.job);
    else program.end();
  }

  #hang(program: MemoryProgram, job: StagedJob): void {
    job.hangingTask = true;
    void program.ended.then(() => {
      job.hangingTask = false;
    });
  }

  #checkPlace(label: string, { job, from, to, toldBefore, toldBy }: QueuedTask): void {
    if (from === undefined || job.states === undefined || job.doctored) return;
    const meanwhile = this.#stage.told.slice(toldBefore, toldBy);
    if (meanwhile.some(({ id, jobId }) => lossIds.has(id) && jobId === job.jobId)) return;
    // An operation before it was given up, and that was told.
    if (this.#stage.told.some(({ id, jobId }) => id === 5031 && jobId === job.jobId)) return;
    const { disk } = this.#stage.world.machine(job.target).files;
    const state = job.states.find(fingerprintOf(disk, disk.resolve(job.replicaRoot, true)), from);
    const most = to ?? job.states.present;
    if (state === undefined || state > most) {
      const found = state === undefined ? 'no such state' : `state ${state}`;
      this.#broken(`task ${label} was placed at states ${from} to ${most} and ran at ${found}`);
    }
  }

  /** Told by the stage as soon as it looks: a program's start is no place to throw at. */
  #broken(detail: string): void {
    this.#stage.defect ??= new Broken('tasks', detail);
  }
}
