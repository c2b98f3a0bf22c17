// Tells a name that may stand bare from a misspelt option, where a command would take either.
import type { CommandDefinition } from '../catalogue/definition/definition.ts';
import { commandName, optionNames } from '../catalogue/definition/syntax-text.ts';
import { otherWordFor } from '../catalogue/other-words.ts';
import { nearestMatch } from './nearest-match.ts';

/** Whether a bare word is more likely a misspelt or unfinished option of a command than a name. */
export function isLikeOption(word: string, definition: CommandDefinition): boolean {
  if (word.startsWith('-') || otherWordFor(commandName(definition), word) !== undefined) return true;
  const names = optionNames(definition);
  return names.some((one) => one.startsWith(word.toUpperCase())) || nearestMatch(word, names) !== undefined;
}
