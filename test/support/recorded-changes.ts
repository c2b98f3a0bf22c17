// A server that notes every call which changes it, as `alpha jobs.connect`, the way a plan announces it.
import { requiredAccess } from '../../src/runtime/contract/access.ts';
import { callOn, type Server, serverFrom } from '../../src/runtime/contract/server.ts';

export function recordingChanges(server: Server, changes: string[]): Server {
  return serverFrom(server.name, (method, given) => {
    if (requiredAccess(method) >= 2) changes.push(`${server.name} ${method}`);
    return callOn(server, method, given);
  });
}
