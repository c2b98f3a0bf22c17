// Whether a blank stands between two tokens of a line. Only blanks that the lexer skips are removed or added; where it
// means something that two tokens touch, tokens that touched still touch, and separate tokens stay separate.
import { closings, isWord, names, openings, type Token, type TokenKind, valueEnds } from '../lexer/token.ts';

const gluedToWhatPrecedes: ReadonlySet<TokenKind> = new Set<TokenKind>([
  'comma',
  'colon',
  'field',
  'index',
  ...closings,
]);
const valueWords: ReadonlySet<TokenKind> = new Set<TokenKind>(['none', 'true', 'false']);

/** Whether a value ends with this token, so that a minus behind it subtracts. */
function endsValue(token: Token | undefined): boolean {
  return token !== undefined && (valueEnds.has(token.kind) || valueWords.has(token.kind));
}

export function isApart(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  const before = tokens[index - 1];
  if (token === undefined || before === undefined) return false;
  if (gluedToWhatPrecedes.has(token.kind) || openings.has(before.kind)) return false;
  // `name = =` would be a wrong assignment, and `name ==` is a command by its form.
  if (token.kind === 'equals' && before.kind === 'equals') return before.end !== token.start;
  const beforeThat = tokens[index - 2];
  if (before.kind === 'minus') return endsValue(beforeThat);
  const calls = isWord(before.kind) && before.end === token.start;
  if (token.kind === 'open-round') return !calls && !opensArguments(before, beforeThat);
  return true;
}

/** Whether a `(` behind these two tokens opens the arguments of a call, or the parameters of a function. */
function opensArguments(before: Token, beforeThat: Token | undefined): boolean {
  if (isWord(before.kind)) return beforeThat?.kind === 'function' || beforeThat?.kind === 'task';
  // A word such as TO is not a name directly behind a value; neither is the UNTIL of WAIT UNTIL.
  const clause = endsValue(beforeThat) || (before.kind === 'until' && beforeThat?.kind === 'wait');
  return names.has(before.kind) && !clause;
}
