// LIVE LIST, LIVE RELEASE: the paths that a target has taken over. Each server keeps its own paths, and only its own
// operator may release them.
import { displayPath, rawFromText } from '../../../base/raw-path.ts';
import { textTable } from '../../../base/text/text-table.ts';
import { CommandError, commandErrorCodes } from '../../../language/values/host.ts';
import { datetime, list, record } from '../../../language/values/value.ts';
import type { Server } from '../../contract/server.ts';
import { instantText } from '../../text/instant-text.ts';
import { type CommandContext, type CommandHandlers, success } from '../command-context.ts';
import { plainPath } from '../protection/workload.ts';

export const liveHandlers: CommandHandlers = {
  'live.list': async (_given, context) => {
    const server = await keeper(context);
    const reports = await server.live.list();
    const rows = reports.map(({ path, epoch, job, source, sinceMs, released, movedTo }) => [
      displayPath(path),
      `since epoch ${epoch}, ${instantText(sinceMs)}`,
      `${job} of ${source}`,
      [
        ...(movedTo === undefined ? [] : [`moved on: ${movedTo} has taken over since`]),
        ...(released ? ['released: the next mirror may go over it'] : []),
      ].join('; '),
    ]);
    for (const line of textTable(['Live copy', 'Live', 'Taken over from', ''], rows)) context.write(line);
    return list(
      reports.map(({ path, epoch, job, source, sinceMs, released }) =>
        record({ path: displayPath(path), epoch, connection: job, source, since: datetime(sinceMs), released }),
      ),
    );
  },

  'live.release': async (given, context) => {
    const { session, write } = context;
    const server = await keeper(context);
    const path = plainPath(given.text('path'));
    // The author of a scheduled or queued block may be the operator of another server, such as the old source.
    if (session.isDetached) {
      throw new CommandError(
        commandErrorCodes.invalidParameter,
        'LIVE RELEASE cannot be part of a task or a schedule',
        `say it at the prompt of ${server.name}`,
      );
    }
    await server.live.release(rawFromText(path));
    write(`${path} is released: the next CONNECT to it keeps it as a snapshot, and mirrors over it`);
    return success;
  },
};

/** The server that TARGET named, else the server of this home. */
async function keeper({ session }: CommandContext): Promise<Server> {
  const local = session.local();
  return session.targetName === undefined && local !== undefined ? local : session.target();
}
