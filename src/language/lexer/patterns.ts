// How tokens are written, as patterns that match at one place of a text.
import { spelledUnits } from '../values/units.ts';
import type { StatementKind } from './token.ts';

/** The offset behind a match at `offset`, or -1. */
export function endOf(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

const blank = String.raw`[ \t\f\v\u00a0\ufeff]`;
const endOfLine = String.raw`(?:\r\n|\r|\n)`;
const continuation = String.raw`\\[ \t]*${endOfLine}`;
/** What may stand between two words of a line that belong together, such as a number and its unit. */
export const someBlank = `(?:${blank}(?:${continuation})?)`;

export const lineBlanks = new RegExp(`(?:${blank}+(?:${continuation})?)+`, 'y');
/** In a bracket a line end is a blank; a `\` must follow a blank that is not a line end. */
export const bracketBlanks = new RegExp(String.raw`(?:(?:${blank}|[\r\n])+(?:(?<=${blank})${continuation})?)+`, 'y');
export const lineEnd = new RegExp(endOfLine, 'y');
export const comment = /#[^\r\n]*/y;
export const restOfLine = /[^\r\n]*/y;

export const identifier = /[A-Za-z_][A-Za-z0-9_]*/y;
/** Includes letters that a name may not have, so that one message is about the whole name. */
export const variable = /\$[A-Za-z_][A-Za-z0-9_]*(?:\p{L}[\p{L}\p{M}\p{N}_]*)?/uy;

// A word ends at a blank, a quote, a dollar, a bracket, a comma, an equals sign or a control character. A `\` alone is
// not a word; otherwise the blank before it would decide whether a `\` at the end of a line is a word.
const notInWord = String.raw`\s"'$;()\[\]{},=\u0000-\u001f\u007f\ufeff`;
export const plainWord = new RegExp(`(?!\\\\(?:[${notInWord}]|$))[^#${notInWord}][^${notInWord}]*`, 'y');

const spelled = [...spelledUnits]
  .sort((one, other) => other.length - one.length)
  .map((unit) => unit.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`))
  .join('|');
/** Dates, instants and times; an open group, so that its user adds quantities and closes it. */
const digits = String.raw`(?:\d{4}-\d{2}-\d{2}(?:[Tt]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:[Zz]|[+-]\d{2}:\d{2})?)?|\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?`;
const quantity = String.raw`\d+(?:\.\d+)?(?:%|[smhdwSMHDW]|[bB](?:\/[sS])?|${someBlank}+B(?:\/[sS])?|${someBlank}*(?:${spelled})(?:\/[sS])?|)`;
/** A literal of a command: a delimiter must follow, otherwise the text is a word. */
export const commandLiteral = new RegExp(String.raw`${digits}|-?${quantity})(?=[\s;,)\]}=]|$)`, 'y');
export const expressionLiteral = new RegExp(`${digits}|${quantity})(?![A-Za-z0-9_])`, 'y');

/** A character that may follow a word that closes or divides a block; the end of the text may follow, too. */
export const reservedEnd = /[\s;#,=()"'$]/y;

/** Inside brackets, IF and what belongs to it: no field of a record, and a value follows. */
export const choosingWord = /(?:if|then|else)(?=[\s("'$[{])(?!\s*:)/iy;

interface StatementWord {
  readonly kind: StatementKind;
  /** The word, with everything that must follow it. */
  readonly pattern: RegExp;
  readonly opensExpression: boolean;
}

const behindStatementWord = String.raw`(?=[\s;#=("'$\[{]|$)`;

function statementWord(kind: StatementKind, mode: 'command' | 'expression', pattern: string): StatementWord {
  return { kind, pattern: new RegExp(pattern, 'iy'), opensExpression: mode === 'expression' };
}

/** The words that begin a statement, in small letters; the first entry is tried first. */
export const statementWords: ReadonlyMap<string, readonly StatementWord[]> = new Map<string, readonly StatementWord[]>([
  ...(['if', 'while', 'for', 'write', 'fail', 'exit', 'return', 'switch', 'when'] as const).map(
    (word): [string, StatementWord[]] => [word, [statementWord(word, 'expression', word + behindStatementWord)]],
  ),
  ...(['break', 'continue', 'try', 'function', 'param', 'include', 'parallel'] as const).map(
    (word): [string, StatementWord[]] => [word, [statementWord(word, 'command', word + behindStatementWord)]],
  ),
  // `WAIT FOR …` is a command; so is `WAIT FOR` alone, because blanks at the end of a line mean nothing.
  [
    'wait',
    [statementWord('wait', 'expression', String.raw`wait(?!${someBlank}+for(?:[\s;]|$))${behindStatementWord}`)],
  ],
  ['every', [statementWord('every-loop', 'expression', `every${behindStatementWord}`)]],
  [
    'on',
    [
      statementWord('on-error', 'command', String.raw`on${someBlank}+error(?=[\s;#$]|$)`),
      statementWord('on', 'command', `on${behindStatementWord}`),
    ],
  ],
  // `TASK word` is a command, `TASK name(` defines.
  ['task', [statementWord('task', 'command', `task(?=${someBlank}+[^\\s"'$;()\\[\\]{},=]+${someBlank}*\\()`)]],
]);
