// The stream tasks of a job on its target: notes them as queued when they arrive, runs them at the two points of the
// target (ONRECEIVE and ONEXECUTE), and tells the source about them.
import { Failure } from '../../../base/failure.ts';
import type { JobSpecification } from '../../../model/job.ts';
import type { FailoverOptions, FailoverReport } from '../../../model/report.ts';
import type { RunPoint, StreamTask, TaskReport } from '../../../model/stream/task.ts';
import type { ApplyLoop } from '../../apply/apply-loop.ts';
import type { SourceSide } from '../../link/source-side.ts';
import { cancelledByHand, hasEnded } from '../../tasks/cancelling.ts';
import { TaskJournal } from '../../tasks/task-journal.ts';
import { type BuiltIn, TaskRunner } from '../../tasks/task-runner.ts';
import type { JobChanges } from '../job-changes.ts';
import type { JobParts } from '../job-parts.ts';
import type { ReplicaSnapshots } from './replica-snapshots.ts';

/** The part of a job on which its tasks work. */
export interface TaskedReplica {
  readonly loop: ApplyLoop;
  readonly snapshots: ReplicaSnapshots;
  readonly source: SourceSide;
  readonly changes: JobChanges;
  readonly job: { failover(options: FailoverOptions, atTask: boolean): Promise<FailoverReport> };
}

interface CancelledTask {
  readonly taskId: string;
  readonly name: string;
  readonly points: readonly ('onreceive' | 'onexecute')[];
}

interface VerificationAnswer {
  readonly good: boolean;
  readonly text: string;
}

export class TargetTasks {
  readonly #parts: JobParts;
  readonly #replica: TaskedReplica;
  readonly #journal: TaskJournal;
  readonly #runner: TaskRunner;
  /** Tasks whose action at ONRECEIVE is being waited for. */
  readonly #receiving = new Map<string, Promise<void>>();
  readonly #verifications = new Map<string, (answer: VerificationAnswer) => void>();

  private constructor(parts: JobParts, replica: TaskedReplica, journal: TaskJournal) {
    this.#parts = parts;
    this.#replica = replica;
    this.#journal = journal;
    this.#runner = this.#makeRunner();
  }

  static async open(parts: JobParts, replica: TaskedReplica): Promise<TargetTasks> {
    const tasks = new TargetTasks(parts, replica, await TaskJournal.open(parts.storage, parts.folder));
    await tasks.#runner.reportInterrupted();
    return tasks;
  }

  reports(): readonly TaskReport[] {
    return this.#journal.reports();
  }

  /** The task's marker is durable here; resolves when the stream may be received further. */
  async received(task: StreamTask): Promise<void> {
    for (const point of ['onreceive', 'onexecute'] as const) {
      if (task.actions[point] === undefined || this.#journal.find(task.taskId, point) !== undefined) continue;
      await this.#journal.record({ taskId: task.taskId, name: task.name, point, state: 'queued', reason: '' });
    }
    await this.#runOnReceive(task);
  }

  /** The stream stands at the task; resolves when it may go on. */
  async execute(task: StreamTask): Promise<void> {
    await this.#runOnReceive(task);
    await this.#runner.run(task, 'onexecute');
  }

  /** Takes the source's answer to a request for a verification. */
  verified(taskId: string, answer: VerificationAnswer): void {
    this.#verifications.get(taskId)?.(answer);
  }

  linkLost(): void {
    for (const resolve of this.#verifications.values()) resolve({ good: false, text: 'the link was lost' });
  }

  /**
   * An operator has cancelled the task, which may not have come here yet: it does not run at these points, and what runs of
   * it is ended. The source is told how it stands at each of them.
   */
  async cancelByHand({ taskId, name, points }: CancelledTask): Promise<void> {
    for (const point of points) {
      const known = this.#journal.find(taskId, point);
      if (known === undefined || known.state === 'queued')
        await this.#runner.cancelPoint({ taskId, name, point }, cancelledByHand);
      else if (hasEnded(known)) this.#replica.source.notify({ type: 'task', report: known });
    }
    this.#runner.end(taskId);
  }

  /** Cancels the tasks that have not started, because the queue was discarded. */
  async cancelQueued(reason: string): Promise<void> {
    for (const report of this.#journal.reports()) {
      if (report.state !== 'queued') continue;
      await this.#journal.record({ ...report, state: 'cancelled', reason });
      this.#parts.emit(5045, { task: report.name, reason });
    }
  }

  /** Ends the actions that still run, so that nothing waits for them. */
  killAll(): void {
    this.#runner.killAll();
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }

  /**
   * Runs the action at ONRECEIVE once, for all callers: ONEXECUTE waits for it, however soon the stream reaches the
   * task.
   */
  async #runOnReceive(task: StreamTask): Promise<void> {
    const running = this.#receiving.get(task.taskId) ?? this.#runner.run(task, 'onreceive');
    this.#receiving.set(task.taskId, running);
    await running.finally(() => this.#receiving.delete(task.taskId));
  }

  #makeRunner(): TaskRunner {
    const { emit, specification } = this.#parts;
    const { source, changes } = this.#replica;
    return new TaskRunner(this.#parts, {
      journal: this.#journal,
      environment: replicaEnvironment(specification),
      builtIn: (action, task, point) => this.#builtIn(action, task, point),
      emit,
      changed: (report) => {
        source.notify({ type: 'task', report });
        changes.tell();
      },
    });
  }

  async #builtIn(action: BuiltIn, task: StreamTask, point: RunPoint): Promise<void> {
    const { snapshots, loop, job } = this.#replica;
    switch (action.type) {
      case 'snapshot':
        // At ONEXECUTE the stream stands at the task; at ONRECEIVE it does not, so the snapshot is of the present
        // moment.
        if (point === 'onexecute') await snapshots.take(action.name, 'manual');
        else await loop.runAlone(() => snapshots.take(action.name, 'manual'));
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
        await job.failover({ type: 'live', queue: 'discard' }, true);
    }
  }

  async #askForVerification(task: StreamTask): Promise<void> {
    const { source } = this.#replica;
    if (!source.isLinked) {
      const reason = 'the source is not connected';
      const subject = this.#parts.specification.sourceServer;
      throw new Failure({ code: 'LINK-LOST', operation: 'verify', subject, reason, retryable: true });
    }
    const { good, text } = await new Promise<VerificationAnswer>((resolve) => {
      this.#verifications.set(task.taskId, resolve);
      source.notify({ type: 'verify-asked', taskId: task.taskId });
    });
    this.#verifications.delete(task.taskId);
    if (good) return;
    throw new Failure({ code: 'VERIFY-DIFFERS', operation: 'verify', subject: task.name, reason: text });
  }
}

/** What a program on the target finds in its environment: the job, and where the first replica is. */
export function replicaEnvironment({ jobId, roots }: JobSpecification): Readonly<Record<string, string>> {
  const replica = Buffer.from(roots[0]?.replica ?? '', 'latin1').toString('utf8');
  return { UNDERSTUDY_JOB: jobId, UNDERSTUDY_REPLICA: replica };
}
