// The servers of a plan: each is a name, and what the plan has made on it so far. Nothing is opened, sent or written. A
// call answers as if all went well, and is noted: as a change when the same call on a real server needs full access,
// otherwise as a question. No server is asked, so a question about the time before the plan finds nothing.
import { Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { liveCopyName } from '../../engine/job/target/replica-snapshots.ts';
import type { NewJob } from '../../model/job.ts';
import type { EditReport, JobEdit } from '../../model/options/job-edit.ts';
import type { JobReport, LivePathReport, ServerReport, SnapshotReport } from '../../model/report.ts';
import type { ScheduleSpecification } from '../../model/schedule.ts';
import type { StreamTask } from '../../model/stream/task.ts';
import { requiredAccess } from '../contract/access.ts';
import { type Answers, answerOf, callOf, type Server, type ServerMethod, serverFrom } from '../contract/server.ts';
import type { KnownServer } from '../contract/server-directory.ts';
import type { PlannedCall } from './asking.ts';
import { editedJob, plannedEdit } from './planned-edit.ts';
import { plannedFailover, plannedJob, plannedTask, plannedVerification, plannedWorkload } from './planned-reports.ts';
import { PlannedShapes, type ShapesState } from './planned-shapes.ts';
import { copyOf, emptyState, joinedStates, type ServerState } from './planned-state.ts';

/** The servers that one command changed or asked, by name. */
export interface Touched {
  readonly changes: ReadonlySet<string>;
  readonly asks: ReadonlySet<string>;
  /** The changes by server and call, such as `alpha jobs.connect`. */
  readonly calls: ReadonlySet<string>;
}

/** What a server was given to run later: the actions of a stream task, or the block of a schedule. */
export type Later =
  | {
      readonly kind: 'monitor';
      readonly server: string;
      readonly name: string;
      /** Whether it waits for a person; null when the plan did not make it. */
      readonly waits: boolean | null;
    }
  | { readonly kind: 'schedule'; readonly server: string; readonly specification: ScheduleSpecification }
  | {
      readonly kind: 'task';
      readonly server: string;
      readonly target: string;
      readonly jobId: string;
      readonly task: Omit<StreamTask, 'taskId'>;
    };

interface PlannedServerParts {
  readonly clock: Clock;
  readonly shapes: PlannedShapes;
  readonly onLater: (later: Later) => void;
  readonly assumedSnapshots: (server: string, jobId: string) => readonly SnapshotReport[];
  /** The jobs of all servers: the target of a job knows it too. */
  readonly allJobs: () => readonly JobReport[];
}

/** What the plan knows of all its servers. */
export interface ServersState {
  readonly servers: ReadonlyMap<string, ServerState>;
  readonly shapes: ShapesState;
}

export interface PlannedServersOptions {
  readonly clock: Clock;
  /** The home's own server; undefined when the home has none. */
  readonly local: string | undefined;
  /** What SERVER LIST would show for the home. */
  readonly known: readonly KnownServer[];
  /** The server that a script means by a name or an address. Rejects what would not be a server in the run. */
  readonly nameOf: (written: string) => Promise<string>;
}

export class PlannedServers {
  readonly #options: PlannedServersOptions;
  readonly #servers = new Map<string, PlannedServer>();
  #changes = new Set<string>();
  #asks = new Set<string>();
  #calls = new Set<string>();
  readonly #shapes = new PlannedShapes();
  readonly #later: Later[] = [];
  /** Every call of the plan that would change a server. */
  readonly planned: PlannedCall[] = [];
  readonly #snapshots = new Map<string, number>();
  readonly #parts: PlannedServerParts;

  constructor(options: PlannedServersOptions) {
    this.#options = options;
    this.#parts = {
      clock: options.clock,
      shapes: this.#shapes,
      onLater: (later) => this.#later.push(later),
      assumedSnapshots: (server, jobId) =>
        [...this.#snapshots].map(([name, takenMs]) => {
          const snapshotId = `assumed snapshot ${name} of ${server}`;
          return { snapshotId, jobId, name, type: 'manual', takenMs, sequence: 0, state: 'good' };
        }),
      allJobs: () => this.jobs(),
    };
  }

  /** The server of this name, without a check of the name. */
  serverOf(name: string): Server {
    return this.#noting(this.#server(name));
  }

  async get(name: string): Promise<Server> {
    return this.serverOf(await this.#options.nameOf(name));
  }

  async known(): Promise<readonly KnownServer[]> {
    return this.#options.known;
  }

  /** The servers touched since the last call of this function. */
  takeTouched(): Touched {
    const touched = { changes: this.#changes, asks: this.#asks, calls: this.#calls };
    this.#changes = new Set();
    this.#asks = new Set();
    this.#calls = new Set();
    return touched;
  }

  /** Assumes that a connection of this number or name exists since before the plan. Returns true for one that is new. */
  assumeConnection(which: number | string, source: string | undefined, target: string | undefined): boolean {
    const name = source ?? this.#options.local;
    return name !== undefined && this.#server(name).assume(which, target ?? 'its target');
  }

  /** Assumes that the target of every connection has a snapshot of this name. Returns true when the plan made none. */
  assumeSnapshot(name: string, takenMs: number): boolean {
    if (this.#snapshots.has(name) || [...this.#servers.values()].some((one) => one.hasSnapshot(name))) return false;
    this.#snapshots.set(name, takenMs);
    return true;
  }

  /** The names of all servers of the plan. */
  names(): readonly string[] {
    // A name that only the run knows is no server yet.
    return [...this.#servers.values()].map((one) => one.name).filter((name) => !name.includes('«'));
  }

  /** All connections that the plan made or assumes. */
  jobs(): readonly JobReport[] {
    return [...this.#servers.values()].flatMap((one) => one.jobs);
  }

  /** What has been planned since the last call to run later. */
  takeLater(): readonly Later[] {
    return this.#later.splice(0);
  }

  save(): ServersState {
    const servers = new Map([...this.#servers].map(([key, server]) => [key, server.save()]));
    return { servers, shapes: this.#shapes.save() };
  }

  restore({ servers, shapes }: ServersState): void {
    for (const [key, server] of this.#servers) server.restore(servers.get(key));
    this.#shapes.restore(shapes);
  }

  join({ servers, shapes }: ServersState): void {
    for (const [key, state] of servers) this.#servers.get(key)?.join(state);
    this.#shapes.join(shapes);
  }

  /** Tells the plan which paths the server had taken over before. */
  knowLive(server: string, paths: readonly LivePathReport[]): void {
    this.#shapes.knowLive(server, paths);
  }

  /** The other server of a job that the call writes to: the replica of the target, or the state of the source. */
  #alsoWritten(name: string, method: ServerMethod, [first, second]: readonly unknown[]): readonly string[] {
    if (method === 'jobs.connect') {
      const { diagnosis, targetServer } = first as NewJob;
      return diagnosis === undefined ? [targetServer] : [];
    }
    const writesBoth = bothSides.has(method) || (method === 'jobs.verify' && second === 'repair');
    const job = writesBoth ? this.jobs().find(({ jobId }) => jobId === first) : undefined;
    return job === undefined || job.diagnosis !== undefined
      ? []
      : [job.source, job.target].filter((one) => one.toLowerCase() !== name.toLowerCase());
  }

  #server(name: string): PlannedServer {
    const key = name.toLowerCase();
    const server = this.#servers.get(key) ?? new PlannedServer(name, this.#parts);
    this.#servers.set(key, server);
    return server;
  }

  #noting(server: PlannedServer): Server {
    return serverFrom(server.name, async (method, given) => {
      const isChange = requiredAccess(method) >= 2 && !onlyReading.has(method);
      if (isChange) {
        this.#changes.add(server.name);
        this.#calls.add(`${server.name} ${method}`);
        this.planned.push({ server: server.name, method, given });
        for (const other of this.#alsoWritten(server.name, method, given)) this.#changes.add(other);
      } else this.#asks.add(server.name);
      const answer = answerOf(server.answers, method);
      if (answer !== undefined) return answer(...given);
      // A call without an answer here is a change without a result, or a list, which is empty: nobody is asked.
      const usual = callOf(method).result.safeParse(isChange ? null : []);
      if (usual.success) return usual.data;
      throw notAsked(method, server.name);
    });
  }
}

/** Calls about a job that change something on both of its servers. */
const bothSides: ReadonlySet<ServerMethod> = new Set([
  'jobs.failover',
  'jobs.undoFailover',
  'jobs.edit',
  'mirrors.start',
  'mirrors.resume',
  'mirrors.startReplication',
  'mirrors.deleteOrphans',
]);

/** Calls that need full access, because they cost the server work or touch secrets, and change nothing. */
const onlyReading: ReadonlySet<ServerMethod> = new Set(['workloads.calculate', 'credentials.test', 'jobs.examineEdit']);

function notAsked(method: ServerMethod, server: string): Failure {
  const reason = 'a plan asks no server';
  return new Failure({ code: 'PLAN-ONLY', operation: `call ${method}`, subject: `server ${server}`, reason });
}

class PlannedServer {
  readonly name: string;
  readonly answers: Answers;
  readonly #parts: PlannedServerParts;
  #state: ServerState = copyOf(emptyState);
  /** Never set back, so that things of different ways have different ids. */
  #made = 0;

  constructor(name: string, parts: PlannedServerParts) {
    this.name = name;
    this.#parts = parts;
    this.answers = this.#answers();
  }

  save(): ServerState {
    return copyOf(this.#state);
  }

  restore(state: ServerState | undefined): void {
    this.#state = copyOf(state ?? emptyState);
  }

  /** What exists on either way may exist. */
  join(other: ServerState): void {
    this.#state = joinedStates(this.#state, other);
  }

  get jobs(): readonly JobReport[] {
    return [...this.#state.jobs.values()];
  }

  hasSnapshot(name: string): boolean {
    return [...this.#state.snapshots.values()].some((one) => one.name === name);
  }

  /** Assumes a connection, by its number or its name; false when there is one. */
  assume(which: number | string, target: string): boolean {
    const isMeant = ({ number, name, replicationSet }: JobReport): boolean =>
      number === which || [name, replicationSet].some((one) => one.toLowerCase() === String(which).toLowerCase());
    if (this.jobs.some(isMeant)) return false;
    const jobId = this.#id('connection');
    const number = typeof which === 'number' ? which : this.#freeNumber();
    const specification = {
      jobId,
      name: typeof which === 'number' ? `connection ${which}` : which,
      replicationSet: 'its replication set',
      sourceServer: this.name,
      targetServer: target,
      roots: [],
      rules: [],
      mirrorMethod: 'attributes-delta',
      orphans: 'keep',
    } as const;
    this.#state.jobs.set(jobId, plannedJob(specification, number, this.#parts.clock.wallMs()));
    return true;
  }

  #answers(): Answers {
    const { shapes } = this.#parts;
    return {
      access: { login: () => 2, allows: () => true },
      information: { report: () => this.#report() },
      jobs: {
        list: () => this.#known(),
        report: (jobId) => this.#job(jobId),
        wait: (jobId) => this.#job(jobId),
        connect: (specification) => this.#connect(specification),
        disconnect: (jobId) => {
          this.#state.jobs.delete(jobId);
          shapes.disconnected(jobId, this.name);
        },
        edit: (jobId, edit) => this.#edit(jobId, edit),
        examineEdit: (jobId, edit) => plannedEdit(this.#job(jobId), edit, this.#sharing(jobId)),
        verify: (jobId) => plannedVerification(jobId, this.#parts.clock.wallMs()),
        failover: (jobId, options) => {
          shapes.takenOver(jobId, this.#parts.clock.wallMs());
          return plannedFailover(jobId, options, 2, this.#parts.clock.wallMs());
        },
        undoFailover: (jobId) => {
          shapes.takenBack(jobId);
          return { epoch: 3, snapshot: liveCopyName };
        },
      },
      workloads: { calculate: () => plannedWorkload },
      identities: {
        report: (jobId) => ({ addresses: this.#state.identities.get(jobId) ?? [], isHere: false }),
        set: (jobId, addresses) => void this.#state.identities.set(jobId, addresses),
      },
      live: { list: () => shapes.live(this.name), release: (path) => shapes.release(this.name, path) },
      ...this.#answersOfJobs(),
      ...this.#answersOfLists(),
    };
  }

  /** Answers to calls about the inside of a job. */
  #answersOfJobs(): Pick<Answers, 'tasks' | 'snapshots' | 'transmission'> {
    return {
      transmission: this.#answersOfLines(),
      tasks: {
        list: (jobId) => this.#state.tasks.get(jobId) ?? [],
        queue: (jobId, task) => {
          const taskId = this.#id('task');
          this.#state.tasks.set(jobId, [...(this.#state.tasks.get(jobId) ?? []), ...plannedTask(taskId, task)]);
          const job = this.#state.jobs.get(jobId);
          this.#parts.onLater({ kind: 'task', server: this.name, target: job?.target ?? this.name, jobId, task });
          return taskId;
        },
      },
      snapshots: {
        list: (jobId) => [
          ...this.#parts.assumedSnapshots(this.name, jobId),
          ...[...this.#state.snapshots.values()].filter((one) => one.jobId === jobId),
        ],
        take: (jobId, name, type) => {
          const takenMs = this.#parts.clock.wallMs();
          const snapshotId = this.#id('snapshot');
          const report = { snapshotId, jobId, name, type, takenMs, sequence: 0, state: 'good' } as const;
          this.#state.snapshots.set(snapshotId, report);
          return report;
        },
      },
    };
  }

  /** What the calls change is not in the plan's reports; they answer with the connections that share it. */
  #answersOfLines(): NonNullable<Answers['transmission']> {
    const sharing = (jobId: string): readonly string[] => this.#sharing(jobId);
    return {
      limit: sharing,
      addLimit: sharing,
      removeLimit: sharing,
      compress: sharing,
      pause: sharing,
      start: sharing,
      stop: (jobId) => [this.#job(jobId).name],
      pauseTarget: sharing,
      resumeTarget: sharing,
    };
  }

  /** Answers to calls about things that a server keeps by name. */
  #answersOfLists(): Pick<Answers, 'monitors' | 'dns' | 'schedules'> {
    return {
      monitors: {
        list: () => [...this.#state.monitors.values()],
        create: (specification) => {
          const state = { state: 'Stopped', lastSuccessMs: null, consecutiveFailures: 0, evidence: [] } as const;
          this.#state.monitors.set(specification.name, { specification, ...state });
        },
        start: (name) => {
          const report = this.#state.monitors.get(name);
          if (report?.state === 'Monitoring') return;
          const specification = report?.specification;
          this.#parts.onLater({ kind: 'monitor', server: this.name, name, waits: specification?.waitForUser ?? null });
          if (report !== undefined) this.#state.monitors.set(name, { ...report, state: 'Monitoring' });
        },
        stop: (name) => {
          const report = this.#state.monitors.get(name);
          if (report !== undefined) this.#state.monitors.set(name, { ...report, state: 'Stopped' });
        },
      },
      dns: {
        servers: () => [...this.#state.dnsServers.values()],
        addServer: ({ key, ...specification }) =>
          void this.#state.dnsServers.set(specification.name, { ...specification, keyName: key?.name ?? null }),
      },
      schedules: {
        list: () => [...this.#state.schedules.values()],
        add: (specification) => {
          const state = { nextMs: null, lastMs: null, lastOutcome: '', missedRuns: 0, running: 0 };
          this.#state.schedules.set(specification.name, { specification, ...state });
          this.#parts.onLater({ kind: 'schedule', server: this.name, specification });
        },
      },
    };
  }

  /** The names of the connections between the two servers of this one. */
  #sharing(jobId: string): readonly string[] {
    const { source, target } = this.#job(jobId);
    const sharing = this.#known().filter((one) => one.source === source && one.target === target);
    return sharing.map(({ name }) => name);
  }

  #edit(jobId: string, edit: JobEdit): EditReport {
    const job = this.#job(jobId);
    const report = plannedEdit(job, edit, this.#sharing(jobId));
    if (this.#state.jobs.has(jobId)) this.#state.jobs.set(jobId, editedJob(job, edit, report));
    return report;
  }

  #connect({ line: _, ...specification }: NewJob): JobReport {
    this.#parts.shapes.check(specification);
    const made = { ...specification, jobId: this.#id('connection') };
    const report = plannedJob(made, this.#freeNumber(), this.#parts.clock.wallMs());
    this.#state.jobs.set(report.jobId, report);
    this.#parts.shapes.connected(report, specification.rules);
    return report;
  }

  #freeNumber(): number {
    const taken = new Set(this.jobs.map((one) => one.number));
    let number = 1;
    while (taken.has(number)) number += 1;
    return number;
  }

  /** Its own jobs as a source, and those of others that end here. */
  #known(): readonly JobReport[] {
    const here = this.name.toLowerCase();
    const ending = this.#parts.allJobs().filter(({ target, jobId }) => {
      return target.toLowerCase() === here && !this.#state.jobs.has(jobId);
    });
    return [...this.jobs, ...ending.map((one) => ({ ...one, role: 'target' }) as const)];
  }

  #job(jobId: string): JobReport {
    const report = this.#known().find((one) => one.jobId === jobId);
    if (report !== undefined) return report;
    throw new Failure({
      code: 'JOB-UNKNOWN',
      operation: 'find the job',
      subject: jobId,
      reason: 'it is not in the plan',
    });
  }

  #report(): ServerReport {
    const timeMs = this.#parts.clock.wallMs();
    const jobs = [...this.#state.jobs.values()];
    const { name } = this;
    return { name, version: '', fingerprint: '', startedMs: timeMs, timeMs, taskProcessing: true, jobs };
  }

  #id(kind: string): string {
    this.#made += 1;
    return `planned ${kind} ${this.#made} of ${this.name}`;
  }
}
