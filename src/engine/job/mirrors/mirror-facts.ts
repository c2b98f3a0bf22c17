// What the mirrors of a job have to say of themselves in its report.
import type { JobReport } from '../../../model/report.ts';

/** Names that only the replica has, and how many of them are kept on purpose. */
export interface SurplusNames {
  readonly names: number;
  readonly kept: number;
}

export interface MirrorFacts {
  readonly mirror: JobReport['mirror'];
  readonly isMirroring: boolean;
  /** Changes were missed, and no mirror has made good for it yet. */
  readonly isTrackLost: boolean;
  /** Bytes of changes that went over links. */
  readonly sentBytes: number;
  /** Found by the last verification, if no mirror has completed since. */
  readonly differences: number;
  readonly surplus: SurplusNames;
  /** What stands in the way of a whole mirror. */
  readonly mirrorTrouble: string;
}
