// How far the target is behind in time: since when there is an operation that it has not applied. Not every operation is
// remembered with its time, but one for each second, so the answer is right to a second. No clock is read for it: who asks
// a job for its report asks nothing of the world.
const stepMs = 1000;
/** When there are more, every other one is forgotten: an hour without a link needs no more memory than a minute. */
const marksMax = 600;

export class Lag {
  #marks: { readonly sequence: number; readonly wallMs: number }[] = [];
  #stepMs = stepMs;

  /** An operation was made at this wall time. */
  made(sequence: number, wallMs: number): void {
    const last = this.#marks.at(-1);
    if (last !== undefined && wallMs - last.wallMs < this.#stepMs) return;
    this.#marks.push({ sequence, wallMs });
    if (this.#marks.length <= marksMax) return;
    this.#stepMs *= 2;
    this.#marks = this.#marks.filter((_, index) => index % 2 === 0);
  }

  /**
   * The wall time of the oldest operation behind `applied`; null when everything up to `head` is applied. The operations
   * between two marks count as made with the earlier mark.
   */
  since(applied: number, head: number): number | null {
    if (applied >= head) {
      this.#marks = [];
      this.#stepMs = stepMs;
      return null;
    }
    while ((this.#marks[1]?.sequence ?? Number.POSITIVE_INFINITY) <= applied + 1) this.#marks.shift();
    return this.#marks[0]?.wallMs ?? null;
  }
}
