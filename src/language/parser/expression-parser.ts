// The grammar of expressions; statements are built on it (script-parser.ts). A missing expression is reported, and an
// error expression stands in its place, so every reader of the tree always finds an expression.
//
// Operators by precedence, loosest first:
//   OR,  AND,  NOT,  = <> < <= > >= (not chained),  + -,  * / %,  unary minus
// The depth of the recursion is that of brackets and of precedence, never the length of the text.
import { trimmed } from '../../base/trimmed-list.ts';
import type { DiagnosticSink } from '../diagnostics/diagnostics.ts';
import { stringPieces } from '../lexer/string-scanner.ts';
import { labelOf, type OperatorKind, type TokenKind } from '../lexer/token.ts';
import type { TokenList } from '../lexer/token-list.ts';
import type {
  BinaryOperator,
  ChainExpression,
  Expression,
  PathStep,
  RecordExpression,
  TemplatePiece,
  UnaryExpression,
} from '../tree/ast.ts';
import type { Range } from '../tree/source-text.ts';
import { parseLiteral } from '../values/units.ts';
import { TokenCursor } from './token-cursor.ts';

/** An interpolated expression that is still text; `fill` puts the parsed one into its place. */
export interface PendingInterpolation extends Range {
  readonly fill: (expression: Expression) => void;
}

/** Stands for an expression that was given up; the reason was reported. */
export const noExpression: Expression = { kind: 'error', start: 0, end: 0 };
const errorAt = (range: Range): Expression => ({ kind: 'error', start: range.start, end: range.end });

const operatorOf: Readonly<Record<OperatorKind, { readonly operator: BinaryOperator; readonly level: number }>> = {
  or: { operator: 'or', level: 0 },
  and: { operator: 'and', level: 1 },
  same: { operator: '=', level: 2 },
  'not-equal': { operator: '<>', level: 2 },
  less: { operator: '<', level: 2 },
  'at-most': { operator: '<=', level: 2 },
  greater: { operator: '>', level: 2 },
  'at-least': { operator: '>=', level: 2 },
  plus: { operator: '+', level: 3 },
  minus: { operator: '-', level: 3 },
  times: { operator: '*', level: 4 },
  divide: { operator: '/', level: 4 },
  modulo: { operator: '%', level: 4 },
};
const operatorTable: ReadonlyMap<TokenKind, (typeof operatorOf)[OperatorKind]> = new Map(
  Object.entries(operatorOf) as [OperatorKind, (typeof operatorOf)[OperatorKind]][],
);
const comparisonLevel = 2;

export class ExpressionParser extends TokenCursor {
  readonly #pending: PendingInterpolation[];

  constructor(tokens: TokenList, sink: DiagnosticSink, pending: PendingInterpolation[]) {
    super(tokens, sink);
    this.#pending = pending;
  }

  /**
   * Parses the inside of the braces of a string, where a leading bare name is a variable; reports tokens that are left.
   */
  interpolation(): Expression | undefined {
    return this.attempt(() => {
      const isVariable = this.isAtName && this.kindAt(1) !== 'open-round';
      const expression = isVariable ? this.#binary(0, this.#steps(this.#bareVariable())) : this.value();
      if (this.kind !== 'end-of-text') this.report(this.range, 'U0201', { expected: '}', found: this.described });
      return expression;
    });
  }

  #bareVariable(): Expression {
    const start = this.take();
    return { kind: 'variable', name: this.lastText(), start, end: this.lastEnd };
  }

  protected missingValue(): Expression {
    this.reportExpected('a value');
    return errorAt({ start: this.lastEnd, end: this.lastEnd });
  }

  /** Whether a value begins here; in a command a NOT or a minus begins none. */
  protected get isAtPrimary(): boolean {
    switch (this.kind) {
      case 'variable':
      case 'literal':
      case 'string':
      case 'raw-string':
      case 'unclosed-string':
      case 'unclosed-block':
      case 'open-round':
      case 'open-square':
      case 'open-curly':
        return true;
      default:
        return this.isAtName;
    }
  }

  protected get isAtExpression(): boolean {
    return this.isAtPrimary || this.kind === 'not' || this.kind === 'minus';
  }

  /** An expression that has to be here; a missing one is reported, and the parser goes on. */
  protected value(): Expression {
    return this.isAtExpression ? this.expression() : this.missingValue();
  }

  protected expression(): Expression {
    return this.#binary(0);
  }

  /** An expression of operators that bind at least as tightly as `loosest`; `first` has been read. */
  #binary(loosest: number, first?: Expression): Expression {
    let left = first ?? this.#prefixed(loosest);
    for (;;) {
      const level = operatorTable.get(this.kind)?.level ?? -1;
      if (level < loosest) return left;
      left = this.#chain(left, level);
    }
  }

  /** A flat chain of operands, so that a long sum is not a deep tree. */
  #chain(first: Expression, level: number): ChainExpression {
    const rest: ChainExpression['rest'][number][] = [];
    let end = first.end;
    for (;;) {
      const found = operatorTable.get(this.kind);
      if (found?.level !== level) return { kind: 'chain', first, rest: trimmed(rest), start: first.start, end };
      if (level === comparisonLevel && rest.length === 1) this.report(this.range, 'U0207', {});
      this.take();
      const operand = this.isAtExpression ? this.#binary(level + 1) : this.missingValue();
      rest.push({ operator: found.operator, operand });
      end = operand.end;
    }
  }

  /** NOT binds looser than a comparison: NOT $a = $b is NOT ($a = $b). */
  #prefixed(loosest: number): Expression {
    const { kind, start } = this;
    if (kind !== 'not' && kind !== 'minus') return this.primary();
    if (kind === 'minus' || loosest > comparisonLevel) return this.#tightlyPrefixed();
    let count = 0;
    for (; this.takeIf('not'); count++);
    const operand = this.isAtExpression ? this.#binary(comparisonLevel) : this.missingValue();
    return count % 2 === 1 ? { kind: 'unary', operator: 'not', operand, start, end: operand.end } : operand;
  }

  #tightlyPrefixed(): Expression {
    const prefixes: Pick<UnaryExpression, 'operator' | 'start'>[] = [];
    for (; this.kind === 'not' || this.kind === 'minus'; this.take())
      prefixes.push({ operator: this.kind, start: this.start });
    let expression = this.isAtPrimary ? this.primary() : this.missingValue();
    // Two minuses or two NOTs cancel each other, so that a million of them stay a flat tree.
    for (const { operator, start } of prefixes.reverse()) {
      if (expression.kind === 'unary' && expression.operator === operator) expression = expression.operand;
      else expression = { kind: 'unary', operator, operand: expression, start, end: expression.end };
    }
    return expression;
  }

  protected primary(): Expression {
    return this.#steps(this.#base());
  }

  #base(): Expression {
    switch (this.kind) {
      case 'literal':
        return this.#literal();
      case 'string':
        return this.#string();
      case 'raw-string': {
        const start = this.take();
        return { kind: 'literal', value: this.lastText(1, -1), start, end: this.lastEnd };
      }
      case 'unclosed-string':
      case 'unclosed-block': {
        const start = this.take();
        return { kind: 'error', start, end: this.lastEnd };
      }
      case 'variable': {
        const start = this.take();
        return { kind: 'variable', name: this.lastText(1), start, end: this.lastEnd };
      }
      case 'open-round':
        return this.#bracketed();
      case 'open-square': {
        const start = this.take();
        const items = this.#values('close-square');
        return { kind: 'list', items, start, end: this.lastEnd };
      }
      case 'open-curly':
        return this.#record();
      default:
        return this.isAtName ? this.#named() : this.abandon('a value');
    }
  }

  #bracketed(): Expression {
    const start = this.take();
    const inside = this.value();
    this.expect('close-round');
    return { ...inside, start, end: this.lastEnd };
  }

  /** Values with commas between them, and the bracket that closes them. */
  #values(closing: TokenKind): Expression[] {
    if (this.takeIf(closing)) return [];
    const values: Expression[] = [];
    do values.push(this.value());
    while (this.takeIf('comma'));
    this.closeList(closing);
    return trimmed(values);
  }

  /** Takes the closing bracket behind the items of a list; otherwise reports that a comma or the bracket is missing. */
  protected closeList(closing: TokenKind): number {
    return this.kind === closing ? this.take() : this.abandon(`, or ${labelOf(closing)}`);
  }

  /** The values of a call, from its bracket on. */
  protected callArguments(): Expression[] {
    this.expect('open-round');
    return this.#values('close-round');
  }

  /** Fields and items that are taken from a value. */
  #steps(base: Expression): Expression {
    if (this.kind !== 'field' && this.kind !== 'index') return base;
    const steps: PathStep[] = [];
    for (;;) {
      const start = this.start;
      if (this.takeIf('field')) steps.push({ kind: 'field', name: this.lastText(1), start, end: this.lastEnd });
      else if (this.takeIf('index')) {
        const index = this.value();
        this.expect('close-square');
        steps.push({ kind: 'index', index, start, end: this.lastEnd });
      } else return { kind: 'path', base, steps, start: base.start, end: this.lastEnd };
    }
  }

  /** TRUE, FALSE, NONE, or a call of a function. */
  #named(): Expression {
    const { kind } = this;
    const start = this.take();
    const end = this.lastEnd;
    const text = this.lastText();
    if (this.kind === 'open-round')
      return {
        kind: 'call',
        name: text.toLowerCase(),
        arguments: this.callArguments(),
        start,
        end: this.lastEnd,
      };
    if (kind === 'true' || kind === 'false') return { kind: 'literal', value: kind === 'true', start, end };
    if (kind === 'none') return { kind: 'literal', value: { kind: 'none' }, start, end };
    return { kind: 'word', text, start, end };
  }

  #record(): RecordExpression {
    const start = this.take();
    const fields: { name: string; value: Expression }[] = [];
    if (!this.takeIf('close-curly')) {
      do fields.push(this.#recordField());
      while (this.takeIf('comma'));
      this.closeList('close-curly');
    }
    return { kind: 'record', fields, start, end: this.lastEnd };
  }

  #recordField(): { name: string; value: Expression } {
    const isQuoted = this.kind === 'string' || this.kind === 'raw-string';
    if (!isQuoted && !this.isAtName) this.abandon('the name of a field');
    this.take();
    const name = isQuoted ? this.lastText(1, -1) : this.lastText();
    this.expect('colon');
    return { name, value: this.value() };
  }

  #literal(): Expression {
    const start = this.take();
    const end = this.lastEnd;
    const text = this.lastText();
    const value = parseLiteral(text);
    if (typeof value !== 'object' || value.kind !== 'invalid') return { kind: 'literal', value, start, end };
    this.report({ start, end }, 'U0108', { literal: text.slice(0, 40), reason: value.reason });
    return { kind: 'error', start, end };
  }

  #string(): Expression {
    const start = this.take();
    const end = this.lastEnd;
    const text = this.lastText();
    const isPlain = !text.includes('$') && text.indexOf('"', 1) === text.length - 1;
    if (isPlain) return { kind: 'literal', value: text.slice(1, -1), start, end };
    const pieces: TemplatePiece[] = [];
    for (const piece of stringPieces(text, 0, text.length)) {
      if (piece.kind === 'text') {
        pieces.push(piece.text);
        continue;
      }
      const place = { start: start + piece.start, end: start + piece.end };
      if (piece.kind === 'variable') pieces.push({ kind: 'variable', name: piece.name, ...place });
      else {
        const index = pieces.push(errorAt(place)) - 1;
        this.#pending.push({
          ...place,
          fill: (expression) => {
            pieces[index] = expression;
          },
        });
      }
    }
    const isText = !text.includes('$');
    if (isText) return { kind: 'literal', value: pieces.join(''), start, end };
    return { kind: 'template', pieces, start, end };
  }
}
