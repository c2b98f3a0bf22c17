// How much of the time that the clock shows this process really ran. A process that stood still (SIGSTOP, a paused virtual
// machine, a machine asleep, a processor that others took) has asked nobody and read no socket meanwhile, so it must not judge
// anybody by that time.
//
// Two readings that lie further apart than they should have a gap between them: time in a gap does not count. Of a reading that
// is only a little late, what it is late by does not count. The wall clock has no part in it. A machine that slept is noticed by
// the clock that goes on meanwhile, where the system has one: the monotonic clock stood still, so there is nothing to leave out,
// but there was a gap all the same.
import type { Clock } from '../base/waiting/clock.ts';

/** How often to read, at least. */
export const lookEveryMs = 500;
/** A reading that is later than this ends a gap; on a busy machine a timer is late by a part of it. */
const lateMs = 1000;
/** Lateness up to this counts as time that ran, or a clock of many small delays would go slow. */
const slackMs = 250;
/** So often at most the clock is read that goes on while the machine sleeps: the system tells it in a file. */
const bootEveryMs = 100;

export class RunningTime {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #ended: (gapMs: number) => void;
  #lookedMs: number;
  #bootMs: number | undefined;
  /** When that was read. */
  #bootLookedMs: number;
  #ranMs = 0;
  #gaps = 0;

  /** `ended` is told of each gap when it is over, and how long it was. */
  constructor(clock: Clock, everyMs = lookEveryMs, ended: (gapMs: number) => void = () => undefined) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#ended = ended;
    this.#lookedMs = clock.monotonicMs();
    this.#bootMs = clock.bootMs?.();
    this.#bootLookedMs = this.#lookedMs;
  }

  /** Milliseconds in which this process ran, since this was made. */
  get ms(): number {
    this.#look();
    return this.#ranMs;
  }

  /** How many gaps there were. */
  get gaps(): number {
    this.#look();
    return this.#gaps;
  }

  /** Reads as often as it has to until the signal is aborted. */
  keepLooking(signal: AbortSignal): void {
    let cancel = (): void => undefined;
    const look = (): void => {
      this.#look();
      if (!signal.aborted) cancel = this.#clock.after(this.#everyMs, look);
    };
    signal.addEventListener('abort', () => cancel());
    look();
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    const elapsedMs = nowMs - this.#lookedMs;
    const sleptMs = this.#sleptMs(nowMs);
    this.#lookedMs = nowMs;
    const stoodStill = elapsedMs > this.#everyMs + lateMs;
    if (!stoodStill) this.#ranMs += Math.min(elapsedMs, this.#everyMs + slackMs);
    if (!stoodStill && sleptMs <= lateMs) return;
    this.#gaps += 1;
    this.#ended(elapsedMs + Math.max(0, sleptMs));
  }

  /** How much longer than the monotonic clock says it is since the last time. */
  #sleptMs(nowMs: number): number {
    const ranMs = nowMs - this.#bootLookedMs;
    if (this.#bootMs === undefined || ranMs < bootEveryMs) return 0;
    const beforeMs = this.#bootMs;
    this.#bootMs = this.#clock.bootMs?.() ?? beforeMs;
    this.#bootLookedMs = nowMs;
    return this.#bootMs - beforeMs - ranMs;
  }
}

/**
 * As `pause`, for waits at whose end somebody else is judged: it lasts until this process has run for `delayMs`. After a gap the
 * event loop has had a turn, in which sockets were read, before it ends.
 */
export function pauseWhileRunning(
  clock: Clock,
  delayMs: number,
): { readonly done: Promise<void>; readonly end: () => void } {
  const running = new RunningTime(clock);
  let cancel = (): void => undefined;
  let finish = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const wait = (): void => {
    const leftMs = delayMs - running.ms;
    if (leftMs <= 0) finish();
    else cancel = clock.after(Math.min(leftMs, lookEveryMs), wait);
  };
  wait();
  const end = (): void => {
    cancel();
    finish();
  };
  return { done, end };
}
