// A job (connection): which workload of which source is kept as which replica on which target, and the words that say
// how it is doing. State words are the guide's (ch. 6) and front ends print them as they are.
import type { MirrorMethod } from './stream/marker.ts';

/** One selected tree. Absolute paths as byte strings (see base/raw-path.ts) without a trailing slash. */
export interface JobRoot {
  readonly source: string;
  readonly replica: string;
}

/** Rules are tried from the last to the first; the first whose pattern matches decides. */
export interface SelectionRule {
  readonly action: 'include' | 'exclude';
  /** Relative to the root, as a byte string; `*` matches within one component, a directory stands for all below it. */
  readonly root: number;
  readonly pattern: string;
}

export interface JobSpecification {
  readonly jobId: string;
  readonly name: string;
  readonly replicationSet: string;
  readonly sourceServer: string;
  readonly targetServer: string;
  readonly roots: readonly JobRoot[];
  readonly rules: readonly SelectionRule[];
  readonly mirrorMethod: MirrorMethod;
  readonly orphans: 'keep' | 'delete';
}

export type MirrorStatus =
  | 'Calculating'
  | 'In Progress'
  | 'Waiting'
  | 'Idle'
  | 'Paused'
  | 'Stopped'
  | 'Removing Orphans'
  | 'Verifying'
  | 'Unknown';

export type ReplicationStatus =
  | 'Replicating'
  | 'Ready'
  | 'Pending'
  | 'Stopped'
  | 'Out of Memory'
  | 'Failed'
  | 'Unknown';

export type TransmitMode = 'Active' | 'Paused' | 'Scheduled' | 'Stopped' | 'Error' | 'Unknown';

export type TargetDataState =
  | 'OK'
  | 'Mirroring'
  | 'Mirror Required'
  | 'Snapshot Reverted'
  | 'Busy'
  | 'Not Loaded'
  | 'Unknown';
