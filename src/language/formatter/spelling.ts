// How a token is written: words of the language and of commands in full and in small letters, units as the manuals
// write them. Names, words, strings and fields, which the author chose freely, stay as they are.
import { builtinFunctions } from '../functions/builtin-functions.ts';
import { isWord, keywords as languageWords, names, type Token, type TokenKind } from '../lexer/token.ts';
import type { WrittenToken } from './written-tokens.ts';

const sizeUnit = /^[kmgtp]?i?b$|^b$/i;

/** `keywords`: the parts of commands that are keywords, by offset, as the catalogue shows them. */
export function spellings(written: readonly WrittenToken[], keywords: ReadonlyMap<number, string>): string[] {
  return written.map(({ token }, index) => {
    const next = written[index + 1]?.token.kind;
    if (isWord(token.kind)) {
      if (isStatementWord(written, index)) return token.text.toLowerCase();
      return keywords.get(token.start)?.toLowerCase() ?? token.text;
    }
    if (token.kind === 'literal') return literalText(token.text);
    // The author chose the name of a field of a record, so it stays.
    if (languageWords.has(token.kind) && next !== 'colon') return keywordText(token);
    const called = names.has(token.kind) && next === 'open-round';
    return called && builtinFunctions.has(token.text.toLowerCase()) ? token.text.toLowerCase() : token.text;
  });
}

/** ON ERROR is two words in one token. */
function keywordText({ kind, text }: Token): string {
  return kind === 'on-error' ? 'on error' : text.toLowerCase();
}

/** AS and the type behind it in PARAM, the event and FROM in ON: words whose case does not matter. */
function isStatementWord(written: readonly WrittenToken[], index: number): boolean {
  const kind = (at: number): TokenKind | undefined => written[at]?.token.kind;
  // A PARAM may end at its variable: then the word behind that begins the next statement.
  const isAs = (at: number): boolean =>
    kind(at - 2) === 'param' &&
    kind(at - 1) === 'variable' &&
    written[at]?.token.text.toUpperCase() === 'AS' &&
    written[at].lineBreak !== 'statement';
  return kind(index - 1) === 'on' || kind(index - 2) === 'on' || isAs(index) || isAs(index - 1);
}

/**
 * `64kb` is `64kb`, `10 Minutes` is `10 minutes`, `1 gib/S` is `1 GiB/s`: the number and its blank stay as they are.
 */
function literalText(image: string): string {
  if (image.includes(':') || /^\d{4}-/.test(image)) return image.toUpperCase();
  const [, number = image, blank = '', unit = '', perSecond = ''] =
    /^([-\d.]+)([^A-Za-z%]*)([A-Za-z]*)(\/[sS])?$/.exec(image) ?? [];
  return `${number}${blank === '' ? '' : ' '}${unitText(unit)}${perSecond.toLowerCase()}`;
}

function unitText(unit: string): string {
  return sizeUnit.test(unit) ? unit.toUpperCase().replace('I', 'i') : unit.toLowerCase();
}
