// Sentences for the tests of the language, from the rules of grammar/grammar.md: what they derive, written in as many ways
// as the lexical rules allow, and mutated. All from one seed.

import type { Expression } from '../../../scripts/generators/ebnf.ts';
import { commands } from '../../../src/language/catalogue/catalogue.ts';
import { keywordForms } from '../../../src/language/catalogue/definition/abbreviation.ts';
import { rules } from './recognise.ts';

/** A generator of numbers in [0, 1) (mulberry32). */
export type Random = () => number;

export function randomFrom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** A piece of a sentence: its text, and whether it touches what stands before it. */
export interface Piece {
  readonly text: string;
  readonly glued: boolean;
}

const piece = (text: string, glued = false): Piece => ({ text, glued });

const strings = [
  '"beta"',
  "'raw $x'",
  '"a ""b"" $$5 $x"',
  '"${x.y[0]} and ${length("a")}"',
  '"""\n two\n  lines ${1 +\n 2}"""',
  '"d:\\"',
  '""',
  '"# no comment; no end"',
  'e"\\t\\"$x\\" \\\\ \\$5 \\u{1F600} ${length(E"\\"")}"',
  'e"""\\n "" """',
];
const literals = [
  '0',
  '1',
  '42',
  '3.5',
  '5m',
  '30s',
  '10 MB/s',
  '64kb',
  '10  Minutes',
  '50%',
  '2026-11-22',
  '20:30',
  '2026-11-22t20:30:00z',
  '2B/S',
  '0 B',
  '7  B/s',
];
const words = [
  'beta',
  '/srv/a-b',
  '10.0.0.2',
  '*.log',
  'd:\\data',
  'five5',
  'a#b',
  'to',
  'then5',
  '-x',
  'step',
  'as',
  'é',
];
const names = ['x', 'con', 'and1', 'Step', '_y', 'length', 'max', 'f', 'T'];
const tokenTexts: Readonly<Record<string, readonly string[]>> = {
  'LINE-END': ['\n', '\n', '\n', '\n', ';', '\n\n', '\n\n\n', '\r\n', ' # why\n', '\n# own\n'],
  NAME: names,
  VARIABLE: names.map((name) => `$${name}`),
  STRING: strings,
  LITERAL: literals,
  SCRIPT: ['"""return 1"""', '"""\n  log(`${task.name} "$$"`) # END\n"""', '"""if (a) { end }; do(); """'],
};

const byName = new Map(rules.map((rule) => [rule.name, rule.expression]));
const chosenCase = (random: Random, text: string): string =>
  pick(random, [text.toLowerCase(), text.toLowerCase(), text, `${text[0]}${text.slice(1).toLowerCase()}`]);

/** A script that the rules derive; about as long as `size` says. */
export function deriveScript(random: Random, size: number): Piece[] {
  const derivation = new Derivation(random, size);
  return derivation.rule('script', 0);
}

class Derivation {
  readonly #random: Random;
  #left: number;

  constructor(random: Random, size: number) {
    this.#random = random;
    this.#left = size;
  }

  rule(name: string, depth: number): Piece[] {
    this.#left--;
    if (name === 'command' && this.#random() < 0.6) return this.#knownCommand(depth);
    const expression = byName.get(name);
    if (expression === undefined) throw new Error(`there is no rule ${name}`);
    return this.#derive(expression, depth + 1);
  }

  #derive(expression: Expression, depth: number): Piece[] {
    const random = this.#random;
    switch (expression.kind) {
      case 'word':
        return [piece(chosenCase(random, expression.text))];
      case 'character':
        return [piece(expression.text)];
      case 'token':
        return [this.#token(expression.text)];
      case 'rule':
        return this.rule(expression.text, depth);
      case 'sequence':
        return expression.items.flatMap((item) => this.#derive(item, depth));
      case 'choice':
        return this.#derive(this.#choose(expression.items, depth), depth);
      case 'optional':
        return random() < this.#appetite(depth) ? this.#derive(expression.item, depth) : [];
      case 'repeated': {
        const pieces: Piece[] = [];
        while (random() < this.#appetite(depth)) pieces.push(...this.#derive(expression.item, depth));
        return pieces;
      }
    }
  }

  /** How likely it is that something is written that need not be. */
  #appetite(depth: number): number {
    if (this.#left <= 0) return 0;
    return depth < 4 ? 0.85 : 0.35;
  }

  /** When the sentence is long or deep enough, what leads to an end. */
  #choose(items: readonly Expression[], depth: number): Expression {
    if (this.#left > 0 && depth < 30) return pick(this.#random, items);
    const ending = items.filter((item) => item.kind === 'token' || item.kind === 'word');
    const known = items.filter((item) => item.kind === 'rule' && ['simple', 'command'].includes(item.text));
    return pick(this.#random, [ending, known, items].find((some) => some.length > 0) ?? items);
  }

  #token(name: string): Piece {
    const random = this.#random;
    if (name === 'STEP') return piece(`.${pick(random, names)}`, true);
    if (name === 'INDEX') return piece('[', true);
    if (name === 'CALL') return piece('(', true);
    if (name === 'WORD') return piece(pick(random, words));
    return piece(pick(random, tokenTexts[name] ?? []));
  }

  /** An example of the catalogue, its keywords cut short somehow. */
  #knownCommand(depth: number): Piece[] {
    const random = this.#random;
    const command = pick(random, commands);
    if (depth > 12 && command.block) return [piece('ping'), piece('beta')];
    const example = pick(random, command.examples).replace(/^\$\w+ = /, '');
    const keywords = [command.words, ...command.arguments.map((one) => one.words ?? '')].flatMap((one) =>
      one.split(' '),
    );
    return example
      .split(/(\n)|(?<=^[^"']*(?:"[^"]*"[^"']*|'[^']*'[^"']*)*) +/)
      .filter(Boolean)
      .map((text) => {
        const keyword = keywords.find((one) => one.toLowerCase() === text.toLowerCase());
        return piece(keyword === undefined ? text : pick(random, [...keywordForms(keyword), text, keyword]));
      });
  }
}

/** One piece removed, doubled, exchanged with its neighbour, replaced by one from elsewhere, or moved to touch. */
export function mutate(random: Random, pieces: readonly Piece[], other: readonly Piece[]): Piece[] {
  const at = Math.floor(random() * pieces.length);
  const [before, one, rest] = [pieces.slice(0, at), pieces[at], pieces.slice(at + 1)];
  if (one === undefined) return [...pieces];
  switch (Math.floor(random() * 6)) {
    case 0:
      return [...before, ...rest];
    case 1:
      return [...before, one, one, ...rest];
    case 2:
      return [...before, ...rest.slice(0, 1), one, ...rest.slice(1)];
    case 3:
      return [...before, pick(random, [...other, one]), ...rest];
    case 4:
      return [...before, pick(random, [...other, one]), one, ...rest];
    default:
      return [...before, { ...one, glued: !one.glued }, ...rest];
  }
}

/** The pieces with one blank between any two that do not touch. */
export function plainText(pieces: readonly Piece[]): string {
  return pieces.map((one, index) => (one.glued || index === 0 ? one.text : ` ${one.text}`)).join('');
}

const blanks = [' ', ' ', ' ', '  ', '\t', ' \\\n', '\u00a0 '];
const breaks = ['\n', ' # inside\n', '\n\n  # own line\n'];

/** The pieces as a careless author would write them: any blanks, comments and line ends where they mean nothing. */
export function carelessText(random: Random, pieces: readonly Piece[]): string {
  let text = '';
  let depth = 0;
  for (const one of pieces) {
    const last = text.slice(-1);
    const atLineStart = text === '' || /[\n;]$/.test(text);
    if (!one.glued) {
      const mayBreak = depth > 0 && random() < 0.15;
      const mayTouch = /[([{,]/.test(last) || /^[)\]},]/.test(one.text);
      if (mayBreak) text += pick(random, breaks);
      else if (atLineStart) text += pick(random, ['', '', '  ', '\t']);
      else if (!(mayTouch && random() < 0.5)) text += pick(random, blanks);
    }
    text += one.text;
    if (/^[([{]$/.test(one.text)) depth++;
    if (/^[)\]}]$/.test(one.text)) depth--;
  }
  return text;
}
