// The parts that a server gives a job on its target.
import type { JobSpecification } from '../../../model/job.ts';
import type { FileTree } from '../../../ports/files.ts';
import type { ReplicaRules } from '../../apply/replica/replica-rules.ts';
import type { JobParts } from '../job-parts.ts';
import type { TargetState } from './target-state.ts';

export interface TargetJobParts extends JobParts {
  /** The replica, one tree per root; the job closes them. */
  readonly trees: readonly FileTree[];
  /**
   * One tree per root for removed objects, outside the replica, on its file system where possible; the job closes them.
   */
  readonly graveyards: readonly FileTree[];
  readonly rules: ReplicaRules;
  readonly state: TargetState;
  /** The job was stored by an earlier run. A new job is stored when it receives its first record. */
  readonly isStored: boolean;
  /** The source gives the job up, or was gone before it knew that the job was accepted here. */
  readonly forgotten: (stillSo: () => boolean) => void;
  /** Marks the replica's paths as live, durably. */
  readonly markLive: (epoch: number) => Promise<void>;
  /** The server that has the live copy after a takeover, when it is not this one any more. */
  readonly movedTo: () => string | undefined;
  /** Takes on the addresses of the job once it has taken over; gives what happened to each. Never rejects. */
  readonly takeOnIdentity: () => Promise<readonly string[]>;
  /** The options of the job are others now, as the source has told; durably, unless the job is not stored yet. */
  readonly edited: (specification: JobSpecification) => void;
  /** The job has been stored for the first time, before its first records are taken in. */
  readonly stored: () => Promise<void>;
}
