// The verifications of a job: how far the one that runs is, and what the last one found, which outlives the process.
import type { JobReport, ProgressReport } from '../../../model/report.ts';

export type LastVerification = NonNullable<NonNullable<JobReport['verification']>['last']>;

export class Verifications {
  #running: (() => ProgressReport) | undefined;
  #last: LastVerification | null;

  /** `last`: of an earlier process. */
  constructor(last: LastVerification | undefined) {
    this.#last = last ?? null;
  }

  /** Shows `progress` while the work lasts. */
  async during<Result>(progress: () => ProgressReport, work: () => Promise<Result>): Promise<Result> {
    this.#running = progress;
    try {
      return await work();
    } finally {
      if (this.#running === progress) this.#running = undefined;
    }
  }

  ended(last: LastVerification): void {
    this.#last = last;
  }

  report(): NonNullable<JobReport['verification']> {
    return { running: this.#running?.() ?? null, last: this.#last };
  }
}
