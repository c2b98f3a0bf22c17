// When a link that could not be made, or was lost, is tried again: soon at first. A target that cannot be reached is tried every
// few seconds, since it may be there at any moment. One that refuses will do so until somebody has changed something, so it is
// asked less and less often.
import type { Failure } from '../../base/failure.ts';
import { GrowingDelay } from '../../base/waiting/growing-delay.ts';

export class LinkRetry {
  readonly #unreachable = new GrowingDelay({ firstMs: 100, mostMs: 3000 });
  readonly #refused = new GrowingDelay({ firstMs: 3000, mostMs: 30_000 });

  /** Milliseconds until the next try. */
  after(failure: Failure): number {
    return failure.retryable ? this.#unreachable.after('unreachable') : this.#refused.after(failure.message);
  }

  /** There was a link, which is over; milliseconds until the next try. */
  succeeded(): number {
    this.#unreachable.reset();
    this.#refused.reset();
    return this.#unreachable.after('lost');
  }
}
