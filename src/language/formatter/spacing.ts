// Whether a blank stands between two tokens of a line. Every blank that is taken away or put in here is one the lexer skips;
// where touching means something, tokens that touched still do, and those that did not still do not.
import type { IToken } from 'chevrotain';
import { isKind } from '../lexer/tokenize.ts';
import {
  CloseCurly,
  CloseRound,
  CloseSquare,
  Colon,
  Comma,
  False,
  FunctionWord,
  Literal,
  Minus,
  Name,
  None,
  OpenCurly,
  OpenIndex,
  OpenRound,
  OpenSquare,
  RawString,
  Step,
  StringLiteral,
  TaskWord,
  True,
  tokenEnd,
  Until,
  Variable,
  Wait,
  Word,
} from '../lexer/tokens.ts';

const openings = [OpenRound, OpenSquare, OpenCurly, OpenIndex];
const closings = [CloseRound, CloseSquare, CloseCurly];
const gluedToWhatPrecedes = [Comma, Colon, Step, OpenIndex, ...closings];

/** Whether a value ends with this token, so that a minus behind it is one between two values. */
function endsValue(token: IToken | undefined): boolean {
  if (token === undefined) return false;
  const { tokenType } = token;
  return (
    [...closings, Variable, Step, StringLiteral, RawString, None, True, False].includes(tokenType) ||
    isKind(token, Literal)
  );
}

export function isApart(tokens: readonly IToken[], index: number): boolean {
  const token = tokens[index];
  const before = tokens[index - 1];
  if (token === undefined || before === undefined) return false;
  if (gluedToWhatPrecedes.includes(token.tokenType) || openings.includes(before.tokenType)) return false;
  const beforeThat = tokens[index - 2];
  if (before.tokenType === Minus) return endsValue(beforeThat);
  const calls = isKind(before, Word) && tokenEnd(before) === token.startOffset;
  if (token.tokenType === OpenRound) return !calls && !opensArguments(before, beforeThat);
  return true;
}

/** Whether a `(` behind these two opens the arguments of a call, or the parameters of a function. */
function opensArguments(before: IToken, beforeThat: IToken | undefined): boolean {
  if (isKind(before, Word)) return beforeThat?.tokenType === FunctionWord || beforeThat?.tokenType === TaskWord;
  // Where a value has just ended, a word such as TO is no name; nor is the UNTIL of WAIT UNTIL.
  const clause = endsValue(beforeThat) || (before.tokenType === Until && beforeThat?.tokenType === Wait);
  return isKind(before, Name) && !clause;
}
