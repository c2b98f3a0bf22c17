// The place of a parser among its tokens, and its messages about tokens that it expects and does not find.
//
// A rule that cannot go on reports what it expected and throws `Abandoned`. An outer rule that knows where the text
// makes sense again catches it, at the latest the rule of the statement. So one mistake gives one message, and the text
// behind it gets its own.
import type { DiagnosticCode, DiagnosticSink, ParametersOf } from '../diagnostics/diagnostics.ts';
import { describeToken, isWord, labelOf, names, type TokenKind } from '../lexer/token.ts';
import type { TokenList } from '../lexer/token-list.ts';
import type { Range } from '../tree/source-text.ts';

/** Thrown when a rule is given up; the reason was reported. */
class Abandoned extends Error {}
// One object for all mistakes: its stack is of no use, and a text may have very many mistakes.
const abandoned = new Abandoned('a rule was given up');

export class TokenCursor {
  readonly #sink: DiagnosticSink;
  readonly #tokens: TokenList;
  #at = 0;

  constructor(tokens: TokenList, sink: DiagnosticSink) {
    this.#tokens = tokens;
    this.#sink = sink;
  }

  protected get kind(): TokenKind {
    return this.kindAt(0);
  }

  /** The kind of the token at a distance from here; `end-of-text` before the first and behind the last token. */
  protected kindAt(distance: number): TokenKind {
    return this.#tokens.kindAt(this.#at + distance);
  }

  /** The offset of the next token; behind the last token, the offset of its end. */
  protected get start(): number {
    return this.#at < this.#tokens.length ? this.#tokens.startAt(this.#at) : this.lastEnd;
  }

  /** The offset behind the token that was taken last. */
  protected get lastEnd(): number {
    return this.#at > 0 ? this.#tokens.endAt(this.#at - 1) : 0;
  }

  protected get range(): Range {
    const end = this.#at < this.#tokens.length ? this.#tokens.endAt(this.#at) : this.lastEnd;
    return { start: this.start, end };
  }

  protected get text(): string {
    return this.#tokens.textAt(this.#at);
  }

  /** A part of the text of the last taken token: `from` counts from its beginning, a negative `to` from its end. */
  protected lastText(from = 0, to = 0): string {
    const last = this.#at - 1;
    return this.#tokens.slice(this.#tokens.startAt(last) + from, this.#tokens.endAt(last) + to);
  }

  /** Takes the next token; returns its offset. */
  protected take(): number {
    const { start } = this;
    this.#at++;
    return start;
  }

  protected takeIf(kind: TokenKind): boolean {
    if (this.kind !== kind) return false;
    this.#at++;
    return true;
  }

  /** Takes a token of this kind, or abandons the rule. */
  protected expect(kind: TokenKind): number {
    if (this.kind !== kind) this.abandon(labelOf(kind));
    return this.take();
  }

  protected expectWord(): number {
    if (!isWord(this.kind)) this.abandon(labelOf('word'));
    return this.take();
  }

  protected get isAtName(): boolean {
    return names.has(this.kind);
  }

  /** Whether no other part of the statement can follow on this line. */
  protected get isAtLineEnd(): boolean {
    return this.kind === 'terminator' || this.kind === 'end-of-text';
  }

  /** Returns the result of `rule`; undefined when the rule was abandoned. */
  protected attempt<Result>(rule: () => Result): Result | undefined {
    try {
      return rule();
    } catch (thrown) {
      if (thrown !== abandoned) throw thrown;
      return undefined;
    }
  }

  protected abandon(expected: string): never {
    this.reportExpected(expected);
    throw abandoned;
  }

  protected report<Code extends DiagnosticCode>(range: Range, code: Code, parameters: ParametersOf<Code>): void {
    this.#sink.report(range, code, parameters);
  }

  /** Reports that something else was expected at the next token. */
  protected reportExpected(expected: string): void {
    const end = this.lastEnd;
    if (this.isAtLineEnd) this.report({ start: Math.max(0, end - 1), end }, 'U0202', { expected });
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
