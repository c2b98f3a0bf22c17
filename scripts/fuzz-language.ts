// Looks for texts that the language does not bear: npm run fuzz:language -- --minutes 5 [--seed 7]. Prints the seed, and for each finding
// what does not hold and the smallest text that shows it; then it ends with 1. The same seed gives the same texts.
import { parseArgs } from 'node:util';
import { randomFrom } from '../test/language/recogniser/sentences.ts';
import { hostileText } from './fuzz/hostile-texts.ts';
import { brokenInvariant, type Finding } from './fuzz/language-invariants.ts';
import { shrink } from './fuzz/shrink.ts';

/** One finding often hides others, but these are enough to begin with. */
const findingsMax = 10;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const seed = Number(values.seed);
const endMs = performance.now() + Number(values.minutes) * 60_000;
if (!Number.isInteger(seed) || Number.isNaN(endMs)) throw new Error('--minutes and --seed are numbers');

console.log(`seed ${seed}`);
const random = randomFrom(seed);
const found = new Map<Finding, string>();
let rounds = 0;
for (; performance.now() < endMs && found.size < findingsMax; rounds++) {
  const text = hostileText(random);
  const finding = brokenInvariant(text);
  if (finding === undefined || found.has(finding)) continue;
  const smallest = shrink(text, (smaller) => brokenInvariant(smaller) === finding);
  found.set(finding, smallest);
  console.log(`text ${rounds}: ${finding}\n  ${JSON.stringify(smallest)}`);
}
console.log(`${rounds} texts, ${found.size} findings`);
process.exitCode = found.size === 0 ? 0 : 1;
