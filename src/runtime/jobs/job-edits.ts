// EDIT: what a job was made with becomes another while it runs (guide, ch. 6, Edit). An edit is stored on the source before it
// holds there, so a crash leaves the job as it was or as it is to be; the target is told at once, or by the next hello.
//
// What travels to the target (JobOptions) has a revision. The way of the data (compression, bandwidth, route) is the
// source's own, and is shared by all jobs to one address.
import { asFailure, Failure } from '../../base/failure.ts';
import type { SourceJob } from '../../engine/job/source/source-job.ts';
import type { SourceState } from '../../engine/job/source/source-state.ts';
import type { EditableParts } from '../../engine/job/source-job-parts.ts';
import type { RoutePlace } from '../../engine/link/route/route.ts';
import {
  changedBy,
  type EditedOption,
  type EditReport,
  forcedBy,
  isOfLine,
  type JobEdit,
  type JobOptions,
  optionsOf,
  withOptions,
} from '../../model/options/job-edit.ts';
import type { LineSettings } from '../../model/transmission.ts';
import { checkNewJob } from './admission/job-admission.ts';
import type { JobRoutes, RoutedJob } from './job-routes.ts';
import type { ServerParts } from './server-parts.ts';

/** The jobs that are edited (source-jobs.ts). */
export interface EditedJobs {
  /** Throws `JOB-UNKNOWN`. */
  held(jobId: string): RoutedJob;
  /** Throws `JOB-EXISTS` when another job of this server has the name. */
  checkName(jobId: string, name: string): void;
  /** Stores what the change makes of the job; it holds for the job that runs when this resolves. */
  keep(jobId: string, change: (kept: SourceState) => SourceState, now: Partial<EditableParts>): Promise<void>;
  /** Ends the job and makes it anew: it begins with a stream and a mirror. */
  startAnew(jobId: string, reason: string): Promise<void>;
  /** Runs one after the other what makes or names jobs. */
  runAlone<Result>(action: () => Promise<Result>): Promise<Result>;
}

/** An edit that may be made, and what it makes of the job. */
interface Examined {
  readonly report: EditReport;
  readonly options: JobOptions;
  readonly place: RoutePlace;
  readonly line: LineSettings;
  readonly keptNone: boolean;
}

export class JobEdits {
  readonly #parts: ServerParts;
  readonly #jobs: EditedJobs;
  readonly #routes: JobRoutes;

  constructor(parts: ServerParts, jobs: EditedJobs, routes: JobRoutes) {
    this.#parts = parts;
    this.#jobs = jobs;
    this.#routes = routes;
  }

  /** What the edit would do; rejects where the edit would be refused. Changes nothing. */
  async examine(jobId: string, edit: JobEdit): Promise<EditReport> {
    return (await this.#examine(jobId, edit)).report;
  }

  /**
   * Rejects with `JOB-STOPPED`, `DIAGNOSIS-ONLY`, `JOB-EXISTS`, `NAME-INVALID`, `BANDWIDTH-INVALID`, `ADDRESS-FORM`,
   * `ROUTE-UNREACHABLE`, `TARGET-TOO-OLD` or `ORPHANS-UNKNOWN`, and changes nothing then.
   */
  edit(jobId: string, edit: JobEdit): Promise<EditReport> {
    return this.#jobs.runAlone(async () => {
      const examined = await this.#examine(jobId, edit);
      if (examined.report.changed.length > 0) await this.#act(jobId, edit, examined);
      return examined.report;
    });
  }

  /** The target has options of a greater revision. A name that another job here has by now is left to that one. */
  adopt(jobId: string, options: JobOptions): Promise<void> {
    return this.#jobs.runAlone(async () => {
      const { specification } = this.#jobs.held(jobId).kept;
      let taken = options;
      try {
        this.#jobs.checkName(jobId, options.name);
      } catch {
        taken = { ...options, name: specification.name, revision: options.revision + 1 };
      }
      const next = withOptions(specification, taken);
      await this.#jobs.keep(jobId, (kept) => ({ ...kept, specification: next }), { specification: next });
      this.#tell(jobId, taken.revision);
      // What it captures with is taken up at its next start: the link on which this was told goes on.
    });
  }

  async #examine(jobId: string, edit: JobEdit): Promise<Examined> {
    const { kept, job } = this.#jobs.held(jobId);
    expectEditable(kept, job);
    const { specification } = kept;
    const before = optionsOf(specification);
    const { route } = job.parts;
    if (edit.name !== undefined && edit.name !== before.name) {
      checkNewJob({ ...specification, name: edit.name });
      this.#jobs.checkName(jobId, edit.name);
    }
    const place = await this.#placeOf(edit, kept, route.place);
    const isOtherRoute = place.address !== route.place.address;
    const line = this.#routes.lineFor(place, edit.line ?? {}, route.settings);
    const changed = changedBy(edit, before, route.settings, isOtherRoute);
    if (changed.some(isTold)) expectNew(job, specification.name);
    const keepsAgain = changed.includes('orphans') && edit.orphans === 'keep';
    const keptNone = keepsAgain ? keepsNone(job, specification.name) : kept.keptNone === true;
    const { line: _, ...wanted } = edit;
    const revision = before.revision + (changed.length > 0 ? 1 : 0);
    const sharing = isOfLine(changed) ? this.#routes.othersAt(place, jobId) : [];
    const report = { revision, forces: forcedBy(changed), changed, sharing };
    return { report, options: { ...before, ...wanted, revision }, place, line, keptNone };
  }

  /** The place of the route; one that is another than now must answer. */
  async #placeOf({ line }: JobEdit, { specification, address }: SourceState, now: RoutePlace): Promise<RoutePlace> {
    const wanted = line?.address;
    if (wanted === undefined || wanted === address) return now;
    const target = specification.targetServer;
    const place = await this.#routes.placeOf(target, wanted);
    if (place.address === now.address) return now;
    try {
      const link = await this.#parts.network.connect(target, 'target', wanted);
      link.listen({ data: () => undefined, closed: () => undefined });
      link.close('it was only asked whether the server is there');
    } catch (thrown) {
      const { reason } = asFailure(thrown, 'connect', target);
      throw unreachable(specification.name, wanted, reason);
    }
    return place;
  }

  async #act(jobId: string, edit: JobEdit, { report, options, place, line, keptNone }: Examined): Promise<void> {
    const { job } = this.#jobs.held(jobId);
    const isOtherRoute = report.changed.includes('route');
    const left = job.parts.route;
    const route = isOtherRoute ? this.#routes.take(place, line) : left;
    const address = isOtherRoute ? edit.line?.address : job.parts.address;
    const specification = withOptions(job.parts.specification, options);
    const more = { ...(address === undefined ? {} : { address }), ...(keptNone ? { keptNone } : {}) };
    await this.#jobs.keep(jobId, ({ keptNone: _, ...kept }) => ({ ...kept, ...more, specification, line }), {
      specification,
      route,
      address,
      keptNone,
    });
    this.#tell(jobId, options.revision);
    job.edited(isOtherRoute && report.forces !== 'mirror');
    if (isOfLine(report.changed)) await this.#routes.configure(jobId, () => line);
    if (isOtherRoute) this.#routes.leave(left);
    if (report.forces === 'mirror') await this.#startAnew(jobId, edit);
  }

  async #startAnew(jobId: string, edit: JobEdit): Promise<void> {
    const { kept } = this.#jobs.held(jobId);
    await this.#jobs.startAnew(jobId, 'how it captures changes was edited');
    // A filter that nobody uses any more is unmounted; where that fails it stays, and the folder works all the same.
    const roots = kept.specification.roots.map(({ source }) => source);
    if (edit.capture !== 'watch') return;
    await this.#parts.capture.release?.(roots).catch((thrown: unknown) => {
      this.#parts.log.write('warning', asFailure(thrown, 'unmount the filter', kept.specification.name).message, {
        jobId,
      });
    });
  }

  #tell(jobId: string, revision: number): void {
    const { number: connection } = this.#jobs.held(jobId).kept;
    this.#parts.eventLog.emit(5230, { connection, revision }, jobId);
  }
}

/** What the target keeps, too. */
function isTold(option: EditedOption): boolean {
  return !['compression', 'bandwidth', 'route'].includes(option);
}

function expectEditable({ stopped, specification }: SourceState, job: SourceJob): void {
  const of = { operation: 'edit', subject: specification.name };
  if (specification.diagnosis !== undefined) {
    throw new Failure({
      ...of,
      code: 'DIAGNOSIS-ONLY',
      reason: 'it is a throughput diagnosis, which finds out how things are as it was made',
      hint: 'DISCONNECT it, then CONNECT … TO TDU with the other options.',
    });
  }
  if (stopped) {
    throw new Failure({
      ...of,
      code: 'JOB-STOPPED',
      reason: 'the connection is stopped',
      hint: 'START it, then EDIT it.',
    });
  }
  // A job that could not be opened may be edited: its next try takes what is new.
  if (!job.life.is('stopped')) job.assertAlive('edit');
}

/** Throws `TARGET-TOO-OLD` for a target that would not learn of it. */
function expectNew(job: SourceJob, name: string): void {
  const server = job.takesNoOptions;
  if (server === undefined) return;
  throw new Failure({
    code: 'TARGET-TOO-OLD',
    operation: 'edit',
    subject: name,
    reason: `the server ${server} is of an earlier version, which keeps what a connection was made with`,
    hint: `Install the present version on ${server}. COMPRESSION, BANDWIDTH and ROUTE can be edited now.`,
  });
}

/** Throws `ORPHANS-UNKNOWN` while nobody knows what was in the replica before the first mirror. */
function keepsNone(job: SourceJob, name: string): boolean {
  const known = job.isOpen && job.life.is('connected') ? job.mirrors.surplus.keepsNone : undefined;
  if (known !== undefined) return known;
  throw new Failure({
    code: 'ORPHANS-UNKNOWN',
    operation: 'edit',
    subject: name,
    reason:
      'what ORPHANS KEEP would keep is known only while the target is connected, once the first mirror has completed',
    hint: 'WAIT FOR MIRROR, then EDIT it; or DISCONNECT it, and CONNECT with ORPHANS KEEP.',
  });
}

function unreachable(name: string, address: string, reason: string): Failure {
  return new Failure({
    code: 'ROUTE-UNREACHABLE',
    operation: 'edit',
    subject: name,
    reason: `the target does not answer at ${address}: ${reason}`,
    hint: 'Nothing was changed. Correct the address, or start the server there, and EDIT again.',
  });
}
