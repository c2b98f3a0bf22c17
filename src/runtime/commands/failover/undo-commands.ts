// UNDO FAILOVER: on the target of a connection, said by the target's own operator.
import { CommandError, commandErrorCodes } from '../../../language/values/host.ts';
import type { Server } from '../../contract/server.ts';
import { type CommandContext, type CommandHandlers, success } from '../command-context.ts';

/** How long the command waits for the source to hear of the undo. */
const hearMs = 30_000;

export const undoHandlers: CommandHandlers = {
  'failover.undo': async (given, context) => {
    const { session, write } = context;
    const { number, jobId, source, target } = await session.connection(given.value('connection'));
    // The author of a scheduled or queued block may be the operator of another server, such as the old source.
    if (session.isDetached) {
      throw new CommandError(
        commandErrorCodes.invalidParameter,
        'UNDO FAILOVER cannot be part of a task or a schedule',
        `say it at the prompt of ${target}`,
      );
    }
    const server = await session.server(target);
    const { epoch, snapshot } = await server.jobs.undoFailover(jobId);
    write(`The failover of connection ${number} is undone, with epoch ${epoch}: the replica on ${target} is one again`);
    write(`What was written to it since is kept as snapshot "${snapshot}"; the snapshots before it count as bad`);
    if (await isHeard(server, jobId, context)) write(`${source} has heard of it, and begins with a mirror`);
    else
      write(
        `${source} is not here: it begins with a mirror when it hears of this; until then the replica is not whole`,
      );
    const monitors = await monitorsOf(server, jobId);
    if (monitors.length > 0)
      write(`Stopped until MONITOR START, so that none takes over at once: ${monitors.join(', ')}`);
    return success;
  },
};

/** Whether the source has connected again; one that is there asks about every ten seconds. */
async function isHeard(server: Server, jobId: string, { clock, signal }: CommandContext): Promise<boolean> {
  const endMs = clock.monotonicMs() + hearMs;
  let revision = -1;
  for (let leftMs = hearMs; leftMs > 0 && !signal.aborted; leftMs = endMs - clock.monotonicMs()) {
    const report = await server.jobs.wait(jobId, revision, leftMs);
    if (report.connectedSinceMs !== null) return true;
    revision = report.revision;
  }
  return false;
}

async function monitorsOf(server: Server, jobId: string): Promise<readonly string[]> {
  const own = (await server.monitors.list()).filter(({ specification }) => specification.jobId === jobId);
  return own.map(({ specification }) => specification.name);
}
