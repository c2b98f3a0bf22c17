// Says whether a text is a sentence of the rules in grammar/grammar.md: a general recogniser that knows nothing of the
// language but these rules, the lexical rules of the same document (tokenize.ts) and the two conditions below. It shares no
// code with the parser.
//
// From a place, a rule leads to a set of places; the sets are remembered, so no text takes exponential time.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Expression, type Rule, readRules } from '../../../scripts/generators/ebnf.ts';
import { type Interpolated, isReservable, type Token, tokenize } from './tokenize.ts';

export const rules: readonly Rule[] = readRules(
  readFileSync(join(import.meta.dirname, '../../../grammar/grammar.md'), 'utf8'),
);

/** Leads from a place among the tokens to all places behind what it stands for. */
type Matcher = (run: Run, at: number) => readonly number[];

interface Run {
  readonly tokens: readonly Token[];
  readonly known: Map<string, readonly number[]>[];
}

const nowhere: readonly number[] = [];
const interpolationLevelsMax = 4;

const matchers = new Map<string, Matcher>(rules.map((rule) => [rule.name, compile(rule.expression)]));

/** A word that is reserved where a statement begins is that word only there. */
function isWord(token: Token | undefined, text: string): boolean {
  if (token?.word?.toUpperCase() !== text) return false;
  return token.kinds.includes('RESERVED') || !isReservable(text);
}

function compile(expression: Expression): Matcher {
  switch (expression.kind) {
    case 'word':
      return (run, at) => (isWord(run.tokens[at], expression.text) ? [at + 1] : nowhere);
    case 'character':
    case 'token':
      return (run, at) => (run.tokens[at]?.kinds.includes(expression.text) ? [at + 1] : nowhere);
    case 'rule':
      return (run, at) => matchRule(run, expression.text, at);
    case 'choice': {
      const items = expression.items.map(compile);
      return (run, at) => union(items.map((item) => item(run, at)));
    }
    case 'sequence': {
      const items = expression.items.map(compile);
      return (run, at) =>
        items.reduce<readonly number[]>((places, item) => union(places.map((place) => item(run, place))), [at]);
    }
    case 'optional': {
      const item = compile(expression.item);
      return (run, at) => union([[at], item(run, at)]);
    }
    case 'repeated': {
      const item = compile(expression.item);
      return (run, at) => {
        const places = new Set([at]);
        // A set that grows while it is walked through is walked through to its end.
        for (const place of places) for (const next of item(run, place)) places.add(next);
        return [...places];
      };
    }
  }
}

function union(sets: readonly (readonly number[])[]): readonly number[] {
  const filled = sets.filter((set) => set.length > 0);
  return filled.length < 2 ? (filled[0] ?? nowhere) : [...new Set(filled.flat())];
}

function matchRule(run: Run, name: string, at: number): readonly number[] {
  // "Two parts do not touch", and "`=` stands between".
  if (name === 'part' && touches(run.tokens, at)) return nowhere;
  const known = run.known[at] ?? new Map<string, readonly number[]>();
  run.known[at] = known;
  let places = known.get(name);
  if (places === undefined) {
    places = matchers.get(name)?.(run, at) ?? nowhere;
    known.set(name, places);
  }
  return places;
}

function touches(tokens: readonly Token[], at: number): boolean {
  const [before, token] = [tokens[at - 1], tokens[at]];
  if (before === undefined || token === undefined) return false;
  return before.end === token.start && !before.kinds.includes('=') && !token.kinds.includes('=');
}

function derives(name: string, tokens: readonly Token[]): boolean {
  return matchRule({ tokens, known: [] }, name, 0).includes(tokens.length);
}

/** Whether the specification accepts a text as a script. */
export function recognises(text: string): boolean {
  const tokens = tokenize(text, 'command');
  return tokens !== undefined && derives('script', tokens) && tokens.every((token) => interpolationsHold(token, 1));
}

function interpolationsHold(token: Token, level: number): boolean {
  return (token.interpolations ?? []).every((one) => interpolationHolds(one, level));
}

function interpolationHolds({ text }: Interpolated, level: number): boolean {
  const tokens = level > interpolationLevelsMax ? undefined : tokenize(text, 'bracket');
  if (tokens === undefined) return false;
  // "A leading bare name is a variable."
  const [first, second] = tokens;
  if (first?.kinds.includes('NAME') && !second?.kinds.includes('(')) tokens[0] = { ...first, kinds: ['VARIABLE'] };
  return derives('chosen', tokens) && tokens.every((one) => interpolationsHold(one, level + 1));
}
