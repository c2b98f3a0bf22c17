// What HELP says of a word that is an option, or a choice, of commands: which commands have it, and what it does there.
import { commands } from '../../catalogue/catalogue.ts';
import { matchesKeyword } from '../../catalogue/definition/abbreviation.ts';
import type { Argument, CommandDefinition } from '../../catalogue/definition/definition.ts';
import { argumentText, commandName } from '../../catalogue/definition/syntax-text.ts';

export interface Option {
  readonly command: CommandDefinition;
  readonly argument: Argument;
}

/** The phrases of an argument: its own words, and those of its choices. */
function phrasesOf({ words, type }: Argument): readonly string[] {
  const choices = typeof type === 'object' ? type.choice.map((one) => one.words) : [];
  return words === undefined ? choices : [words, ...choices];
}

/** Every option in whose phrases the words stand beside each other. */
export function optionsNamed(words: readonly string[]): readonly Option[] {
  const holds = (phrase: string): boolean => {
    const keywords = phrase.split(' ');
    return keywords.some((_, from) => words.every((word, index) => matchesKeyword(keywords[from + index] ?? '', word)));
  };
  return commands.flatMap((command) =>
    command.arguments
      .filter((argument) => argument.availability === undefined && phrasesOf(argument).some(holds))
      .map((argument) => ({ command, argument })),
  );
}

/** The words of all options, in capitals. */
export function optionNames(): readonly string[] {
  const phrases = commands.flatMap((command) => command.arguments.flatMap(phrasesOf));
  return [...new Set(phrases.flatMap((one) => one.toUpperCase().split(' ')))];
}

export function optionLines(name: string, options: readonly Option[]): readonly string[] {
  const parts = options.map(({ command, argument }) => [
    `  ${commandName(command)} … ${argumentText(argument)}`,
    `      ${argument.help}`,
  ]);
  return [`${name} is a word of ${options.length === 1 ? 'this command' : 'these commands'}:`, '', ...parts.flat()];
}
