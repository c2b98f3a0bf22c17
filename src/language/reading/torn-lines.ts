// A quote or a bracket that is never closed ends with its line. When it holds a secret, the lines behind it may be the
// rest of that secret, up to a line that begins like a statement. These lines are called torn, and must be hidden.
import { isCommandWord } from '../catalogue/catalogue.ts';
import { isTarget, isWord, keywords, names, type Token } from '../lexer/token.ts';
import type { Range, SourceText } from '../tree/source-text.ts';

export interface TornLines {
  readonly ranges: readonly Range[];
  /** Whether a line behind the text would be torn, too. */
  readonly goesOn: boolean;
}

export interface TornFrom {
  /** Whether a token is hidden; must be called with the tokens in their order. */
  readonly isSecret: (token: Token) => boolean;
  /** Whether a statement with this token asks for a secret. */
  readonly asks: (token: Token, isFirst: boolean) => boolean;
}

/** One statement, as far as the lexer can tell: up to a line end that no bracket and no backslash continues. */
interface Statement extends Range {
  readonly tokens: readonly Token[];
}

export function tornLines(source: SourceText, tokens: readonly Token[], { isSecret, asks }: TornFrom): TornLines {
  const ranges: Range[] = [];
  let goesOn = false;
  for (const statement of statementsOf(source, tokens)) {
    const holdsOpenSecret = statement.tokens.filter(isSecret).some(({ kind }) => kind.startsWith('unclosed'));
    const text = source.slice(statement);
    if (goesOn && (text.trim() === '' || !isStatement(statement, source))) {
      const start = statement.start + text.length - text.trimStart().length;
      ranges.push({ start, end: Math.max(start, statement.start + text.trimEnd().length) });
      continue;
    }
    const isAsking = statement.tokens.some((token, at) => asks(token, at === 0));
    goesOn = holdsOpenSecret || (isAsking && leavesBracket(statement, source));
  }
  return { ranges: ranges.filter(({ start, end }) => end > start), goesOn };
}

function statementsOf(source: SourceText, tokens: readonly Token[]): readonly Statement[] {
  const statements: Statement[] = [];
  let [start, first] = [source.base, 0];
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== 'terminator') continue;
    statements.push({ start, end: token.start, tokens: tokens.slice(first, at) });
    [start, first] = [token.end, at + 1];
  }
  const end = source.base + source.text.length;
  return [...statements, { start, end, tokens: tokens.slice(first) }];
}

/**
 * Whether a line begins like a statement. The lexer drops unknown characters, so a line may have text but no tokens.
 */
function isStatement({ start, tokens }: Statement, source: SourceText): boolean {
  const [first] = tokens;
  if (first === undefined || source.slice({ start, end: first.start }).trim() !== '') return false;
  if (first.kind === 'variable') return isTarget((at) => tokens[at]?.kind, 0);
  if (isWord(first.kind)) return isCommandWord(first.text);
  return keywords.has(first.kind) && !names.has(first.kind);
}

/** Whether the line has an unclosed bracket, which the lexer drops with the rest of its line. */
function leavesBracket({ end, tokens }: Statement, source: SourceText): boolean {
  const last = tokens[tokens.length - 1];
  return last !== undefined && /^[^#]*[([{]/.test(source.slice({ start: last.end, end }));
}
