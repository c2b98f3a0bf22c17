// Which kind of token a word or a sign is, where only its spelling decides.
import type { TokenKind } from './token.ts';

export const reserved: ReadonlyMap<string, TokenKind> = new Map(
  (['then', 'do', 'else', 'end', 'finally'] as const).map((word) => [word, word]),
);
export const valueWords: ReadonlyMap<string, TokenKind> = new Map(
  (['and', 'or', 'not', 'true', 'false', 'none'] as const).map((word) => [word, word]),
);
export const clauseWords: ReadonlyMap<string, TokenKind> = new Map(
  (['each', 'in', 'to', 'step', 'until', 'every', 'timeout', 'table', 'columns'] as const).map((word) => [word, word]),
);
export const longestWord = 8;
/** `+`, `-`, `*` and `/`, which change a variable with `=` behind them. */
export const changeSigns: ReadonlySet<number> = new Set([43, 45, 42, 47]);

/** The kind of token by character; `<` and `>` may be part of a longer sign. */
export const signs: ReadonlyMap<string, TokenKind> = new Map([
  ['=', 'same'],
  ['+', 'plus'],
  ['-', 'minus'],
  ['*', 'times'],
  ['/', 'divide'],
  ['%', 'modulo'],
  [':', 'colon'],
  ['<', 'less'],
  ['>', 'greater'],
  ['<>', 'not-equal'],
  ['<=', 'at-most'],
  ['>=', 'at-least'],
]);

export function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
