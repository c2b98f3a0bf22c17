// Time as the rest of the house sees it. The engine never asks the system for the time: a test or the simulator turns
// this clock by hand.

/** Stops a timer; calling it twice, or after the timer fired, does nothing. */
export type CancelTimer = () => void;

export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z; may jump when an administrator sets the system's time. */
  wallMs(): number;
  /** Milliseconds since an arbitrary start; never goes back. All durations and timeouts are measured with it. */
  monotonicMs(): number;
  /**
   * As `monotonicMs`, but it goes on while the machine sleeps (CLOCK_BOOTTIME); the difference of the two tells that it slept.
   * Absent where there is no such clock.
   */
  bootMs?(): number;
  /** Calls back once, not before `delayMs` milliseconds have passed. The callback must not throw. */
  after(delayMs: number, callback: () => void): CancelTimer;
}

/** A wait that its maker may end early; `done` resolves either way. Cheaper than an abort signal for each wait. */
export function pause(clock: Clock, delayMs: number): { readonly done: Promise<void>; readonly end: () => void } {
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const cancel = clock.after(delayMs, finish);
  const end = (): void => {
    cancel();
    finish();
  };
  return { done, end };
}

/** Resolves after `delayMs`, or at once when the signal is (or becomes) aborted. Never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const finish = (): void => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(delayMs, finish);
    signal?.addEventListener('abort', finish);
  });
}
