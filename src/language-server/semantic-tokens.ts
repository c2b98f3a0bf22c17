// The kind of each word of a script, for colours that know more than a pattern can: the catalogue tells whether a word
// is a command, an option or a value, and a name inside a string may be a variable.
import { stringPieces } from '../language/lexer/string-scanner.ts';
import { keywords, operators, type Token, type TokenKind } from '../language/lexer/token.ts';
import type { PartRole } from '../language/reading/command-reading.ts';
import type { ScriptReading } from '../language/reading/script-reading.ts';
import type { Range } from '../language/tree/source-text.ts';

/** Types of the protocol; the index of a type here is its number on the wire. */
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

/** A token within one line. */
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
    const { start, end } = token;
    while ((mentions[next]?.start ?? start) < start) next++;
    if (token.kind === 'string') found.push(...stringTokens(reading, token, next, mentions));
    else {
      const type = typeAt.get(start) ?? typeByPlace(reading.tokens, at) ?? typeOfToken(token.kind);
      if (type !== undefined) found.push({ start, end, type });
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
function typeByPlace(all: readonly Token[], at: number): SemanticType | undefined {
  const before = (count: number): TokenKind | undefined => all[at - count]?.kind;
  if (before(1) === 'variable' && before(2) === 'param' && all[at]?.text.toUpperCase() === 'AS') return 'keyword';
  return before(2) === 'variable' && before(3) === 'param' ? 'type' : undefined;
}

function typeOfToken(kind: TokenKind): SemanticType | undefined {
  if (kind === 'variable') return 'variable';
  if (kind === 'raw-string' || kind === 'unclosed-string' || kind === 'unclosed-block' || kind === 'wrong-string')
    return 'string';
  if (kind === 'literal') return 'number';
  if (keywords.has(kind)) return 'keyword';
  return operators.has(kind) ? 'operator' : undefined;
}

/** Splits a token into one for each line, because the protocol has no token over several lines. */
function byLine(token: SemanticToken, text: string): readonly SemanticToken[] {
  const whole = text.slice(token.start, token.end);
  if (!/[\r\n]/.test(whole)) return [token];
  return [...whole.matchAll(/[^\r\n]+/g)].map((line) => {
    const start = token.start + line.index;
    return { start, end: start + line[0].length, type: token.type };
  });
}
