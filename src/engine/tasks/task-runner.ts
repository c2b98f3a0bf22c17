// Runs stream tasks at one server's points of the stream, each at most once.
//
// The stream waits at a point until the action has ended or the task's timeout has passed; a timeout of 0 does not wait
// at all. An action that runs longer is left running and reported as detached, and reported again when it ends; with
// ONTIMEOUT KILL it is killed instead, and the task has failed.
//
// A task is a program from another machine, so the server on which it would run decides whether it may run. Programs
// run only when the server's configuration turns task processing on and lists them; JavaScript and blocks of the
// language only when the configuration turns these on, too. Built-in actions are commands of a trusted peer, and
// always run.
import { asFailure, assert } from '../../base/failure.ts';
import { identifierTimeMs } from '../../base/identifier.ts';
import { type Clock, pause } from '../../base/waiting/clock.ts';
import type { EventId } from '../../model/event-catalogue.ts';
import type {
  BlockAction,
  JavaScriptAction,
  RunPoint,
  StreamTask,
  TaskAction,
  TaskReport,
} from '../../model/stream/task.ts';
import type { JavaScript } from '../../ports/javascript.ts';
import type { ProgramEnd, Programs, RunningProgram } from '../../ports/programs.ts';
import { keepReport } from './keep-report.ts';
import { type JavaScriptPolicy, ScriptTask } from './script-task.ts';
import { cancelledEnding, type Ending, killedEnding, programEnding } from './task-ending.ts';
import type { TaskJournal } from './task-journal.ts';

export interface TaskPolicy {
  readonly enabled: boolean;
  /** Absolute paths of the programs that may run, or `any` (an operator's own process). */
  readonly allow: readonly string[] | 'any';
  /** The account that programs run as; absent: the server's own. */
  readonly account?: string;
  /** What JavaScript tasks may do; absent: they do not run. */
  readonly javascript?: JavaScriptPolicy;
  /** Blocks of the language may run, and do all that a script on this server can do; absent: they do not run. */
  readonly blocks?: true;
}

export type BuiltIn = Exclude<TaskAction, { type: 'program' | 'javascript' | 'block' }>;

/** A block of the language, ready to run. */
export interface TaskBlock extends Omit<BlockAction, 'type'> {
  /** The name of the task. */
  readonly name: string;
  readonly point: RunPoint;
  /** Receives every line that the block prints. */
  readonly write: (line: string) => void;
}

/** As much as a program's output (ports/programs.ts). */
const outputMax = 4096;

/** What the server that runs tasks gives for it. */
export interface TaskServer {
  readonly clock: Clock;
  readonly programs: Programs;
  readonly javascript: JavaScript;
  readonly taskPolicy: TaskPolicy;
  /** Runs a block; rejects when it failed. When the signal is aborted it ends as soon as it can. */
  readonly runBlock: (block: TaskBlock, signal: AbortSignal) => Promise<void>;
}

/** What has tasks to run: one side of a job, or the mirrors of that side. */
export interface TaskOwner {
  readonly journal: TaskJournal;
  /** Variables added to the environment of a program; never a secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Carries out a built-in action; rejects when it failed. */
  readonly builtIn: (action: BuiltIn, task: StreamTask, point: RunPoint) => Promise<void>;
  readonly emit: (id: EventId, parameters: Readonly<Record<string, string>>) => void;
  /** Called after every change of a task's state, once it is durable. */
  readonly changed: (report: TaskReport) => void;
}

export class TaskRunner {
  readonly #server: TaskServer;
  readonly #owner: TaskOwner;
  readonly #running = new Set<{ kill(): void }>();
  /** Of the actions that run, by the task. */
  readonly #deadlines = new Map<string, Set<Deadline>>();
  readonly #stopping = new AbortController();

  constructor(server: TaskServer, owner: TaskOwner) {
    this.#server = server;
    this.#owner = owner;
  }

  /**
   * Reports tasks that ran, or may have run, when this server died; they never start again. Call once, before any
   * `run`.
   */
  async reportInterrupted(): Promise<void> {
    const { journal } = this.#owner;
    for (const report of journal.reports()) {
      if (journal.isDoubtful(report.taskId, report.point))
        await this.#settle({ ...report, state: 'cancelled', reason: doubt }, 5045);
      else if (report.state === 'running' || report.state === 'detached') await this.#reportLeft(report);
    }
  }

  /**
   * Ends the processes that an interrupted task left running, because nobody could report their end; says so in the
   * report.
   */
  async #reportLeft(report: TaskReport): Promise<void> {
    const left = await this.#server.programs.endLeft(labelOf(report)).catch(() => 0);
    const more = left === 0 ? '' : `; ${left} of its processes still ran and ${left === 1 ? 'was' : 'were'} ended`;
    await this.#settle({ ...report, state: 'interrupted', reason: `the server stopped while it ran${more}` }, 5046);
  }

  /** Resolves when the stream may go on behind this point. */
  async run(task: StreamTask, point: RunPoint): Promise<void> {
    const action = task.actions[point];
    if (action === undefined || this.#wasStarted(task, point)) return;
    if (this.#owner.journal.isDoubtful(task.taskId, point)) {
      await this.cancel(task, point, doubt);
      return;
    }
    const refusal = this.#refusal(action);
    const report = { taskId: task.taskId, name: task.name, point, reason: '' };
    if (refusal !== undefined) {
      await this.#settle({ ...report, state: 'refused', reason: refusal }, 5044);
      return;
    }
    const deadline = this.#deadlineOf(task);
    await this.#settle({ ...report, state: 'running' }, 5040);
    const done = this.#act(action, task, point, deadline).then(async (ending) => {
      this.#forgetDeadline(task, deadline);
      const { state, ...rest } = deadline.endingOf(ending, task);
      const ended = { ...report, ...rest, state };
      await keepReport(this.#owner.journal, ended, this.#server.clock, this.#stopping.signal);
      this.#tell(ended, endEvents[state] ?? 5042);
      return 'ended' as const;
    });
    // Nobody may be waiting when a stopping server cannot write the report; the next start reports the task as
    // interrupted.
    done.catch(() => undefined);
    let first = await this.#within(task.timeoutMs, done);
    if (first === 'timeout' && task.onTimeout === 'kill' && isOperators(action)) {
      deadline.pass('timeout');
      first = await this.#within(killMs, done);
    }
    if (first === 'timeout') await this.#settle({ ...report, state: 'detached' }, 5043);
  }

  /** Reports that the task will not reach this point any more. */
  async cancel(task: StreamTask, point: RunPoint, reason: string): Promise<void> {
    if (task.actions[point] === undefined) return;
    await this.cancelPoint({ taskId: task.taskId, name: task.name, point }, reason);
  }

  /** The same for a task of which only this is known, also before it has come here. */
  async cancelPoint(place: Pick<TaskReport, 'taskId' | 'name' | 'point'>, reason: string): Promise<void> {
    if (this.#wasStarted(place, place.point)) return;
    await this.#settle({ ...place, state: 'cancelled', reason }, 5045);
  }

  /** Ends what runs of the task; the reports say that an operator did. Built-in actions run to their end. */
  end(taskId: string): void {
    for (const deadline of this.#deadlines.get(taskId) ?? []) deadline.pass('cancel');
  }

  #deadlineOf({ taskId }: StreamTask): Deadline {
    const deadline = new Deadline();
    const all = this.#deadlines.get(taskId) ?? new Set();
    this.#deadlines.set(taskId, all.add(deadline));
    return deadline;
  }

  #forgetDeadline({ taskId }: StreamTask, deadline: Deadline): void {
    const all = this.#deadlines.get(taskId);
    all?.delete(deadline);
    if (all?.size === 0) this.#deadlines.delete(taskId);
  }

  /** Ends all running actions, and those that start from now on; used when the server stops. */
  killAll(): void {
    this.#stopping.abort();
    for (const one of this.#running) one.kill();
  }

  #wasStarted(task: Pick<StreamTask, 'taskId'>, point: RunPoint): boolean {
    const known = this.#owner.journal.find(task.taskId, point);
    return known !== undefined && known.state !== 'queued';
  }

  #refusal(action: TaskAction): string | undefined {
    if (!isOperators(action)) return undefined;
    const { enabled, javascript, blocks } = this.#server.taskPolicy;
    if (!enabled) return 'task processing is off on this server (tasks.enabled in its server.json)';
    if (action.type === 'program') return this.#programRefusal(action.program);
    if (action.type === 'block')
      return blocks ? undefined : 'blocks of commands are off on this server (tasks.blocks in its server.json)';
    if (javascript === undefined)
      return 'JavaScript tasks are off on this server (tasks.javascript in its server.json)';
    return undefined;
  }

  #programRefusal(program: string): string | undefined {
    const { allow } = this.#server.taskPolicy;
    if (allow === 'any' || allow.includes(program)) return undefined;
    return `${program} is not on this server's list of programs (tasks.allow in its server.json)`;
  }

  async #act(action: TaskAction, task: StreamTask, point: RunPoint, deadline: Deadline): Promise<Ending> {
    try {
      if (action.type === 'program') return programEnding(await this.#runProgram(action, task, point, deadline));
      if (action.type === 'javascript') return await this.#runScript(action, task, point, deadline);
      if (action.type === 'block') return await this.#runBlock(action, task, point, deadline);
      await this.#owner.builtIn(action, task, point);
      return { state: 'finished', reason: '' };
    } catch (thrown) {
      return { state: 'failed', reason: asFailure(thrown, 'run a stream task', task.name).message };
    }
  }

  async #runProgram(
    { program, arguments: programArguments }: Extract<TaskAction, { type: 'program' }>,
    task: StreamTask,
    point: RunPoint,
    deadline: Deadline,
    started: (running: RunningProgram) => void = () => undefined,
  ): Promise<ProgramEnd> {
    const { taskPolicy, programs } = this.#server;
    const running = await programs.start({
      program,
      arguments: programArguments,
      ...(taskPolicy.account === undefined ? {} : { account: taskPolicy.account }),
      label: labelOf({ taskId: task.taskId, point }),
      environment: { ...this.#owner.environment, UNDERSTUDY_TASK: task.name, UNDERSTUDY_POINT: point },
    });
    started(running);
    return this.#whileRunning(running, running.ended, deadline);
  }

  async #runBlock(
    { body, bindings }: BlockAction,
    { name }: StreamTask,
    point: RunPoint,
    deadline: Deadline,
  ): Promise<Ending> {
    const stopping = new AbortController();
    let output = '';
    const write = (line: string): void => {
      if (output.length < outputMax) output = `${output}${line}\n`.slice(0, outputMax);
    };
    try {
      const block = { name, point, body, bindings, write };
      const ended = this.#server.runBlock(block, stopping.signal);
      await this.#whileRunning({ kill: () => stopping.abort() }, ended, deadline);
      return { state: 'finished', reason: '', output };
    } catch (thrown) {
      return { state: 'failed', reason: asFailure(thrown, 'run a stream task', name).message, output };
    }
  }

  async #runScript(action: JavaScriptAction, task: StreamTask, point: RunPoint, deadline: Deadline): Promise<Ending> {
    const { javascript, taskPolicy } = this.#server;
    const { environment } = this.#owner;
    assert(taskPolicy.javascript !== undefined, 'a script is refused where none may run');
    const script = new ScriptTask({
      javascript,
      policy: taskPolicy.javascript,
      about: {
        name: task.name,
        point,
        job: environment.UNDERSTUDY_JOB ?? '',
        replica: environment.UNDERSTUDY_REPLICA ?? null,
        queuedMs: identifierTimeMs(task.taskId),
      },
      runProgram: async (program, programArguments, started) => {
        const refusal = this.#programRefusal(program);
        if (refusal !== undefined) throw new Error(refusal);
        const run = { type: 'program', program, arguments: programArguments } as const;
        return this.#runProgram(run, task, point, deadline, started);
      },
    });
    return this.#whileRunning(script, script.run(action), deadline);
  }

  /** Keeps an action in the set of running actions, so that it can be killed, until `ended` settles. */
  async #whileRunning<T>(running: { kill(): void }, ended: Promise<T>, deadline: Deadline): Promise<T> {
    this.#running.add(running);
    deadline.add(running);
    if (this.#stopping.signal.aborted) running.kill();
    try {
      return await ended;
    } finally {
      this.#running.delete(running);
    }
  }

  async #within(timeoutMs: number | null, done: Promise<'ended'>): Promise<'ended' | 'timeout'> {
    if (timeoutMs === null) return done;
    if (timeoutMs === 0) return 'ended';
    const wait = pause(this.#server.clock, timeoutMs);
    const first = await Promise.race([done, wait.done.then(() => 'timeout' as const)]);
    wait.end();
    return first;
  }

  async #settle(report: TaskReport, event: EventId): Promise<void> {
    // The end of a task may be recorded before its timeout is; then the end holds.
    const known = this.#owner.journal.find(report.taskId, report.point);
    if (report.state === 'detached' && known?.state !== 'running') return;
    await this.#owner.journal.record(report);
    this.#tell(report, event);
  }

  #tell(report: TaskReport, event: EventId): void {
    const { name, point, reason } = report;
    this.#owner.emit(event, { task: name, point, reason });
    this.#owner.changed(report);
  }
}

/**
 * Whether an operator wrote the action: then it needs the server's permission and can be killed. Built-in actions do
 * not.
 */
function isOperators(action: TaskAction): action is Exclude<TaskAction, BuiltIn> {
  return action.type === 'program' || action.type === 'javascript' || action.type === 'block';
}

/**
 * The running action of a task, which is killed when the timeout has passed and the task says ONTIMEOUT KILL, or when an
 * operator cancels the task.
 */
class Deadline {
  readonly #running = new Set<{ kill(): void }>();
  #passed: 'timeout' | 'cancel' | undefined;

  add(running: { kill(): void }): void {
    this.#running.add(running);
    if (this.#passed !== undefined) running.kill();
  }

  pass(why: 'timeout' | 'cancel'): void {
    this.#passed ??= why;
    for (const one of this.#running) one.kill();
  }

  /** How the action ended, in view of who ended it. */
  endingOf(ending: Ending, task: StreamTask): Ending {
    if (this.#passed === 'timeout') return killedEnding(ending, task);
    return this.#passed === 'cancel' ? cancelledEnding(ending) : ending;
  }
}

/** The events of the ends of an action; others are failures. */
const endEvents: Partial<Record<TaskReport['state'], EventId>> = { finished: 5041, cancelled: 5045 };

/** A killed program ends soon, unless it waits in the kernel; the stream waits no longer than this. */
const killMs = 5000;

function labelOf({ taskId, point }: Pick<TaskReport, 'taskId' | 'point'>): string {
  return `${taskId}.${point}`;
}

const doubt = 'reports of earlier tasks were damaged on the disk, so whether it had started is not known';
