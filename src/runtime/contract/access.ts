// Which access level each call on a server needs, as the table of calls says (server-calls.ts): reading needs `monitor`
// (1), everything else `full` (2); calls of level 3 are for the operator in the server's own home. Two places enforce
// it: the API server for its peers (runtime/server/peer-access.ts), and a script's session after LOGIN.
import { Failure } from '../../base/failure.ts';
import type { CallerAccess } from './access-level.ts';
import { callOf, callOn, isServerMethod, type Server, type ServerMethod, serverFrom } from './server.ts';

export function requiredAccess(method: ServerMethod): CallerAccess {
  return callOf(method).access;
}

const levelNames = ['none', 'monitor', 'full', 'its own'] as const;

/**
 * How the caller got its access. The own server of a home calls other servers in its own name, so they see only its
 * roles, not the account of LOGIN. Where the account's level on the own server is the lower one, it counts, and
 * `throughOwn` is the name of that server.
 */
export interface Access {
  readonly level: CallerAccess;
  readonly throughOwn?: string;
}

export function accessDenied(method: ServerMethod, serverName: string, { level, throughOwn }: Access): Failure {
  const needed = levelNames[requiredAccess(method)];
  const through = {
    reason: `it needs ${needed} access on ${throughOwn} too, as which it is called, and this session has ${levelNames[level]} there`,
    hint: `LOGIN on ${throughOwn} with an account that has it.`,
  };
  const direct = {
    reason: `it needs ${needed} access, this session has ${levelNames[level]}`,
    hint: 'LOGIN with an account that has it, or have the peer trusted with more on that server.',
  };
  return new Failure({
    code: 'ACCESS-DENIED',
    operation: `call ${method}`,
    subject: `server ${serverName}`,
    ...(throughOwn === undefined ? direct : through),
  });
}

/** Pairing is no call on a server but a change in its home, so it has a failure of its own. */
export function pairingDenied(ownName: string, level: CallerAccess): Failure {
  return new Failure({
    code: 'ACCESS-DENIED',
    operation: 'change whom it trusts',
    subject: `server ${ownName}`,
    reason: `it needs full access, this session has ${levelNames[level]}`,
    hint: `LOGIN on ${ownName} with an account that has it.`,
  });
}

/** The failure of a call that only the owner of a home may make. */
export function ownersAlone(method: ServerMethod, serverName: string): Failure {
  return new Failure({
    code: 'ACCESS-DENIED',
    operation: `call ${method}`,
    subject: `server ${serverName}`,
    reason: 'only its own operator may say this, and it came from another server',
    hint: `Say it at the prompt of ${serverName}: understudy repl --home, with the home folder of ${serverName}, on its machine.`,
  });
}

/** The same server, limited to the calls that `access` allows; the others reject with ACCESS-DENIED. */
export function withAccess(server: Server, access: Access): Server {
  const { level } = access;
  if (level === 3) return server;
  return serverFrom(server.name, async (method, given) => {
    if (requiredAccess(method) > level) throw accessDenied(method, server.name, access);
    if (method !== 'access.allows') return callOn(server, method, given);
    const asked = String(given[0]);
    return isServerMethod(asked) && requiredAccess(asked) <= level && (await server.access.allows(asked));
  });
}
