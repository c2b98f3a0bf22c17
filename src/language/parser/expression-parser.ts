// The grammar of expressions; statements are built on it (script-parser.ts). An expression that is missing is reported and
// stands in the tree as an error expression, so whoever reads the tree always finds one.
import { EmbeddedActionsParser, EOF, type IToken } from 'chevrotain';
import type { Expression, PathStep, RecordExpression, TemplatePiece } from '../ast.ts';
import type { DiagnosticCode, DiagnosticSink, ParametersOf } from '../diagnostics.ts';
import { stringPieces } from '../lexer/string-scanner.ts';
import { describeToken, isKind, rangeOf } from '../lexer/tokenize.ts';
import * as tokens from '../lexer/tokens.ts';
import type { Range } from '../source-text.ts';
import { parseLiteral } from '../units.ts';
import { buildExpression, type Operand } from './expression-builder.ts';

/** An interpolated expression that is still text; `fill` puts the parsed one into its place. */
export interface PendingInterpolation extends Range {
  readonly fill: (expression: Expression) => void;
}

/** What a rule gives when it had to be given up; the reason was reported. */
export const noExpression: Expression = { kind: 'error', start: 0, end: 0 };
const errorAt = (range: Range): Expression => ({ kind: 'error', start: range.start, end: range.end });

/** Must be completed by a subclass, which analyses the grammar when all its rules are there. */
export abstract class ExpressionParser extends EmbeddedActionsParser {
  #sink: DiagnosticSink | undefined;
  #pending: PendingInterpolation[] = [];

  constructor() {
    super(tokens.parserTokens, {
      recoveryEnabled: true,
      maxLookahead: 2,
      skipValidations: true,
      nodeLocationTracking: 'none',
    });
  }

  /** Must be called before each use of a rule. */
  begin(input: IToken[], sink: DiagnosticSink, pending: PendingInterpolation[]): void {
    this.#sink = sink;
    this.#pending = pending;
    this.input = input;
  }

  /** Parses what stands inside the braces of a string, and reports what is left over. */
  interpolation(): Expression | undefined {
    const expression = this.value();
    const left = this.LA(1);
    if (left.tokenType !== EOF) this.reportAt(rangeOf(left), 'U0201', { expected: '}', found: describeToken(left) });
    return expression;
  }

  protected reportAt<Code extends DiagnosticCode>(range: Range, code: Code, parameters: ParametersOf<Code>): void {
    if (!this.RECORDING_PHASE) this.#sink?.report(range, code, parameters);
  }

  /** Says what was expected where the parser stands now. */
  protected reportExpected(expected: string): void {
    const next = this.LA(1);
    const before = this.LA(0);
    const end = before === undefined ? 0 : tokens.tokenEnd(before);
    if (next.tokenType === EOF || isKind(next, tokens.Terminator))
      this.reportAt({ start: Math.max(0, end - 1), end }, 'U0202', { expected });
    else this.reportAt(rangeOf(next), 'U0201', { expected, found: describeToken(next) });
  }

  protected lastEnd(): number {
    const last = this.LA(0);
    return last === undefined || this.RECORDING_PHASE ? 0 : tokens.tokenEnd(last);
  }

  protected missingValue(): Expression {
    this.reportExpected('a value');
    return errorAt({ start: this.lastEnd(), end: this.lastEnd() });
  }

  /** An expression that has to be here; when there is none, that is said and the parser goes on. */
  readonly value = this.RULE(
    'value',
    (): Expression =>
      this.OR<Expression>([{ ALT: () => this.SUBRULE(this.expression) }, { ALT: () => this.missingValue() }]),
    { recoveryValueFunc: () => noExpression },
  );

  readonly expression = this.RULE(
    'expression',
    (): Expression => {
      const operands: Operand[] = [];
      let operand = this.SUBRULE1(this.operand);
      this.MANY(() => {
        const operator = this.CONSUME(tokens.BinaryOperator);
        operands.push({ ...operand, operator });
        operand = this.OR([
          { ALT: () => this.SUBRULE2(this.operand) },
          { ALT: () => ({ prefixes: [], expression: this.missingValue() }) },
        ]);
      });
      operands.push(operand);
      return this.ACTION(() =>
        this.#sink === undefined ? errorAt({ start: 0, end: 0 }) : buildExpression(operands, this.#sink),
      );
    },
    { recoveryValueFunc: () => noExpression },
  );

  readonly operand = this.RULE(
    'operand',
    (): Operand => {
      const prefixes: IToken[] = [];
      return this.OR1<Operand>([
        { ALT: () => ({ prefixes, expression: this.SUBRULE1(this.primary) }) },
        {
          ALT: () => {
            this.AT_LEAST_ONE(() =>
              prefixes.push(
                this.OR2([{ ALT: () => this.CONSUME(tokens.Not) }, { ALT: () => this.CONSUME(tokens.Minus) }]),
              ),
            );
            const expression = this.OR3<Expression>([
              { ALT: () => this.SUBRULE2(this.primary) },
              { ALT: () => this.missingValue() },
            ]);
            return { prefixes, expression };
          },
        },
      ]);
    },
    { recoveryValueFunc: () => ({ prefixes: [], expression: noExpression }) },
  );

  readonly primary = this.RULE(
    'primary',
    (): Expression => {
      const base = this.OR1<Expression>([
        { ALT: () => this.#literal(this.CONSUME(tokens.Literal)) },
        { ALT: () => this.#string(this.CONSUME(tokens.StringLiteral)) },
        { ALT: () => this.#raw(this.CONSUME(tokens.RawString)) },
        { ALT: () => errorAt(rangeOf(this.CONSUME(tokens.UnclosedString))) },
        { ALT: () => errorAt(rangeOf(this.CONSUME(tokens.UnclosedBlock))) },
        { ALT: () => this.#variable(this.CONSUME(tokens.Variable)) },
        { ALT: () => this.SUBRULE(this.named) },
        {
          ALT: () => {
            const open = this.CONSUME(tokens.OpenRound);
            const inside = this.SUBRULE2(this.value);
            this.CONSUME(tokens.CloseRound);
            return this.ACTION(() => ({ ...inside, start: open.startOffset, end: this.lastEnd() }));
          },
        },
        {
          ALT: () => {
            const start = this.CONSUME(tokens.OpenSquare).startOffset;
            const items: Expression[] = [];
            this.MANY_SEP1({ SEP: tokens.Comma, DEF: () => items.push(this.SUBRULE3(this.expression)) });
            this.CONSUME1(tokens.CloseSquare);
            return { kind: 'list', items, start, end: this.lastEnd() };
          },
        },
        { ALT: () => this.SUBRULE(this.record) },
      ]);
      const steps: PathStep[] = [];
      this.MANY(() => {
        this.OR2([
          {
            ALT: () => {
              const step = this.CONSUME(tokens.Step);
              steps.push({ kind: 'field', name: step.image.slice(1), ...rangeOf(step) });
            },
          },
          {
            ALT: () => {
              const start = this.CONSUME(tokens.OpenIndex).startOffset;
              const index = this.SUBRULE4(this.value);
              this.CONSUME2(tokens.CloseSquare);
              steps.push({ kind: 'index', index, start, end: this.lastEnd() });
            },
          },
        ]);
      });
      return steps.length === 0 ? base : { kind: 'path', base, steps, start: base?.start ?? 0, end: this.lastEnd() };
    },
    { recoveryValueFunc: () => noExpression },
  );

  /** TRUE, FALSE, NONE, or a call of a function. */
  readonly named = this.RULE(
    'named',
    (): Expression => {
      const name = this.CONSUME(tokens.Name);
      const values: Expression[] = [];
      let called = false;
      this.OPTION(() => {
        this.CONSUME(tokens.OpenRound);
        called = true;
        this.MANY_SEP({ SEP: tokens.Comma, DEF: () => values.push(this.SUBRULE(this.expression)) });
        this.CONSUME(tokens.CloseRound);
      });
      const range = { start: name.startOffset, end: this.lastEnd() };
      if (called) return { kind: 'call', name: name.image.toLowerCase(), arguments: values, ...range };
      if (name.tokenType === tokens.True || name.tokenType === tokens.False)
        return { kind: 'literal', value: name.tokenType === tokens.True, ...range };
      if (name.tokenType === tokens.None) return { kind: 'literal', value: { kind: 'none' }, ...range };
      return { kind: 'word', text: name.image, ...range };
    },
    { recoveryValueFunc: () => noExpression },
  );

  readonly record = this.RULE(
    'record',
    (): RecordExpression => {
      const start = this.CONSUME(tokens.OpenCurly).startOffset;
      const fields: { name: string; value: Expression }[] = [];
      this.MANY_SEP({
        SEP: tokens.Comma,
        DEF: () => {
          const name = this.OR([
            { ALT: () => this.CONSUME(tokens.Name).image },
            { ALT: () => this.CONSUME(tokens.StringLiteral).image.slice(1, -1) },
            { ALT: () => this.CONSUME(tokens.RawString).image.slice(1, -1) },
          ]);
          this.CONSUME(tokens.Colon);
          fields.push({ name, value: this.SUBRULE(this.value) });
        },
      });
      this.CONSUME(tokens.CloseCurly);
      return { kind: 'record', fields, start, end: this.lastEnd() };
    },
    { recoveryValueFunc: (): RecordExpression => ({ kind: 'record', fields: [], start: 0, end: 0 }) },
  );

  #variable(token: IToken): Expression {
    return { kind: 'variable', name: token.image.slice(1), ...rangeOf(token) };
  }

  #raw(token: IToken): Expression {
    return { kind: 'literal', value: token.image.slice(1, -1), ...rangeOf(token) };
  }

  #literal(token: IToken): Expression {
    const value = parseLiteral(token.image);
    if (typeof value !== 'object' || value.kind !== 'invalid') return { kind: 'literal', value, ...rangeOf(token) };
    this.reportAt(rangeOf(token), 'U0108', { literal: token.image.slice(0, 40), reason: value.reason });
    return errorAt(rangeOf(token));
  }

  #string(token: IToken): Expression {
    const sink = this.#sink;
    const range = rangeOf(token);
    if (sink === undefined || this.RECORDING_PHASE) return errorAt({ start: 0, end: 0 });
    if (!token.image.includes('$')) {
      const text = stringPieces(token.image, 0, token.image.length).map((piece) =>
        piece.kind === 'text' ? piece.text : '',
      );
      return { kind: 'literal', value: text.join(''), ...range };
    }
    const pieces: TemplatePiece[] = [];
    for (const piece of stringPieces(token.image, 0, token.image.length)) {
      if (piece.kind === 'text') {
        pieces.push(piece.text);
        continue;
      }
      const place = { start: range.start + piece.start, end: range.start + piece.end };
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
    return { kind: 'template', pieces, ...range };
  }
}
