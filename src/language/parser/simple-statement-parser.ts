// The grammar of statements that hold no others.
import type { IOrAlt } from 'chevrotain';
import { trimmed } from '../../base/trimmed-list.ts';
import { stringPieces } from '../lexer/string-scanner.ts';
import { isWord, type TokenKind } from '../lexer/token.ts';
import type { Expression, Statement } from '../tree/ast.ts';
import type { Range } from '../tree/source-text.ts';
import { CommandParser } from './command-parser.ts';
import type { Rule } from './token-cursor.ts';

/** What stands behind TABLE when it is a name. */
const behindName: ReadonlySet<TokenKind> = new Set(['open-round', 'comma', 'terminator', 'end-of-text', 'end', 'else']);

/** Must be completed by a subclass that knows blocks. */
export abstract class SimpleStatementParser extends CommandParser {
  readonly #simple: IOrAlt<Statement>[] = [
    { ALT: () => this.#leaveLoop('break') },
    { ALT: () => this.#leaveLoop('continue') },
    { ALT: () => this.#write() },
    { ALT: () => this.#fail() },
    { ALT: () => this.#exit() },
    { ALT: () => this.#returning() },
  ];

  protected readonly simple: Rule<Statement> = this.rule('simple', () => this.OR(this.#simple));

  #leaveLoop(kind: 'break' | 'continue'): Statement {
    this.CONSUME(this.types[kind]);
    return { kind, ...this.lastRange };
  }

  #write(): Statement {
    this.CONSUME(this.types.write);
    const start = this.lastStart;
    const written = this.OPTION4(() =>
      this.OR2([
        // TABLE could be the name of a function as well; where a value stands behind it, it is the word.
        { GATE: () => !behindName.has(this.kindAt(1)), IGNORE_AMBIGUITIES: true, ALT: () => this.#table(start) },
        {
          ALT: (): Statement => {
            const values: Expression[] = [this.value(0)];
            this.MANY1(() => {
              this.CONSUME1(this.types.comma);
              values.push(this.value(8));
            });
            return { kind: 'write', values: trimmed(values), start, end: this.lastEnd };
          },
        },
      ]),
    );
    return written ?? { kind: 'write', values: [], start, end: this.lastEnd };
  }

  #table(start: number): Statement {
    this.CONSUME(this.types.table);
    const records = this.value(5);
    const columns: Expression[] = [];
    this.OPTION3(() => {
      this.CONSUME(this.types.columns);
      columns.push(this.value(6));
      this.MANY(() => {
        this.CONSUME(this.types.comma);
        columns.push(this.value(7));
      });
    });
    return { kind: 'write-table', records, columns: trimmed(columns), start, end: this.lastEnd };
  }

  #fail(): Statement {
    this.CONSUME(this.types.fail);
    const start = this.lastStart;
    const message = this.value(1);
    return { kind: 'fail', message, start, end: this.lastEnd };
  }

  #exit(): Statement {
    this.CONSUME(this.types.exit);
    const start = this.lastStart;
    const code = this.OPTION(() => this.subrule(2, this.expression));
    return { kind: 'exit', ...(code === undefined ? {} : { code }), start, end: this.lastEnd };
  }

  #returning(): Statement {
    this.CONSUME(this.types.return);
    const start = this.lastStart;
    const value = this.OPTION1(() => this.subrule(3, this.expression));
    return { kind: 'return', ...(value === undefined ? {} : { value }), start, end: this.lastEnd };
  }

  protected readonly wait: Rule<Statement> = this.rule('wait', () => {
    this.CONSUME(this.types.wait);
    const start = this.lastStart;
    if (this.isRecovering && !this.isAtExpression)
      return { kind: 'wait', duration: this.missingValue(), start, end: this.lastEnd };
    return this.OR([
      // UNTIL could be the name of a function as well; where it stands first it is the word.
      // `until()` without values can only be a call.
      {
        GATE: () => this.kindAt(1) !== 'open-round' || this.kindAt(2) !== 'close-round',
        IGNORE_AMBIGUITIES: true,
        ALT: () => this.#until(start),
      },
      {
        ALT: (): Statement => {
          const duration = this.SUBRULE(this.expression);
          return { kind: 'wait', duration, start, end: this.lastEnd };
        },
      },
    ]);
  });

  #until(start: number): Statement {
    this.CONSUME(this.types.until);
    const condition = this.value(1);
    const every = this.OPTION(() => {
      this.CONSUME(this.types.every);
      return this.value(2);
    });
    const timeout = this.OPTION1(() => {
      this.CONSUME(this.types.timeout);
      return this.value(3);
    });
    if (this.isRecovering && timeout !== undefined && this.kind === 'every') {
      this.reportBehind('EVERY', 'TIMEOUT', 'TIMEOUT');
      this.SKIP_TOKEN();
      this.value(4);
    }
    const clauses = { ...(every === undefined ? {} : { every }), ...(timeout === undefined ? {} : { timeout }) };
    return { kind: 'until', condition, ...clauses, start, end: this.lastEnd };
  }

  protected readonly param: Rule<Statement> = this.rule('param', () => {
    this.CONSUME(this.types.param);
    const start = this.lastStart;
    this.variable(0);
    const target = this.lastRange;
    const name = this.lastName;
    const type = this.OPTION(() => this.#parameterType());
    const preset = this.OPTION1(() => {
      this.CONSUME(this.types.equals);
      return this.#preset(type?.name);
    });
    if (this.isRecovering && preset !== undefined && this.text.toUpperCase() === 'AS') {
      this.reportBehind('AS', 'the value', '=');
      this.SKIP_TOKEN();
      if (isWord(this.kind)) this.SKIP_TOKEN();
    }
    const help = this.OPTION2(() => {
      this.CONSUME(this.sets.STRING);
      return this.quotedText().replaceAll('""', '"');
    });
    return {
      kind: 'param',
      name,
      target,
      ...(type === undefined ? {} : { type }),
      ...(preset === undefined ? {} : { default: preset }),
      ...(help === undefined ? {} : { help }),
      start,
      end: this.lastEnd,
    };
  });

  #parameterType(): { name: string } & Range {
    this.keyword(0, 'AS');
    this.CONSUME1(this.sets.WORD);
    return { name: this.lastText().toLowerCase(), ...this.lastRange };
  }

  /** TRUE and FALSE are booleans, unless the parameter is declared to be a string. */
  #preset(type: string | undefined): Expression {
    if (this.isRecovering && !this.isAtPrimary && !isWord(this.kind)) return this.missingValue();
    const preset = this.primaryOrWord(2);
    const truth = preset.kind === 'word' ? /^(true|false)$/i.exec(preset.text)?.[1]?.toLowerCase() : undefined;
    if (truth === undefined || type === 'string') return preset;
    return { kind: 'literal', value: truth === 'true', start: preset.start, end: preset.end };
  }

  protected primaryOrWord(occurrence: number): Expression {
    return this.or(occurrence, [
      { ALT: () => this.subrule(occurrence, this.primary) },
      { ALT: () => this.word(occurrence) },
    ]);
  }

  protected readonly include: Rule<Statement> = this.rule('include', () => {
    this.CONSUME(this.types.include);
    const start = this.lastStart;
    const { range, kind } = this;
    if (this.isRecovering && kind !== 'string' && kind !== 'raw-string' && !isWord(kind)) {
      this.reportExpected('the name of a file');
      return { kind: 'include', path: '', pathRange: range, start, end: this.lastEnd };
    }
    this.OR([{ ALT: () => this.CONSUME(this.sets.STRING) }, { ALT: () => this.CONSUME(this.sets.WORD) }]);
    const path = kind === 'string' ? this.#plainText() : this.lastText(...(isWord(kind) ? [] : [1, -1]));
    return { kind: 'include', path, pathRange: range, start, end: this.lastEnd };
  });

  /** The text of a string without interpolation, because an included file must be known before the script runs. */
  #plainText(): string {
    const text = this.lastText();
    const pieces = stringPieces(text, 0, text.length);
    const wrong = pieces.find((piece) => piece.kind !== 'text');
    if (wrong?.kind === 'wrong-escape') {
      const { start } = this.lastRange;
      this.report({ start: start + wrong.start, end: start + wrong.end }, 'U0114', {});
    } else if (wrong !== undefined) this.report(this.lastRange, 'U0312', {});
    if (wrong !== undefined) return '';
    return pieces.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('');
  }
}
