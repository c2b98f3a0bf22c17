// What the invariants see of a scenario that is played: its world, its jobs, what was told, and what was counted.
import type { ServerEvent } from '../../model/event.ts';
import type { OrphanChoice } from '../../model/job.ts';
import type { JobOptions } from '../../model/options/job-edit.ts';
import type { JobReport } from '../../model/report.ts';
import type { World } from '../world/world.ts';
import type { SourceStates } from './source-states.ts';

/** A job as the scenario knows it, by its name. */
export interface StagedJob {
  readonly name: string;
  readonly source: string;
  readonly target: string;
  /** Absolute paths. */
  readonly sourceRoot: string;
  readonly replicaRoot: string;
  /** With `keep` the replica must be empty before, or it would not become equal. */
  readonly orphans: OrphanChoice;
  /** Known once a server has answered. */
  jobId: string | undefined;
  /** Of the workload; with exact capture alone. */
  readonly states: SourceStates | undefined;
  /** The target has taken over, or is about to. */
  failedOver: boolean;
  /** Its failover has not been answered yet. */
  takingOver: boolean;
  /** Its failover has been answered. */
  isTakenOver: boolean;
  /** The undo of its failover was asked for, and is not known to be over. */
  isUndoing: boolean;
  /** Somebody changed the replica behind the target's back. */
  doctored: boolean;
  /** A monitor may take it over, if the witness says so; absent: none does. */
  guarded?: true;
  /** Programs got past its capture, which says so, and what they did may not have arrived yet: no prefix is promised. */
  isPassed: boolean;
  /** What its target's queue has on disk was damaged, and no mirror has completed since. */
  queueDamaged: boolean;
  verifying: boolean;
  /** How many events had been told when its folder on the source was replaced; until the source has noticed. */
  replacedAt: number | undefined;
  /** An operator holds the mirrors of the job with this id, and was answered: `pause` or `stop`. */
  mirrorsHeld: { readonly what: string; readonly jobId: string } | undefined;
  /** An operator has asked to hold its mirrors, perhaps without an answer. */
  wasHeld: boolean;
  /** The options that its source has answered to be so, of the greatest revision; undefined before an edit. */
  edited: (Partial<JobOptions> & { readonly revision: number }) | undefined;
  /** A task of this job that runs and does not end by itself. */
  hangingTask: boolean;
}

export interface Counts {
  operations: number;
  crashes: number;
  powerFailures: number;
  partitions: number;
  faults: number;
  tasks: number;
  failovers: number;
  verifications: number;
}

export interface ObservedStage {
  readonly world: World;
  readonly jobs: ReadonlyMap<string, StagedJob>;
  /** Jobs that were failed over and turned round: servers may still know them. */
  readonly givenUp: readonly StagedJob[];
  readonly counts: Counts;
  /** Every event that a server told, in order. */
  readonly told: readonly ({ readonly server: string } & ServerEvent)[];
  /** A defect that showed itself outside of any call. */
  defect: Error | undefined;
  /** The job's report on one of its servers; undefined when that is down or does not know it. */
  report(job: StagedJob, side: 'source' | 'target'): Promise<JobReport | undefined>;
  /** Waits for a command's result, as long as an operator would. */
  command<T>(name: string, result: Promise<T>): Promise<T | undefined>;
}
