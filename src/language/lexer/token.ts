// The kinds of tokens, and properties of tokens that do not depend on the grammar.
import type { Range } from '../tree/source-text.ts';

/** Words that begin a statement, and are ordinary words elsewhere. */
export const statementKinds = [
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
  'switch',
  'when',
] as const;
export type StatementKind = (typeof statementKinds)[number];

/** The kind of each statement by its first word, in small letters. */
export const statementNames: ReadonlyMap<string, StatementKind> = new Map(
  statementKinds
    .filter((kind) => kind !== 'on-error')
    .map((kind): [string, StatementKind] => [kind === 'every-loop' ? 'every' : kind, kind]),
);

/** Words that open, divide or close a block. */
const blockKinds = ['then', 'do', 'else', 'end', 'finally'] as const;

/** Words that mean something in expressions, and are names where a name may stand. */
export const nameKinds = [
  ...(['true', 'false', 'none', 'each', 'in', 'to', 'step', 'until', 'every', 'timeout'] as const),
  ...(['table', 'columns'] as const),
] as const;

/** `IF c THEN a ELSE b` inside brackets, which is a value. */
export const choosingKinds = ['value-if', 'value-then', 'value-else'] as const;

/** Operators between two values of an expression. */
export const operatorKinds = [
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
  ...choosingKinds,
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
  /** A text in foreign quotes, or another form of a value from another language. */
  'wrong-string',
  /** The body of a task in JavaScript, with its quotes. */
  'script',
  'variable',
  /** `.state` of `$con.target.state`. */
  'field',
  /** `[` of `$list[0]`, which touches the list. */
  'index',
  'open-round',
  'open-square',
  'open-curly',
  ...closingKinds,
  'comma',
  'colon',
  /** `=` behind a variable that opens a statement. */
  'assign',
  /** `+=`, `-=`, `*=` or `/=` behind what is assigned to. */
  'change',
  /** `=` elsewhere in a command. */
  'equals',
  /** A closing bracket without an opening one. */
  'stray-closing',
  /** Characters that fit no other token. */
  'unknown',
  /** Not a token: the kind that is found behind the last one. */
  'end-of-text',
] as const;
export type TokenKind = (typeof tokenKinds)[number];

export interface Token extends Range {
  readonly kind: TokenKind;
  readonly text: string;
}

/** Tokens that may be the name of a function or of a field of a record. */
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
  ...choosingKinds,
  ...(['and', 'or', 'not'] as const),
]);

/** Behind one of these the next line belongs to the same statement. */
export const continuing: ReadonlySet<TokenKind> = new Set<TokenKind>(['comma', ...operatorKinds]);

/**
 * A value that may have fields ends with one of these; `true`, `false` and `none` end a value, too, but have no fields.
 */
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

/**
 * Whether the variable at `at` is assigned to, it or a part of it: `$x =`, `$list[0] =`, `$x.name +=`. `kindAt` gives
 * the kind of each token, and `end-of-text` or nothing behind the last.
 */
export function isTarget(kindAt: (index: number) => TokenKind | undefined, at: number): boolean {
  if (kindAt(at) !== 'variable') return false;
  let depth = 0;
  for (let index = at + 1; ; index++) {
    const kind = kindAt(index);
    if (kind === undefined || kind === 'end-of-text') return false;
    if (kind === 'index' || (depth > 0 && openings.has(kind))) depth++;
    else if (depth > 0) depth -= closings.has(kind) ? 1 : 0;
    else if (kind !== 'field') return kind === 'assign' || kind === 'change';
  }
}

/** Whether a token opens a block: an IF behind ELSE on its line shares the END of the first. */
export function opensBlock(kind: TokenKind, before: TokenKind | undefined): boolean {
  if (kind === 'if') return before !== 'else';
  return kind === 'do' || kind === 'try' || kind === 'function';
}

/** The name of a kind of token in messages. */
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
  'value-then': 'THEN',
  'value-else': 'ELSE',
  to: 'TO',
  'open-round': '(',
  'close-round': ')',
  'close-square': ']',
  'close-curly': '}',
};

export function labelOf(kind: TokenKind): string {
  return labels[kind] ?? kind.toUpperCase();
}

/** The name of a token in messages. */
export function describeToken({ kind, text }: Pick<Token, 'kind' | 'text'>): string {
  if (blockWords.has(kind)) return text.toUpperCase();
  const shown = text.length > 30 ? `${text.slice(0, 30)}…` : text;
  return /^[\r\n]/.test(shown) ? 'the end of the line' : `\`${shown}\``;
}
