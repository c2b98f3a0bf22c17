// How far the target is behind in time: the age of the oldest operation that it has not applied. Not every operation is
// remembered with its time, but one for each second, so the age is right to a second.
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
   * In milliseconds, at this wall time; 0 when everything up to `head` is applied. The operations between two marks count
   * as made with the earlier mark.
   */
  of(applied: number, head: number, nowMs: number): number {
    if (applied >= head) {
      this.#marks = [];
      this.#stepMs = stepMs;
      return 0;
    }
    while ((this.#marks[1]?.sequence ?? Number.POSITIVE_INFINITY) <= applied + 1) this.#marks.shift();
    const [oldest] = this.#marks;
    return oldest === undefined ? 0 : Math.max(0, nowMs - oldest.wallMs);
  }
}
