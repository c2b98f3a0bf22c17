// How fast something goes, as a person watches it: over the last ten seconds, so that it is neither nervous nor late.

const windowMs = 10_000;
/** A shorter time says little. */
const leastMs = 1000;

export class Pace {
  #samples: { readonly ms: number; readonly done: number }[] = [];

  /** Takes what is done at a monotonic time, and returns the amount a second; null while that is not known. */
  at(ms: number, done: number): number | null {
    // It has begun anew.
    if (done < (this.#samples.at(-1)?.done ?? 0)) this.#samples = [];
    this.#samples.push({ ms, done });
    while ((this.#samples[1]?.ms ?? ms) <= ms - windowMs) this.#samples.shift();
    const [first] = this.#samples;
    if (first === undefined || ms - first.ms < leastMs) return null;
    return ((done - first.done) * 1000) / (ms - first.ms);
  }
}
