// The grammar of commands and of what they are given: a word and its parts, which may be blocks. What a command accepts is
// not said here: the catalogue says what the parts mean (checker/bind-command.ts).
import { EOF, type IToken, type ParserMethod, type TokenType } from 'chevrotain';
import type { Block, BlockPart, CommandNode, CommandPart, Expression, Statement } from '../ast.ts';
import { isKind, rangeOf } from '../lexer/tokenize.ts';
import * as tokens from '../lexer/tokens.ts';
import type { Range } from '../source-text.ts';
import { ExpressionParser, noExpression } from './expression-parser.ts';

export interface OpenBlock extends Range {
  readonly name: string;
}

const nowhere: Range = { start: 0, end: 0 };

/** Must be completed by a subclass that knows statements. */
export abstract class CommandParser extends ExpressionParser {
  /** The statements inside a block. */
  abstract readonly body: ParserMethod<[], Block>;

  /** Leaves behind what stands before THEN or DO on this line. */
  protected skipTo(kind: TokenType, name: string): void {
    if (this.RECORDING_PHASE || isKind(this.LA(1), kind)) return;
    this.reportExpected(name);
    while (!isKind(this.LA(1), kind) && !isKind(this.LA(1), tokens.Terminator) && this.LA(1).tokenType !== EOF)
      this.SKIP_TOKEN();
  }

  /** `end` is its END, if there was one. */
  protected closed(opening: OpenBlock, end: IToken | undefined): void {
    if (!this.RECORDING_PHASE && end === undefined) this.reportAt(opening, 'U0204', { opening: opening.name });
  }

  readonly assignment = this.RULE('assignment', (): Statement => {
    const target = this.CONSUME(tokens.Variable);
    this.CONSUME(tokens.Assign);
    const value = this.OR<Expression | CommandNode>([
      { ALT: () => this.SUBRULE(this.command) },
      { ALT: () => this.SUBRULE(this.expression) },
      { ALT: () => this.missingValue() },
    ]);
    return {
      kind: 'assign',
      name: target.image.slice(1),
      target: rangeOf(target),
      value,
      start: target.startOffset,
      end: this.lastEnd(),
    };
  });

  readonly command = this.RULE(
    'command',
    (): CommandNode => {
      const first = this.CONSUME(tokens.Word);
      const parts: CommandPart[] = [this.word(first)];
      this.MANY({
        GATE: () => this.#isPart(),
        DEF: () => {
          const part = this.OR<CommandPart>([
            { GATE: () => this.#isPart(), ALT: () => this.SUBRULE1(this.block) },
            { ALT: () => this.SUBRULE(this.part) },
          ]);
          const before = parts[parts.length - 1];
          const apart = part?.kind === 'equals' || before?.kind === 'equals' || before?.end !== part?.start;
          if (!apart && part !== undefined) this.reportAt(part, 'U0109', {});
          else if (part !== undefined) parts.push(part);
        },
      });
      const block = this.OPTION(() => this.SUBRULE2(this.block));
      return {
        kind: 'command',
        parts,
        ...(block === undefined ? {} : { block: { body: block.body, range: block.inside } }),
        start: first.startOffset,
        end: this.lastEnd(),
      };
    },
    { recoveryValueFunc: (): CommandNode => ({ kind: 'command', parts: [], start: 0, end: 0 }) },
  );

  /** DO is a part only behind `=`; elsewhere the block is the command's own, and ends it. */
  #isPart(): boolean {
    return !isKind(this.LA(1), tokens.Do) || this.LA(0).tokenType === tokens.Equals;
  }

  readonly block = this.RULE(
    'block',
    (): BlockPart => {
      const opening = this.CONSUME(tokens.Do);
      const body = this.SUBRULE(this.body);
      const inside = { start: this.RECORDING_PHASE ? 0 : tokens.tokenEnd(opening), end: this.LA(1).startOffset };
      const end = this.OPTION(() => this.CONSUME(tokens.End));
      this.closed({ name: 'this DO', ...rangeOf(opening) }, end);
      return {
        kind: 'block',
        body,
        inside: { start: inside.start, end: Number.isNaN(inside.end) ? this.lastEnd() : inside.end },
        start: opening.startOffset,
        end: this.lastEnd(),
      };
    },
    { recoveryValueFunc: (): BlockPart => ({ kind: 'block', body: [], inside: nowhere, ...nowhere }) },
  );

  protected word(token: IToken): Expression {
    return { kind: 'word', text: token.image, ...rangeOf(token) };
  }

  /** A word, or the call of a function: then its bracket touches it. */
  readonly wordOrCall = this.RULE(
    'wordOrCall',
    (): Expression => {
      const word = this.CONSUME(tokens.Word);
      const given = this.OPTION({
        GATE: () => this.LA(1).startOffset === tokens.tokenEnd(this.LA(0)),
        DEF: () => {
          const values: Expression[] = [];
          this.CONSUME(tokens.OpenRound);
          this.MANY_SEP({ SEP: tokens.Comma, DEF: () => values.push(this.SUBRULE(this.expression)) });
          this.CONSUME(tokens.CloseRound);
          return values;
        },
      });
      if (given === undefined) return this.word(word);
      return {
        kind: 'call',
        name: word.image.toLowerCase(),
        arguments: given,
        start: word.startOffset,
        end: this.lastEnd(),
      };
    },
    { recoveryValueFunc: () => noExpression },
  );

  readonly part = this.RULE(
    'part',
    (): CommandPart =>
      this.OR<CommandPart>([
        { ALT: () => this.SUBRULE(this.wordOrCall) },
        { ALT: () => ({ kind: 'equals', ...rangeOf(this.CONSUME(tokens.Equals)) }) },
        { ALT: () => this.SUBRULE(this.primary) },
      ]),
    { recoveryValueFunc: () => noExpression },
  );
}
