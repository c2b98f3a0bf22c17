// The first word of a command behind `$x =`, where an expression might stand as well.
import { isCommandWord } from '../catalogue/catalogue.ts';
import { someBlank } from './literal-patterns.ts';
import { found, stickyMatch } from './token-making.ts';

const nameThenArgument = new RegExp(
  String.raw`([A-Za-z]+)(?=${someBlank}+(?!(?:and|or|then|do|else|end|finally)\b)["'$/A-Za-z0-9])`,
  'iy',
);
const nameAlone = new RegExp(String.raw`[A-Za-z]+(?=${someBlank}*(?:[\r\n;#]|$))`, 'y');
const valueWords = new Set(['not', 'true', 'false', 'none']);

/**
 * A word behind `$x =` is a command when the catalogue knows it, or when an argument follows it: then it is a command
 * misspelt, and the message can say so.
 */
export function commandWordAt(text: string, offset: number): [string] | null {
  const word = (stickyMatch(nameThenArgument, text, offset) ?? stickyMatch(nameAlone, text, offset))?.[0];
  if (word === undefined || valueWords.has(word.toLowerCase())) return null;
  const followed = stickyMatch(nameThenArgument, text, offset) !== null;
  return followed || isCommandWord(word) ? found(word) : null;
}
