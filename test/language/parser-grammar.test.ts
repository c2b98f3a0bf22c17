// The grammar that the parser hands out as data: Chevrotain finds no fault in it, and it is that of grammar/grammar.md, rule
// by rule. Each rule of both is compared by the words, tokens and rules that stand in it; how these follow each other, the
// sentences of specification.test.ts compare. The choices of the rules are those of Chevrotain's own strategy.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Alternation,
  createToken,
  GAstVisitor,
  type ILookaheadStrategy,
  LLkLookaheadStrategy,
  type Option,
  type OptionalProductionType,
  type Repetition,
  type RepetitionWithSeparator,
  type Rule,
} from 'chevrotain';
import { expect, it } from 'vitest';
import type { Production } from '../../scripts/generators/diagrams.ts';
import { type Expression, readRules } from '../../scripts/generators/ebnf.ts';
import { FirstTokens } from '../../src/language/parser/first-tokens.ts';
import { ScriptParser } from '../../src/language/parser/script-parser.ts';

const written = readRules(readFileSync(join(import.meta.dirname, '../../grammar/grammar.md'), 'utf8'));
const parser = new ScriptParser();
const parsed: readonly Production[] = parser.grammar;
const writtenRules = new Map(written.map((rule) => [rule.name, rule.expression]));
const parsedNames = parsed.map((rule) => rule.name ?? '');

/** The rules of the page that the parser has inside of others, to keep its stack small. */
const insideOthers = [
  'unchained',
  'otherwise',
  'condition',
  'comparison',
  'sum',
  'product',
  'operand',
  'base',
  'field',
  'part',
];
/** ELSE takes an IF on its line, so that a block behind it begins with none. */
const otherwise = 'block';
/** Names like others to the parser, and values to the page. */
const namedValues = ['"TRUE"', '"FALSE"', '"NONE"'];

function leavesOf(expression: Expression): string[] {
  if ('items' in expression) return expression.items.flatMap(leavesOf);
  if ('item' in expression) return leavesOf(expression.item);
  if (expression.kind === 'word') return [`"${expression.text}"`];
  if (expression.kind === 'character') return [`'${expression.text}'`];
  if (expression.text === 'otherwise') return [otherwise];
  const inner = insideOthers.includes(expression.text) ? writtenRules.get(expression.text) : undefined;
  return inner === undefined ? [expression.text] : leavesOf(inner);
}

function leavesOfParsed({ type, name = '', label = '', terminalLabel = label, ...rest }: Production): string[] {
  if (type === 'Terminal') return terminalLabel.split(' ');
  if (type === 'NonTerminal') return [name];
  return [...(rest.separator === undefined ? [] : [rest.separator]), ...(rest.definition ?? [])].flatMap(
    leavesOfParsed,
  );
}

const sorted = (leaves: readonly string[]): string[] =>
  [...new Set(leaves)].filter((leaf) => !namedValues.includes(leaf)).toSorted();

it('has no fault that Chevrotain finds', () => {
  expect(() => new ScriptParser(true)).not.toThrow();
});

it('has the rules of the page', () => {
  // A task is a part of a command, which the checker reads.
  const others = [...insideOthers, 'task'];
  const wanted = written.map((rule) => rule.name).filter((name) => !others.includes(name));
  expect(parsedNames.filter((name) => name !== 'interpolation').toSorted()).toEqual(wanted.toSorted());
});

it.each(parsedNames.filter((name) => name !== 'interpolation'))('has in %s what the page has', (name) => {
  const rule = parsed.find((one) => one.name === name);
  const expression = writtenRules.get(name);
  expect(sorted(leavesOfParsed(rule ?? { type: 'Rule' }))).toEqual(
    sorted(expression === undefined ? [] : leavesOf(expression)),
  );
});

/** All choices of a grammar, as a strategy decides them: called with a parser whose next token has a type. */
class Choices extends GAstVisitor {
  readonly all = new Map<string, (this: unknown) => unknown>();
  readonly #rule: Rule;
  readonly #strategy: ILookaheadStrategy;

  constructor(rule: Rule, strategy: ILookaheadStrategy) {
    super();
    this.#rule = rule;
    this.#strategy = strategy;
    rule.accept(this);
  }

  /** With all alternatives, and with each of them shut by a GATE. */
  override visitAlternation({ idx: prodOccurrence, definition }: Alternation): void {
    const choice = { prodOccurrence, rule: this.#rule, maxLookahead: 1, hasPredicates: true };
    const chosen = this.#strategy.buildLookaheadForAlternation({ ...choice, dynamicTokensEnabled: false });
    for (let shut = -1; shut < definition.length; shut++) {
      const alternatives = definition.map((_, index) => (index === shut ? { GATE: () => false } : {}));
      this.all.set(`OR${prodOccurrence} without ${shut}`, function (this: unknown) {
        return Reflect.apply(chosen, this, [alternatives]);
      });
    }
  }

  override visitOption({ idx }: Option): void {
    this.#addOptional('Option', idx);
  }

  override visitRepetition({ idx }: Repetition): void {
    this.#addOptional('Repetition', idx);
  }

  override visitRepetitionWithSeparator({ idx }: RepetitionWithSeparator): void {
    this.#addOptional('RepetitionWithSeparator', idx);
  }

  #addOptional(prodType: OptionalProductionType, prodOccurrence: number): void {
    const choice = { prodOccurrence, prodType, rule: this.#rule, maxLookahead: 1, dynamicTokensEnabled: false };
    this.all.set(`${prodType}${prodOccurrence}`, this.#strategy.buildLookaheadForOptional(choice));
  }

  override visitNonTerminal(): void {}
  override visitAlternative(): void {}
  override visitTerminal(): void {}
  override visitRule(): void {}
  override visitRepetitionMandatory(): void {
    throw new Error('the grammar has none of these so far: compare them, too');
  }
  override visitRepetitionMandatoryWithSeparator(): void {
    throw new Error('the grammar has none of these so far: compare them, too');
  }
}

it.each(Object.entries(parser.getGAstProductions()))('chooses in %s as Chevrotain does', (_name, rule) => {
  const typesEnd = createToken({ name: 'END_OF_TYPES' }).tokenTypeIdx ?? 0;
  const chevrotains = new Choices(rule, new LLkLookaheadStrategy({ maxLookahead: 1 })).all;
  for (const [name, choice] of new Choices(rule, new FirstTokens()).all) {
    const wanted = chevrotains.get(name);
    for (let tokenTypeIdx = 0; tokenTypeIdx < typesEnd; tokenTypeIdx++) {
      const reader = { LA: () => ({ tokenTypeIdx }), LA_FAST: () => ({ tokenTypeIdx }) };
      expect(choice.call(reader), `${name}, token type ${tokenTypeIdx}`).toBe(wanted?.call(reader));
    }
  }
});
