// The routes of the jobs of which this server is the source. All jobs to one address of a target share one, so a change that is
// asked for on one of them is a change of all: it is stored with each, and the caller is told their names (guide, ch. 3).
import { Failure } from '../../base/failure.ts';
import { Turns } from '../../base/waiting/turns.ts';
import type { SourceJob } from '../../engine/job/source/source-job.ts';
import type { SourceState } from '../../engine/job/source/source-state.ts';
import type { Route, RoutePlace } from '../../engine/link/route/route.ts';
import { Routes } from '../../engine/link/route/routes.ts';
import {
  checkBandwidth,
  compressionText,
  type LimitEntry,
  type LimitOverride,
  type LimitSettings,
  type LineSettings,
  type LineWishes,
  usualLine,
  withEntry,
  withOverride,
  withoutEntry,
} from '../../model/transmission.ts';
import type { ServerParts } from './server-parts.ts';

/** A job, and what is stored of it. */
export interface RoutedJob {
  readonly kept: SourceState;
  readonly job: SourceJob;
}

/** The jobs that have routes (source-jobs.ts). */
export interface RoutedJobs {
  all(): readonly RoutedJob[];
  /** Throws `JOB-UNKNOWN`. */
  held(jobId: string): RoutedJob;
  /** Stores the line with the job. */
  keep(jobId: string, line: LineSettings): Promise<void>;
}

export class JobRoutes {
  readonly #parts: ServerParts;
  readonly #jobs: RoutedJobs;
  readonly #routes: Routes;
  /** One change after the other, so that none builds on what another one replaces. */
  readonly #changing = new Turns();

  constructor(parts: ServerParts, jobs: RoutedJobs) {
    this.#parts = parts;
    this.#jobs = jobs;
    this.#routes = new Routes(parts.clock);
  }

  /** Where the way to this target leads. Rejects with `ADDRESS-FORM`. */
  async placeOf(target: string, address?: string): Promise<RoutePlace> {
    const known = await this.#parts.network.addressOf?.(target, address);
    return { target, address: known ?? address ?? '' };
  }

  take(place: RoutePlace, line: LineSettings = usualLine): Route {
    return this.#routes.take(place, line);
  }

  /** How a job that is made or moved to this place will send; as `own` where no other job is. Throws `BANDWIDTH-INVALID`. */
  lineFor(place: RoutePlace, { compression, bytesPerSecond }: LineWishes, own = usualLine): LineSettings {
    const line = this.#routes.find(place)?.settings ?? own;
    if (bytesPerSecond !== undefined) checkBandwidth(bytesPerSecond, place.target);
    const fixed = bytesPerSecond === undefined ? {} : ({ mode: 'fixed', fixed: bytesPerSecond } as const);
    return {
      ...line,
      compression: compression === undefined ? line.compression : compression,
      limit: { ...line.limit, ...fixed },
    };
  }

  /** The job is gone: a route without jobs goes with it. */
  left({ job }: RoutedJob): void {
    this.leave(job.parts.route);
  }

  /** A job does not use this route any more. */
  leave(route: Route): void {
    if (this.#sharing(route).length === 0) this.#routes.forget(route);
  }

  /** The names of the other jobs to this place. */
  othersAt(place: RoutePlace, jobId: string): readonly string[] {
    const route = this.#routes.find(place);
    const sharing = route === undefined ? [] : this.#sharing(route);
    return sharing.map(({ kept }) => kept.specification).flatMap((one) => (one.jobId === jobId ? [] : [one.name]));
  }

  /** The job is started after an operator has stopped it: the settings hold again (guide, ch. 6, Other Job Actions). */
  async giveBack(jobId: string): Promise<void> {
    if (this.#jobs.held(jobId).job.parts.route.settings.override === undefined) return;
    await this.configure(jobId, (line) => withOverride(line, undefined));
  }

  /** Instead of the settings; the schedule, where the settings follow it, gives back to them. */
  async limit(jobId: string, override: LimitOverride): Promise<readonly string[]> {
    const { job, kept } = this.#jobs.held(jobId);
    const { limit } = job.parts.route.settings;
    if (override.mode === 'fixed') checkBandwidth(override.fixed, kept.specification.targetServer);
    if (override.mode === 'scheduled' && limit.schedule.length === 0) throw scheduleEmpty(kept);
    const givesBack = override.mode === 'scheduled' && limit.mode === 'scheduled';
    return this.configure(jobId, (line) => withOverride(line, givesBack ? undefined : override));
  }

  /** The first entry makes the schedule hold; with later ones the mode stays as it is. */
  addLimit(jobId: string, entry: LimitEntry): Promise<readonly string[]> {
    return this.#changeLimit(jobId, (limit) => {
      const schedule = withEntry(limit.schedule, entry);
      return { ...limit, schedule, mode: limit.schedule.length === 0 ? 'scheduled' : limit.mode };
    });
  }

  removeLimit(jobId: string, name: string): Promise<readonly string[]> {
    return this.#changeLimit(jobId, (limit) => ({ ...limit, schedule: withoutEntry(limit.schedule, name) }));
  }

  async compress(jobId: string, compression: number | null): Promise<readonly string[]> {
    const names = await this.configure(jobId, (line) => ({ ...line, compression }));
    this.#tell(jobId, 5201, { compression: compressionText(compression) });
    return names;
  }

  async pause(jobId: string, paused: boolean): Promise<readonly string[]> {
    const { job } = this.#jobs.held(jobId);
    if (job.parts.route.isPaused === paused) return this.#names(job.parts.route);
    const names = await this.configure(jobId, (line) => ({ ...line, paused }));
    this.#tell(jobId, paused ? 5202 : 5203);
    return names;
  }

  /** Stores the change with all jobs of the route before it holds. */
  configure(jobId: string, change: (line: LineSettings) => LineSettings): Promise<readonly string[]> {
    return this.#changing.runAlone(async () => {
      const { route } = this.#jobs.held(jobId).job.parts;
      const line = change(route.settings);
      for (const { kept } of this.#sharing(route)) await this.#jobs.keep(kept.specification.jobId, line);
      route.configure(line);
      return this.#names(route);
    });
  }

  #changeLimit(jobId: string, change: (limit: LimitSettings) => LimitSettings): Promise<readonly string[]> {
    return this.configure(jobId, (line) => ({ ...line, limit: change(line.limit) }));
  }

  #tell(jobId: string, id: 5201 | 5202 | 5203, more: Readonly<Record<string, string>> = {}): void {
    for (const { kept } of this.#sharing(this.#jobs.held(jobId).job.parts.route)) {
      this.#parts.eventLog.emit(id, { connection: kept.number, ...more }, kept.specification.jobId);
    }
  }

  #sharing(route: Route): readonly RoutedJob[] {
    return this.#jobs.all().filter(({ job }) => job.parts.route === route);
  }

  #names(route: Route): readonly string[] {
    return this.#sharing(route).map(({ kept }) => kept.specification.name);
  }
}

function scheduleEmpty({ specification }: SourceState): Failure {
  return new Failure({
    code: 'LIMIT-SCHEDULE-EMPTY',
    operation: 'limit the bandwidth by the schedule',
    subject: specification.name,
    reason: 'its schedule has no entry',
    hint: 'Add one: LIMIT SCHEDULE ADD name FIXED rate FROM time UNTIL time ON connection.',
  });
}
