// Finds the tokens that open, divide and close blocks, and the blocks that are written on one line. A block is written
// on one line when its author wrote it so, without a comment or a `;`.
import { isTarget, opensBlock, type TokenKind } from '../lexer/token.ts';
import type { WrittenToken } from './written-tokens.ts';

/** A block from IF, TRY, FUNCTION or DO to its END. */
export interface BlockSpan {
  readonly first: number;
  last: number;
  /** Whether its statements stand on lines of their own. */
  broken: boolean;
}

export interface Blocks {
  /** Each block by the index of the token that opens it. */
  readonly opened: ReadonlyMap<number, BlockSpan>;
  /** The tokens that divide or close a block: ELSE, WHEN, ON ERROR, FINALLY, END. */
  readonly dividers: ReadonlyMap<number, BlockSpan>;
  /** The tokens behind which the statements of a block begin. */
  readonly heads: ReadonlyMap<number, BlockSpan>;
}

const dividing: ReadonlySet<TokenKind> = new Set<TokenKind>(['else', 'when', 'finally', 'on-error', 'end']);
const heading: ReadonlySet<TokenKind> = new Set<TokenKind>(['then', 'do', 'try', 'finally']);

export function findBlocks(written: readonly WrittenToken[]): Blocks {
  const opened = new Map<number, BlockSpan>();
  const dividers = new Map<number, BlockSpan>();
  const heads = new Map<number, BlockSpan>();
  const open: BlockSpan[] = [];
  for (const [index, { token, lineBreak }] of written.entries()) {
    // A line break inside a block breaks every block around it.
    if (lineBreak !== 'none') for (const one of open) one.broken = true;
    const { kind } = token;
    if (opensBlock(kind, lineBreak === 'none' ? written[index - 1]?.token.kind : undefined)) {
      const span: BlockSpan = { first: index, last: written.length - 1, broken: false };
      open.push(span);
      opened.set(index, span);
    }
    const inner = open[open.length - 1];
    if (inner === undefined) continue;
    if (dividing.has(kind)) dividers.set(index, inner);
    if (kind === 'end') {
      inner.last = index;
      open.pop();
      continue;
    }
    if (kind === 'function') heads.set(closingRound(written, index), inner);
    else if (kind === 'on-error') heads.set(namesError(written, index) ? index + 1 : index, inner);
    else if (heading.has(kind) || (kind === 'else' && !isChained(written[index + 1]))) heads.set(index, inner);
  }
  return { opened, dividers, heads };
}

/** Whether this is the IF of an ELSE IF. */
function isChained(next: WrittenToken | undefined): boolean {
  return next?.token.kind === 'if' && next.lineBreak === 'none';
}

/** Whether the variable of ON ERROR follows on the line. */
function namesError(written: readonly WrittenToken[], index: number): boolean {
  const next = written[index + 1];
  const assigned = isTarget((at) => written[at]?.token.kind, index + 1);
  return next?.token.kind === 'variable' && next.lineBreak === 'none' && !assigned;
}

/** The index of the bracket that closes the first one behind `from`. */
function closingRound(written: readonly WrittenToken[], from: number): number {
  let depth = 0;
  for (let index = from + 1; index < written.length; index++) {
    const image = written[index]?.token.text ?? '';
    if ('([{'.includes(image)) depth++;
    else if (')]}'.includes(image)) {
      depth--;
      if (depth === 0) return index;
    }
  }
  return from;
}
