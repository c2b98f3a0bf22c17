// The grammar of commands: a word and its parts, which may be blocks. The meaning of the parts, and the parts that a
// command accepts, come from the catalogue (checker/commands/bind-command.ts).
import type { IOrAlt, TokenType } from 'chevrotain';
import { trimmed } from '../../base/trimmed-list.ts';
import { isWord, type TokenKind } from '../lexer/token.ts';
import type {
  Block,
  BlockPart,
  CallExpression,
  ChangeOperator,
  CommandNode,
  CommandPart,
  Expression,
  Statement,
} from '../tree/ast.ts';
import type { Range } from '../tree/source-text.ts';
import { ExpressionParser, noExpression, orClosing } from './expression-parser.ts';
import type { ParserInput, Rule } from './token-cursor.ts';

export interface OpenBlock extends Range {
  readonly name: string;
}

const changeOperators: Readonly<Record<string, ChangeOperator>> = { '+=': '+', '-=': '-', '*=': '*', '/=': '/' };

/** `$x += value` means `$x = $x + value`. */
function changed(
  { name, target, start, end }: { readonly name: string; readonly target: Range } & Range,
  operator: ChangeOperator,
  value: Expression | CommandNode,
): Expression | CommandNode {
  if (value.kind === 'command') return value;
  return {
    kind: 'chain',
    first: { kind: 'variable', name, ...target },
    rest: [{ operator, operand: value }],
    start,
    end,
  };
}

const headCharactersMax = 200;
const blockStarts: ReadonlySet<TokenKind> = new Set<TokenKind>(['do']);

/** Must be completed by a subclass that knows statements. */
export abstract class CommandParser extends ExpressionParser {
  /** The last block whose END stands farther left than the block: its END is probably that of a block around it. */
  #doubtful: OpenBlock | undefined;

  /** One parser serves all texts, so nothing of the text before may be left. */
  protected override parseBy<Result>(input: ParserInput, rule: () => Result): Result {
    this.#doubtful = undefined;
    return super.parseBy(input, rule);
  }

  /** The statements inside a block; there may be none. */
  protected abstract readonly block: Rule<Block>;

  /** An expression before THEN or DO. Tokens that cannot be understood are skipped. */
  protected head(occurrence: number, kind: 'then' | 'do'): Expression {
    const found = this.attempt(() => this.value(occurrence));
    const isWhole = this.kind === kind || this.isAtLineEnd;
    this.skipTo(occurrence, kind);
    // What is left of a value that goes on in a form nobody knows says nothing about its type.
    return isWhole && found !== undefined ? found : noExpression;
  }

  /** Takes THEN or DO, and skips the tokens before it on this line. */
  protected skipTo(occurrence: number, kind: 'then' | 'do'): void {
    if (this.isRecovering && this.kind === 'terminator' && this.#isBehindLineEnds(kind)) {
      while (this.kind === 'terminator') this.SKIP_TOKEN();
      // A brace was reported.
      if (this.text !== '{') this.report(this.range, 'U0211', { word: kind.toUpperCase() });
    } else if (this.isRecovering && this.kind !== kind) {
      this.reportExpected(kind.toUpperCase());
      while (this.kind !== kind && !this.isAtLineEnd) this.SKIP_TOKEN();
      if (this.kind !== kind) return;
    }
    this.consume(occurrence, this.types[kind]);
  }

  #isBehindLineEnds(kind: 'then' | 'do'): boolean {
    let distance = 1;
    while (this.kindAt(distance) === 'terminator') distance++;
    return this.kindAt(distance) === kind;
  }

  /** The block whose first word was taken last. */
  protected opened(name: string): OpenBlock {
    return { name, ...this.lastRange };
  }

  /** Takes the END of a block, or reports that there is none. */
  protected close(occurrence: number, opening: OpenBlock): void {
    if (this.isRecovering && this.kind === 'end' && this.#isFartherLeft(opening)) this.#doubtful = opening;
    if (!this.isRecovering || this.kind === 'end') this.consume(occurrence, this.types.end);
    // Behind a colon in place of THEN or DO, which was reported, nobody writes END.
    else if (!this.#isBehindColon(opening)) {
      const inner = this.#doubtful;
      const open = inner !== undefined && inner.start > opening.start ? inner : opening;
      this.#doubtful = undefined;
      this.report(open, 'U0204', { opening: open.name });
    }
  }

  /** Whether the END that comes next stands farther left than the line that opens its block. */
  #isFartherLeft({ start }: OpenBlock): boolean {
    const indent = (offset: number): string =>
      this.textOf({ start: offset - headCharactersMax, end: offset }).replace(/^[\s\S]*[\r\n]/, '');
    const end = indent(this.start);
    return end.trim() === '' && end.length < indent(start).length - indent(start).trimStart().length;
  }

  /** Whether the line that opens a block ends in a colon and is wrong; a word may end in a colon as well. */
  #isBehindColon({ start }: OpenBlock): boolean {
    const line = /^[^\r\n#]*:(?=[ \t]*(?:[\r\n#]|$))/.exec(this.textOf({ start, end: start + headCharactersMax }));
    return line !== null && this.isReported({ start, end: start + line[0].length });
  }

  readonly #assigned: IOrAlt<Expression | CommandNode>[] = [
    { ALT: () => this.SUBRULE(this.command) },
    { ALT: () => this.SUBRULE(this.expression) },
  ];

  protected readonly assignment: Rule<Statement> = this.rule('assignment', () => {
    this.CONSUME(this.types.variable);
    const target = this.lastRange;
    const name = this.lastName;
    const isWhole = this.isRecovering && (this.kind === 'assign' || this.kind === 'change');
    const steps = isWhole ? [] : this.steps();
    let operator: ChangeOperator | undefined;
    const value = this.OR2([
      { ALT: () => this.#set() },
      {
        ALT: () => {
          this.CONSUME(this.types.change);
          operator = changeOperators[this.lastText()];
          return this.value(2);
        },
      },
    ]);
    const place = { name, target, start: target.start, end: this.lastEnd };
    if (steps.length > 0) return { kind: 'change', steps, ...(operator && { operator }), value, ...place };
    return { kind: 'assign', value: operator === undefined ? value : changed(place, operator, value), ...place };
  });

  #set(): Expression | CommandNode {
    this.CONSUME(this.types.assign);
    return this.#assignedValue();
  }

  #assignedValue(): Expression | CommandNode {
    // As `optional`: three calls fewer for each of the blocks that may stand in each other here.
    if (this.isRecovering && isWord(this.kind)) return this.SUBRULE(this.command);
    return this.isRecovering && !this.isAtExpression ? this.missingValue() : this.OR(this.#assigned);
  }

  readonly #parts: IOrAlt<CommandPart>[] = [
    { ALT: () => this.#wordOrCall() },
    { ALT: () => this.SUBRULE(this.primary) },
    { ALT: () => this.#equals() },
  ];

  protected readonly command: Rule<CommandNode> = this.rule('command', () => {
    const first = this.word(0);
    const parts: CommandPart[] = [first];
    this.MANY(() => {
      const before = parts.at(-1) ?? first;
      const part = this.OR(this.#parts);
      const apart = part.kind === 'equals' || before.kind === 'equals' || before.end !== part.start;
      if (apart) parts.push(part);
      else if (this.isRecovering) this.report(part, 'U0109', {});
      if (part.kind === 'equals' || !this.isRecovering) this.optional(0, blockStarts, () => parts.push(this.#block(0)));
    });
    const own = this.optional(1, blockStarts, () => this.#block(1));
    const range = { start: first.start, end: this.lastEnd };
    if (own === undefined) return { kind: 'command', parts: trimmed(parts), ...range };
    return { kind: 'command', parts, block: { body: own.body, range: own.inside }, ...range };
  });

  #equals(): CommandPart {
    this.CONSUME(this.types.equals);
    return { kind: 'equals', ...this.lastRange };
  }

  #block(occurrence: number): BlockPart {
    this.consume(occurrence, this.types.do);
    const opening = this.opened('this DO');
    const body = this.subrule(occurrence, this.block);
    const inside = { start: opening.end, end: this.start };
    this.close(occurrence, opening);
    return { kind: 'block', body, inside, start: opening.start, end: this.lastEnd };
  }

  protected word(occurrence: number): Expression {
    this.consume(occurrence, this.sets.WORD);
    return { kind: 'word', text: this.lastText(), ...this.lastRange };
  }

  /** Whether a word is here whose bracket touches it: the call of a function. */
  protected get isAtCall(): boolean {
    return isWord(this.kind) && this.kindAt(1) === 'open-round' && this.startAt(1) === this.range.end;
  }

  protected readonly call: Rule<Statement> = this.rule('call', () => {
    const start = this.start;
    const name = this.#calledName(2);
    const call: CallExpression = { kind: 'call', name, arguments: this.#values(0), start, end: this.lastEnd };
    return { kind: 'call-alone', call, start, end: call.end };
  });

  #calledName(occurrence: number): string {
    const word = this.word(occurrence);
    return word.kind === 'word' ? word.text.toLowerCase() : '';
  }

  /** A word, or the call of a function, whose bracket touches its name. */
  #wordOrCall(): Expression {
    const { isAtCall, start } = this;
    if (this.isRecovering && !isAtCall) return this.word(1);
    const name = this.#calledName(1);
    const values = this.OPTION2(() => this.#values(0)) ?? [];
    return { kind: 'call', name, arguments: values, start, end: this.lastEnd };
  }

  /** The values of a call, with their brackets. */
  #values(occurrence: number): readonly Expression[] {
    const values: Expression[] = [];
    this.consume(occurrence, this.types['open-round'], { LABEL: 'CALL' });
    this.items('MANY_SEP', 'close-round', () => values.push(this.inside(2)));
    this.consume(occurrence, this.types['close-round'], { ERR_MSG: orClosing('close-round') });
    return trimmed(values);
  }

  /** Takes a word that is not a word of the language; another word in its place is reported, and taken, too. */
  protected keyword(occurrence: number, expected: string): void {
    if (this.isRecovering && this.text.toUpperCase() !== expected) this.reportExpected(expected);
    this.spelled(occurrence, this.sets.WORD, `"${expected}"`);
  }

  /** Takes a token that the grammar spells in its own way here. */
  protected spelled(occurrence: number, type: TokenType, spelling: string): void {
    this.consume(occurrence, type, { LABEL: spelling });
  }
}
