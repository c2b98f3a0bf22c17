// How many bytes may go now, so that in no second more than the limit goes. The bucket fills at a rate that is less than the
// limit by what the bucket holds at most: in any second, wherever it begins, no more can go than a full bucket and what a
// second pours in, and together these are the limit. Time is given, in monotonic milliseconds.

/** The part of the limit that the bucket holds: more makes bursts, less makes pieces so small that their heads count. */
const heldShare = 1 / 16;

export class TokenBucket {
  readonly holds: number;
  readonly #perMs: number;
  #tokens = 0;
  #lookedMs: number;

  /** Begins empty: what was sent without a limit a moment ago must not count as nothing. */
  constructor(bytesPerSecond: number, nowMs: number) {
    this.holds = Math.floor(bytesPerSecond * heldShare);
    this.#perMs = (bytesPerSecond - this.holds) / 1000;
    this.#lookedMs = nowMs;
  }

  /** Takes so many bytes; false when that many may not go yet. At most `holds` can be asked for. */
  take(bytes: number, nowMs: number): boolean {
    this.#tokens = Math.min(this.holds, this.#tokens + (nowMs - this.#lookedMs) * this.#perMs);
    this.#lookedMs = nowMs;
    if (bytes > this.#tokens) return false;
    this.#tokens -= bytes;
    return true;
  }

  /** Milliseconds until so many bytes may go; to be called right after `take` said no. */
  waitMs(bytes: number): number {
    return (bytes - this.#tokens) / this.#perMs;
  }
}
