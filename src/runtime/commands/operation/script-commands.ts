// SCRIPT ADD, SCRIPT DELETE, SCRIPT LIST: programs at the points of a connection's mirrors. Each server keeps and runs its
// own, and decides whether it may.

import { textTable } from '../../../base/text/text-table.ts';
import { CommandError, commandErrorCodes } from '../../../language/values/host.ts';
import { list, record, type Value } from '../../../language/values/value.ts';
import { type ScriptPoint, scriptPoints } from '../../../model/stream/mirror-script.ts';
import type { ServerScript } from '../../../model/stream/task.ts';
import type { Server } from '../../contract/server.ts';
import { connectionScripts } from '../../session/connection-scripts.ts';
import type { KnownConnection } from '../../session/known-connection.ts';
import type { Session } from '../../session/session.ts';
import type { CommandArguments } from '../command-arguments.ts';
import { type CommandHandlers, success } from '../command-context.ts';

/** How long DELAY waits when nothing is said: a program that hangs must not hold the data up for ever. */
const delayMs = 600_000;

export const scriptHandlers: CommandHandlers = {
  'script.add': async (given, { session, write }) => {
    const connection = await session.connection(given.value('connection'));
    const source = given.optionalText('source');
    if (source !== undefined) await expectSource(source, connection, session);
    const server = await sideOf(connection, given.text('target'), session);
    if (given.choice('interaction') === 'interact') write('INTERACT is ignored: a script has no desktop here');
    const words = (given.optionalText('args') ?? '').split(/\s+/).filter((word) => word !== '');
    const run = { arguments: words, ...waitOf(given) };
    for (const point of scriptPoints) {
      const program = given.optionalText(point);
      if (program === undefined) continue;
      if (!program.startsWith('/')) throw wrong(`the program ${program} is no absolute path`, 'write it from / on');
      await server.scripts.add(connection.jobId, { point, program, ...run });
    }
    return success;
  },

  'script.delete': async (given, { session }) => {
    const connection = await session.connection(given.value('connection'));
    const name = given.optionalText('target');
    const point = (given.optionalText('point') ?? null) as ScriptPoint | null;
    const names = name === undefined ? [connection.source, connection.target] : [name];
    for (const one of names) {
      await (await sideOf(connection, one, session)).scripts.remove(connection.jobId, point);
    }
    return success;
  },

  'script.list': async (given, { session, write }) => {
    const connection = await session.connection(given.value('connection'));
    const { scripts, lost } = await connectionScripts(connection, session);
    for (const failure of lost) write(`note: ${failure.message}`);
    if (lost.length === 2) throw lost[0];
    const heading = ['Server', 'Point', 'Program', 'Arguments', 'Waits', 'Last', 'Exit', 'Reason'];
    for (const line of textTable(heading, scripts.map(rowOf))) write(line);
    return list(scripts.map(scriptValue));
  },
};

/** What DELAY, NODELAY, TIMEOUT and ONTIMEOUT say together. */
function waitOf(given: CommandArguments): { readonly timeoutMs: number | null; readonly onTimeout?: 'kill' } {
  const timeoutMs = given.value('timeout') === undefined ? delayMs : given.timeoutMs('timeout');
  const kills = given.choice('ontimeout') === 'kill';
  if (given.choice('delay') === 'nodelay') {
    if (given.value('timeout') === undefined && !kills) return { timeoutMs: 0 };
    throw wrong('NODELAY waits for nothing, so it has no TIMEOUT', 'write DELAY, or leave TIMEOUT and ONTIMEOUT out');
  }
  return kills ? { timeoutMs, onTimeout: 'kill' } : { timeoutMs };
}

/** The server of this name or address. Throws -101 when the connection neither begins nor ends there. */
async function sideOf({ number, source, target }: KnownConnection, name: string, session: Session): Promise<Server> {
  const server = await session.server(name);
  if ([source, target].some((one) => one.toLowerCase() === server.name.toLowerCase())) return server;
  throw wrong(`connection ${number} is between ${source} and ${target}, not on ${server.name}`, `write ON ${target}`);
}

async function expectSource(name: string, { number, source }: KnownConnection, session: Session): Promise<void> {
  const server = await session.server(name);
  if (server.name.toLowerCase() === source.toLowerCase()) return;
  throw wrong(`the source of connection ${number} is ${source}, not ${server.name}`, 'the source can be left out');
}

function wrong(message: string, hint: string): CommandError {
  return new CommandError(commandErrorCodes.invalidParameter, message, hint);
}

function rowOf({ server, script }: ServerScript): readonly string[] {
  const { point, program, timeoutMs, last } = script;
  const waits = timeoutMs === null ? 'for ever' : `${timeoutMs / 1000} s`;
  return [
    server,
    point.toUpperCase(),
    program,
    script.arguments.join(' '),
    timeoutMs === 0 ? 'no' : waits,
    last?.state ?? 'not run yet',
    last?.exitCode === undefined ? '' : String(last.exitCode),
    last?.reason ?? '',
  ];
}

function scriptValue({ server, script: { point, program, timeoutMs, last, ...script } }: ServerScript): Value {
  return record({
    server,
    point,
    program,
    arguments: list(script.arguments),
    delay: timeoutMs !== 0,
    state: last?.state ?? 'none',
    reason: last?.reason ?? '',
    ...(last?.exitCode === undefined ? {} : { exitcode: last.exitCode }),
    ...(last?.output === undefined ? {} : { output: last.output }),
  });
}
