// A failed mirror is tried again by itself: the first time soon, then less and less often while it fails for the same
// reason. When an operation has come into the stream since the failure, the wait is at most `mostWithNewsMs`, because
// that change may have removed the reason. Events about the tries get rarer, too.
import { Failure } from '../../../base/failure.ts';
import { type Clock, pause } from '../../../base/waiting/clock.ts';
import { GrowingDelay } from '../../../base/waiting/growing-delay.ts';
import { PacedTelling, withUntold } from '../../../base/waiting/paced-telling.ts';
import type { SourceStream } from '../stream/source-stream.ts';

const limits = { firstMs: 3000, mostMs: 300_000 } as const;
const mostWithNewsMs = 30_000;

export class MirrorRetry {
  readonly #clock: Clock;
  readonly #job: { readonly stream: SourceStream };
  readonly #delay = new GrowingDelay(limits);
  readonly #telling: PacedTelling;
  #waiting: { readonly untilMs: number; readonly reason: string; readonly end: () => void } | undefined;

  /** New operations in the stream of the job shorten the wait. */
  constructor(clock: Clock, job: { readonly stream: SourceStream }) {
    this.#clock = clock;
    this.#job = job;
    this.#telling = new PacedTelling(clock);
  }

  /** Sequence of the last operation in the stream. */
  get #head(): number {
    return this.#job.stream.queue.state.head;
  }

  /** A text for people while a try is waited for: why the last one failed, and how soon the next one begins. */
  get text(): string {
    if (this.#waiting === undefined) return '';
    const { reason, untilMs } = this.#waiting;
    const seconds = Math.max(1, Math.ceil((untilMs - this.#clock.monotonicMs()) / 1000));
    return `${reason}; a mirror is tried again in ${seconds} s, or sooner when something changes`;
  }

  /** Resolves when it is time to try again. */
  async wait(reason: string, signal: AbortSignal): Promise<void> {
    const delayMs = this.#delay.after(reason);
    const untilMs = this.#clock.monotonicMs() + delayMs;
    const head = this.#head;
    let ended = false;
    const end = (): void => {
      ended = true;
      rest.end();
    };
    let rest = pause(this.#clock, Math.min(delayMs, mostWithNewsMs));
    this.#waiting = { untilMs, reason, end };
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    await rest.done;
    while (!ended && this.#clock.monotonicMs() < untilMs && this.#head === head) {
      rest = pause(this.#clock, Math.min(limits.firstMs, untilMs - this.#clock.monotonicMs()));
      await rest.done;
    }
    signal.removeEventListener('abort', end);
    this.#waiting = undefined;
  }

  /** Ends the wait, because something else wants a mirror, or nothing wants one any more. */
  now(): void {
    this.#waiting?.end();
  }

  succeeded(): void {
    this.#delay.reset();
    this.#telling.forget();
  }

  /** Calls `tell`, unless the same reason was told not long ago. */
  tell(isAgain: boolean | undefined, kind: string, reason: string, tell: (reason: string) => void): void {
    const untold = this.#telling.due(`${kind}:${reason}`);
    if (untold !== undefined) tell(withUntold(reason, untold));
    else if (isAgain !== true) tell(reason);
  }
}

/** The failure of a mirror that came to its end and did not make the replica good. */
export function notWhole(number: number): Failure {
  return new Failure({
    code: 'MIRROR-NOT-WHOLE',
    operation: 'mirror',
    subject: `connection ${number}`,
    reason: 'the target had to give up operations; its events say which',
    retryable: true,
  });
}
