// The verifications of a job: how far the one that runs is, and what the last one of this process found.
import type { JobReport, ProgressReport } from '../../../model/report.ts';

export class Verifications {
  #running: (() => ProgressReport) | undefined;
  #last: NonNullable<JobReport['verification']>['last'] = null;

  /** Shows `progress` while the work lasts. */
  async during<Result>(progress: () => ProgressReport, work: () => Promise<Result>): Promise<Result> {
    this.#running = progress;
    try {
      return await work();
    } finally {
      if (this.#running === progress) this.#running = undefined;
    }
  }

  /** `differences`: those that a mirror would mend. */
  ended(finishedMs: number, differences: number): void {
    this.#last = { finishedMs, differences };
  }

  report(): NonNullable<JobReport['verification']> {
    return { running: this.#running?.() ?? null, last: this.#last };
  }
}
