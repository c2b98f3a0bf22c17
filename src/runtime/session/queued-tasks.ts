// The outcomes of the tasks that one run of a script has queued. They are looked up when the script has ended; a run
// that also ends its servers waits for them. So a run does not count as good when one of its tasks failed, and no run
// cuts off a task without saying so.
import { asFailure } from '../../base/failure.ts';
import { type Clock, sleep } from '../../base/waiting/clock.ts';
import type { TaskReport } from '../../model/stream/task.ts';
import { connectionTasks } from './connection-tasks.ts';
import type { KnownConnection, NamedServers } from './known-connection.ts';

interface QueuedTask {
  readonly taskId: string;
  readonly name: string;
  readonly connection: KnownConnection;
}

/** One line for each task that failed, and one for each task point that has not ended. */
export interface TaskEnds {
  readonly failed: readonly string[];
  readonly left: readonly string[];
}

export interface SettleOptions {
  readonly clock: Clock;
  /** 0 looks once and does not wait. */
  readonly waitMs: number;
  /** An abort ends the waiting. */
  readonly signal: AbortSignal;
  /** Called once, when the waiting takes long. */
  readonly say: (line: string) => void;
}

/** For so long the waiting is not mentioned. */
const quietMs = 2000;
const pollMs = 250;

/** How long the run waits for its queued tasks before it ends a connection, or ends its own servers. */
export const taskWaitMs = 60_000;

export class QueuedTasks {
  #tasks: QueuedTask[] = [];
  /** Outcomes for connections that have ended. */
  readonly #over: { readonly failed: string[]; readonly left: string[] } = { failed: [], left: [] };

  note(taskId: string, name: string, connection: KnownConnection): void {
    this.#tasks.push({ taskId, name, connection });
  }

  /** What becomes of the task is no matter of this run any more. */
  forget(taskId: string): void {
    this.#tasks = this.#tasks.filter((one) => one.taskId !== taskId);
  }

  /** Resolves when all tasks have ended, when the time is over, or after an abort. Never rejects. */
  async settle(servers: NamedServers, { clock, waitMs, signal, say }: SettleOptions): Promise<TaskEnds> {
    const startMs = clock.monotonicMs();
    let hasSaid = false;
    for (;;) {
      const ends = await this.#look(servers);
      const waitedMs = clock.monotonicMs() - startMs;
      if (ends.left.length === 0 || waitedMs >= waitMs || signal.aborted) return ends;
      if (!hasSaid && waitedMs >= quietMs) {
        hasSaid = true;
        say(`Waiting for tasks to end, up to ${waitMs / 1000} s: ${ends.left.join('; ')}`);
      }
      await sleep(clock, pollMs, signal);
    }
  }

  /** Waits for the tasks of a connection that is about to end, because its servers then forget them. Never rejects. */
  async settleBeforeEnd(connection: KnownConnection, servers: NamedServers, options: SettleOptions): Promise<void> {
    const own = new QueuedTasks();
    own.#tasks = this.#tasks.filter((one) => one.connection.jobId === connection.jobId);
    this.#tasks = this.#tasks.filter((one) => one.connection.jobId !== connection.jobId);
    const { failed, left } = await own.settle(servers, options);
    this.#over.failed.push(...failed);
    this.#over.left.push(...left.map((line) => `${line} when its connection ended`));
  }

  async #look(servers: NamedServers): Promise<TaskEnds> {
    const failed = [...this.#over.failed, ...this.#over.left];
    const left: string[] = [];
    for (const [connection, tasks] of Map.groupBy(this.#tasks, (one) => one.connection)) {
      try {
        const reports = await connectionTasks(connection, servers);
        for (const task of tasks) sort(task, reports, failed, left);
      } catch (thrown) {
        const { reason } = asFailure(thrown, 'ask for the tasks', `connection ${connection.number}`);
        failed.push(...tasks.map(({ name }) => `what became of task ${name} is not known: ${reason}`));
      }
    }
    return { failed, left };
  }
}

function sort({ taskId, name }: QueuedTask, all: readonly TaskReport[], failed: string[], left: string[]): void {
  const reports = all.filter((one) => one.taskId === taskId);
  if (reports.length === 0) failed.push(`what became of task ${name} is not known: its connection has no report of it`);
  for (const { point, state, reason } of reports) {
    const title = `task ${name} at ${point.toUpperCase()}`;
    if (state === 'queued') left.push(`${title} has not begun`);
    else if (state === 'running' || state === 'detached') left.push(`${title} still runs`);
    else if (state !== 'finished') failed.push(`${title} ${stateText[state]}: ${reason}`);
  }
}

const stateText = {
  failed: 'failed',
  refused: 'was refused',
  cancelled: 'was cancelled',
  interrupted: 'was interrupted',
} as const;
