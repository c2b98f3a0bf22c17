// The grammar of statements that hold no others.
import { trimmed } from '../../base/trimmed-list.ts';
import { stringPieces } from '../lexer/string-scanner.ts';
import type { Expression, Statement } from '../tree/ast.ts';
import type { Range } from '../tree/source-text.ts';
import { CommandParser } from './command-parser.ts';

/** Must be completed by a subclass that knows blocks. */
export abstract class SimpleStatementParser extends CommandParser {
  protected leaveLoop(kind: 'break' | 'continue'): Statement {
    const start = this.take();
    return { kind, start, end: this.lastEnd };
  }

  protected write(): Statement {
    const start = this.take();
    const values: Expression[] = [];
    if (this.isAtExpression) {
      do values.push(this.value());
      while (this.takeIf('comma'));
    }
    return { kind: 'write', values: trimmed(values), start, end: this.lastEnd };
  }

  protected fail(): Statement {
    const start = this.take();
    const message = this.value();
    return { kind: 'fail', message, start, end: this.lastEnd };
  }

  protected exit(): Statement {
    const start = this.take();
    const code = this.isAtExpression ? { code: this.expression() } : {};
    return { kind: 'exit', ...code, start, end: this.lastEnd };
  }

  protected returning(): Statement {
    const start = this.take();
    const value = this.isAtExpression ? { value: this.expression() } : {};
    return { kind: 'return', ...value, start, end: this.lastEnd };
  }

  protected wait(): Statement {
    const start = this.take();
    if (!this.takeIf('until')) {
      const duration = this.value();
      return { kind: 'wait', duration, start, end: this.lastEnd };
    }
    const condition = this.value();
    const every = this.takeIf('every') ? { every: this.value() } : {};
    const timeout = this.takeIf('timeout') ? { timeout: this.value() } : {};
    return { kind: 'until', condition, ...every, ...timeout, start, end: this.lastEnd };
  }

  protected parameterStatement(): Statement {
    const start = this.take();
    const target = this.range;
    this.expect('variable');
    const name = this.lastText(1);
    const type = this.kind === 'word' ? this.#parameterType() : undefined;
    const preset = this.takeIf('equals') ? this.#preset(type?.name) : undefined;
    const help = this.kind === 'string' || this.kind === 'raw-string' ? this.#help() : undefined;
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
  }

  #parameterType(): { name: string } & Range {
    this.keyword('AS');
    const { range } = this;
    this.expectWord();
    return { name: this.lastText().toLowerCase(), ...range };
  }

  /** Takes a word that is not a word of the language; another word in its place is reported, and taken, too. */
  protected keyword(expected: string): void {
    if (this.text.toUpperCase() !== expected) this.reportExpected(expected);
    this.expectWord();
  }

  /** TRUE and FALSE are booleans, unless the parameter is declared to be a string. */
  #preset(type: string | undefined): Expression {
    if (this.isAtPrimary) return this.primary();
    if (this.kind !== 'word') return this.missingValue();
    const { text } = this;
    const word = this.word();
    const truth = /^(true|false)$/i.exec(text)?.[1]?.toLowerCase();
    if (truth === undefined || type === 'string') return word;
    return { kind: 'literal', value: truth === 'true', start: word.start, end: word.end };
  }

  #help(): string {
    this.take();
    return this.lastText(1, -1).replaceAll('""', '"');
  }

  protected include(): Statement {
    const start = this.take();
    const pathRange = this.range;
    const path = this.#file();
    return { kind: 'include', path, pathRange, start, end: this.lastEnd };
  }

  /** The text of a string without interpolation, because an included file must be known before the script runs. */
  #file(): string {
    const { kind, range, text } = this;
    if (kind !== 'string' && kind !== 'raw-string' && kind !== 'word') {
      this.reportExpected('the name of a file');
      return '';
    }
    this.take();
    if (kind === 'word') return text;
    if (kind === 'raw-string') return text.slice(1, -1);
    const pieces = stringPieces(text, 0, text.length);
    if (pieces.some((piece) => piece.kind !== 'text')) {
      this.report(range, 'U0312', {});
      return '';
    }
    return pieces.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('');
  }
}
