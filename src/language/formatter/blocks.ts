// Which tokens open, divide and close blocks, and which blocks are written on one line: those that their author wrote on one
// line, without a comment or a `;`.
import type { IToken, TokenType } from 'chevrotain';
import { isKind } from '../lexer/tokenize.ts';
import { Assign, Do, Else, End, Finally, FunctionWord, If, OnError, Then, Try, Variable } from '../lexer/tokens.ts';
import type { WrittenToken } from './written-tokens.ts';

/** From IF, TRY, FUNCTION or DO to its END. */
export interface BlockSpan {
  readonly first: number;
  last: number;
  /** Whether its statements stand on lines of their own. */
  broken: boolean;
}

export interface Blocks {
  /** By the index of the token that opens it. */
  readonly opened: ReadonlyMap<number, BlockSpan>;
  /** The tokens that divide or close a block: ELSE, ON ERROR, FINALLY, END. */
  readonly dividers: ReadonlyMap<number, BlockSpan>;
  /** The tokens behind which statements of a block begin. */
  readonly heads: ReadonlyMap<number, BlockSpan>;
}

const openingKinds: readonly TokenType[] = [If, Try, FunctionWord];

export function findBlocks(written: readonly WrittenToken[]): Blocks {
  const opened = new Map<number, BlockSpan>();
  const dividers = new Map<number, BlockSpan>();
  const heads = new Map<number, BlockSpan>();
  const open: BlockSpan[] = [];
  const tokenAt = (index: number): IToken | undefined => written[index]?.token;
  const isAt = (index: number, kind: TokenType): boolean => {
    const token = tokenAt(index);
    return token !== undefined && isKind(token, kind);
  };
  for (const [index, { token, lineBreak }] of written.entries()) {
    // A line break inside a block breaks every block around it.
    if (lineBreak !== 'none') for (const one of open) one.broken = true;
    const chained = token.tokenType === If && isAt(index - 1, Else) && lineBreak === 'none';
    if ((openingKinds.includes(token.tokenType) && !chained) || isKind(token, Do)) {
      const span: BlockSpan = { first: index, last: written.length - 1, broken: false };
      open.push(span);
      opened.set(index, span);
    }
    const inner = open[open.length - 1];
    if (inner === undefined) continue;
    const divides = [Else, Finally, OnError, End].some((kind) => isKind(token, kind));
    if (divides) dividers.set(index, inner);
    if (isKind(token, End)) {
      inner.last = index;
      open.pop();
      continue;
    }
    if (token.tokenType === FunctionWord) heads.set(closingRound(written, index), inner);
    else if (token.tokenType === OnError) heads.set(namesError(written, index) ? index + 1 : index, inner);
    else if ([Then, Do, Try, Finally].some((kind) => isKind(token, kind))) heads.set(index, inner);
    else if (isKind(token, Else) && !(isAt(index + 1, If) && written[index + 1]?.lineBreak === 'none'))
      heads.set(index, inner);
  }
  return { opened, dividers, heads };
}

/** Whether the variable of ON ERROR follows on the line. */
function namesError(written: readonly WrittenToken[], index: number): boolean {
  const next = written[index + 1];
  const assigned = written[index + 2]?.token.tokenType === Assign;
  return next?.token.tokenType === Variable && next.lineBreak === 'none' && !assigned;
}

/** The index of the bracket that closes the first one behind `from`. */
function closingRound(written: readonly WrittenToken[], from: number): number {
  let depth = 0;
  for (let index = from + 1; index < written.length; index++) {
    const image = written[index]?.token.image ?? '';
    if ('([{'.includes(image)) depth++;
    else if (')]}'.includes(image)) {
      depth--;
      if (depth === 0) return index;
    }
  }
  return from;
}
