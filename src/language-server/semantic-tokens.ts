// Which words of a script are what, for colours that know more than a pattern can: a word is a command, an option or a
// value by the catalogue, and a name inside a string is a variable.
import type { IToken } from 'chevrotain';
import { stringPieces } from '../language/lexer/string-scanner.ts';
import { isKind, rangeOf } from '../language/lexer/tokenize.ts';
import * as tokens from '../language/lexer/tokens.ts';
import type { PartRole } from '../language/reading/command-reading.ts';
import type { ScriptReading } from '../language/reading/script-reading.ts';
import type { Range } from '../language/source-text.ts';

/** Types of the protocol; their place here is their number on the wire. */
export const semanticTypes = [
  'keyword',
  'function',
  'macro',
  'parameter',
  'enumMember',
  'variable',
  'string',
  'number',
  'operator',
  'type',
] as const;
export type SemanticType = (typeof semanticTypes)[number];

/** Lies within one line. */
export interface SemanticToken extends Range {
  readonly type: SemanticType;
}

const typeOfRole: Partial<Record<PartRole, SemanticType>> = {
  command: 'macro',
  option: 'parameter',
  choice: 'enumMember',
};

/** In the order of the text; none overlaps another. */
export function semanticTokens(reading: ScriptReading): readonly SemanticToken[] {
  const typeAt = new Map<number, SemanticType>();
  for (const { parts } of reading.commands) {
    for (const { start, role } of parts) {
      const type = typeOfRole[role];
      if (type !== undefined) typeAt.set(start, type);
    }
  }
  const mentions = [...reading.mentions].sort((one, other) => one.start - other.start);
  for (const one of mentions) if (one.kind === 'function') typeAt.set(one.start, 'function');
  const found: SemanticToken[] = [];
  let next = 0;
  for (const [at, token] of reading.tokens.entries()) {
    const range = rangeOf(token);
    while ((mentions[next]?.start ?? range.start) < range.start) next++;
    if (token.tokenType === tokens.StringLiteral) found.push(...stringTokens(reading, range, next, mentions));
    else {
      const type = typeAt.get(range.start) ?? typeByPlace(reading.tokens, at) ?? typeOfToken(token);
      if (type !== undefined) found.push({ ...range, type });
    }
  }
  return found.flatMap((one) => byLine(one, reading.source.text));
}

/** The text of a string, and the names in it. */
function stringTokens(
  { source }: ScriptReading,
  { start, end }: Range,
  first: number,
  mentions: ScriptReading['mentions'],
): readonly SemanticToken[] {
  const found: SemanticToken[] = [];
  let [from, next] = [start, first];
  const text = (to: number): void => {
    if (to > from) found.push({ start: from, end: to, type: 'string' });
  };
  for (const piece of stringPieces(source.text, start, end)) {
    if (piece.kind === 'text') continue;
    text(piece.start);
    for (let one = mentions[next]; one !== undefined && one.start < piece.end; one = mentions[++next]) {
      const dollar = source.text[one.start - 1] === '$' ? 1 : 0;
      found.push({ start: one.start - dollar, end: one.end, type: one.kind });
    }
    from = piece.end;
  }
  text(end);
  return found;
}

/** AS and the type of a PARAM are ordinary words. */
function typeByPlace(all: readonly IToken[], at: number): SemanticType | undefined {
  const before = (count: number): unknown => all[at - count]?.tokenType;
  if (before(1) === tokens.Variable && before(2) === tokens.Param && all[at]?.image.toUpperCase() === 'AS')
    return 'keyword';
  return before(2) === tokens.Variable && before(3) === tokens.Param ? 'type' : undefined;
}

const keywords: readonly unknown[] = [
  tokens.And,
  tokens.Or,
  tokens.Not,
  tokens.True,
  tokens.False,
  tokens.None,
  tokens.Each,
  tokens.In,
  tokens.To,
  tokens.By,
  tokens.Until,
  tokens.Every,
  tokens.Timeout,
];
const strings: readonly unknown[] = [tokens.RawString, tokens.UnclosedString, tokens.UnclosedBlock];
const blockWords = [tokens.Then, tokens.Do, tokens.Else, tokens.End, tokens.Finally];

function typeOfToken(token: IToken): SemanticType | undefined {
  const type = token.tokenType;
  if (type === tokens.Variable) return 'variable';
  if (strings.includes(type)) return 'string';
  if (isKind(token, tokens.Literal)) return 'number';
  const isKeyword =
    keywords.includes(type) || type.name.endsWith('Statement') || blockWords.some((one) => isKind(token, one));
  if (isKeyword) return 'keyword';
  return isKind(token, tokens.BinaryOperator) ? 'operator' : undefined;
}

/** The protocol has no token over several lines. */
function byLine(token: SemanticToken, text: string): readonly SemanticToken[] {
  const whole = text.slice(token.start, token.end);
  if (!/[\r\n]/.test(whole)) return [token];
  return [...whole.matchAll(/[^\r\n]+/g)].map((line) => {
    const start = token.start + line.index;
    return { start, end: start + line[0].length, type: token.type };
  });
}
