// The server as a trusted peer may use it through the API, by the peer's roles (model/peer-role.ts). The owner, who calls over
// the socket in the home, has the server as it is.
//
//   source    what concerns the jobs whose source the peer is, and no others; lists leave out what belongs to others. Of
//             schedules it may have those of SNAPSHOT SCHEDULE, of names it may change those that a failover could
//   target    nothing: what a target needs of a source comes over their link
//   monitor   the calls that only look (access.ts)
//   operator  every call; but what is to be read for a job or a count must lie in `sources.allowedRoots`, and a schedule, whose
//             block can do all that a script of the owner can, needs `tasks.blocks`
//
// A call that no role gives is refused with ACCESS-DENIED before anything of it is read.
import { Failure } from '../../base/failure.ts';
import { isOutsideEvent } from '../../model/event-catalogue.ts';
import type { JobSpecification } from '../../model/job.ts';
import type { Caller, PeerCaller, PeerRole } from '../../model/peer-role.ts';
import type { JobReport, LivePathReport } from '../../model/report.ts';
import type { Files } from '../../ports/files.ts';
import { ownersAlone, requiredAccess, type ServerMethod } from '../contract/access.ts';
import type { Server } from '../contract/server.ts';
import { checkSourcePaths, filesWithin } from '../jobs/admission/source-policy.ts';
import { jobOfSnapshotSchedule } from '../schedules/snapshot-schedule.ts';
import { calculateWorkload } from './workload-calculation.ts';

export interface PeerAccessParts {
  readonly files: Files;
  /** Absolute folders, byte strings, which may be protected at the word of a peer. */
  readonly sourceRoots: readonly string[];
  /** Whether blocks of others may run here. */
  readonly blocksMayRun: boolean;
}

/** A server that is told for whom a call is, where that matters. */
export interface GuardedServer extends Server {
  connect(specification: Omit<JobSpecification, 'jobId'>, forPeer?: string): Promise<JobReport>;
  login(user: string, password: string, from?: string): Promise<0 | 1 | 2>;
}

type Arguments<Method extends ServerMethod> = Parameters<Server[Method]>;

/** A server as those see it who call its API. */
export class PeerAccess {
  readonly name: string;
  readonly #server: GuardedServer;
  readonly #parts: PeerAccessParts;

  constructor(server: GuardedServer, parts: PeerAccessParts) {
    this.name = server.name;
    this.#server = server;
    this.#parts = parts;
  }

  /** Rejects what no role of the caller gives it, whatever the parameters are. */
  check(caller: Caller, method: ServerMethod): void {
    if (caller === 'owner') return;
    if (requiredAccess[method] === 3) throw ownersAlone(method, this.name);
    if (caller.roles.some((role) => methodsOfRole[role].includes(method))) return;
    throw new Failure({
      code: 'ACCESS-DENIED',
      operation: `call ${method}`,
      subject: `server ${this.name}`,
      reason: `it trusts ${caller.name} only as: ${caller.roles.join(', ') || 'nothing'}`,
      hint: `To have it do more, pair again with --allow operator on ${this.name}.`,
    });
  }

  serverFor(caller: Caller): Server {
    return caller === 'owner' ? this.#server : new PeerView(this.#server, caller, this.#parts).server();
  }
}

const allMethods = Object.keys(requiredAccess) as readonly ServerMethod[];

/** Calls of a source for what it keeps here: whose first argument names the job, and the others. */
const ofReplicas: readonly ServerMethod[] = [
  'job',
  'waitForJob',
  'tasks',
  'disconnect',
  'snapshots',
  'takeSnapshot',
  'revertToSnapshot',
  'deleteSnapshot',
  'failover',
];
const ofMonitors: readonly ServerMethod[] = ['startMonitor', 'stopMonitor', 'deleteMonitor'];
/** Those that are not about one job, or whose job stands in a field. */
const ofOneself: readonly ServerMethod[] = [
  'login',
  'report',
  'jobs',
  'events',
  'monitors',
  'createMonitor',
  'livePaths',
  'allows',
];
const ofSnapshotSchedules: readonly ServerMethod[] = ['addSchedule', 'removeSchedule', 'schedules'];
const ofNames: readonly ServerMethod[] = ['dnsServers', 'updateDns'];

const methodsOfRole: Readonly<Record<PeerRole, readonly ServerMethod[]>> = {
  source: [...ofReplicas, ...ofMonitors, ...ofOneself, ...ofSnapshotSchedules, ...ofNames],
  target: [],
  monitor: allMethods.filter((method) => requiredAccess[method] <= 1),
  operator: allMethods.filter((method) => requiredAccess[method] <= 2),
};

class PeerView {
  readonly #server: GuardedServer;
  readonly #peer: PeerCaller;
  readonly #parts: PeerAccessParts;

  constructor(server: GuardedServer, peer: PeerCaller, parts: PeerAccessParts) {
    this.#server = server;
    this.#peer = peer;
    this.#parts = parts;
  }

  server(): Server {
    const calls = allMethods.map((method) => [method, (...given: unknown[]) => this.#call(method, given)]);
    return { name: this.#server.name, ...Object.fromEntries(calls) } as Server;
  }

  async #call(method: ServerMethod, given: readonly unknown[]): Promise<unknown> {
    const { roles, name } = this.#peer;
    if (method === 'login') {
      const [user, password] = given as Arguments<'login'>;
      return this.#server.login(user, password, name);
    }
    if (method === 'allows') {
      const [asked] = given as Arguments<'allows'>;
      return roles.some((role) => methodsOfRole[role].some((one) => one === asked));
    }
    if (roles.includes('operator')) return this.#asOperator(method, given);
    if (roles.includes('monitor') && methodsOfRole.monitor.includes(method)) return this.#pass(method, given);
    return this.#asSource(method, given);
  }

  async #asOperator(method: ServerMethod, given: readonly unknown[]): Promise<unknown> {
    const { files, sourceRoots } = this.#parts;
    if (method === 'connect') {
      const [job] = given as Arguments<'connect'>;
      await checkSourcePaths(job.roots, sourceRoots, files);
      return this.#server.connect(job, this.#peer.name);
    }
    if (method === 'calculate') {
      const [workload] = given as Arguments<'calculate'>;
      await checkSourcePaths(workload.roots, sourceRoots, files);
      return calculateWorkload(workload, filesWithin(files, sourceRoots));
    }
    if (method === 'addSchedule' && !this.#parts.blocksMayRun)
      await this.#checkSchedule(given, await this.#server.jobs());
    return this.#pass(method, given);
  }

  async #asSource(method: ServerMethod, given: readonly unknown[]): Promise<unknown> {
    const server = this.#server;
    if (method === 'jobs') return this.#jobs();
    if (method === 'report') {
      const report = await server.report();
      return { ...report, jobs: report.jobs.filter((job) => this.#owns(job)) };
    }
    if (method === 'events') return this.#events(given as Arguments<'events'>);
    if (method === 'monitors') return this.#monitors();
    if (method === 'livePaths') {
      const isOwn = ({ source }: LivePathReport): boolean => source.toLowerCase() === this.#peer.name.toLowerCase();
      return (await server.livePaths()).filter(isOwn);
    }
    if (method === 'schedules') return this.#schedules();
    if (method === 'addSchedule') await this.#checkSchedule(given, await this.#jobs());
    if (method === 'removeSchedule') {
      const known = (await this.#schedules()).some(({ specification }) => specification.name === given[0]);
      if (!known) throw this.#unknown('SCHEDULE-UNKNOWN', `call ${method}`, String(given[0]));
    }
    if (ofReplicas.includes(method)) await this.#checkOwn(String(given[0]));
    if (ofMonitors.includes(method)) await this.#checkMonitor(method, String(given[0]));
    if (method === 'createMonitor') await this.#checkOwn((given as Arguments<'createMonitor'>)[0].jobId);
    return this.#pass(method, given);
  }

  /** Those of the jobs that it has now, and those of no job which are not about others. */
  async #events([sinceMs]: Arguments<'events'>): ReturnType<Server['events']> {
    const own = new Set((await this.#jobs()).map(({ jobId }) => jobId));
    const events = await this.#server.events(sinceMs);
    return events.filter(({ id, jobId }) => (jobId === undefined ? !isOutsideEvent(id) : own.has(jobId)));
  }

  /** A block that does more than take snapshots of one of these jobs could do all that the owner can. */
  async #checkSchedule(given: readonly unknown[], jobs: readonly JobReport[]): Promise<void> {
    const [schedule] = given as Arguments<'addSchedule'>;
    if (jobOfSnapshotSchedule(schedule, targetsOf(jobs)) !== undefined) return;
    throw this.#blockRefused(schedule.name);
  }

  async #schedules(): ReturnType<Server['schedules']> {
    const targets = targetsOf(await this.#jobs());
    const schedules = await this.#server.schedules();
    return schedules.filter(({ specification }) => jobOfSnapshotSchedule(specification, targets) !== undefined);
  }

  /** Those whose source the peer is. */
  async #jobs(): Promise<readonly JobReport[]> {
    return (await this.#server.jobs()).filter((job) => this.#owns(job));
  }

  async #monitors(): ReturnType<Server['monitors']> {
    const own = new Set((await this.#jobs()).map(({ jobId }) => jobId));
    return (await this.#server.monitors()).filter(({ specification }) => own.has(specification.jobId));
  }

  #owns({ role, source }: JobReport): boolean {
    return role === 'target' && source.toLowerCase() === this.#peer.name.toLowerCase();
  }

  /** As for a job that is not there, so that nothing is told of those of others. */
  async #checkOwn(jobId: string): Promise<void> {
    const report = await this.#server.job(jobId);
    if (!this.#owns(report)) throw this.#unknown('JOB-UNKNOWN', 'find the connection', jobId);
  }

  async #checkMonitor(method: ServerMethod, name: string): Promise<void> {
    const known = await this.#monitors();
    if (known.some(({ specification }) => specification.name === name)) return;
    throw this.#unknown('MONITOR-UNKNOWN', `call ${method}`, name);
  }

  /** The arguments are those of this method: the API has parsed them with its schemas. */
  #pass(method: ServerMethod, given: readonly unknown[]): Promise<unknown> {
    const implementation = this.#server[method] as (...parameters: readonly unknown[]) => Promise<unknown>;
    return implementation.apply(this.#server, given as unknown[]);
  }

  #unknown(code: string, operation: string, subject: string): Failure {
    const reason = `${this.#server.name} has none such of ${this.#peer.name}`;
    return new Failure({ code, operation, subject, reason, hint: 'STATUS and MONITOR LIST show what there is.' });
  }

  #blockRefused(schedule: string): Failure {
    return new Failure({
      code: 'SCHEDULE-REFUSED',
      operation: 'add the schedule',
      subject: schedule,
      reason: `its block could do all that a script on ${this.#server.name} can, and that is off for others`,
      hint: 'Add it at the prompt of that server, or set tasks.enabled and tasks.blocks in its server.json.',
    });
  }
}

function targetsOf(jobs: readonly JobReport[]): ReadonlyMap<string, string> {
  return new Map(jobs.map(({ jobId, target }) => [jobId, target]));
}
