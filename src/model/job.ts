// A job (connection): which workload of which source is kept as which replica on which target, and the words that say
// how it is doing. State words are the guide's (ch. 6) and front ends print them as they are.
import type { CaptureWish } from './promise.ts';
import type { MirrorMethod } from './stream/marker.ts';
import type { LineWishes } from './transmission.ts';

/**
 * The selected trees of one job. Its whole specification is told with every hello and kept on both sides, and each root is a tree
 * that is open for as long as the job lasts. A workload of more folders is selected by a folder above them and rules.
 */
export const rootsMax = 256;
export const rulesMax = 4_096;

/** One selected tree. Absolute paths as byte strings (see base/raw-path.ts) without a trailing slash. */
export interface JobRoot {
  readonly source: string;
  readonly replica: string;
}

export const ruleActions = ['include', 'exclude'] as const;
export type RuleAction = (typeof ruleActions)[number];

/** Rules are tried from the last to the first; the first whose pattern matches decides. */
export interface SelectionRule {
  readonly action: RuleAction;
  /** Relative to the root, as a byte string; `*` matches within one component, a directory stands for all below it. */
  readonly root: number;
  readonly pattern: string;
}

/** What a mirror does with what only the replica has. */
export const orphanChoices = ['keep', 'delete'] as const;
export type OrphanChoice = (typeof orphanChoices)[number];

export interface JobSpecification {
  readonly jobId: string;
  readonly name: string;
  readonly replicationSet: string;
  readonly sourceServer: string;
  readonly targetServer: string;
  readonly roots: readonly JobRoot[];
  readonly rules: readonly SelectionRule[];
  readonly mirrorMethod: MirrorMethod;
  readonly orphans: OrphanChoice;
  /** How the source learns of changes; absent for what is usual there. */
  readonly capture?: CaptureWish;
  /**
   * A throughput diagnosis: there is no target, what it would get is counted and let go of, and the figures go to this file of
   * the source, an absolute path or a name among its logs. The name of the target is `TDU` then.
   */
  readonly diagnosis?: string;
  /** How often its options were edited; absent for never. */
  readonly revision?: number;
}

/** What a person has said of a job's mirrors and replication; it holds until the job is stopped and started again. */
export interface KeptByHand {
  /** Nothing more of a mirror is sent, and none begins. */
  readonly mirrorPaused?: true;
  /** Changes are neither sent nor queued. */
  readonly replicationStopped?: true;
}

/** A job as it is asked for. */
export interface NewJob extends Omit<JobSpecification, 'jobId' | 'revision'> {
  readonly line?: LineWishes;
}

export const mirrorStatuses = [
  'Calculating',
  'In Progress',
  'Waiting',
  'Idle',
  'Paused',
  'Stopped',
  'Removing Orphans',
  'Verifying',
  'Unknown',
] as const;
export type MirrorStatus = (typeof mirrorStatuses)[number];

/** No mirror runs or is wanted, and the last one was not stopped; a verification may run. */
export function isAtRest(status: MirrorStatus): boolean {
  return status === 'Idle' || status === 'Verifying';
}

export const replicationStatuses = [
  'Replicating',
  'Ready',
  'Pending',
  'Stopped',
  'Out of Memory',
  'Failed',
  'Unknown',
] as const;
export type ReplicationStatus = (typeof replicationStatuses)[number];

export const transmitModes = ['Active', 'Paused', 'Scheduled', 'Stopped', 'Error', 'Unknown'] as const;
export type TransmitMode = (typeof transmitModes)[number];

export const targetDataStates = [
  'OK',
  'Mirroring',
  'Mirror Required',
  'Snapshot Reverted',
  'Busy',
  'Not Loaded',
  'Unknown',
] as const;
export type TargetDataState = (typeof targetDataStates)[number];
