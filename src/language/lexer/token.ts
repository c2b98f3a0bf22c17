// The kinds of tokens, and what can be said of a token without knowing the grammar.
import type { Range } from '../tree/source-text.ts';

/** Words that begin a statement, and are ordinary words elsewhere. */
const statementKinds = [
  'if',
  'while',
  'for',
  'every-loop',
  'write',
  'fail',
  'exit',
  'return',
  'wait',
  'break',
  'continue',
  'try',
  'function',
  'task',
  'param',
  'on-error',
  'on',
  'include',
  'parallel',
] as const;
export type StatementKind = (typeof statementKinds)[number];

/** Words that open, divide or close a block. */
const blockKinds = ['then', 'do', 'else', 'end', 'finally'] as const;

/** Words that mean something in expressions, and are names where a name may stand. */
const nameKinds = ['true', 'false', 'none', 'each', 'in', 'to', 'step', 'until', 'every', 'timeout'] as const;

/** Between two values, in an expression. */
const operatorKinds = [
  'or',
  'and',
  'same',
  'not-equal',
  'less',
  'at-most',
  'greater',
  'at-least',
  'plus',
  'minus',
  'times',
  'divide',
  'modulo',
] as const;
export type OperatorKind = (typeof operatorKinds)[number];

const closingKinds = ['close-round', 'close-square', 'close-curly'] as const;

export const tokenKinds = [
  ...statementKinds,
  ...blockKinds,
  ...nameKinds,
  'name',
  ...operatorKinds,
  'not',
  /** The end of a line, or `;`. */
  'terminator',
  /** A bare word of a command. */
  'word',
  /** The first word of a command behind `$name =`. */
  'command',
  'literal',
  'string',
  'raw-string',
  /** From its quote to the end of the line. */
  'unclosed-string',
  /** From its three quotes to the end of the text. */
  'unclosed-block',
  /** The body of a task in JavaScript, with its quotes. */
  'script',
  'variable',
  /** `.state` of `$con.target.state`. */
  'field',
  /** `[` of `$list[0]`: touching what it is taken from. */
  'index',
  'open-round',
  'open-square',
  'open-curly',
  ...closingKinds,
  'comma',
  'colon',
  /** `=` behind a variable that opens a statement. */
  'assign',
  /** `=` elsewhere in a command. */
  'equals',
  /** A bracket that closes nothing. */
  'stray-closing',
  /** Characters that nothing takes. */
  'unknown',
  /** No token: what is found behind the last one. */
  'end-of-text',
] as const;
export type TokenKind = (typeof tokenKinds)[number];

export interface Token extends Range {
  readonly kind: TokenKind;
  readonly text: string;
}

/** What may be called like a function, or name the field of a record. */
export const names: ReadonlySet<TokenKind> = new Set<TokenKind>(['name', ...nameKinds]);

export const operators: ReadonlySet<TokenKind> = new Set(operatorKinds);

export const openings: ReadonlySet<TokenKind> = new Set<TokenKind>([
  'open-round',
  'open-square',
  'open-curly',
  'index',
]);
export const closings: ReadonlySet<TokenKind> = new Set(closingKinds);

const blockWords: ReadonlySet<TokenKind> = new Set(blockKinds);

/** The words of the language itself. */
export const keywords: ReadonlySet<TokenKind> = new Set([
  ...statementKinds,
  ...blockKinds,
  ...nameKinds,
  ...(['and', 'or', 'not'] as const),
]);

/** Behind one of these the next line belongs to the same statement. */
export const continuing: ReadonlySet<TokenKind> = new Set<TokenKind>(['comma', ...operatorKinds]);

/** A value ends with one of these; `true`, `false` and `none` do too, but take no field. */
export const valueEnds: ReadonlySet<TokenKind> = new Set<TokenKind>([
  ...closingKinds,
  ...(['literal', 'string', 'raw-string', 'variable', 'field'] as const),
]);

/** Behind one of these a statement begins. */
export const statementHeads: ReadonlySet<TokenKind> = new Set<TokenKind>([
  ...(['terminator', 'then', 'do', 'else', 'finally', 'try', 'on-error'] as const),
]);

/** A word of a command, wherever it stands. */
export function isWord(kind: TokenKind | undefined): boolean {
  return kind === 'word' || kind === 'command';
}

/** Whether a token opens a block: an IF behind ELSE on its line shares the END of the first. */
export function opensBlock(kind: TokenKind, before: TokenKind | undefined): boolean {
  if (kind === 'if') return before !== 'else';
  return kind === 'do' || kind === 'try' || kind === 'function';
}

/** What a person calls a kind of token in a message. */
const labels: Partial<Readonly<Record<TokenKind, string>>> = {
  terminator: 'the end of the line',
  word: 'a word',
  name: 'a name',
  variable: 'a variable',
  script: 'a script in """ … """',
  comma: ',',
  colon: ':',
  same: '=',
  in: 'IN',
  to: 'TO',
  'open-round': '(',
  'close-round': ')',
  'close-square': ']',
  'close-curly': '}',
};

export function labelOf(kind: TokenKind): string {
  return labels[kind] ?? kind.toUpperCase();
}

/** What a person calls a token in a message. */
export function describeToken({ kind, text }: Pick<Token, 'kind' | 'text'>): string {
  if (blockWords.has(kind)) return text.toUpperCase();
  const shown = text.length > 30 ? `${text.slice(0, 30)}…` : text;
  return /^[\r\n]/.test(shown) ? 'the end of the line' : `\`${shown}\``;
}
