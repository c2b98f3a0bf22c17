// The connections of a plan beside each other: which of them are refused, and which paths the plan itself has taken
// over. The plan made all of these itself and knows them for certain, so a refusal here ends the plan.
import { isWithin } from '../../base/raw-path.ts';
import type { SelectionRule } from '../../model/job.ts';
import type { JobReport, LivePathReport } from '../../model/report.ts';
import { type ShapeJob, sourceShapeRefusal, targetShapeRefusal, type WantedJob } from '../jobs/admission/shapes.ts';
import { livePathRefusal } from '../jobs/live/live-paths.ts';

export interface PlannedShape {
  readonly job: ShapeJob;
  /** The servers that know the job, by lower-case name. */
  readonly knownBy: Set<string>;
}

/** Codes of refusals that depend only on what is in the plan. */
export const planRefusals: ReadonlySet<string> = new Set([
  'LIVE-PATH',
  'OLD-SOURCE',
  'PROTECTED-TWICE',
  'REPLICA-SHARED',
  'PROTECTED-BOTH-WAYS',
  'CHAINED-FROM-REPLICA',
  'CHAINED-INTO-WORKLOAD',
]);

export interface ShapesState {
  readonly shapes: ReadonlyMap<string, PlannedShape>;
  readonly live: readonly (LivePathReport & { readonly server: string })[];
}

export class PlannedShapes {
  #shapes = new Map<string, PlannedShape>();
  #live: ShapesState['live'] = [];

  save(): ShapesState {
    return { shapes: copied(this.#shapes), live: this.#live };
  }

  restore({ shapes, live }: ShapesState): void {
    this.#shapes = copied(shapes);
    this.#live = live;
  }

  join({ shapes, live }: ShapesState): void {
    this.#shapes = copied(new Map([...shapes, ...this.#shapes]));
    this.#live = [...this.#live, ...live.filter((one) => !this.#live.includes(one))];
  }

  /** Throws the refusal that the run would meet. */
  check(wanted: WantedJob): void {
    const { sourceServer, targetServer } = wanted;
    const live = this.live(targetServer).find(
      ({ path, released }) =>
        !released && wanted.roots.some(({ replica }) => isWithin(replica, path) || isWithin(path, replica)),
    );
    if (live !== undefined) throw livePathRefusal(targetServer, live);
    const refusal =
      sourceShapeRefusal(wanted, this.#of(sourceServer)) ?? targetShapeRefusal(wanted, this.#of(targetServer));
    if (refusal !== undefined) throw refusal;
  }

  connected({ jobId, name, source, target, roots, failedOver }: JobReport, rules: readonly SelectionRule[]): void {
    const job = { jobId, name, role: 'source', source, target, roots, rules, failedOver } as const;
    this.#shapes.set(jobId, { job, knownBy: new Set([source.toLowerCase(), target.toLowerCase()]) });
  }

  disconnected(jobId: string, server: string): void {
    this.#shapes.get(jobId)?.knownBy.delete(server.toLowerCase());
  }

  takenOver(jobId: string, nowMs: number): void {
    const shape = this.#shapes.get(jobId);
    if (shape === undefined) return;
    this.#shapes.set(jobId, { ...shape, job: { ...shape.job, failedOver: true } });
    const { name: job, source, target: server, roots } = shape.job;
    const taken = roots.map(({ replica: path }) => {
      return { server, path, jobId, job, source, epoch: 1, sinceMs: nowMs, released: false };
    });
    this.#live = [...this.#live, ...taken];
  }

  takenBack(jobId: string): void {
    const shape = this.#shapes.get(jobId);
    if (shape !== undefined) this.#shapes.set(jobId, { ...shape, job: { ...shape.job, failedOver: false } });
    this.#live = this.#live.filter((one) => one.jobId !== jobId);
  }

  knowLive(server: string, paths: readonly LivePathReport[]): void {
    const isNew = ({ path, jobId }: LivePathReport): boolean =>
      !this.live(server).some((one) => one.path === path && one.jobId === jobId);
    this.#live = [...this.#live, ...paths.filter(isNew).map((one) => ({ ...one, server }))];
  }

  live(server: string): readonly LivePathReport[] {
    return this.#live.filter((one) => one.server.toLowerCase() === server.toLowerCase());
  }

  /** Accepts any path, because the plan does not know what was taken over before it. */
  release(server: string, path: string): void {
    const isMeant = (one: { readonly server: string; readonly path: string }): boolean =>
      one.server.toLowerCase() === server.toLowerCase() && one.path === path;
    this.#live = this.#live.map((one) => (isMeant(one) ? { ...one, released: true } : one));
  }

  #of(server: string): readonly ShapeJob[] {
    const key = server.toLowerCase();
    return [...this.#shapes.values()]
      .filter(({ knownBy }) => knownBy.has(key))
      .map(({ job }) => ({ ...job, role: job.target.toLowerCase() === key ? 'target' : 'source' }));
  }
}

function copied(shapes: ReadonlyMap<string, PlannedShape>): Map<string, PlannedShape> {
  return new Map([...shapes].map(([id, { job, knownBy }]) => [id, { job, knownBy: new Set(knownBy) }]));
}
