// The grammar of statements that hold no others.
import type { IToken } from 'chevrotain';
import type { Expression, Statement } from '../ast.ts';
import { stringPieces } from '../lexer/string-scanner.ts';
import { describeToken, rangeOf } from '../lexer/tokenize.ts';
import * as tokens from '../lexer/tokens.ts';
import type { Range } from '../source-text.ts';
import { CommandParser } from './command-parser.ts';

/** Must be completed by a subclass that knows blocks. */
export abstract class SimpleStatementParser extends CommandParser {
  readonly simpleStatement = this.RULE('simpleStatement', (): Statement => {
    const start = this.LA(1).startOffset;
    const finish = (): Range => ({ start, end: this.lastEnd() });
    return this.OR<Statement>([
      {
        ALT: () => {
          this.CONSUME(tokens.Break);
          return { kind: 'break', ...finish() };
        },
      },
      {
        ALT: () => {
          this.CONSUME(tokens.Continue);
          return { kind: 'continue', ...finish() };
        },
      },
      {
        ALT: () => {
          this.CONSUME(tokens.Write);
          const values: Expression[] = [];
          this.OPTION1(() => {
            values.push(this.SUBRULE1(this.expression));
            this.MANY(() => {
              this.CONSUME(tokens.Comma);
              values.push(this.SUBRULE2(this.value));
            });
          });
          return { kind: 'write', values, ...finish() };
        },
      },
      {
        ALT: () => {
          this.CONSUME(tokens.Fail);
          const message = this.SUBRULE3(this.value);
          return { kind: 'fail', message, ...finish() };
        },
      },
      {
        ALT: () => {
          this.CONSUME(tokens.Exit);
          const code = this.OPTION2(() => this.SUBRULE4(this.expression));
          return { kind: 'exit', ...(code === undefined ? {} : { code }), ...finish() };
        },
      },
      {
        ALT: () => {
          this.CONSUME(tokens.Return);
          const value = this.OPTION3(() => this.SUBRULE5(this.expression));
          return { kind: 'return', ...(value === undefined ? {} : { value }), ...finish() };
        },
      },
      { ALT: () => this.SUBRULE(this.waitStatement) },
    ]);
  });

  readonly waitStatement = this.RULE('waitStatement', (): Statement => {
    const start = this.CONSUME(tokens.Wait).startOffset;
    return this.OR<Statement>([
      {
        ALT: () => {
          this.CONSUME(tokens.Until);
          const condition = this.SUBRULE(this.value);
          const every = this.OPTION(() => {
            this.CONSUME(tokens.Every);
            return this.SUBRULE2(this.value);
          });
          const timeout = this.OPTION2(() => {
            this.CONSUME(tokens.Timeout);
            return this.SUBRULE3(this.value);
          });
          return {
            kind: 'until',
            condition,
            ...(every === undefined ? {} : { every }),
            ...(timeout === undefined ? {} : { timeout }),
            start,
            end: this.lastEnd(),
          };
        },
      },
      {
        ALT: () => {
          const duration = this.SUBRULE4(this.expression);
          return { kind: 'wait', duration, start, end: this.lastEnd() };
        },
      },
      { ALT: () => ({ kind: 'wait', duration: this.missingValue(), start, end: this.lastEnd() }) },
    ]);
  });

  readonly parameterStatement = this.RULE('parameterStatement', (): Statement => {
    const start = this.CONSUME(tokens.Param).startOffset;
    const target = this.CONSUME(tokens.Variable);
    const type = this.OPTION1(() => {
      const as = this.CONSUME1(tokens.Word);
      if (!this.RECORDING_PHASE && as.image.toUpperCase() !== 'AS')
        this.reportAt(rangeOf(as), 'U0201', { expected: 'AS', found: describeToken(as) });
      const name = this.CONSUME2(tokens.Word);
      return name.image === '' ? undefined : { name: name.image.toLowerCase(), ...rangeOf(name) };
    });
    const preset = this.OPTION2(() => {
      this.CONSUME(tokens.Equals);
      return this.OR<Expression>([
        { ALT: () => this.SUBRULE(this.primary) },
        { ALT: () => this.#presetWord(this.CONSUME3(tokens.Word), type?.name) },
      ]);
    });
    const help = this.OPTION3(() =>
      this.OR2([
        { ALT: () => this.CONSUME(tokens.StringLiteral).image },
        { ALT: () => this.CONSUME(tokens.RawString).image },
      ]),
    );
    return {
      kind: 'param',
      name: target.image.slice(1),
      target: rangeOf(target),
      ...(type === undefined ? {} : { type }),
      ...(preset === undefined ? {} : { default: preset }),
      ...(typeof help === 'string' ? { help: help.slice(1, -1).replaceAll('""', '"') } : {}),
      start,
      end: this.lastEnd(),
    };
  });

  /** TRUE and FALSE are what they say, unless the parameter is declared to be a string. */
  #presetWord(token: IToken, type: string | undefined): Expression {
    const truth = /^(true|false)$/i.exec(token.image)?.[1]?.toLowerCase();
    if (truth === undefined || type === 'string') return this.word(token);
    return { kind: 'literal', value: truth === 'true', ...rangeOf(token) };
  }

  readonly includeStatement = this.RULE('includeStatement', (): Statement => {
    const start = this.CONSUME(tokens.Include).startOffset;
    const file = this.OR<{ path: string; pathRange: Range }>([
      { ALT: () => this.#file(this.CONSUME(tokens.StringLiteral)) },
      { ALT: () => this.#file(this.CONSUME(tokens.RawString)) },
      { ALT: () => this.#file(this.CONSUME(tokens.Word)) },
      {
        ALT: () => {
          this.reportExpected('the name of a file');
          return { path: '', pathRange: { start: this.lastEnd(), end: this.lastEnd() } };
        },
      },
    ]);
    return { kind: 'include', ...file, start, end: this.lastEnd() };
  });

  #file(token: IToken): { path: string; pathRange: Range } {
    const pathRange = rangeOf(token);
    return { path: this.RECORDING_PHASE ? '' : this.#plainText(token, pathRange), pathRange };
  }

  /** The text of a string without interpolation: what a script includes is known before it runs. */
  #plainText(token: IToken, range: Range): string {
    if (token.tokenType === tokens.RawString) return token.image.slice(1, -1);
    if (token.tokenType !== tokens.StringLiteral) return token.image;
    const pieces = stringPieces(token.image, 0, token.image.length);
    if (pieces.some((piece) => piece.kind !== 'text')) {
      this.reportAt(range, 'U0312', {});
      return '';
    }
    return pieces.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('');
  }
}
