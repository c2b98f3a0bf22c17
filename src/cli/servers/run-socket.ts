// The socket of a server inside a run: `api.socket` in its folder `servers/NAME` of the home, for the account of the run
// alone (mode 0600). It answers questions; what happens to the server is for the script that made it.
import { serverApplication } from '../../api/server-application.ts';
import { Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { listenOnSocket } from '../../platform/http/http-socket.ts';
import { requiredAccess } from '../../runtime/contract/access.ts';
import type { Server, ServerMethod } from '../../runtime/contract/server.ts';

/** Returns what closes it and removes the socket. Whoever calls this holds the lock of the folder. */
export function offerReports(folder: string, server: Server, log: Log): Promise<() => Promise<void>> {
  const { name } = server;
  const access = {
    name,
    check: (_: unknown, method: ServerMethod) => expectQuestion(method, name),
    serverFor: () => server,
  };
  return listenOnSocket(folder, serverApplication(access, log));
}

function expectQuestion(method: ServerMethod, name: string): void {
  const reads = 1;
  if (requiredAccess(method) === reads) return;
  throw new Failure({
    code: 'ACCESS-DENIED',
    operation: `call ${method}`,
    subject: `server ${name}`,
    reason: 'it belongs to a run, and only answers questions',
    hint: 'Let the script of the run do it, or interrupt the run.',
  });
}
