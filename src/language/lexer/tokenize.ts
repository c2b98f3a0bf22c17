// Makes the tokens for the parser. Reports characters that fit no token, strings and brackets that do not close, and
// nesting that is too deep for the parser's recursion. The parser never sees tokens that were reported here.
//
// A bracket that never closes would swallow the rest of the script, and with it all other errors. So the line is
// blanked from the bracket on, and the text is lexed again: every later statement still gets its own messages.
import { DiagnosticSink } from '../diagnostics/diagnostics.ts';
import { type Range, SourceText } from '../tree/source-text.ts';
import type { Repair } from './foreign-forms.ts';
import { lex, wordsMax } from './lexer.ts';
import { closings, openings, opensBlock, type Token, type TokenKind, tokenKinds } from './token.ts';
import { kindTable, type TokenList } from './token-list.ts';

/** The most brackets and blocks that may be nested; the parser recurses for each. */
export const nestingMax = 200;
/**
 * How much text may be lexed again because of unclosed brackets; beyond it the text behind such a bracket is not
 * checked.
 */
const relexedCharactersMax = 4 * 1024 * 1024;

const openingTable = kindTable(openings);
const closingTable = kindTable(closings);

const closingOf: Partial<Readonly<Record<TokenKind, string>>> = {
  'open-round': ')',
  'open-square': ']',
  index: ']',
  'open-curly': '}',
};

export interface Tokens {
  readonly tokens: TokenList;
  /** False when the tokens must not be parsed: they are nested too deep. */
  readonly parseable: boolean;
}

/** The tokens of a whole script, or of a file that it includes. */
export function tokenize(sink: DiagnosticSink, part: SourceText = sink.source): Tokens {
  let { text } = part;
  for (let relexed = 0; ; relexed += text.length) {
    const repairs: Repair[] = [];
    const tokens = lex(text, part.base, 'statements', repairs);
    if (hasSurplus(tokens, sink)) return { tokens: tokens.first(0), parseable: false };
    const open = firstUnclosed(tokens);
    if (open < 0) return report(tokens, repairs, sink);
    reportUnclosed(tokens, open, sink);
    if (relexed + text.length > relexedCharactersMax || sink.isFull) {
      const known = repairs.filter((one) => one.start < tokens.startAt(open));
      return { tokens: report(tokens.first(open), known, sink).tokens, parseable: false };
    }
    const lineEnd = /[\r\n]|$/g;
    const start = tokens.startAt(open) - part.base;
    lineEnd.lastIndex = start;
    const end = lineEnd.exec(text)?.index ?? text.length;
    text = text.slice(0, start) + ' '.repeat(end - start) + text.slice(end);
  }
}

/** The tokens of an expression inside a string; offsets count in the whole text. */
export function tokenizeExpression(sink: DiagnosticSink, range: Range): Tokens {
  const repairs: Repair[] = [];
  const tokens = lex(sink.source.slice(range), range.start, 'expression', repairs);
  if (hasSurplus(tokens, sink)) return { tokens: tokens.first(0), parseable: false };
  const open = firstUnclosed(tokens);
  if (open < 0) return report(tokens, repairs, sink);
  reportUnclosed(tokens, open, sink);
  return { tokens: tokens.first(0), parseable: false };
}

const strings = kindTable(['string']);

/** Whether there are more words than a script may have. The words of expressions inside strings count, too. */
function hasSurplus(tokens: TokenList, sink: DiagnosticSink): boolean {
  let count = tokens.length;
  let last = tokens.length - 1;
  for (
    let index = tokens.indexOf(strings);
    index >= 0 && count <= wordsMax;
    index = tokens.indexOf(strings, index + 1)
  ) {
    count += dollarsIn(tokens.textAt(index));
    last = index;
  }
  if (count > wordsMax) reportSurplus(tokens.startAt(last), sink);
  return count > wordsMax;
}

/** Reports that a script has more words than it may have, at the first word too many. */
export function reportSurplus(start: number, sink: DiagnosticSink): void {
  sink.report({ start, end: start + 1 }, 'U0112', { limit: wordsMax });
}

function dollarsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('$'); at >= 0; at = text.indexOf('$', at + 1)) count++;
  return count;
}

/** The tokens of a text that is still being written: nothing is reported, and nothing is lexed again. */
export function unfinishedTokens(text: string): TokenList {
  return lex(text);
}

/**
 * The whole lines of the beginning of a text, up to a bracket that is not closed in it; brackets nested too deep do not
 * count.
 */
export function wholeLines(beginning: string): string {
  const tokens = lex(beginning);
  const open = firstUnclosed(tokens);
  const isDeep = !nestsWithin(tokens, new DiagnosticSink(new SourceText('', beginning)));
  const end = open < 0 || isDeep ? beginning.length : tokens.startAt(open);
  return beginning.slice(0, Math.max(beginning.lastIndexOf('\n', end), 0) || end);
}

/**
 * The index of the outermost bracket that is never closed, or -1. A bracket of the wrong kind closes, too; the parser
 * reports it.
 */
function firstUnclosed(tokens: TokenList): number {
  const open: number[] = [];
  for (let index = 0; index < tokens.length; index++) {
    if (tokens.isAt(index, openingTable)) open.push(index);
    else if (tokens.isAt(index, closingTable)) open.pop();
  }
  return open[0] ?? -1;
}

function reportUnclosed(tokens: TokenList, open: number, sink: DiagnosticSink): void {
  const closing = closingOf[tokens.kindAt(open)] ?? ')';
  const start = tokens.startAt(open);
  sink.report({ start, end: start + 1 }, 'U0105', { bracket: tokens.textAt(open), closing });
}

const foreignLetter = /[^\x20-\x7e]/;
const unreadable: ReadonlySet<TokenKind> = new Set<TokenKind>(['unknown', 'stray-closing']);
const inspected = kindTable([...unreadable, 'unclosed-string', 'unclosed-block', 'variable']);

function report(tokens: TokenList, repairs: readonly Repair[], sink: DiagnosticSink): Tokens {
  let isReadable = true;
  for (const one of repairs) reportRepair(one, sink);
  for (let index = tokens.indexOf(inspected); index >= 0; index = tokens.indexOf(inspected, index + 1)) {
    const kind = tokens.kindAt(index);
    if (kind === 'variable') {
      if (foreignLetter.test(tokens.textAt(index))) reportName(tokens.at(index), sink);
      continue;
    }
    reportToken(tokens.at(index), sink);
    if (unreadable.has(kind)) isReadable = false;
  }
  const known = isReadable ? tokens : tokens.filter((kind) => !unreadable.has(kind));
  return { tokens: known, parseable: nestsWithin(known, sink) };
}

function reportRepair({ kind, start, end, suggestion }: Repair, sink: DiagnosticSink): void {
  const written = sink.source.slice({ start, end }).slice(0, 40);
  if (kind === 'word') sink.report({ start, end }, 'U0401', { name: written, suggestion });
  else if (kind === 'end') sink.report({ start, end }, 'U0208', { after: 'END', found: `\`${written}\``, suggestion });
  else if (kind === 'operator') sink.report({ start, end }, 'U0209', { written, suggestion });
  else if (kind === 'variable') sink.report({ start, end }, 'U0214', { name: written });
  else if (kind === 'brace') sink.report({ start, end }, 'U0210', { suggestion });
  else sink.report({ start, end }, 'U0102', { characters: `\`${written}\``, suggestion });
}

function reportName(token: Token, sink: DiagnosticSink): void {
  sink.report(token, 'U0113', { name: token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text });
}

function reportToken(token: Token, sink: DiagnosticSink): void {
  const { kind, text, start } = token;
  if (kind === 'unclosed-string') sink.report(token, 'U0103', { quote: text[0] === "'" ? "'" : '"' });
  else if (kind === 'unclosed-block') sink.report({ start, end: start + 3 }, 'U0104', {});
  else if (kind === 'stray-closing') sink.report(token, 'U0106', { bracket: text });
  else sink.report(token, 'U0102', { characters: shown(text), suggestion: 'put it in quotes, or take it away' });
}

/** The first of some characters; an invisible one is shown by its number. */
function shown(text: string): string {
  const characters = [...text.slice(0, 24)].slice(0, 12).map((one) => {
    const isVisible = !/\p{C}|\p{Z}/u.test(one);
    return isVisible ? one : `U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  });
  return `\`${characters.join('')}\``;
}

const opens = (kind: TokenKind, before?: TokenKind): boolean => openings.has(kind) || opensBlock(kind, before);
const closes = (kind: TokenKind): boolean => closings.has(kind) || kind === 'end';
const isSign = (kind: TokenKind): boolean => kind === 'minus' || kind === 'not';
const nesting = kindTable(tokenKinds.filter((kind) => opens(kind) || closes(kind) || isSign(kind)));

/** Whether brackets, blocks and nested signs are few enough for the parser, counted as the parser will open them. */
function nestsWithin(tokens: TokenList, sink: DiagnosticSink): boolean {
  let depth = 0;
  // Two equal signs cancel each other; a minus before a NOT is one more level of the tree.
  let signs = 0;
  for (let index = 0; index < tokens.length; index++) {
    if (!tokens.isAt(index, nesting)) {
      signs = 0;
      continue;
    }
    const kind = tokens.kindAt(index);
    if (opens(kind, tokens.kindAt(index - 1))) depth++;
    else if (closes(kind)) depth = Math.max(0, depth - 1);
    signs = isSign(kind) ? signs + (kind === tokens.kindAt(index - 1) ? 0 : 1) : 0;
    if (depth + signs <= nestingMax) continue;
    sink.report(tokens.at(index), 'U0107', { limit: nestingMax });
    return false;
  }
  return true;
}
