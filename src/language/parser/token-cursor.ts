// What the rules of the parser stand on: Chevrotain's parser over our token list, the place among the tokens, and the
// messages about tokens that are expected and not there. This file has all that is special in our use of Chevrotain:
//
// - A long script has a million tokens, and a million objects would cost more than all other work on them. So the input
//   is a list of references to one shared token for each kind. Places and texts are in the token list, by the index of
//   the token. That index is `currIdx`, which Chevrotain's documentation reads, and its published types leave out.
// - Its own recovery is off. A rule that cannot go on throws, either an error of Chevrotain or `abandoned`; an outer rule
//   that knows where the text makes sense again catches it in `attempt`, at the latest the rule of the block. There, and
//   only there, an error of Chevrotain becomes a diagnostic. So one mistake gives one message.
// - The next token alone decides a choice, and a choice is computed when a text first comes to it (first-tokens.ts).
// - While Chevrotain records the grammar, the token list is empty, and a rule must run through what it has: a step of
//   recovery asks `isRecovering` first, which is false then.
import {
  EmbeddedActionsParser,
  type IParserErrorMessageProvider,
  isRecognitionException,
  type ParserMethod,
} from 'chevrotain';
import { type DiagnosticCode, DiagnosticSink, type ParametersOf } from '../diagnostics/diagnostics.ts';
import { describeToken, isTarget, names, type TokenKind } from '../lexer/token.ts';
import { TokenList } from '../lexer/token-list.ts';
import type { Expression } from '../tree/ast.ts';
import { type Range, SourceText } from '../tree/source-text.ts';
import { FirstTokens } from './first-tokens.ts';
import { type TokenTypes, tokenTypes } from './token-types.ts';

/** An interpolated expression that is still text; `fill` puts the parsed one into its place. */
export interface PendingInterpolation extends Range {
  readonly fill: (expression: Expression) => void;
}

export type Rule<Result> = ParserMethod<[], Result>;

/** What one parse reads and writes. */
export interface ParserInput {
  readonly tokens: TokenList;
  readonly sink: DiagnosticSink;
  readonly pending: PendingInterpolation[];
}

/** Thrown when a rule is given up; the reason was reported. */
class Abandoned extends Error {}
// One object for all mistakes: its stack is of no use, and a text may have very many mistakes.
const abandoned = new Abandoned('a rule was given up');

const identifier = /^[A-Za-z_]\w*$/;

const nothing: ParserInput = {
  tokens: new TokenList('', 0, 0),
  sink: new DiagnosticSink(new SourceText('', '')),
  pending: [],
};

/** The message of an error is what was expected, as our messages say it. */
function errorMessages({ messageOf }: TokenTypes): IParserErrorMessageProvider {
  return {
    buildMismatchTokenMessage: ({ expected }) => messageOf(expected),
    buildNoViableAltMessage: ({ customUserDescription }) => customUserDescription ?? 'a value',
    buildEarlyExitMessage: ({ customUserDescription }) => customUserDescription ?? 'a value',
    buildNotAllInputParsedMessage: () => 'the end of the line',
  };
}

export class TokenCursor extends EmbeddedActionsParser {
  /** The index of the token that was taken last; -1 before the first. */
  declare protected readonly currIdx: number;
  protected readonly types: TokenTypes['ofKind'];
  protected readonly sets: TokenTypes['ofSet'];
  readonly #types: TokenTypes;
  #input = nothing;

  /** `isChecked` is for a test: Chevrotain then looks for ambiguities and other faults of the grammar. */
  constructor(isChecked: boolean, types: TokenTypes = tokenTypes()) {
    super([...types.all], {
      maxLookahead: 1,
      lookaheadStrategy: new FirstTokens(),
      skipValidations: !isChecked,
      errorMessageProvider: errorMessages(types),
    });
    this.#types = types;
    this.types = types.ofKind;
    this.sets = types.ofSet;
  }

  protected get operators(): TokenTypes['operators'] {
    return this.#types.operators;
  }

  /** A rule whose result is what the caller says; the library would take it from the implementation. */
  protected rule<Result>(name: string, implementation: () => Result): Rule<Result> {
    return this.RULE(name, implementation);
  }

  /** Parses by one rule; what it read is not kept. */
  protected parseBy<Result>(input: ParserInput, rule: () => Result): Result {
    this.#input = input;
    this.input = input.tokens.map(this.#types.tokens, this.#types.tokens[0] ?? this.LA(0));
    try {
      return rule();
    } finally {
      this.#input = nothing;
      this.input = [];
    }
  }

  /** Whether text is parsed, so that a mistake in it can be recovered from; false while the grammar is recorded. */
  protected get isRecovering(): boolean {
    return !this.RECORDING_PHASE;
  }

  // What follows makes less of the stack of what nests: with Chevrotain's own four calls for a rule, four for OPTION and
  // five for MANY, 200 blocks in each other would not find room on it.

  /** Without `subruleInternal`, which serves trees and recovery of Chevrotain's own. `coreRule` is not in its types. */
  protected override SUBRULE<Arguments extends unknown[], Result>(rule: ParserMethod<Arguments, Result>): Result {
    return (rule as unknown as { readonly coreRule: () => Result }).coreRule.call(this);
  }

  protected override subrule<Arguments extends unknown[], Result>(
    _occurrence: number,
    rule: ParserMethod<Arguments, Result>,
  ): Result {
    return (rule as unknown as { readonly coreRule: () => Result }).coreRule.call(this);
  }

  /** `[rule]`, where kinds of tokens tell whether it follows. */
  protected optional<Result>(
    occurrence: number,
    kinds: ReadonlySet<TokenKind>,
    rule: () => Result,
  ): Result | undefined {
    if (this.RECORDING_PHASE) return this.option(occurrence, rule);
    return kinds.has(this.kind) ? rule() : undefined;
  }

  /** `{rule}`, where kinds of tokens tell whether it follows. */
  protected repeated(occurrence: number, kinds: ReadonlySet<TokenKind>, rule: () => void): void {
    if (this.RECORDING_PHASE) this.many(occurrence, rule);
    else while (kinds.has(this.kind)) rule();
  }

  protected get pending(): PendingInterpolation[] {
    return this.#input.pending;
  }

  protected get kind(): TokenKind {
    return this.#input.tokens.kindAt(this.currIdx + 1);
  }

  /** The kind of the token at a distance from here; `end-of-text` before the first and behind the last token. */
  protected kindAt(distance: number): TokenKind {
    return this.#input.tokens.kindAt(this.currIdx + 1 + distance);
  }

  /** Whether the next token is a variable that is assigned to, it or a part of it. */
  protected get isAtTarget(): boolean {
    return isTarget((index) => this.#input.tokens.kindAt(index), this.currIdx + 1);
  }

  /** The offset of the next token; behind the last token, the offset of its end. */
  protected get start(): number {
    const { tokens } = this.#input;
    const at = this.currIdx + 1;
    return at < tokens.length ? tokens.startAt(at) : this.lastEnd;
  }

  /** The offset of the token at a distance from here. */
  protected startAt(distance: number): number {
    return this.#input.tokens.startAt(this.currIdx + 1 + distance);
  }

  /** The offset of the token that was taken last. */
  protected get lastStart(): number {
    return this.#input.tokens.startAt(this.currIdx);
  }

  /** The offset behind the token that was taken last. */
  protected get lastEnd(): number {
    return this.#input.tokens.endAt(this.currIdx);
  }

  protected get lastRange(): Range {
    return { start: this.lastStart, end: this.lastEnd };
  }

  protected get range(): Range {
    const { tokens } = this.#input;
    const at = this.currIdx + 1;
    return { start: this.start, end: at < tokens.length ? tokens.endAt(at) : this.lastEnd };
  }

  protected get text(): string {
    return this.#input.tokens.textAt(this.currIdx + 1);
  }

  /** A part of the text of the last taken token: `from` counts from its beginning, a negative `to` from its end. */
  protected lastText(from = 0, to = 0): string {
    return this.#input.tokens.slice(this.lastStart + from, this.lastEnd + to);
  }

  /** The name of the variable that was taken last; its dollar may have been forgotten, which was reported. */
  protected get lastName(): string {
    const text = this.lastText();
    return text.startsWith('$') ? text.slice(1) : text;
  }

  /** Takes a variable; a name without its dollar is reported, and taken, too. */
  protected variable(occurrence: number): void {
    if (this.isRecovering && this.kind !== 'variable' && identifier.test(this.text) && !this.isAtLineEnd) {
      this.report(this.range, 'U0214', { name: this.text });
      this.SKIP_TOKEN();
    } else this.consume(occurrence, this.types.variable);
  }

  protected textOf({ start, end }: Range): string {
    return this.#input.tokens.slice(start, end);
  }

  protected get isAtEnd(): boolean {
    return this.kind === 'end-of-text';
  }

  protected get isAtName(): boolean {
    return names.has(this.kind);
  }

  /** Whether no other part of the statement can follow on this line. */
  protected get isAtLineEnd(): boolean {
    return this.kind === 'terminator' || this.isAtEnd;
  }

  /** Returns the result of `rule`; undefined when it was given up, which has been reported then. */
  protected attempt<Result>(rule: () => Result): Result | undefined {
    try {
      return rule();
    } catch (thrown) {
      this.giveUp(thrown);
      return undefined;
    }
  }

  /** Reports an error of Chevrotain; throws what is no mistake of the text. */
  protected giveUp(thrown: unknown): void {
    if (thrown !== abandoned) {
      if (!(thrown instanceof Error && isRecognitionException(thrown)) || this.RECORDING_PHASE) throw thrown;
      this.reportExpected(thrown.message);
      this.errors = [];
    }
    // More messages than these are not shown, so the rest of the text is not looked at.
    if (this.#input.sink.isFull) while (!this.isAtEnd) this.SKIP_TOKEN();
  }

  /** Reports that the next token belongs before another part of its statement. */
  protected reportBehind(word: string, before: string, place: string): void {
    this.report(this.range, 'U0212', { word, before, suggestion: `move it before ${place}` });
  }

  protected abandon(expected: string): never {
    this.reportExpected(expected);
    throw abandoned;
  }

  protected report<Code extends DiagnosticCode>(range: Range, code: Code, parameters: ParametersOf<Code>): void {
    this.#input.sink.report(range, code, parameters);
  }

  /** Whether a message about this part of the text was given. */
  protected isReported(range: Range): boolean {
    const { source, found } = this.#input.sink;
    const { file, start, end } = source.span(range);
    return found.some(({ span }) => span.file === file && span.start >= start && span.start < end);
  }

  /** Reports that something else was expected at the next token. */
  protected reportExpected(expected: string): void {
    const end = this.lastEnd;
    if (this.isAtLineEnd) this.report({ start: Math.max(0, end - 1), end }, 'U0202', { expected });
    else if (this.kind === 'in')
      this.report(this.range, 'U0209', { written: this.text, suggestion: 'write contains(list, value)' });
    else this.report(this.range, 'U0201', { expected, found: this.described });
  }

  /** The next token, as messages name it. */
  protected get described(): string {
    return describeToken({ kind: this.kind, text: this.text });
  }

  protected get lastDescribed(): string {
    return describeToken({ kind: this.kindAt(-1), text: this.lastText() });
  }
}
