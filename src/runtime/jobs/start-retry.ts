// When a job that could not be started, or had to end, is started again: soon at first, and later each time that it
// fails for the same reason. After a job has run for a while, the waits are short again.
import { triedAgainText } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { GrowingDelay } from '../../base/waiting/growing-delay.ts';

const limits = { firstMs: 3000, mostMs: 30_000 } as const;
const calmMs = 60_000;

interface Tries {
  readonly delay: GrowingDelay;
  startedMs: number | undefined;
  /** Set while the job is not open. */
  waits: { readonly reason: string; readonly untilMs: number } | undefined;
}

export class StartRetry {
  readonly #clock: Clock;
  readonly #jobs = new Map<string, Tries>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many milliseconds to wait after this failure. */
  after(jobId: string, reason: string): number {
    const tries = this.#jobs.get(jobId) ?? { delay: new GrowingDelay(limits), startedMs: undefined, waits: undefined };
    this.#jobs.set(jobId, tries);
    const nowMs = this.#clock.monotonicMs();
    if (tries.startedMs !== undefined && nowMs >= tries.startedMs + calmMs) tries.delay.reset();
    tries.startedMs = undefined;
    const delayMs = tries.delay.after(reason);
    tries.waits = { reason, untilMs: nowMs + delayMs };
    return delayMs;
  }

  /** Text that says why the job is not open and when it is tried again; undefined when the job is not waiting. */
  trouble(jobId: string): string | undefined {
    const waits = this.#jobs.get(jobId)?.waits;
    if (waits === undefined) return undefined;
    const seconds = Math.ceil((waits.untilMs - this.#clock.monotonicMs()) / 1000);
    return triedAgainText(waits.reason, seconds > 0 ? `in ${seconds} s` : 'now');
  }

  started(jobId: string): void {
    const tries = this.#jobs.get(jobId);
    if (tries === undefined) return;
    tries.startedMs = this.#clock.monotonicMs();
    tries.waits = undefined;
  }

  forget(jobId: string): void {
    this.#jobs.delete(jobId);
  }
}
