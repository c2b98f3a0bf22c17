// The grammar of commands: a word and its parts, which may be blocks. The meaning of the parts, and the parts that a
// command accepts, come from the catalogue (checker/bind-command.ts).
import { trimmed } from '../../base/trimmed-list.ts';
import { isWord } from '../lexer/token.ts';
import type { Block, BlockPart, CommandNode, CommandPart, Expression, Statement } from '../tree/ast.ts';
import type { Range } from '../tree/source-text.ts';
import { ExpressionParser, noExpression } from './expression-parser.ts';

export interface OpenBlock extends Range {
  readonly name: string;
}

/** Must be completed by a subclass that knows statements. */
export abstract class CommandParser extends ExpressionParser {
  /** The statements inside a block; there may be none. */
  protected abstract body(): Block;

  /** An expression before THEN or DO. Tokens that cannot be understood are skipped. */
  protected head(kind: 'then' | 'do'): Expression {
    const found = this.attempt(() => this.value());
    this.skipTo(kind);
    return found ?? noExpression;
  }

  /** Skips the tokens before THEN or DO on this line. */
  protected skipTo(kind: 'then' | 'do'): void {
    if (this.takeIf(kind)) return;
    this.reportExpected(kind.toUpperCase());
    while (this.kind !== kind && !this.isAtLineEnd) this.take();
    this.takeIf(kind);
  }

  /** Takes the END of a block, or reports that there is none. */
  protected close(opening: OpenBlock): void {
    if (!this.takeIf('end')) this.report(opening, 'U0204', { opening: opening.name });
  }

  protected assignment(): Statement {
    const target = this.range;
    this.take();
    const name = this.lastText(1);
    this.take();
    const value = this.kind === 'command' || this.kind === 'word' ? this.command() : this.value();
    return { kind: 'assign', name, target, value, start: target.start, end: this.lastEnd };
  }

  protected command(): CommandNode {
    const first = this.word();
    const parts: CommandPart[] = [first];
    let before: CommandPart = first;
    while (this.#isAtPart()) {
      const part = this.#part();
      const apart = part.kind === 'equals' || before.kind === 'equals' || before.end !== part.start;
      if (apart) {
        parts.push(part);
        before = part;
      } else this.report(part, 'U0109', {});
    }
    if (this.kind !== 'do') return { kind: 'command', parts: trimmed(parts), start: first.start, end: this.lastEnd };
    const { body, inside } = this.#block();
    return { kind: 'command', parts, block: { body, range: inside }, start: first.start, end: this.lastEnd };
  }

  /** DO is a part only behind `=`; elsewhere the block belongs to the command, and ends it. */
  #isAtPart(): boolean {
    const { kind } = this;
    if (kind === 'do') return this.kindAt(-1) === 'equals';
    return kind === 'equals' || isWord(kind) || this.isAtPrimary;
  }

  #part(): CommandPart {
    if (this.kind === 'do') return this.#block();
    if (this.kind === 'equals') {
      const start = this.take();
      return { kind: 'equals', start, end: this.lastEnd };
    }
    return isWord(this.kind) ? this.#wordOrCall() : this.primary();
  }

  #block(): BlockPart {
    const { range } = this;
    this.take();
    const body = this.body();
    const inside = { start: range.end, end: this.start };
    this.close({ name: 'this DO', ...range });
    return { kind: 'block', body, inside, start: range.start, end: this.lastEnd };
  }

  protected word(): Expression {
    const start = this.expectWord();
    return { kind: 'word', text: this.lastText(), start, end: this.lastEnd };
  }

  /** A word, or the call of a function, whose bracket touches its name. */
  #wordOrCall(): Expression {
    const start = this.take();
    const end = this.lastEnd;
    const text = this.lastText();
    const isCall = this.kind === 'open-round' && this.start === end;
    if (!isCall) return { kind: 'word', text, start, end };
    return { kind: 'call', name: text.toLowerCase(), arguments: this.callArguments(), start, end: this.lastEnd };
  }
}
