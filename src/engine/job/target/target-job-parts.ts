// What a job on its target is given by its server.
import type { FileTree } from '../../../ports/files.ts';
import type { ReplicaRules } from '../../apply/replica/replica-rules.ts';
import type { JobParts } from '../job-parts.ts';
import type { TargetState } from './target-state.ts';

export interface TargetJobParts extends JobParts {
  /** The replica, one tree per root; the job's to close. */
  readonly trees: readonly FileTree[];
  /** One per root: a folder outside the replica, on its file system where possible, for removed objects; the job's to close. */
  readonly graveyards: readonly FileTree[];
  readonly rules: ReplicaRules;
  readonly state: TargetState;
  /** The job is stored: it was taken up from an earlier run. One that is new is stored with the first that it receives. */
  readonly isStored: boolean;
  /** The source gives the job up, or was gone before it knew that it has one here. */
  readonly forgotten: (stillSo: () => boolean) => void;
  /** Marks the replica's paths as live, durably. */
  readonly markLive: (epoch: number) => Promise<void>;
  /** Where the live copy is after a takeover, when it is here no more. */
  readonly movedTo: () => string | undefined;
  /** The job has been stored for the first time; nothing has been received yet. */
  readonly stored: () => Promise<void>;
}
