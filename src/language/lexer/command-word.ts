// Finds the first word of a command behind `$x =`, where an expression may stand as well.
import { isCommandWord } from '../catalogue/catalogue.ts';
import { endOf, reservedEnd, someBlank } from './patterns.ts';

const nameThenArgument = new RegExp(
  String.raw`([A-Za-z]+)(?=${someBlank}+(?!(?:and|or|then|do|else|end|finally)\b)["'$/A-Za-z0-9])`,
  'iy',
);
const nameAlone = new RegExp(
  String.raw`[A-Za-z]+(?=${someBlank}*(?:[\r\n;#]|$)|${someBlank}+(?:do|else|end|finally)(?:${reservedEnd.source}|$))`,
  'iy',
);
const valueWords = new Set(['not', 'true', 'false', 'none']);

/**
 * A word behind `$x =` is a command when the catalogue knows it. It also counts as a command when an argument follows
 * it, so that the message can say that the command is misspelt. Returns the offset behind the word, or -1.
 */
export function commandWordEnd(text: string, offset: number): number {
  const followed = endOf(nameThenArgument, text, offset);
  const end = followed >= 0 ? followed : endOf(nameAlone, text, offset);
  if (end < 0) return -1;
  const word = text.slice(offset, end);
  if (valueWords.has(word.toLowerCase())) return -1;
  return followed >= 0 || isCommandWord(word) ? end : -1;
}
