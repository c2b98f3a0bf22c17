// The grammar of expressions; statements are built on it (script-parser.ts). A missing expression is reported, and an
// error expression stands in its place, so every reader of the tree always finds an expression.
//
// An expression is one rule, and operator-chains.ts knows what binds how. A rule for each precedence would be as right,
// but Chevrotain needs four calls for a rule, and 200 brackets in each other must find room on the stack.
import type { IOrAlt } from 'chevrotain';
import { trimmed } from '../../base/trimmed-list.ts';
import { suggestLiteral } from '../diagnostics/suggest-literal.ts';
import { ourNameOf } from '../functions/suggest-function.ts';
import { isEscapeMark, stringPieces } from '../lexer/string-scanner.ts';
import { labelOf, type TokenKind } from '../lexer/token.ts';
import type { Expression, PathStep, TemplatePiece } from '../tree/ast.ts';
import type { Range } from '../tree/source-text.ts';
import { parseLiteral } from '../values/units.ts';
import { isOperator, OperatorChains, type Prefix } from './operator-chains.ts';
import { type ParserInput, type Rule, TokenCursor } from './token-cursor.ts';

/** Chevrotain tells the uses of a construct in one rule from each other by numbers. */
export type ListMethod = 'MANY_SEP' | 'MANY_SEP1' | 'MANY_SEP2';

/** Stands for an expression that was given up; the reason was reported. */
export const noExpression: Expression = { kind: 'error', start: 0, end: 0 };
const errorAt = (range: Range): Expression => ({ kind: 'error', start: range.start, end: range.end });

const primaryStarts: ReadonlySet<TokenKind> = new Set<TokenKind>([
  'variable',
  'literal',
  'string',
  'raw-string',
  'unclosed-string',
  'unclosed-block',
  'wrong-string',
  'open-round',
  'open-square',
  'open-curly',
]);

export class ExpressionParser extends TokenCursor {
  /** Whether the text is the inside of the braces of a string, where a leading bare name is a variable. */
  #isInterpolation = false;

  /** Parses the inside of the braces of a string; reports tokens that are left. */
  parseInterpolation(input: ParserInput): Expression | undefined {
    this.#isInterpolation = true;
    try {
      return this.parseBy(input, () => this.interpolation());
    } finally {
      this.#isInterpolation = false;
    }
  }

  protected readonly interpolation: Rule<Expression | undefined> = this.rule('interpolation', () =>
    this.attempt(() => {
      const expression = this.inside(0);
      if (this.isRecovering && this.kind !== 'end-of-text')
        this.report(this.range, 'U0201', { expected: '}', found: this.described });
      return expression;
    }),
  );

  protected missingValue(): Expression {
    this.reportExpected('a value');
    return errorAt({ start: this.lastEnd, end: this.lastEnd });
  }

  /** Whether a value begins here; in a command a NOT or a minus begins none. */
  protected get isAtPrimary(): boolean {
    return primaryStarts.has(this.kind) || this.isAtName;
  }

  protected get isAtExpression(): boolean {
    return this.isAtPrimary || this.kind === 'not' || this.kind === 'minus';
  }

  /** An expression that has to be here; a missing one is reported, and the parser goes on. */
  protected value(occurrence: number): Expression {
    if (this.isRecovering && !this.isAtExpression) return this.missingValue();
    return this.subrule(occurrence, this.expression);
  }

  /** What stands in a bracket: an expression, or IF with the values to choose from. */
  protected inside(occurrence: number): Expression {
    return this.isRecovering && this.kind !== 'value-if'
      ? this.value(occurrence)
      : this.subrule(occurrence, this.chosen);
  }

  /** A loop, so that many ELSE IF need no more of the stack than one. */
  protected readonly chosen: Rule<Expression> = this.rule('chosen', () => {
    const { start } = this;
    const branches: { condition: Expression; value: Expression }[] = [];
    this.MANY(() => {
      this.CONSUME(this.types['value-if']);
      const condition = this.value(0);
      this.CONSUME(this.types['value-then']);
      const value = this.value(1);
      this.CONSUME(this.types['value-else']);
      branches.push({ condition, value });
    });
    const otherwise = this.value(2);
    return { kind: 'choice', branches: trimmed(branches), otherwise, start, end: this.lastEnd };
  });

  readonly #operators: IOrAlt<unknown>[] = this.operators.map(([, type]) => ({ ALT: () => this.CONSUME2(type) }));

  protected readonly expression: Rule<Expression> = this.rule('expression', () => {
    const prefixes = this.#prefixes(0);
    const first = this.#operand(0);
    if (this.isRecovering && prefixes.length === 0 && !isOperator(this.kind)) return first;
    const chains = new OperatorChains();
    chains.operand(prefixes, first);
    this.MANY2(() => {
      this.#operator(chains);
      const more = this.#prefixes(1);
      chains.operand(more, this.#operand(1));
    });
    return chains.finish();
  });

  #operator(chains: OperatorChains): void {
    const { kind, range } = this;
    this.OR2(this.#operators);
    if (isOperator(kind) && chains.operator(kind)) this.report(range, 'U0207', {});
  }

  #prefixes(occurrence: number): readonly Prefix[] {
    const prefixes: Prefix[] = [];
    this.many(occurrence, () => {
      const operator = this.kind === 'minus' ? 'minus' : 'not';
      this.or(occurrence, [
        { ALT: () => this.consume(occurrence, this.types.not) },
        { ALT: () => this.consume(occurrence, this.types.minus) },
      ]);
      prefixes.push({ operator, start: this.lastStart });
    });
    return prefixes;
  }

  #operand(occurrence: number): Expression {
    if (this.isRecovering && !this.isAtPrimary) return this.missingValue();
    return this.subrule(occurrence, this.primary);
  }

  readonly #bases: IOrAlt<Expression>[] = [
    { ALT: () => this.#literal() },
    { ALT: () => this.#string() },
    { ALT: () => this.#variable() },
    { ALT: () => this.#named() },
    { ALT: () => this.#bracketed() },
    { ALT: () => this.#list() },
    { ALT: () => this.#record() },
  ];

  readonly #steps: IOrAlt<PathStep>[] = [{ ALT: () => this.#field() }, { ALT: () => this.#index() }];

  protected readonly primary: Rule<Expression> = this.rule('primary', () => {
    const base = this.OR(this.#bases);
    if (this.isRecovering && this.kind !== 'field' && this.kind !== 'index') return base;
    const steps = this.steps();
    const last = steps.at(-1);
    if (this.isRecovering && last?.kind === 'field' && this.kind === 'open-round' && this.start === last.end)
      return this.#method(base, last);
    return { kind: 'path', base, steps, start: base.start, end: this.lastEnd };
  });

  /** The fields and items that touch each other. */
  protected steps(): readonly PathStep[] {
    const steps: PathStep[] = [];
    this.MANY(() => {
      steps.push(this.OR1(this.#steps));
    });
    return trimmed(steps);
  }

  /** `$list.append(…)`: a function behind its value is reported, and its values are checked. */
  #method(base: Expression, field: PathStep & { readonly kind: 'field' }): Expression {
    const name = ourNameOf(field.name) ?? field.name.toLowerCase();
    const value = this.textOf({ start: base.start, end: field.start });
    const more = this.kindAt(1) === 'close-round' ? '' : ', …';
    this.report(field, 'U0213', {
      name: `.${field.name}(…)`,
      suggestion: `write ${name}(${value}${more}): a function stands before its values`,
    });
    this.SKIP_TOKEN();
    if (this.kind !== 'close-round') this.items('MANY_SEP', 'close-round', () => this.value(6));
    if (this.kind !== 'close-round') this.abandon(orClosing('close-round'));
    this.SKIP_TOKEN();
    return errorAt({ start: base.start, end: this.lastEnd });
  }

  #field(): PathStep {
    this.CONSUME(this.types.field);
    return { kind: 'field', name: this.lastText(1), ...this.lastRange };
  }

  #index(): PathStep {
    this.CONSUME(this.types.index, { LABEL: 'INDEX' });
    const start = this.lastStart;
    const index = this.inside(1);
    this.CONSUME(this.types['close-square']);
    return { kind: 'index', index, start, end: this.lastEnd };
  }

  #variable(): Expression {
    this.CONSUME(this.types.variable);
    return { kind: 'variable', name: this.lastText(1), ...this.lastRange };
  }

  #bracketed(): Expression {
    this.CONSUME(this.types['open-round']);
    const start = this.lastStart;
    const inside = this.inside(2);
    if (this.isRecovering && this.kind === 'comma') return this.#roundList(start);
    this.CONSUME(this.types['close-round']);
    return { ...inside, start, end: this.lastEnd };
  }

  /** `(a, b)`: reported, and read as a list. */
  #roundList(start: number): Expression {
    this.report({ start, end: start + 1 }, 'U0215', {});
    while (this.kind === 'comma') {
      this.SKIP_TOKEN();
      this.value(7);
    }
    if (this.kind !== 'close-round') this.abandon(orClosing('close-round'));
    this.SKIP_TOKEN();
    return errorAt({ start, end: this.lastEnd });
  }

  #list(): Expression {
    this.CONSUME(this.types['open-square']);
    const start = this.lastStart;
    const items: Expression[] = [];
    this.items('MANY_SEP', 'close-square', () => items.push(this.inside(3)));
    this.CONSUME1(this.types['close-square'], { ERR_MSG: orClosing('close-square') });
    return { kind: 'list', items: trimmed(items), start, end: this.lastEnd };
  }

  /** Items with commas between them, up to a bracket; when the first is missing, its own rule says so. */
  protected items(method: ListMethod, closing: TokenKind, item: () => void): void {
    let isAny = false;
    this[method]({
      SEP: this.types.comma,
      DEF: () => {
        isAny = true;
        item();
      },
    });
    if (!this.isRecovering || isAny || this.kind === closing) return;
    item();
    while (this.kind === 'comma') {
      this.SKIP_TOKEN();
      item();
    }
  }

  /** TRUE, FALSE, NONE, the call of a function, or a bare name, which the checker reports. */
  #named(): Expression {
    const isVariable = this.#isInterpolation && this.currIdx < 0 && this.kindAt(1) !== 'open-round';
    const { kind } = this;
    this.CONSUME(this.sets.NAME);
    const range = this.lastRange;
    const text = this.lastText();
    if (isVariable) return { kind: 'variable', name: text, ...range };
    const call = this.OPTION(() => {
      this.CONSUME1(this.types['open-round']);
      const values: Expression[] = [];
      this.items('MANY_SEP1', 'close-round', () => values.push(this.inside(4)));
      this.CONSUME1(this.types['close-round'], { ERR_MSG: orClosing('close-round') });
      return trimmed(values);
    });
    if (call !== undefined)
      return { kind: 'call', name: text.toLowerCase(), arguments: call, start: range.start, end: this.lastEnd };
    if (kind === 'true' || kind === 'false') return { kind: 'literal', value: kind === 'true', ...range };
    if (kind === 'none') return { kind: 'literal', value: { kind: 'none' }, ...range };
    return { kind: 'word', text, ...range };
  }

  #record(): Expression {
    this.CONSUME(this.types['open-curly']);
    const start = this.lastStart;
    const fields: { name: string; value: Expression }[] = [];
    this.items('MANY_SEP2', 'close-curly', () => fields.push(this.#recordField()));
    this.CONSUME(this.types['close-curly'], { ERR_MSG: orClosing('close-curly') });
    return { kind: 'record', fields, start, end: this.lastEnd };
  }

  #recordField(): { name: string; value: Expression } {
    const isQuoted = this.kind === 'string' || this.kind === 'raw-string';
    if (this.isRecovering && !isQuoted && !this.isAtName) this.abandon('the name of a field');
    this.OR3([{ ALT: () => this.CONSUME1(this.sets.NAME) }, { ALT: () => this.CONSUME1(this.sets.STRING) }]);
    const name = isQuoted ? this.quotedText() : this.lastText();
    this.CONSUME(this.types.colon);
    return { name, value: this.inside(5) };
  }

  /** The text of the string that was taken last, in which a `$` means nothing. */
  protected quotedText(): string {
    const text = this.lastText();
    if (!isEscapeMark(text, 0)) return text.slice(1, -1);
    const { start } = this.lastRange;
    const pieces = stringPieces(text, 0, text.length).map((piece) => {
      if (piece.kind === 'text') return piece.text;
      if (piece.kind !== 'wrong-escape') return text.slice(piece.start, piece.end);
      this.report({ start: start + piece.start, end: start + piece.end }, 'U0114', {});
      return '';
    });
    return pieces.join('');
  }

  #literal(): Expression {
    this.CONSUME(this.types.literal);
    const { start, end } = this.lastRange;
    const text = this.lastText();
    const value = parseLiteral(text);
    if (typeof value !== 'object' || value.kind !== 'invalid') return { kind: 'literal', value, start, end };
    const suggestion = suggestLiteral(text);
    this.report({ start, end }, 'U0108', { literal: text.slice(0, 40), reason: value.reason, suggestion });
    return { kind: 'error', start, end };
  }

  #string(): Expression {
    const { kind } = this;
    this.CONSUME(this.sets.STRING);
    const { start, end } = this.lastRange;
    if (kind === 'unclosed-string' || kind === 'unclosed-block' || kind === 'wrong-string')
      return { kind: 'error', start, end };
    if (kind === 'raw-string') return { kind: 'literal', value: this.lastText(1, -1), start, end };
    const text = this.lastText();
    const isPlain = text[0] === '"' && !text.includes('$') && text.indexOf('"', 1) === text.length - 1;
    if (isPlain) return { kind: 'literal', value: text.slice(1, -1), start, end };
    const pieces: TemplatePiece[] = [];
    for (const piece of stringPieces(text, 0, text.length)) {
      if (piece.kind === 'text') {
        pieces.push(piece.text);
        continue;
      }
      const place = { start: start + piece.start, end: start + piece.end };
      if (piece.kind === 'wrong-escape') this.report(place, 'U0114', {});
      else if (piece.kind === 'variable') pieces.push({ kind: 'variable', name: piece.name, ...place });
      else {
        const index = pieces.push(errorAt(place)) - 1;
        this.pending.push({
          ...place,
          fill: (expression) => {
            pieces[index] = expression;
          },
        });
      }
    }
    if (pieces.every((one) => typeof one === 'string')) return { kind: 'literal', value: pieces.join(''), start, end };
    return { kind: 'template', pieces, start, end };
  }
}

/** What is expected behind an item of a list. */
export function orClosing(kind: TokenKind): string {
  return `, or ${labelOf(kind)}`;
}
