// Puts tokens on lines. A statement begins a line; the statements of a block are indented by one step more than its
// first line, unless the whole block stands on one line. Line breaks that the author put inside a statement stay.
import type { BlockSpan, Blocks } from './blocks.ts';
import { isApart } from './spacing.ts';
import type { Comment, LineBreak, WrittenToken, WrittenTokens } from './written-tokens.ts';

const step = '  ';
/** A block is not written on one line when that line would be longer than this. */
const lineLengthMax = 100;

export function layOut(written: WrittenTokens, texts: readonly string[], blocks: Blocks): string {
  const layout = new Layout(written.tokens, texts, blocks);
  for (const index of written.tokens.keys()) layout.place(index);
  return layout.finish(written.last);
}

class Layout {
  readonly #written: readonly WrittenToken[];
  readonly #tokens: readonly WrittenToken['token'][];
  readonly #texts: readonly string[];
  readonly #blocks: Blocks;
  readonly #lines: string[] = [];
  #line = '';
  /** The indent of the line that is being written, in steps. */
  #lineIndent = 0;
  /** The indent of the line on which the statement began. */
  #statementIndent = 0;
  /** The indent of statements of the current block. */
  #blockIndent = 0;
  readonly #indentOf = new Map<BlockSpan, number>();
  /** For each open bracket, the indent of the line on which it stands. */
  readonly #brackets: number[] = [];
  /** Whether nothing of the current block has been written. */
  #atBlockStart = true;

  constructor(written: readonly WrittenToken[], texts: readonly string[], blocks: Blocks) {
    this.#written = written;
    this.#tokens = written.map((one) => one.token);
    this.#texts = texts;
    this.#blocks = blocks;
  }

  place(index: number): void {
    const one = this.#written[index];
    if (one === undefined) return;
    const text = this.#texts[index] ?? '';
    const divided = this.#blocks.dividers.get(index);
    const head = this.#blocks.heads.get(index - 1);
    let { lineBreak } = one;
    // In a bracket a line goes on without its backslash, which is not written again.
    if (lineBreak === 'backslash' && this.#brackets.length > 0) lineBreak = 'inside';
    if ((divided?.broken || head?.broken) && index > 0) lineBreak = 'statement';
    this.#placeComments(one.comments, lineBreak);
    if (divided?.broken) this.#blockIndent = this.#indentOf.get(divided) ?? 0;
    this.#break(lineBreak, one, divided !== undefined, text);
    const opened = this.#blocks.opened.get(index);
    if (opened !== undefined) {
      if (this.#line.length + this.#flatLength(index) > lineLengthMax) opened.broken = true;
      this.#indentOf.set(opened, this.#statementIndent);
    }
    this.#write(isApart(this.#tokens, index) ? ` ${text}` : text);
    this.#trackBrackets(text);
    const begun = this.#blocks.heads.get(index);
    this.#atBlockStart = begun?.broken ?? false;
    if (begun?.broken) this.#blockIndent = (this.#indentOf.get(begun) ?? 0) + 1;
  }

  finish(last: readonly Comment[]): string {
    this.#placeComments(last, 'statement');
    this.#endLine();
    return this.#lines.map((line) => `${line}\n`).join('');
  }

  #break(lineBreak: LineBreak, { afterBlankLine }: WrittenToken, divides: boolean, text: string): void {
    if (lineBreak === 'none') return;
    if (lineBreak === 'statement') {
      if (afterBlankLine && !divides && !this.#atBlockStart) this.#blankLine();
      this.#statementIndent = this.#blockIndent;
      this.#newLine(this.#blockIndent);
      return;
    }
    if (lineBreak === 'backslash') this.#line += ' \\';
    this.#newLine(this.#insideIndent(')]}'.includes(text)));
  }

  /** The indent of a line in the middle of a statement. */
  #insideIndent(closing: boolean): number {
    const opened = this.#brackets[this.#brackets.length - 1];
    if (opened === undefined) return this.#statementIndent + 1;
    return closing ? opened : opened + 1;
  }

  #placeComments(comments: readonly Comment[], lineBreak: LineBreak): void {
    for (const { text, trailing, afterBlankLine } of comments) {
      if (trailing && this.#line !== '') this.#line += ` ${text}`;
      else {
        const inside = lineBreak === 'inside';
        if (afterBlankLine && !inside && !this.#atBlockStart) this.#blankLine();
        this.#newLine(inside ? this.#insideIndent(false) : this.#blockIndent);
        this.#line += text;
        this.#atBlockStart = false;
      }
    }
  }

  #write(text: string): void {
    this.#line += this.#line.trim() === '' ? text.trimStart() : text;
  }

  #newLine(indent: number): void {
    this.#endLine();
    this.#lineIndent = indent;
    this.#line = step.repeat(indent);
  }

  #endLine(): void {
    if (this.#line.trim() !== '') this.#lines.push(this.#line);
    this.#line = '';
  }

  #blankLine(): void {
    this.#endLine();
    if (this.#lines.length > 0) this.#lines.push('');
  }

  #trackBrackets(text: string): void {
    if (text === '') return;
    if ('([{'.includes(text)) this.#brackets.push(this.#lineIndent);
    else if (')]}'.includes(text)) this.#brackets.pop();
  }

  /** The length that the tokens from here to the next break would add to the line. */
  #flatLength(from: number): number {
    let length = 0;
    for (let index = from; index < this.#written.length && length <= lineLengthMax; index++) {
      if (index > from && this.#breaksBefore(index)) break;
      length += (isApart(this.#tokens, index) ? 1 : 0) + (this.#texts[index]?.length ?? 0);
    }
    return length;
  }

  #breaksBefore(index: number): boolean {
    const { dividers, heads } = this.#blocks;
    return (
      this.#written[index]?.lineBreak !== 'none' ||
      (dividers.get(index)?.broken ?? false) ||
      (heads.get(index - 1)?.broken ?? false)
    );
  }
}
