// When a job that could not be started, or had to end, is started again: soon at first, and later each time while it fails
// for the same reason. One that has run for a while begins anew.
import type { Clock } from '../../base/clock.ts';
import { GrowingDelay } from '../../base/growing-delay.ts';

const limits = { firstMs: 3000, mostMs: 30_000 } as const;
const calmMs = 60_000;

interface Tries {
  readonly delay: GrowingDelay;
  startedMs: number | undefined;
}

export class StartRetry {
  readonly #clock: Clock;
  readonly #jobs = new Map<string, Tries>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds to wait after this failure. */
  after(jobId: string, reason: string): number {
    const tries = this.#jobs.get(jobId) ?? { delay: new GrowingDelay(limits), startedMs: undefined };
    this.#jobs.set(jobId, tries);
    if (tries.startedMs !== undefined && this.#clock.monotonicMs() >= tries.startedMs + calmMs) tries.delay.reset();
    tries.startedMs = undefined;
    return tries.delay.after(reason);
  }

  started(jobId: string): void {
    const tries = this.#jobs.get(jobId);
    if (tries !== undefined) tries.startedMs = this.#clock.monotonicMs();
  }

  forget(jobId: string): void {
    this.#jobs.delete(jobId);
  }
}
