// How long to wait before something that failed is tried again: longer each time it fails the same way, up to a limit.

export interface GrowingDelayLimits {
  readonly firstMs: number;
  readonly mostMs: number;
}

export class GrowingDelay {
  readonly #limits: GrowingDelayLimits;
  #nextMs: number;
  #reason = '';

  constructor(limits: GrowingDelayLimits) {
    this.#limits = limits;
    this.#nextMs = limits.firstMs;
  }

  /** Milliseconds to wait after a failure with this reason; twice as long as the last time when the reason is the same. */
  after(reason: string): number {
    if (reason !== this.#reason) this.reset();
    this.#reason = reason;
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(2 * delayMs, this.#limits.mostMs);
    return delayMs;
  }

  /** It has succeeded, or a person wants it tried. */
  reset(): void {
    this.#reason = '';
    this.#nextMs = this.#limits.firstMs;
  }
}
