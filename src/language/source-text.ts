// A script's text with its name, and the way from offsets to lines and columns. Everything in the pipeline carries offsets;
// a Span with a line and a column is made only where a person will read it.
import type { Span } from '../base/diagnostic.ts';

/** Offsets in UTF-16 units; `end` is exclusive. Every token, node and part of a command has these two. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export class SourceText {
  readonly file: string;
  readonly text: string;
  #lineStarts: readonly number[] | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  span(range: Range): Span {
    const start = Math.min(Math.max(range.start, 0), this.text.length);
    const line = this.#lineIndex(start);
    return {
      file: this.file,
      start,
      end: Math.min(Math.max(range.end, start), this.text.length),
      line: line + 1,
      column: start - (this.#starts()[line] ?? 0) + 1,
    };
  }

  /** The text of a line that counts from 1, without its line end. */
  line(number: number): string {
    const starts = this.#starts();
    return this.text
      .slice(starts[number - 1] ?? this.text.length, starts[number] ?? this.text.length)
      .replace(/[\r\n]+$/, '');
  }

  slice(range: Range): string {
    return this.text.slice(range.start, range.end);
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
