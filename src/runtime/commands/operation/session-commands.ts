// LOGIN, LOGOUT, SOURCE, TARGET, PING, VERSION, TIME. (HELP and QUIT need no server; the language carries them out.)
import { datetime, duration } from '../../../language/values/value.ts';
import { instantText } from '../../text/instant-text.ts';
import { namedOrSource, namedOrTarget, serverAs } from '../chosen-server.ts';
import { type CommandHandlers, success } from '../command-context.ts';

/** The access levels as the original prints them (DTCL reference). */
const accessTexts = ['DT_NO_ACCESS', 'DT_MONITOR_ACCESS', 'DT_FULL_ACCESS'] as const;

export const sessionHandlers: CommandHandlers = {
  login: async (given, { session, write }) => {
    const level = await session.login(given.text('server'), given.text('user'), given.secret('password').reveal());
    write(`User access level set to ${accessTexts[level]}`);
    return level;
  },

  logout: async (given, { session }) => {
    const name = given.optionalText('server');
    const named = name === undefined ? session.loggedIn() : [(await session.server(name)).name];
    for (const server of named) session.logout(server);
    return success;
  },

  source: async (given, { session }) => {
    const name = given.text('server');
    session.sourceName = (await serverAs('source', name, session)).name;
    return success;
  },

  target: async (given, { session }) => {
    const name = given.text('server');
    session.targetName = (await serverAs('target', name, session)).name;
    return success;
  },

  ping: async (given, context) => {
    const { clock, write } = context;
    const server = await namedOrTarget(given.optionalText('server'), context);
    const startMs = clock.monotonicMs();
    await server.information.report();
    const elapsedMs = Math.round((clock.monotonicMs() - startMs) * 10) / 10;
    write(`${server.name} answered after ${elapsedMs} ms`);
    return duration(elapsedMs);
  },

  version: async (given, context) => {
    const server = await namedOrSource(given.optionalText('server'), context);
    const { version } = await server.information.report();
    context.write(`${server.name} runs version ${version}`);
    return version;
  },

  time: async (given, context) => {
    const server = await namedOrSource(given.optionalText('server'), context);
    const { timeMs } = await server.information.report();
    context.write(`${server.name}: ${instantText(timeMs)}`);
    return datetime(timeMs);
  },
};
