// One fault that strikes one job.
import type { StagedJob } from '../../invariants/observed-stage.ts';
import type { Stage } from '../stage.ts';

export interface Strike {
  readonly stage: Stage;
  readonly job: StagedJob;
  /** How long the trouble lasts, where it lasts. */
  readonly durationMs: number;
}
