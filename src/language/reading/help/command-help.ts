// What HELP says of commands: the page of one, and lists of several.
import { commands } from '../../catalogue/catalogue.ts';
import type { Argument, CommandDefinition } from '../../catalogue/definition/definition.ts';
import type { GroupName } from '../../catalogue/definition/groups.ts';
import {
  argumentText,
  availabilityText,
  commandName,
  dangerText,
  resultText,
  syntaxOf,
} from '../../catalogue/definition/syntax-text.ts';

/** All commands whose names begin with the words. */
export function commandsBeginning(words: readonly string[]): readonly CommandDefinition[] {
  const asked = words.map((one) => one.toUpperCase());
  const begins = (phrase: string | undefined): boolean => {
    const names = phrase?.toUpperCase().split(' ') ?? [];
    return phrase !== undefined && asked.every((word, index) => names[index]?.startsWith(word) === true);
  };
  return commands.filter((one) => begins(one.words) || begins(one.alias));
}

/**
 * The names of the commands of a group that are there; those with the same first word as one: `LIVE LIST|RELEASE`.
 * Of a longer name only two words are shown.
 */
export function commandFamilies(group: GroupName): readonly string[] {
  const families = new Map<string, string[]>();
  for (const one of commands) {
    if (one.group !== group || one.availability !== undefined) continue;
    const [first = '', ...rest] = commandName(one).split(' ');
    families.set(first, [...(families.get(first) ?? []), rest[0] ?? '']);
  }
  return [...families].flatMap(([first, seconds]) => {
    const longer = [...new Set(seconds)].filter((one) => one !== '');
    const alone = seconds.includes('') ? [first] : [];
    return longer.length === 0 ? alone : [...alone, `${first} ${longer.join('|')}`];
  });
}

export function commandList(definitions: readonly CommandDefinition[]): readonly string[] {
  const width = Math.max(0, ...definitions.map((one) => one.words.length));
  return definitions.map((one) => {
    const mark = one.availability === undefined ? ' ' : '*';
    return `${one.words.padEnd(width)} ${mark} ${one.summary.split('. ')[0]?.replace(/\.$/, '')}`;
  });
}

export function commandLines(definition: CommandDefinition): readonly string[] {
  const lines = [syntaxOf(definition), '', `  ${definition.summary}`];
  if (definition.availability !== undefined) lines.push(`  ${availabilityText(definition.availability)}`);
  if (definition.danger !== undefined) lines.push(`  ${dangerText(definition.danger)}`);
  if (definition.arguments.length > 0) lines.push('', ...definition.arguments.flatMap(argumentLines));
  lines.push('', `  Result: ${resultText(definition)}`, '');
  lines.push(...definition.examples.flatMap((one) => one.split('\n')).map((line) => `  ${line}`), '');
  const related = commands.filter((one) => one !== definition && one.group === definition.group).map(commandName);
  return related.length === 0 ? lines : [...lines, `  See also: ${related.join(', ')}`];
}

function argumentLines(argument: Argument): readonly string[] {
  const preset = argument.default === undefined ? '' : `; otherwise ${String(argument.default)}`;
  const choices = typeof argument.type === 'object' ? argument.type.choice : [];
  return [
    `  ${argumentText(argument)}: ${argument.help}${preset}`,
    ...(argument.availability === undefined ? [] : [`    ${availabilityText(argument.availability)}`]),
    ...choices.flatMap(({ words, availability }) =>
      availability === undefined ? [] : [`    ${words.toUpperCase()}: ${availabilityText(availability)}`],
    ),
  ];
}
