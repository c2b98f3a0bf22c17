// LOGIN, SOURCE, TARGET, PING, VERSION, TIME, EVENTS. (HELP asks nothing of a server; the language answers it.)
import { Failure } from '../../base/failure.ts';
import { datetime, duration, list, none, record } from '../../language/value.ts';
import type { ServerEvent } from '../../model/event.ts';
import type { CommandContext, CommandHandlers } from '../command-context.ts';
import type { Server } from '../server.ts';
import { instantText } from '../text-table.ts';

/** As the original prints them (DTCL facts, section 2). */
const accessTexts = ['DT_NO_ACCESS', 'DT_MONITOR_ACCESS', 'DT_FULL_ACCESS'] as const;

export const sessionHandlers: CommandHandlers = {
  login: async (given, { directory, session, write }) => {
    const name = given.text('server');
    const server = await directory.get(name);
    const level = await server.login(given.text('user'), given.secret('password').reveal());
    session.setAccess(name, level);
    write(`User access level set to ${accessTexts[level]}`);
    return level;
  },

  source: async (given, { session }) => {
    const name = given.text('server');
    await session.server(name);
    session.sourceName = name;
    return none;
  },

  target: async (given, { session }) => {
    const name = given.text('server');
    await session.server(name);
    session.targetName = name;
    return none;
  },

  ping: async (given, context) => {
    const { clock, session, write } = context;
    const name = given.optionalText('server');
    const server = name === undefined ? await session.target() : await session.server(name);
    const startMs = clock.monotonicMs();
    await server.report();
    const elapsedMs = Math.round((clock.monotonicMs() - startMs) * 10) / 10;
    write(`${server.name} answered after ${elapsedMs} ms`);
    return duration(elapsedMs);
  },

  version: async (given, context) => {
    const server = await namedOrSource(given.optionalText('server'), context);
    const { version } = await server.report();
    context.write(`${server.name} runs version ${version}`);
    return version;
  },

  time: async (given, context) => {
    const server = await namedOrSource(given.optionalText('server'), context);
    const { timeMs } = await server.report();
    context.write(`${server.name}: ${instantText(timeMs)}`);
    return datetime(timeMs);
  },

  events: async (given, context) => {
    const { clock, session, write } = context;
    const sinceMs = given.optionalDurationMs('since');
    const afterMs = sinceMs === undefined ? 0 : clock.wallMs() - sinceMs;
    const name = given.optionalText('server');
    const servers = name === undefined ? await sourceAndTarget(context) : [await session.server(name)];
    const found: { readonly server: string; readonly event: ServerEvent }[] = [];
    for (const server of servers) {
      for (const event of await server.events(afterMs)) found.push({ server: server.name, event });
    }
    found.sort((one, other) => one.event.timeMs - other.event.timeMs);
    const last = given.optionalInteger('last');
    const shown = last === undefined ? found : found.slice(Math.max(0, found.length - last));
    for (const { server, event } of shown) {
      write(`${instantText(event.timeMs)}  ${server}  ${event.severity}  ${event.id}  ${event.message}`);
    }
    return list(
      shown.map(({ server, event: { id, severity, timeMs, message } }) =>
        record({ id, severity, time: datetime(timeMs), server, message }),
      ),
    );
  },
};

async function namedOrSource(name: string | undefined, { session }: CommandContext): Promise<Server> {
  return name === undefined ? session.source() : session.server(name);
}

async function sourceAndTarget({ directory, session }: CommandContext): Promise<readonly Server[]> {
  const names = [session.sourceName, session.targetName].filter((name) => name !== undefined);
  const servers = await Promise.all(names.map((name) => session.server(name)));
  const asked = servers.length === 0 && directory.local !== undefined ? [directory.local] : servers;
  if (asked.length > 0) return asked.filter((server, index) => asked.indexOf(server) === index);
  throw new Failure({
    code: 'SERVER-MISSING',
    operation: 'list the events',
    subject: 'no server',
    reason: 'neither a source nor a target has been identified',
    hint: 'say which: EVENTS FROM server',
  });
}
