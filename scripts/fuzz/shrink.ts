// Makes a text that breaks something smaller, as long as it breaks the same.

/** Removes ever smaller pieces. `stillBroken` is asked at most `triesMax` times. */
export function shrink(text: string, stillBroken: (text: string) => boolean, triesMax = 3000): string {
  let smallest = text;
  let tries = 0;
  for (let size = Math.ceil(text.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length && tries < triesMax; tries++) {
      const smaller = smallest.slice(0, at) + smallest.slice(at + size);
      if (stillBroken(smaller)) smallest = smaller;
      else at += size;
    }
  }
  return smallest;
}
