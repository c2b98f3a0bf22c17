// A snapshot must be made within one minute, else it has failed (guide, ch. 2, Snapshots).
import { Failure } from '../../base/failure.ts';
import { type Clock, pause } from '../../base/waiting/clock.ts';

export const snapshotMs = 60_000;

export class SnapshotLimit {
  readonly #clock: Clock;
  readonly #name: string;
  readonly #tell: (failure: Failure) => void;
  readonly #endMs: number;
  #isCommitted = false;
  /** That it has failed was said already. */
  isTold = false;

  /** @param tell Called once when `hold` gives up. */
  constructor(clock: Clock, name: string, tell: (failure: Failure) => void = () => undefined) {
    this.#clock = clock;
    this.#name = name;
    this.#tell = tell;
    this.#endMs = clock.monotonicMs() + snapshotMs;
  }

  /** Throws `SNAPSHOT-TOO-LATE` when the time is over. */
  expectTime(): void {
    if (this.isTold || this.#clock.monotonicMs() >= this.#endMs) throw this.#failure();
  }

  /** To be called right before the snapshot becomes one: from then on it counts, however long the rest takes. */
  commit(): void {
    this.expectTime();
    this.#isCommitted = true;
  }

  /** The result of the work, or `SNAPSHOT-TOO-LATE` as soon as the time is over and nothing was committed. */
  async hold<T>(work: Promise<T>): Promise<T> {
    const rest = pause(this.#clock, this.#endMs - this.#clock.monotonicMs());
    try {
      const first = await Promise.race([work.then(() => 'done' as const), rest.done.then(() => 'late' as const)]);
      if (first === 'done' || this.#isCommitted) return await work;
      this.isTold = true;
      work.catch(() => undefined);
      const failure = this.#failure();
      this.#tell(failure);
      throw failure;
    } finally {
      rest.end();
    }
  }

  #failure(): Failure {
    return new Failure({
      code: 'SNAPSHOT-TOO-LATE',
      operation: 'take a snapshot',
      subject: this.#name,
      reason: 'it could not be made within one minute',
      hint: 'Nothing was kept. A task that runs in the stream, or a slow disk, may hold it up; take it again later.',
      retryable: true,
    });
  }
}
