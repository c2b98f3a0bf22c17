// Texts that nobody should write: mutated scripts, splices of real ones, noise, and much of one thing.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  carelessText,
  deriveScript,
  mutate,
  type Piece,
  pick,
  plainText,
  type Random,
} from '../../test/language/recogniser/sentences.ts';

const projectFolder = join(import.meta.dirname, '../..');
const samples = globSync(['examples/*.dtcl', 'test/language/chunks/*.dtcl'], { cwd: projectFolder })
  .toSorted()
  .flatMap((file) => readFileSync(join(projectFolder, file), 'utf8').split(/^---$/m));

const oddities = [
  ...[
    '$',
    '$x',
    '${',
    '}',
    '"',
    '""',
    '"""',
    "'",
    '#',
    '\\',
    ' \\\n',
    ';',
    '\n',
    '\r',
    '\r\n',
    '\t',
    '=',
    '<>',
    '%',
    '.',
    ':',
    ',',
  ],
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '(1)',
    '[0]',
    '.a',
    'end',
    ' do ',
    ' then ',
    'else ',
    'if ',
    'on error ',
    'not ',
    '- ',
    '5m',
    '2026-11-22',
  ],
  ...['\u0000', '\u001b[31m', '\u2028', '\u00a0', '\ufeff', '\ud800', 'é', '😀', '\u202e', 'ﬀ', '０'],
];

let other: readonly Piece[] = [];

export function hostileText(random: Random): string {
  switch (Math.floor(random() * 10)) {
    case 0:
    case 1: {
      const derived = deriveScript(random, 4 + Math.floor(random() * 80));
      other = derived;
      return carelessText(random, derived);
    }
    case 2:
    case 3:
    case 4:
      return mutated(random);
    case 5:
      return spliced(random);
    case 6:
    case 7:
      return damaged(random, pick(random, samples));
    case 8:
      return Array.from({ length: Math.floor(random() * 60) }, () => pick(random, oddities)).join('');
    default:
      return repeated(random);
  }
}

function mutated(random: Random): string {
  let pieces: Piece[] = deriveScript(random, 4 + Math.floor(random() * 50));
  for (let count = Math.floor(random() * 4); count >= 0; count--) pieces = mutate(random, pieces, other);
  return random() < 0.5 ? plainText(pieces) : carelessText(random, pieces);
}

function cut(random: Random, text: string): string {
  const from = Math.floor(random() * text.length);
  return text.slice(from, from + Math.floor(random() * 300));
}

function spliced(random: Random): string {
  return Array.from({ length: 1 + Math.floor(random() * 4) }, () => cut(random, pick(random, samples))).join('');
}

/** A sample with a few characters removed, doubled or replaced. */
function damaged(random: Random, sample: string): string {
  let text = sample;
  for (let count = Math.floor(random() * 4); count >= 0; count--) {
    const at = Math.floor(random() * text.length);
    const length = Math.floor(random() * 3);
    text = text.slice(0, at) + (random() < 0.7 ? pick(random, oddities) : '') + text.slice(at + length);
  }
  return text;
}

function repeated(random: Random): string {
  const unit = Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(random, oddities)).join('');
  const length = Math.floor(10 ** (1 + random() * 4));
  return (random() < 0.5 ? 'write ' : '') + unit.repeat(Math.ceil(length / unit.length));
}
