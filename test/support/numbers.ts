// A small generator of its own, so that a seed means the same history everywhere.

/** Gives whole numbers from 0 up to, but not including, what it is asked with. */
export function numbers(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}
