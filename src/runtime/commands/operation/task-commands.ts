// QUEUETASK, TASK LIST, TASK STATUS, task() and tasks(). What a task does at each of its points goes into the stream as data; the server
// that runs it decides whether it may.
import { assert } from '../../../base/failure.ts';
import { sandboxLimits } from '../../../base/sandbox-protocol.ts';
import { textTable } from '../../../base/text/text-table.ts';
import { CommandError, commandErrorCodes } from '../../../language/values/host.ts';
import { valueOfJson } from '../../../language/values/json-values.ts';
import { list, record, type Value } from '../../../language/values/value.ts';
import type { DnsChange } from '../../../model/report.ts';
import {
  type JavaScriptAction,
  type TaskAction,
  type TaskPoint,
  type TaskReport,
  taskPoints,
} from '../../../model/stream/task.ts';
import { connectionTasks } from '../../session/connection-tasks.ts';
import type { KnownConnection } from '../../session/known-connection.ts';
import { namesHint } from '../../session/names-hint.ts';
import { writeBindings } from '../../values/bindings.ts';
import { serverAs } from '../chosen-server.ts';
import { CommandArguments } from '../command-arguments.ts';
import { type CommandContext, type CommandHandlers, success } from '../command-context.ts';
import { scriptAction } from '../script-calls.ts';

/** The default TTL of DNS UPDATE: short, so that clients soon notice a later change. */
export const defaultTtlMs = 300_000;

export const taskHandlers: CommandHandlers = {
  queuetask: async (given, context) => {
    const { session, write } = context;
    const connection = await connectionTo(given.text('target'), given.value('connection'), context);
    if (given.choice('interaction') === 'interact') {
      write('INTERACT is ignored: a task has no desktop here');
    }
    const actions: Partial<Record<TaskPoint, TaskAction>> = {};
    for (const point of taskPoints) {
      const task = given.record(point);
      if (task !== undefined) actions[point] = taskAction(task, point);
    }
    const source = await session.server(connection.source);
    const name = given.newName('name');
    const timeoutMs = given.timeoutMs('timeout');
    const kills = given.choice('ontimeout') === 'kill';
    if (kills && (timeoutMs === null || timeoutMs === 0)) throw killsWithoutTimeout(timeoutMs);
    const onTimeout = kills ? { onTimeout: 'kill' as const } : {};
    const taskId = await source.tasks.queue(connection.jobId, { name, actions, timeoutMs, ...onTimeout });
    session.queuedTasks.note(taskId, name, connection);
    return session.makeHandle('task', taskId, connection.jobId);
  },

  'task.list': async (given, context) => {
    const connection = await context.session.connection(given.value('connection'));
    const reports = await connectionTasks(connection, context.session);
    writeTasks(reports, context);
    return list(reports.map(taskValue));
  },

  'task.status': async (given, context) => {
    const { reports } = await findTask(given, context);
    writeTasks(reports, context);
    return list(reports.map(taskValue));
  },

  'task.cancel': async (given, context) => {
    const { session } = context;
    const { connection, taskId } = await findTask(given, context);
    const reports = await (await session.server(connection.source)).tasks.cancel(connection.jobId, taskId);
    // That it did not finish is what its script wanted.
    session.queuedTasks.forget(taskId);
    writeTasks(reports, context);
    return success;
  },

  'lookup.task': async (given, context) => {
    const { connection, taskId } = await findTask(given, context);
    return context.session.makeHandle('task', taskId, connection.jobId);
  },

  'lookup.tasks': async (given, { session }) => {
    const connection = await session.connection(given.value('connection'));
    const ids = new Set((await connectionTasks(connection, session)).map((one) => one.taskId));
    return list([...ids].map((id) => session.makeHandle('task', id, connection.jobId)));
  },
};

interface FoundTask {
  readonly connection: KnownConnection;
  readonly taskId: string;
  /** One for each of its points. */
  readonly reports: readonly TaskReport[];
}

/** The task of a handle, or the last task of a name. Throws -101 when there is none. */
async function findTask(given: CommandArguments, { session }: CommandContext): Promise<FoundTask> {
  const wanted = given.handleOrName('task', 'task');
  const own = typeof wanted === 'string' ? undefined : await session.connectionOfHandle(wanted);
  const connection = own ?? (await session.connection(given.value('connection')));
  const all = await connectionTasks(connection, session);
  const taskId = typeof wanted === 'string' ? all.findLast((one) => one.name === wanted)?.taskId : wanted.id;
  const reports = all.filter((one) => one.taskId === taskId);
  if (taskId !== undefined && reports.length > 0) return { connection, taskId, reports };
  const names = [...new Set(all.map((one) => one.name))];
  const shown = typeof wanted === 'string' ? wanted : String(wanted.number);
  throw new CommandError(
    commandErrorCodes.invalidParameter,
    `connection ${connection.number} has no task ${shown}`,
    namesHint(shown, names, names, 'it has none'),
  );
}

/**
 * The connection that was given, else the current one. Its target must be the server that TO names. Throws -104 when
 * nothing says on which source, -105 when TO names no server, -101 when there is no such connection.
 */
async function connectionTo(
  targetName: string,
  given: Value | undefined,
  { session }: CommandContext,
): Promise<KnownConnection> {
  if (given === undefined && !session.hasConnection) await session.source();
  const target = await serverAs('target', targetName, session);
  const connection = await session.connection(given);
  if (target.name.toLowerCase() === connection.target.toLowerCase()) return connection;
  throw new CommandError(
    commandErrorCodes.invalidParameter,
    `connection ${connection.number} goes to ${connection.target}, not to ${target.name}`,
    `write TO ${connection.target}, or say which connection with ON`,
  );
}

function killsWithoutTimeout(timeoutMs: number | null): CommandError {
  return new CommandError(
    commandErrorCodes.invalidParameter,
    `ONTIMEOUT KILL has no meaning with TIMEOUT ${timeoutMs === null ? 'FOREVER' : '0'}`,
    'say how long the task may take, for example TIMEOUT = 5 minutes',
  );
}

function taskAction(task: CommandArguments, point: TaskPoint): TaskAction {
  const program = task.optionalText('program');
  if (program !== undefined) return { type: 'program', program, arguments: task.texts('arguments') };
  if (task.optionalText('script') !== undefined) return sizedScript(scriptAction(task), point);
  const body = task.optionalText('body');
  if (body !== undefined) return blockAction(body, task.value('bindings'), point);
  const command = task.text('command');
  const options = task.record('arguments') ?? new CommandArguments({});
  switch (command) {
    case 'snapshot.take':
      return { type: 'snapshot', name: options.newName('name') };
    case 'verify':
      if (options.optionalText('mode') === 'repair') throw notInStream('VERIFY REPAIR', point, 'use VERIFY REPORT');
      return { type: 'verify' };
    case 'failover':
      refuseOtherFailover(options, point);
      return { type: 'failover' };
    case 'dns.update':
      return { type: 'dns-update', ...dnsChangeOf(options) };
    default:
      throw notInStream(command, point, 'a task is a program, a block, SNAPSHOT, VERIFY, FAILOVER or DNS UPDATE');
  }
}

export function dnsChangeOf(options: CommandArguments): DnsChange {
  const from = options.optionalText('from');
  return {
    name: options.text('name').replace(/\.$/, ''),
    address: options.text('address'),
    ...(from === undefined ? {} : { from }),
    ttlSeconds: Math.round((options.optionalDurationMs('ttl') ?? defaultTtlMs) / 1000),
  };
}

function sizedScript(action: JavaScriptAction, point: TaskPoint): TaskAction {
  const { bodyCharacters, valueCharacters } = sandboxLimits;
  if (JSON.stringify(action.values).length > valueCharacters)
    throw notInStream(`a script with values of more than ${valueCharacters} characters`, point, 'give it a path');
  assert(action.body.length <= bodyCharacters, 'a longer script is refused when it is checked');
  return action;
}

/** A block travels in the stream in one piece. */
const blockLengthMax = 256 * 1024;

function blockAction(body: string, values: Value | undefined, point: TaskPoint): TaskAction {
  assert(typeof values === 'object' && values.kind === 'record', 'a block comes with its bindings');
  const bindings = writeBindings(values);
  if (body.length + bindings.length > blockLengthMax)
    throw notInStream(
      `a block of more than ${blockLengthMax} characters`,
      point,
      'let it do less, or read what it needs',
    );
  return { type: 'block', body, bindings };
}

/** Everything before a task in the stream is applied, so no QUEUE can be chosen; and the failover is always live. */
function refuseOtherFailover(options: CommandArguments, point: TaskPoint): void {
  const plain =
    (options.optionalText('mode') ?? 'live') === 'live' &&
    (options.optionalText('queue') ?? 'apply') === 'apply' &&
    options.value('snapshot') === undefined &&
    options.value('latest') === undefined &&
    options.value('time') === undefined;
  if (!plain) throw notInStream('this FAILOVER', point, 'write FAILOVER LIVE QUEUE APPLY, or only FAILOVER');
}

function notInStream(what: string, point: TaskPoint, hint: string): CommandError {
  return new CommandError(
    commandErrorCodes.invalidParameter,
    `${what} cannot be a task at ${point.toUpperCase()}`,
    hint,
  );
}

function writeTasks(reports: readonly TaskReport[], { write }: CommandContext): void {
  const rows = reports.map((one) => [
    one.name,
    one.point.toUpperCase(),
    one.state,
    one.exitCode === undefined ? '' : String(one.exitCode),
    one.reason,
  ]);
  for (const line of textTable(['Task', 'Point', 'State', 'Exit', 'Reason'], rows)) write(line);
}

function taskValue({ name, point, state, reason, exitCode, output, result }: TaskReport): Value {
  return record({
    name,
    point,
    state,
    reason,
    ...(exitCode === undefined ? {} : { exitcode: exitCode }),
    ...(output === undefined ? {} : { output }),
    ...(result === undefined ? {} : { result: valueOfJson(result) }),
  });
}
