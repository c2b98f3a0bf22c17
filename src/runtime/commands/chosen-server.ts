// Which server a command means: the one that it names, else the source, else the server of this home; and the failures
// for a name that is no server.
import { Failure } from '../../base/failure.ts';
import { CommandError, commandErrorCodes } from '../../language/values/host.ts';
import type { Server } from '../contract/server.ts';
import type { Session } from '../session/session.ts';
import type { CommandContext } from './command-context.ts';

/**
 * Throws -104 when the command names no server, the script has not said SOURCE, and this home has no running server.
 */
export async function serverOrOwn(name: string | undefined, { session }: CommandContext): Promise<Server> {
  if (name !== undefined) return session.server(name);
  const local = session.local();
  return session.sourceName !== undefined || local === undefined ? session.source() : local;
}

export async function namedOrSource(name: string | undefined, { session }: CommandContext): Promise<Server> {
  return name === undefined ? session.source() : session.server(name);
}

export async function namedOrTarget(name: string | undefined, { session }: CommandContext): Promise<Server> {
  return name === undefined ? session.target() : session.server(name);
}

/** The servers of SOURCE and TARGET, each once, else this home's server. Throws `SERVER-MISSING` when there is none. */
export async function sourceAndTarget({ session }: CommandContext, hint: string): Promise<readonly Server[]> {
  const names = [session.sourceName, session.targetName].filter((name) => name !== undefined);
  const servers = await Promise.all(names.map((name) => session.server(name)));
  const local = session.local();
  const asked = servers.length === 0 && local !== undefined ? [local] : servers;
  if (asked.length > 0) return asked.filter((server, index) => asked.indexOf(server) === index);
  throw new Failure({
    code: 'SERVER-MISSING',
    operation: 'ask a server',
    subject: 'no server',
    reason: 'neither a source nor a target has been identified',
    hint,
  });
}

/** The server of this name as a source or target. Throws -103 or -105 when no server of this name is known here. */
export async function serverAs(role: 'source' | 'target', name: string, session: Session): Promise<Server> {
  try {
    return await session.server(name);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'SERVER-UNKNOWN') throw error;
    const code = role === 'source' ? commandErrorCodes.noSourceModule : commandErrorCodes.noTargetModule;
    throw new CommandError(code, error.message, error.hint);
  }
}
