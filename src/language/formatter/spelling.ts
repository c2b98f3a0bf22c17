// How a token is written: words of the language and of commands in small letters and in full, units as the manuals write
// them. Whatever the author chose freely (names, words, strings, fields) stays as it is.
import type { IToken, TokenType } from 'chevrotain';
import { builtinFunctions } from '../interpreter/builtin-functions.ts';
import { isKind } from '../lexer/tokenize.ts';
import { Colon, keywordTokens, Literal, Name, On, OnError, OpenRound, Param, Variable, Word } from '../lexer/tokens.ts';

const sizeUnit = /^[kmgtp]?i?b$|^b$/i;

/** `keywords`: the parts of commands that are keywords, by offset, as the catalogue shows them. */
export function spellings(tokens: readonly IToken[], keywords: ReadonlyMap<number, string>): string[] {
  return tokens.map((token, index) => {
    const next = tokens[index + 1]?.tokenType;
    if (isKind(token, Word)) {
      if (isStatementWord(tokens, index)) return token.image.toLowerCase();
      return keywords.get(token.startOffset)?.toLowerCase() ?? token.image;
    }
    if (isKind(token, Literal)) return literalText(token.image);
    // A field of a record is what its author calls it.
    if (keywordTokens.has(token.tokenType) && next !== Colon) return keywordText(token);
    const called = isKind(token, Name) && next === OpenRound;
    return called && builtinFunctions.has(token.image.toLowerCase()) ? token.image.toLowerCase() : token.image;
  });
}

/** ON ERROR is two words in one token. */
function keywordText({ tokenType, image }: IToken): string {
  return tokenType === OnError ? 'on error' : image.toLowerCase();
}

/** AS and the type behind it in PARAM, the event and FROM in ON: words of which the case means nothing. */
function isStatementWord(tokens: readonly IToken[], index: number): boolean {
  const before = (count: number): TokenType | undefined => tokens[index - count]?.tokenType;
  if (before(1) === On || before(2) === On) return true;
  const isAs = (count: number): boolean => tokens[index - count]?.image.toUpperCase() === 'AS';
  // A PARAM may end here: then this is the first word of what follows.
  if (before(1) === Variable) return before(2) === Param && isAs(0);
  return before(2) === Variable && before(3) === Param && isAs(1);
}

/** `64kb` is `64kb`, `10 Minutes` is `10 minutes`, `1 gib/S` is `1 GiB/s`: the number and its blank stay as they are. */
function literalText(image: string): string {
  if (image.includes(':') || /^\d{4}-/.test(image)) return image.toUpperCase();
  const [, number = image, blank = '', unit = '', perSecond = ''] =
    /^([-\d.]+)([^A-Za-z%]*)([A-Za-z]*)(\/[sS])?$/.exec(image) ?? [];
  return `${number}${blank === '' ? '' : ' '}${unitText(unit)}${perSecond.toLowerCase()}`;
}

function unitText(unit: string): string {
  return sizeUnit.test(unit) ? unit.toUpperCase().replace('I', 'i') : unit.toLowerCase();
}
