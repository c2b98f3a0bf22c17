// What became of the tasks that one run of a script has queued: looked at when the script has ended, and waited for where the
// run ends its servers too. So no run is called good over a task that failed, and none ends one without a word.
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

/** A line for each task that did not end well, and for each point of a task that has not ended. */
export interface TaskEnds {
  readonly failed: readonly string[];
  readonly left: readonly string[];
}

export interface SettleOptions {
  readonly clock: Clock;
  /** 0 looks once. */
  readonly waitMs: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Told once that somebody has to wait. */
  readonly say: (line: string) => void;
}

/** How long nothing is said of waiting. */
const quietMs = 2000;
const pollMs = 250;

/** How long the end of a connection, or of servers that end with a run, waits for the tasks that the run has queued. */
export const taskWaitMs = 60_000;

export class QueuedTasks {
  #tasks: QueuedTask[] = [];
  /** Of connections that have ended. */
  readonly #over: { readonly failed: string[]; readonly left: string[] } = { failed: [], left: [] };

  note(taskId: string, name: string, connection: KnownConnection): void {
    this.#tasks.push({ taskId, name, connection });
  }

  /** Resolves when all have ended, or nobody waits any longer. Never rejects. */
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

  /** Before a connection ends, and its servers forget its tasks: those that run are waited for. Never rejects. */
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
