// What could be written next at the prompt: words of commands, options and their choices, variables, names the servers know.

import { matchedWords } from '../language/catalogue/abbreviation.ts';
import { commands, findCommand } from '../language/catalogue/catalogue.ts';
import type { Argument, CommandDefinition } from '../language/catalogue/definition.ts';

const statementWords = [
  'BREAK',
  'CONTINUE',
  'ELSE',
  'END',
  'EXIT',
  'FAIL',
  'FINALLY',
  'FOR',
  'FUNCTION',
  'IF',
  'ON ERROR',
  'PARAM',
  'QUIT',
  'RETURN',
  'SAVE',
  'TRY',
  'WAIT',
  'WHILE',
  'WRITE',
];

export interface Completion {
  /** Whole replacements for the text from `start` on, in the order to show them. */
  readonly candidates: readonly string[];
  /** Where in the line the word being completed begins. */
  readonly start: number;
}

/** Behind one of these a new statement, or the command of an assignment, begins. */
const statementStart = /;|\b(?:then|do|else|try|finally)\b|\$[A-Za-z_]\w*\s*=/i;

/** Completes the last word of a line. `names` are live names: servers, connections, replication sets. */
export function complete(line: string, variables: Iterable<string>, names: Iterable<string>): Completion {
  const start = /[^\s=([,]*$/.exec(line)?.index ?? line.length;
  const word = line.slice(start);
  const offered = (candidates: Iterable<string>): Completion => ({
    candidates: [...new Set(candidates)].filter((one) => one.toUpperCase().startsWith(word.toUpperCase())).sort(),
    start,
  });
  const variable = /(?:\$\{?)([A-Za-z_0-9]*)$/.exec(word);
  if (variable !== null) {
    const prefix = word.slice(0, word.length - (variable[1] ?? '').length);
    return offered([...variables].map((name) => `${prefix}${name}`));
  }
  const statement = line.slice(0, start).split(statementStart).pop() ?? '';
  const before = statement.split(/[\s=]+/).filter((one) => one !== '');
  if (before.length === 0) return offered([...commands.map((one) => firstWord(one, 0)), ...statementWords]);
  const match = findCommand(before);
  if (!('definition' in match)) return offered(match.known === before.length ? match.next : []);
  const longer = commands.filter(
    (one) =>
      matchedWords(one.words.split(' ').slice(0, before.length).join(' '), before) > 0 &&
      one.words.split(' ').length > before.length,
  );
  return offered([
    ...longer.map((one) => firstWord(one, before.length)),
    ...match.definition.arguments.flatMap((one) => argumentWords(one, before)),
    ...names,
  ]);
}

function firstWord(command: CommandDefinition, index: number): string {
  return command.words.split(' ')[index]?.toUpperCase() ?? '';
}

/** The words an argument can begin with; behind an option's word, its choices. */
function argumentWords(argument: Argument, before: readonly string[]): readonly string[] {
  const choices = typeof argument.type === 'object' ? argument.type.choice.map((one) => one.words.toUpperCase()) : [];
  if (argument.words === undefined) return choices;
  const last = before[before.length - 1] ?? '';
  if (matchedWords(argument.words, [last]) > 0) return argument.type === 'mapping' ? ['EXACT'] : choices;
  return [argument.words.toUpperCase()];
}
