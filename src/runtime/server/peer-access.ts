// The server as a trusted peer may use it through the API, by the peer's roles (model/peer-role.ts). The owner, who
// calls over the socket in the home, uses the server without these limits.
//
//   source    calls about the jobs whose source the peer is; lists leave out all others. It may make schedules only of
//             SNAPSHOT SCHEDULE, and may change DNS names, as a failover could
//   target    nothing: a target gets what it needs of a source over their link
//   monitor   the calls that only read (runtime/contract/access.ts)
//   operator  every call but the owner's; folders of a job or calculation must lie in `sources.allowedRoots`, and a
//             schedule needs `tasks.blocks`, because its block can do all that a script of the owner can
//
// A call that none of the roles allows is refused with ACCESS-DENIED before the server reads its parameters.
import { Failure } from '../../base/failure.ts';
import { isOutsideEvent } from '../../model/event-catalogue.ts';
import type { NewJob } from '../../model/job.ts';
import type { Caller, PeerCaller, PeerRole } from '../../model/peer-role.ts';
import type { JobReport, LivePathReport } from '../../model/report.ts';
import type { Files } from '../../ports/files.ts';
import { ownersAlone, requiredAccess } from '../contract/access.ts';
import type { AccessLevel } from '../contract/access-level.ts';
import {
  type Arguments,
  callOn,
  type Server,
  type ServerMethod,
  serverFrom,
  serverMethods,
} from '../contract/server.ts';
import { checkSourcePaths, filesWithin } from '../jobs/admission/source-policy.ts';
import { jobOfSnapshotSchedule } from '../schedules/snapshot-schedule.ts';
import { calculateWorkload } from './workload-calculation.ts';

export interface PeerAccessParts {
  readonly files: Files;
  /** Absolute folders, byte strings, that a peer may have protected. */
  readonly sourceRoots: readonly string[];
  /** Whether blocks from others may run here. */
  readonly blocksMayRun: boolean;
}

/** A server that also takes the name of the peer for whom a call is made, in the two calls that need it. */
export type GuardedServer = Server & {
  readonly access: { login(user: string, password: string, from?: string): Promise<AccessLevel> };
  readonly jobs: { connect(specification: NewJob, forPeer?: string): Promise<JobReport> };
};

/** A server as the callers of its API see it. */
export class PeerAccess {
  readonly name: string;
  readonly #server: GuardedServer;
  readonly #parts: PeerAccessParts;

  constructor(server: GuardedServer, parts: PeerAccessParts) {
    this.name = server.name;
    this.#server = server;
    this.#parts = parts;
  }

  /** Rejects a method that no role of the caller allows, whatever its parameters are. */
  check(caller: Caller, method: ServerMethod): void {
    if (caller === 'owner') return;
    if (requiredAccess(method) === 3) throw ownersAlone(method, this.name);
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

/** Calls of a source about one job whose replica is here: the first parameter is the id of the job. */
const ofReplicas: readonly ServerMethod[] = [
  'jobs.report',
  'jobs.wait',
  'tasks.list',
  'scripts.list',
  'scripts.add',
  'scripts.remove',
  'jobs.disconnect',
  'transmission.pauseTarget',
  'transmission.resumeTarget',
  'snapshots.list',
  'snapshots.take',
  'snapshots.revert',
  'snapshots.delete',
  'jobs.failover',
];
const ofMonitors: readonly ServerMethod[] = [
  'monitors.start',
  'monitors.stop',
  'monitors.delete',
  'monitors.implement',
  'monitors.dismiss',
];
/** Calls of a source that are not about one job, or that name the job in a field. */
const ofOneself: readonly ServerMethod[] = [
  'access.login',
  'information.report',
  'jobs.list',
  'events.since',
  'monitors.list',
  'monitors.create',
  'live.list',
  'access.allows',
];
const ofSnapshotSchedules: readonly ServerMethod[] = ['schedules.add', 'schedules.remove', 'schedules.list'];
const ofNames: readonly ServerMethod[] = ['dns.servers', 'dns.update'];

const methodsOfRole: Readonly<Record<PeerRole, readonly ServerMethod[]>> = {
  source: [...ofReplicas, ...ofMonitors, ...ofOneself, ...ofSnapshotSchedules, ...ofNames],
  target: [],
  monitor: serverMethods.filter((method) => requiredAccess(method) <= 1),
  operator: serverMethods.filter((method) => requiredAccess(method) <= 2),
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
    return serverFrom(this.#server.name, (method, given) => this.#call(method, given));
  }

  async #call(method: ServerMethod, given: readonly unknown[]): Promise<unknown> {
    const { roles, name } = this.#peer;
    if (method === 'access.login') {
      const [user, password] = given as Arguments<'access.login'>;
      return this.#server.access.login(user, password, name);
    }
    if (method === 'access.allows') {
      const [asked] = given as Arguments<'access.allows'>;
      return roles.some((role) => methodsOfRole[role].some((one) => one === asked));
    }
    if (roles.includes('operator')) return this.#asOperator(method, given);
    if (roles.includes('monitor') && methodsOfRole.monitor.includes(method)) return callOn(this.#server, method, given);
    return this.#asSource(method, given);
  }

  async #asOperator(method: ServerMethod, given: readonly unknown[]): Promise<unknown> {
    const { files, sourceRoots } = this.#parts;
    if (method === 'jobs.connect') {
      const [job] = given as Arguments<'jobs.connect'>;
      await checkSourcePaths(job.roots, sourceRoots, files);
      return this.#server.jobs.connect(job, this.#peer.name);
    }
    if (method === 'workloads.calculate') {
      const [workload] = given as Arguments<'workloads.calculate'>;
      await checkSourcePaths(workload.roots, sourceRoots, files);
      return calculateWorkload(workload, filesWithin(files, sourceRoots));
    }
    if (method === 'schedules.add' && !this.#parts.blocksMayRun)
      await this.#checkSchedule(given, await this.#server.jobs.list());
    return callOn(this.#server, method, given);
  }

  async #asSource(method: ServerMethod, given: readonly unknown[]): Promise<unknown> {
    const server = this.#server;
    if (method === 'jobs.list') return this.#jobs();
    if (method === 'information.report') {
      const report = await server.information.report();
      return { ...report, jobs: report.jobs.filter((job) => this.#owns(job)) };
    }
    if (method === 'events.since') return this.#events(given as Arguments<'events.since'>);
    if (method === 'monitors.list') return this.#monitors();
    if (method === 'live.list') {
      const isOwn = ({ source }: LivePathReport): boolean => source.toLowerCase() === this.#peer.name.toLowerCase();
      return (await server.live.list()).filter(isOwn);
    }
    if (method === 'schedules.list') return this.#schedules();
    if (method === 'schedules.add') await this.#checkSchedule(given, await this.#jobs());
    if (method === 'schedules.remove') {
      const known = (await this.#schedules()).some(({ specification }) => specification.name === given[0]);
      if (!known) throw this.#unknown('SCHEDULE-UNKNOWN', `call ${method}`, String(given[0]));
    }
    if (ofReplicas.includes(method)) await this.#checkOwn(String(given[0]));
    if (ofMonitors.includes(method)) await this.#checkMonitor(method, String(given[0]));
    if (method === 'monitors.create') await this.#checkOwn((given as Arguments<'monitors.create'>)[0].jobId);
    return callOn(server, method, given);
  }

  /** The events of the jobs that the peer has now, and those events without a job that others did not cause. */
  async #events([sinceMs]: Arguments<'events.since'>): ReturnType<Server['events']['since']> {
    const own = new Set((await this.#jobs()).map(({ jobId }) => jobId));
    const events = await this.#server.events.since(sinceMs);
    return events.filter(({ id, jobId }) => (jobId === undefined ? !isOutsideEvent(id) : own.has(jobId)));
  }

  /** Refuses any block that does more than take snapshots of one of these jobs: it could do all that the owner can. */
  async #checkSchedule(given: readonly unknown[], jobs: readonly JobReport[]): Promise<void> {
    const [schedule] = given as Arguments<'schedules.add'>;
    if (jobOfSnapshotSchedule(schedule, targetsOf(jobs)) !== undefined) return;
    throw this.#blockRefused(schedule.name);
  }

  async #schedules(): ReturnType<Server['schedules']['list']> {
    const targets = targetsOf(await this.#jobs());
    const schedules = await this.#server.schedules.list();
    return schedules.filter(({ specification }) => jobOfSnapshotSchedule(specification, targets) !== undefined);
  }

  /** The jobs whose source the peer is. */
  async #jobs(): Promise<readonly JobReport[]> {
    return (await this.#server.jobs.list()).filter((job) => this.#owns(job));
  }

  async #monitors(): ReturnType<Server['monitors']['list']> {
    const own = new Set((await this.#jobs()).map(({ jobId }) => jobId));
    return (await this.#server.monitors.list()).filter(({ specification }) => own.has(specification.jobId));
  }

  #owns({ role, source }: JobReport): boolean {
    return role === 'target' && source.toLowerCase() === this.#peer.name.toLowerCase();
  }

  /** A job of another source is rejected like a job that does not exist, so that the peer learns nothing about it. */
  async #checkOwn(jobId: string): Promise<void> {
    const report = await this.#server.jobs.report(jobId);
    if (!this.#owns(report)) throw this.#unknown('JOB-UNKNOWN', 'find the connection', jobId);
  }

  async #checkMonitor(method: ServerMethod, name: string): Promise<void> {
    const known = await this.#monitors();
    if (known.some(({ specification }) => specification.name === name)) return;
    throw this.#unknown('MONITOR-UNKNOWN', `call ${method}`, name);
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
