// The servers of a plan: each is a name, and what the plan has made on it so far. Nothing is opened, sent or written. A
// call answers as if all went well, and is noted: as a change when the same call on a real server needs full access,
// otherwise as a question. No server is asked, so a question about the time before the plan finds nothing.
import { Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { JobSpecification } from '../../model/job.ts';
import type {
  DnsServerReport,
  JobReport,
  LivePathReport,
  MonitorReport,
  ServerReport,
  SnapshotReport,
} from '../../model/report.ts';
import type { ScheduleReport } from '../../model/schedule.ts';
import type { TaskReport } from '../../model/stream/task.ts';
import { requiredAccess } from '../contract/access.ts';
import { type Answers, answerOf, callOf, type Server, type ServerMethod, serverFrom } from '../contract/server.ts';
import type { KnownServer, ServerDirectory } from '../contract/server-directory.ts';
import { plannedFailover, plannedJob, plannedTask, plannedVerification, plannedWorkload } from './planned-reports.ts';
import { PlannedShapes } from './planned-shapes.ts';

/** The servers that one command changed or asked, by name. */
export interface Touched {
  readonly changes: ReadonlySet<string>;
  readonly asks: ReadonlySet<string>;
}

export interface PlannedServersOptions {
  readonly clock: Clock;
  /** The home's own server; undefined when the home has none. */
  readonly local: string | undefined;
  /** What SERVER LIST would show for the home. */
  readonly known: readonly KnownServer[];
  /** Rejects a name that would not be a server in the run. */
  readonly checkName: (name: string) => Promise<void>;
}

export class PlannedServers implements ServerDirectory {
  readonly #options: PlannedServersOptions;
  readonly #servers = new Map<string, PlannedServer>();
  #changes = new Set<string>();
  #asks = new Set<string>();
  readonly #shapes = new PlannedShapes();

  constructor(options: PlannedServersOptions) {
    this.#options = options;
  }

  get ownName(): string | undefined {
    return this.#options.local;
  }

  get local(): Server | undefined {
    const { local } = this.#options;
    return local === undefined ? undefined : this.#noting(this.#server(local));
  }

  async get(name: string): Promise<Server> {
    await this.#options.checkName(name);
    return this.#noting(this.#server(name));
  }

  async known(): Promise<readonly KnownServer[]> {
    return this.#options.known;
  }

  /** The servers touched since the last call of this function. */
  takeTouched(): Touched {
    const touched = { changes: this.#changes, asks: this.#asks };
    this.#changes = new Set();
    this.#asks = new Set();
    return touched;
  }

  /** Assumes that a connection of this number exists since before the plan. Returns true for a number that is new. */
  assumeConnection(number: number, source: string | undefined, target: string | undefined): boolean {
    const name = source ?? this.#options.local;
    return name !== undefined && this.#server(name).assume(number, target ?? 'its target');
  }

  /** Tells the plan which paths the server had taken over before. */
  knowLive(server: string, paths: readonly LivePathReport[]): void {
    this.#shapes.knowLive(server, paths);
  }

  #server(name: string): PlannedServer {
    const key = name.toLowerCase();
    const server = this.#servers.get(key) ?? new PlannedServer(name, this.#options.clock, this.#shapes);
    this.#servers.set(key, server);
    return server;
  }

  #noting(server: PlannedServer): Server {
    return serverFrom(server.name, async (method, given) => {
      const isChange = requiredAccess(method) === 2;
      if (isChange) this.#changes.add(server.name);
      else this.#asks.add(server.name);
      const answer = answerOf(server.answers, method);
      if (answer !== undefined) return answer(...given);
      // A call without an answer here is a change without a result, or a list, which is empty: nobody is asked.
      const usual = callOf(method).result.safeParse(isChange ? null : []);
      if (usual.success) return usual.data;
      throw notAsked(method, server.name);
    });
  }
}

function notAsked(method: ServerMethod, server: string): Failure {
  const reason = 'a plan asks no server';
  return new Failure({ code: 'PLAN-ONLY', operation: `call ${method}`, subject: `server ${server}`, reason });
}

class PlannedServer {
  readonly name: string;
  readonly answers: Answers;
  readonly #clock: Clock;
  readonly #shapes: PlannedShapes;
  readonly #jobs = new Map<string, JobReport>();
  readonly #snapshots: SnapshotReport[] = [];
  readonly #tasks = new Map<string, TaskReport[]>();
  readonly #monitors = new Map<string, MonitorReport>();
  readonly #dnsServers = new Map<string, DnsServerReport>();
  readonly #schedules = new Map<string, ScheduleReport>();
  #made = 0;

  constructor(name: string, clock: Clock, shapes: PlannedShapes) {
    this.name = name;
    this.#clock = clock;
    this.#shapes = shapes;
    this.answers = this.#answers();
  }

  assume(number: number, target: string): boolean {
    if ([...this.#jobs.values()].some((one) => one.number === number)) return false;
    const jobId = this.#id('connection');
    const specification = {
      jobId,
      name: `connection ${number}`,
      replicationSet: 'its replication set',
      sourceServer: this.name,
      targetServer: target,
      roots: [],
      rules: [],
      mirrorMethod: 'attributes-delta',
      orphans: 'keep',
    } as const;
    this.#jobs.set(jobId, plannedJob(specification, number, this.#clock.wallMs()));
    return true;
  }

  #answers(): Answers {
    const shapes = this.#shapes;
    return {
      access: { login: () => 2, allows: () => true },
      information: { report: () => this.#report() },
      jobs: {
        list: () => [...this.#jobs.values()],
        report: (jobId) => this.#job(jobId),
        wait: (jobId) => this.#job(jobId),
        connect: (specification) => this.#connect(specification),
        disconnect: (jobId) => {
          this.#jobs.delete(jobId);
          shapes.disconnected(jobId, this.name);
        },
        verify: (jobId) => plannedVerification(jobId, this.#clock.wallMs()),
        failover: (jobId, options) => {
          shapes.takenOver(jobId, this.#clock.wallMs());
          return plannedFailover(jobId, options, 2, this.#clock.wallMs());
        },
      },
      workloads: { calculate: () => plannedWorkload },
      live: { list: () => shapes.live(this.name), release: (path) => shapes.release(this.name, path) },
      ...this.#answersOfJobs(),
      ...this.#answersOfLists(),
    };
  }

  /** Answers to calls about the inside of a job. */
  #answersOfJobs(): Pick<Answers, 'tasks' | 'snapshots'> {
    return {
      tasks: {
        list: (jobId) => this.#tasks.get(jobId) ?? [],
        queue: (jobId, task) => {
          const taskId = this.#id('task');
          this.#tasks.set(jobId, [...(this.#tasks.get(jobId) ?? []), ...plannedTask(taskId, task)]);
          return taskId;
        },
      },
      snapshots: {
        list: (jobId) => this.#snapshots.filter((one) => one.jobId === jobId),
        take: (jobId, name, type) => {
          const takenMs = this.#clock.wallMs();
          const snapshotId = this.#id('snapshot');
          const report = { snapshotId, jobId, name, type, takenMs, sequence: 0, state: 'good' } as const;
          this.#snapshots.push(report);
          return report;
        },
      },
    };
  }

  /** Answers to calls about things that a server keeps by name. */
  #answersOfLists(): Pick<Answers, 'monitors' | 'dns' | 'schedules'> {
    return {
      monitors: {
        list: () => [...this.#monitors.values()],
        create: (specification) => {
          const state = { state: 'Stopped', lastSuccessMs: null, consecutiveFailures: 0, evidence: [] } as const;
          this.#monitors.set(specification.name, { specification, ...state });
        },
        start: (name) => {
          const report = this.#monitors.get(name);
          if (report !== undefined) this.#monitors.set(name, { ...report, state: 'Monitoring' });
        },
      },
      dns: {
        servers: () => [...this.#dnsServers.values()],
        addServer: ({ key, ...specification }) =>
          void this.#dnsServers.set(specification.name, { ...specification, keyName: key?.name ?? null }),
      },
      schedules: {
        list: () => [...this.#schedules.values()],
        add: (specification) => {
          const state = { nextMs: null, lastMs: null, lastOutcome: '', missedRuns: 0, running: 0 };
          this.#schedules.set(specification.name, { specification, ...state });
        },
      },
    };
  }

  #connect(specification: Omit<JobSpecification, 'jobId'>): JobReport {
    this.#shapes.check(specification);
    const taken = new Set([...this.#jobs.values()].map((one) => one.number));
    let number = 1;
    while (taken.has(number)) number += 1;
    const report = plannedJob({ ...specification, jobId: this.#id('connection') }, number, this.#clock.wallMs());
    this.#jobs.set(report.jobId, report);
    this.#shapes.connected(report, specification.rules);
    return report;
  }

  #job(jobId: string): JobReport {
    const report = this.#jobs.get(jobId);
    if (report !== undefined) return report;
    throw new Failure({
      code: 'JOB-UNKNOWN',
      operation: 'find the job',
      subject: jobId,
      reason: 'it is not in the plan',
    });
  }

  #report(): ServerReport {
    const timeMs = this.#clock.wallMs();
    const jobs = [...this.#jobs.values()];
    const { name } = this;
    return { name, version: '', fingerprint: '', startedMs: timeMs, timeMs, taskProcessing: true, jobs };
  }

  #id(kind: string): string {
    this.#made += 1;
    return `planned ${kind} ${this.#made} of ${this.name}`;
  }
}
