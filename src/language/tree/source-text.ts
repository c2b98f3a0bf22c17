// A script's text with its name, and the conversion from offsets to lines and columns. Everything in the pipeline
// carries offsets; a Span with a line and a column is made only where a person will read it.
//
// The offsets of included texts continue behind those of the script, so an offset also tells the file. The offsets of a
// Span count in its file.
import type { Span } from '../../base/diagnostic.ts';

/** Offsets in UTF-16 units; `end` is exclusive. Every token, node and part of a command has these two. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export class SourceText {
  readonly file: string;
  readonly text: string;
  /** The offset of its first character. */
  readonly base: number;
  readonly #included: SourceText[] = [];
  #lineStarts: readonly number[] | undefined;

  constructor(file: string, text: string, base = 0) {
    this.file = file;
    this.text = text;
    this.base = base;
  }

  /** The text of a file that is included; its offsets begin behind all others. */
  include(file: string, text: string): SourceText {
    const last = this.#included.at(-1) ?? this;
    const part = new SourceText(file, text, last.base + last.text.length + 1);
    this.#included.push(part);
    return part;
  }

  get included(): readonly SourceText[] {
    return this.#included;
  }

  span(range: Range): Span {
    const part = this.#partAt(range.start);
    const start = Math.min(Math.max(range.start - part.base, 0), part.text.length);
    const line = part.#lineIndex(start);
    return {
      file: part.file,
      start,
      end: Math.min(Math.max(range.end - part.base, start), part.text.length),
      line: line + 1,
      column: start - (part.#starts()[line] ?? 0) + 1,
    };
  }

  /** The text of an included file; this text when there is no file of that name. */
  part(file: string): SourceText {
    return [this, ...this.#included].find((one) => one.file === file) ?? this;
  }

  /** The text of a line that counts from 1, without its line end. */
  line(number: number, file = this.file): string {
    const part = this.part(file);
    const starts = part.#starts();
    return part.text
      .slice(starts[number - 1] ?? part.text.length, starts[number] ?? part.text.length)
      .replace(/[\r\n]+$/, '');
  }

  slice(range: Range): string {
    const { text, base } = this.#partAt(range.start);
    return text.slice(range.start - base, range.end - base);
  }

  #partAt(offset: number): SourceText {
    return this.#included.findLast((one) => one.base <= offset) ?? this;
  }

  /** The index of the line that holds an offset, by bisection. */
  #lineIndex(offset: number): number {
    const starts = this.#starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #starts(): readonly number[] {
    if (this.#lineStarts === undefined) {
      const starts = [0];
      for (let index = 0; index < this.text.length; index++) {
        const code = this.text.charCodeAt(index);
        if (code === 10 || (code === 13 && this.text.charCodeAt(index + 1) !== 10)) starts.push(index + 1);
      }
      this.#lineStarts = starts;
    }
    return this.#lineStarts;
  }
}

/** The text in a script file's bytes, or undefined when they are not UTF-8. A leading byte order mark is dropped. */
export function decodeSource(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
