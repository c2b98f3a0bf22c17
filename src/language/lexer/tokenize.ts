// Text to tokens. Reports what no token can be made of, strings and brackets that do not close, and nesting that is too
// deep for the parser's recursion; the parser never sees what was reported here.
//
// A bracket that never closes would swallow the rest of the script, and with it all other errors. So its line is blanked from
// the bracket on and the text lexed again: every later statement still gets its own messages.
import { type IToken, Lexer, type TokenType } from 'chevrotain';
import { DiagnosticSink } from '../diagnostics.ts';
import { type Range, SourceText } from '../source-text.ts';
import {
  CloseCurly,
  CloseRound,
  CloseSquare,
  Do,
  Else,
  End,
  FunctionWord,
  If,
  modes,
  OpenCurly,
  OpenIndex,
  OpenRound,
  OpenSquare,
  StringLiteral,
  Then,
  Try,
  tokenEnd,
  UnclosedBlock,
  UnclosedString,
  unknownTokens,
  wordsMax,
} from './tokens.ts';

/** Brackets and blocks together; the parser recurses for each. */
export const nestingMax = 200;
/** How much may be lexed for brackets that do not close; beyond it nothing is said of what stands behind such a bracket. */
const relexedCharactersMax = 4 * 1024 * 1024;

const lexer = new Lexer(
  { modes: { ...modes }, defaultMode: 'command' },
  { positionTracking: 'onlyOffset', skipValidations: true },
);

const closingOf: ReadonlyMap<TokenType, TokenType> = new Map([
  [OpenRound, CloseRound],
  [OpenSquare, CloseSquare],
  [OpenIndex, CloseSquare],
  [OpenCurly, CloseCurly],
]);
const closings: ReadonlySet<TokenType> = new Set(closingOf.values());
const imageOf: ReadonlyMap<TokenType, string> = new Map([
  [CloseRound, ')'],
  [CloseSquare, ']'],
  [CloseCurly, '}'],
]);

/** Where a token stands. One that the parser made up to go on with stands nowhere, and is given the start of the text. */
export function rangeOf(token: IToken): Range {
  if (Number.isNaN(token.startOffset)) return { start: 0, end: 0 };
  return { start: token.startOffset, end: tokenEnd(token) };
}

export interface Tokens {
  readonly tokens: IToken[];
  /** False when the tokens must not be parsed: they are nested too deep. */
  readonly parseable: boolean;
}

/** The tokens of a whole script, or of a file that it includes. */
export function tokenize(sink: DiagnosticSink, part: SourceText = sink.source): Tokens {
  let { text } = part;
  for (let relexed = 0; ; relexed += text.length) {
    const { tokens } = lexer.tokenize(text);
    if (part.base > 0) for (const token of tokens) token.startOffset += part.base;
    if (hasSurplus(tokens, sink)) return { tokens: [], parseable: false };
    const open = firstUnclosed(tokens);
    if (open === undefined) return report(tokens, sink);
    const closing = imageOf.get(closingOf.get(open.tokenType) ?? CloseRound) ?? ')';
    sink.report(rangeOf(open), 'U0105', { bracket: open.image, closing });
    if (relexed + text.length > relexedCharactersMax || sink.isFull)
      return { tokens: report(tokens.slice(0, tokens.indexOf(open)), sink).tokens, parseable: false };
    const lineEnd = /[\r\n]|$/g;
    const start = open.startOffset - part.base;
    lineEnd.lastIndex = start;
    const end = lineEnd.exec(text)?.index ?? text.length;
    text = text.slice(0, start) + ' '.repeat(end - start) + text.slice(end);
  }
}

/** The tokens of an expression inside a string; offsets count in the whole text. */
export function tokenizeExpression(sink: DiagnosticSink, range: Range): Tokens {
  const { tokens } = lexer.tokenize(sink.source.slice(range), 'bracket');
  for (const token of tokens) token.startOffset += range.start;
  if (hasSurplus(tokens, sink)) return { tokens: [], parseable: false };
  const open = firstUnclosed(tokens);
  if (open !== undefined) {
    sink.report(rangeOf(open), 'U0105', {
      bracket: open.image,
      closing: imageOf.get(closingOf.get(open.tokenType) ?? CloseRound) ?? ')',
    });
    return { tokens: [], parseable: false };
  }
  return report(tokens, sink);
}

/** Whether there are more words than a script may have. What a string interpolates counts like words beside it. */
function hasSurplus(tokens: readonly IToken[], sink: DiagnosticSink): boolean {
  let count = tokens.length;
  for (const token of tokens) {
    if (token.tokenType === StringLiteral) count += dollarsIn(token.image);
    if (count <= wordsMax) continue;
    reportSurplus(token.tokenType === StringLiteral ? token : (tokens.at(-1) ?? token), sink);
    return true;
  }
  return false;
}

/** From there on a script has more words than it may have. */
export function reportSurplus({ startOffset }: Pick<IToken, 'startOffset'>, sink: DiagnosticSink): void {
  sink.report({ start: startOffset, end: startOffset + 1 }, 'U0112', { limit: wordsMax });
}

function dollarsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('$'); at >= 0; at = text.indexOf('$', at + 1)) count++;
  return count;
}

/** The tokens of a text that is still being written: nothing is reported, and nothing taken back. */
export function unfinishedTokens(text: string): readonly IToken[] {
  return lexer.tokenize(text).tokens;
}

/** The lines of the beginning of a text, without those of a bracket that is closed only later; unless there are too many of these. */
export function wholeLines(beginning: string): string {
  const { tokens } = lexer.tokenize(beginning);
  const open = firstUnclosed(tokens);
  const isDeep = !nestsWithin(tokens, new DiagnosticSink(new SourceText('', beginning)));
  const end = open === undefined || isDeep ? beginning.length : open.startOffset;
  return beginning.slice(0, Math.max(beginning.lastIndexOf('\n', end), 0) || end);
}

const reportedTokens: ReadonlySet<TokenType> = new Set([...unknownTokens, UnclosedString, UnclosedBlock]);

/** The outermost bracket that has no partner. A closing bracket of another kind closes too; the parser will say so. */
function firstUnclosed(tokens: readonly IToken[]): IToken | undefined {
  const open: IToken[] = [];
  for (const token of tokens) {
    if (closingOf.has(token.tokenType)) open.push(token);
    else if (closings.has(token.tokenType)) open.pop();
  }
  return open[0];
}

function report(found: IToken[], sink: DiagnosticSink): Tokens {
  const isKnown = (token: IToken): boolean => !reportedTokens.has(token.tokenType);
  if (found.every(isKnown)) return { tokens: found, parseable: nestsWithin(found, sink) };
  const tokens: IToken[] = [];
  let stray: IToken | undefined;
  for (const token of found) {
    const type = token.tokenType;
    if (type === UnclosedString) sink.report(rangeOf(token), 'U0103', { quote: token.image[0] ?? '"' });
    if (type === UnclosedBlock) sink.report({ start: token.startOffset, end: token.startOffset + 3 }, 'U0104', {});
    if (unknownTokens.has(type)) {
      if (')]}'.includes(token.image)) sink.report(rangeOf(token), 'U0106', { bracket: token.image });
      else if (stray !== undefined && tokenEnd(stray) === token.startOffset) stray.image += token.image;
      else {
        if (stray !== undefined) reportStray(stray, sink);
        stray = { ...token };
      }
    } else tokens.push(token);
  }
  if (stray !== undefined) reportStray(stray, sink);
  return { tokens, parseable: nestsWithin(tokens, sink) };
}

function reportStray(token: IToken, sink: DiagnosticSink): void {
  const shown = [...token.image.slice(0, 24)]
    .slice(0, 12)
    .map((one) =>
      /\p{C}|\p{Z}/u.test(one) ? `U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}` : one,
    );
  sink.report(rangeOf(token), 'U0102', { characters: `\`${shown.join('')}\`` });
}

const blockOpenings: ReadonlySet<TokenType> = new Set([If, Try, FunctionWord]);

/** Counts brackets and blocks as the parser will open them. An IF behind ELSE on its line shares the END of the first. */
function nestsWithin(tokens: readonly IToken[], sink: DiagnosticSink): boolean {
  let depth = 0;
  let before: IToken | undefined;
  for (const token of tokens) {
    const type = token.tokenType;
    const chained = type === If && before !== undefined && isKind(before, Else);
    if (closingOf.has(type) || isKind(token, Do) || (blockOpenings.has(type) && !chained)) depth++;
    else if (closings.has(type) || isKind(token, End)) depth = Math.max(0, depth - 1);
    if (depth > nestingMax) {
      sink.report(rangeOf(token), 'U0107', { limit: nestingMax });
      return false;
    }
    before = token;
  }
  return true;
}

/** Whether a token is of a kind that exists in more than one mode. */
export function isKind(token: IToken, kind: TokenType): boolean {
  return token.tokenType === kind || (token.tokenType.CATEGORIES?.includes(kind) ?? false);
}

/** What a person calls a token in a message. */
export function describeToken(token: IToken): string {
  if (isKind(token, Then) || isKind(token, Do) || isKind(token, Else) || isKind(token, End))
    return token.image.toUpperCase();
  const image = token.image.length > 30 ? `${token.image.slice(0, 30)}…` : token.image;
  return /^[\r\n]/.test(image) ? 'the end of the line' : `\`${image}\``;
}
