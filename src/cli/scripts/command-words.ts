// Writes a command from words of a command line, as a script would. What is a name or a path is quoted, so that nothing
// in it is read as anything else; everything else is a literal of its type or refused.
import type { Argument, CommandDefinition } from '../../language/catalogue/definition/definition.ts';
import { UsageError } from '../command-line.ts';

/** The argument's texts by its name; none where it was not given. Throws a UsageError for a text that does not fit. */
export function commandLine(definition: CommandDefinition, given: ReadonlyMap<string, readonly string[]>): string {
  const words = definition.arguments.flatMap((argument) =>
    (given.get(argument.name) ?? []).flatMap((text) => [
      ...(argument.words === undefined ? [] : [argument.words.toUpperCase()]),
      written(argument, text),
    ]),
  );
  return [definition.words.toUpperCase(), ...words].join(' ');
}

/** A text in quotes: a quote is doubled, and so is the dollar of a variable. */
export function writtenText(text: string): string {
  return `"${text.replaceAll('"', '""').replaceAll('$', '$$$$')}"`;
}

function written({ name, type }: Argument, text: string): string {
  if (typeof type === 'object') {
    const chosen = type.choice.find((one) => one.value === text);
    if (chosen !== undefined) return chosen.words.toUpperCase();
  }
  switch (type) {
    case 'mapping':
      return mapping(text);
    case 'integer':
    case 'duration':
    case 'rate':
    case 'timeout':
    case 'moment':
      // A literal: nothing in it ends the command or begins another.
      if (/^[\w:+./-]+(?: [\w/]+)?$/.test(text)) return text;
      throw new UsageError(`${name}: "${text}" is no ${type}`);
    case 'connection':
      return /^\d+$/.test(text) ? text : writtenText(text);
    default:
      return writtenText(text);
  }
}

function mapping(text: string): string {
  if (text.toLowerCase() === 'exact') return 'EXACT';
  const at = text.indexOf('=');
  if (at <= 0)
    throw new UsageError(`--map ${text}: write exact, or which path becomes which: --map /srv/a=/replicas/a`);
  return `${writtenText(text.slice(0, at))} TO ${writtenText(text.slice(at + 1))}`;
}
