// Finds the word that somebody probably meant: the known word with the fewest changes (insert, remove, replace, swap
// neighbours), or else the only known word that begins with the written one.

/** Too many words begin with fewer letters than these. */
const beginningLengthMin = 3;

/** The nearest candidate, ignoring case, or undefined when none is near enough to be suggested. */
export function nearestMatch(word: string, candidates: Iterable<string>): string | undefined {
  const known: ReadonlySet<string> = candidates instanceof Set ? candidates : new Set(candidates);
  const wanted = word.toLowerCase().slice(0, 64);
  let best: string | undefined;
  const wantedLetters = lettersOf(wanted);
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 0.5;
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) > bestDistance) continue;
    // Most candidates are refused here, by letters that only one of the two has: each takes a change.
    const letters = lettersOf(candidate);
    if (count(wantedLetters & ~letters) > bestDistance || count(letters & ~wantedLetters) > bestDistance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best !== undefined || wanted.length < beginningLengthMin) return best;
  const begun = [...known].filter((candidate) => candidate.toLowerCase().startsWith(wanted));
  return begun.length === 1 ? begun[0] : undefined;
}

/** `did you mean …?`, or `otherwise` when no candidate is near. */
export function suggest(word: string, candidates: Iterable<string>, otherwise: string, prefix = ''): string {
  const nearest = nearestMatch(word, candidates);
  return nearest === undefined ? otherwise : `did you mean ${prefix}${nearest}?`;
}

/** The word that a sentence of `suggest` asks for; undefined for any other sentence. */
export function meantWord(suggestion: string): string | undefined {
  return /^did you mean (.+)\?$/.exec(suggestion)?.[1];
}

/** One bit for each letter, whatever its case; other characters may share the bits. */
function lettersOf(word: string): number {
  let letters = 0;
  for (let index = 0; index < word.length; index++) letters |= 1 << (word.charCodeAt(index) & 31);
  return letters;
}

function count(bits: number): number {
  let ones = 0;
  for (let left = bits; left !== 0; left &= left - 1) ones++;
  return ones;
}

/** Optimal string alignment distance; infinity as soon as it is certain to be above the limit. */
function editDistance(one: string, other: string, limit: number): number {
  let before: number[] = [];
  let leastAbove = 0;
  let above = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    let leastHere = row;
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1];
      let least = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]) {
        least = Math.min(least, (before[column - 2] ?? 0) + 1);
      }
      current.push(least);
      if (least < leastHere) leastHere = least;
    }
    // Two neighbours that changed places reach over one row, and no further.
    if (leastHere > limit && leastAbove > limit) return Number.POSITIVE_INFINITY;
    leastAbove = leastHere;
    before = above;
    above = current;
  }
  return above[other.length] ?? 0;
}
