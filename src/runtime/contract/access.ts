// Which calls on a server need which access level: reading needs `monitor` (1), everything else `full` (2), and what only the
// server's own operator may say comes from its own home (3). One table for both places that hold it: the API server for its
// peers, and a script's session after LOGIN.
import { Failure } from '../../base/failure.ts';
import type { CallerAccess } from './access-level.ts';
import type { Server } from './server.ts';

export type ServerMethod = Exclude<keyof Server, 'name'>;

export const requiredAccess: Readonly<Record<ServerMethod, CallerAccess>> = {
  login: 0,
  allows: 0,
  report: 1,
  jobs: 1,
  job: 1,
  waitForJob: 1,
  tasks: 1,
  events: 1,
  schedules: 1,
  snapshots: 1,
  monitors: 1,
  dnsServers: 1,
  livePaths: 1,
  settings: 1,
  accounts: 1,
  credentials: 1,
  log: 1,
  connect: 2,
  calculate: 2,
  disconnect: 2,
  startMirror: 2,
  stopMirror: 2,
  deleteOrphans: 2,
  verify: 2,
  queueTask: 2,
  takeSnapshot: 2,
  revertToSnapshot: 2,
  deleteSnapshot: 2,
  failover: 2,
  createMonitor: 2,
  startMonitor: 2,
  stopMonitor: 2,
  deleteMonitor: 2,
  addDnsServer: 2,
  removeDnsServer: 2,
  updateDns: 2,
  addSchedule: 2,
  removeSchedule: 2,
  changeSetting: 2,
  addAccount: 2,
  removeAccount: 2,
  setCredential: 2,
  testCredential: 2,
  removeCredential: 2,
  shutDown: 2,
  releaseLivePath: 3,
};

export function isServerMethod(name: string): name is ServerMethod {
  return Object.hasOwn(requiredAccess, name);
}

const levelNames = ['none', 'monitor', 'full', 'its own'] as const;

/**
 * How the caller got its access. `throughOwn`: what the LOGIN on the home's own server gives, as which the server is called;
 * the server itself would see only the roles of that one.
 */
export interface Access {
  readonly level: CallerAccess;
  readonly throughOwn?: string;
}

export function accessDenied(method: ServerMethod, serverName: string, { level, throughOwn }: Access): Failure {
  const needed = levelNames[requiredAccess[method]];
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

/** Whom a server trusts is changed in its home, past its calls. */
export function pairingDenied(ownName: string, level: CallerAccess): Failure {
  return new Failure({
    code: 'ACCESS-DENIED',
    operation: 'change whom it trusts',
    subject: `server ${ownName}`,
    reason: `it needs full access, this session has ${levelNames[level]}`,
    hint: `LOGIN on ${ownName} with an account that has it.`,
  });
}

/** What only the owner of a home may say. */
export function ownersAlone(method: ServerMethod, serverName: string): Failure {
  return new Failure({
    code: 'ACCESS-DENIED',
    operation: `call ${method}`,
    subject: `server ${serverName}`,
    reason: 'only its own operator may say this, and it came from another server',
    hint: `Say it at the prompt of ${serverName}: understudy repl --home, with the home folder of ${serverName}, on its machine.`,
  });
}

/** The same server, of which only the calls that `access` allows can be made; the others reject with ACCESS-DENIED. */
export function withAccess(server: Server, access: Access): Server {
  const { level } = access;
  if (level === 3) return server;
  return new Proxy(server, {
    get: (target, property) => {
      if (property === 'allows') {
        return async (method: string) =>
          isServerMethod(method) && requiredAccess[method] <= level && (await target.allows(method));
      }
      if (typeof property === 'string' && isServerMethod(property) && requiredAccess[property] > level) {
        return () => Promise.reject(accessDenied(property, target.name, access));
      }
      const member: unknown = Reflect.get(target, property);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
