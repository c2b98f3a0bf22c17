// The tokens of a text, in columns: a long script has a million tokens, and a million objects would cost more than all
// other work on them. A caller that needs few tokens, or needs objects, asks for objects.
import { closings, openings, statementHeads, type Token, type TokenKind, tokenKinds } from './token.ts';

const codeOf: ReadonlyMap<TokenKind, number> = new Map(tokenKinds.map((kind, code) => [kind, code]));

/** Kinds of tokens as a table by number: a set of texts would take too long for a million tokens. */
export type KindTable = Uint8Array;

export function kindTable(kinds: Iterable<TokenKind>): KindTable {
  const table = new Uint8Array(tokenKinds.length);
  for (const kind of kinds) table[codeOf.get(kind) ?? 0] = 1;
  return table;
}

export class TokenList {
  #length = 0;
  readonly #codes: Uint8Array;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #text: string;
  readonly #base: number;

  /** `base` is the offset of the first character of `text`; no more tokens than `capacity` can be added. */
  constructor(text: string, base: number, capacity: number) {
    this.#text = text;
    this.#base = base;
    this.#codes = new Uint8Array(capacity);
    this.#starts = new Uint32Array(capacity);
    this.#ends = new Uint32Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /**
   * `start` and `end` count in this text; the other methods count in the whole script, of which this text may be a
   * part.
   */
  add(kind: TokenKind, start: number, end: number): void {
    const index = this.#length++;
    this.#codes[index] = codeOf.get(kind) ?? 0;
    this.#starts[index] = start + this.#base;
    this.#ends[index] = end + this.#base;
  }

  /** Makes the last token longer. */
  extendTo(end: number): void {
    this.#ends[this.#length - 1] = end + this.#base;
  }

  /** Before the first token and behind the last one the kind is `end-of-text`. */
  kindAt(index: number): TokenKind {
    const isInside = index >= 0 && index < this.#length;
    return isInside ? (tokenKinds[this.#codes[index] ?? 0] ?? 'end-of-text') : 'end-of-text';
  }

  /** Whether a token is of one of the kinds; `index` must be that of a token. */
  isAt(index: number, kinds: KindTable): boolean {
    return kinds[this.#codes[index] ?? 0] === 1;
  }

  /** The index of the first token of one of the kinds, from `from` on; -1 when there is none. */
  indexOf(kinds: KindTable, from = 0): number {
    for (let index = from; index < this.#length; index++) if (this.isAt(index, kinds)) return index;
    return -1;
  }

  /** For each token what `ofKind` has for its kind; the kinds are counted as in `tokenKinds`. */
  map<Item>(ofKind: readonly Item[], otherwise: Item): Item[] {
    const found = new Array<Item>(this.#length);
    for (let index = 0; index < this.#length; index++) found[index] = ofKind[this.#codes[index] ?? 0] ?? otherwise;
    return found;
  }

  startAt(index: number): number {
    return this.#starts[index] ?? 0;
  }

  endAt(index: number): number {
    return this.#ends[index] ?? 0;
  }

  textAt(index: number): string {
    return this.slice(this.startAt(index), this.endAt(index));
  }

  /** A piece of the text by offsets of the whole script. */
  slice(start: number, end: number): string {
    return this.#text.slice(Math.max(0, start - this.#base), Math.max(0, end - this.#base));
  }

  /** Whether a statement begins at this place, behind the tokens before it. */
  isStatementStart(index: number): boolean {
    if (index === 0) return true;
    const before = this.kindAt(index - 1);
    if (statementHeads.has(before)) return true;
    if (before === 'variable') return this.kindAt(index - 2) === 'on-error';
    return before === 'close-round' && this.#closesParameters(index - 1);
  }

  /** Whether a closing bracket closes the parameters of a FUNCTION. */
  #closesParameters(index: number): boolean {
    let depth = 0;
    for (let at = index; at >= 0; at--) {
      const kind = this.kindAt(at);
      if (closings.has(kind)) depth++;
      else if (openings.has(kind)) depth--;
      if (depth === 0) return this.kindAt(at - 2) === 'function';
    }
    return false;
  }

  at(index: number): Token {
    return {
      kind: this.kindAt(index),
      start: this.startAt(index),
      end: this.endAt(index),
      text: this.textAt(index),
    };
  }

  toArray(): Token[] {
    return Array.from({ length: this.#length }, (_, index) => this.at(index));
  }

  /** The tokens for which `passes` is true, as a list of the same text. */
  filter(passes: (kind: TokenKind, index: number) => boolean): TokenList {
    const rest = new TokenList(this.#text, this.#base, this.#length);
    for (let index = 0; index < this.#length; index++) {
      const kind = this.kindAt(index);
      if (passes(kind, index)) rest.add(kind, this.startAt(index) - this.#base, this.endAt(index) - this.#base);
    }
    return rest;
  }

  /** The first tokens, as a list of the same text. */
  first(count: number): TokenList {
    return this.filter((_, index) => index < count);
  }
}
