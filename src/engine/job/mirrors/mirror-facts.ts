// The facts about the mirrors of a job that its report needs.
import type { JobReport } from '../../../model/report.ts';
import type { ByteCount } from '../stream/sent-bytes.ts';

/** Names that only the replica has, and how many of them are kept on purpose. */
export interface SurplusNames {
  readonly names: number;
  readonly kept: number;
}

export interface MirrorFacts {
  readonly mirror: JobReport['mirror'];
  readonly isMirroring: boolean;
  /** Changes were missed, and no mirror has completed since. */
  readonly isTrackLost: boolean;
  /** A person has stopped replication: changes are neither sent nor queued. */
  readonly isReplicationStopped: boolean;
  /** Bytes of changes that were sent over links. */
  readonly changes: ByteCount;
  /** The number of differences that the last verification found; 0 when a mirror has completed since. */
  readonly differences: number;
  readonly surplus: SurplusNames;
  /** The reason why no whole mirror is possible now; may be empty. */
  readonly mirrorTrouble: string;
}
