// The scripts of a connection's mirrors on both of its servers.
import { asFailure, type Failure } from '../../base/failure.ts';
import type { ServerScript } from '../../model/stream/task.ts';
import type { KnownConnection } from './known-connection.ts';
import type { Session } from './session.ts';

/** What the servers that answered have, and the failures of the others. */
export async function connectionScripts(
  { jobId, source, target }: KnownConnection,
  session: Session,
): Promise<{ readonly scripts: readonly ServerScript[]; readonly lost: readonly Failure[] }> {
  const scripts: ServerScript[] = [];
  const lost: Failure[] = [];
  for (const server of [source, target]) {
    try {
      const found = await (await session.server(server)).scripts.list(jobId);
      scripts.push(...found.map((script) => ({ server, script })));
    } catch (thrown) {
      lost.push(asFailure(thrown, 'list the scripts', server));
    }
  }
  return { scripts, lost };
}
