// The text that HELP prints: about one command, all commands whose names begin with the given words, a group, or
// everything.
import { commands } from '../catalogue.ts';
import type { Argument, Availability, CommandDefinition } from './definition.ts';
import { type GroupName, groups } from './groups.ts';
import { argumentText, commandName, syntaxOf } from './syntax-text.ts';

const groupNames = Object.keys(groups) as readonly GroupName[];

/** Lines below the list of all commands: the statements that are not commands, and where to read more. */
const afterwords: readonly string[] = [
  '',
  'HELP and a command, or a group, explain it. Small letters may be left out: QTASK is QUEUETASK. A * marks what is not there yet.',
  'Besides commands: $name = value, IF, WHILE, FOR, TRY, FUNCTION, TASK, PARAM, INCLUDE, PARALLEL, EVERY, ON, WRITE, WAIT, FAIL, EXIT',
  '(grammar/grammar.md).',
  'At the prompt: SAVE "file" writes what succeeded as a script, QUIT ends.',
];

/** The lines that answer HELP with these words. */
export function helpLines(words: readonly string[]): readonly string[] {
  if (words.length === 0)
    return [...groupNames.flatMap((name) => [...groupLines(name), '']).slice(0, -1), ...afterwords];
  const found = commandsAbout(words);
  const group = groupAsked(words);
  const [only] = found;
  if (group !== undefined && found.length !== 1) return groupLines(group);
  if (only === undefined) return [`there is no command ${words.join(' ').toUpperCase()}`];
  if (found.length > 1) return commandList(found);
  const related = commands.filter((one) => one !== only && one.group === only.group).map(commandName);
  return [...commandLines(only), '', ...(related.length === 0 ? [] : [`  See also: ${related.join(', ')}`])];
}

/** All commands whose names begin with the words; only one command when the words are its whole name. */
export function commandsAbout(words: readonly string[]): readonly CommandDefinition[] {
  const asked = words.map((one) => one.toUpperCase());
  const begins = (phrase: string | undefined): boolean => {
    const names = phrase?.toUpperCase().split(' ') ?? [];
    return phrase !== undefined && asked.every((word, index) => names[index]?.startsWith(word) === true);
  };
  const found = commands.filter((one) => begins(one.words) || begins(one.alias));
  const whole = asked.join(' ');
  const exact = found.filter((one) => commandName(one) === whole || one.alias === whole);
  return exact.length === 1 ? exact : found;
}

/** The group of `HELP GROUP failover`, `HELP failover` or `HELP stream`; undefined unless exactly one group matches. */
function groupAsked(words: readonly string[]): GroupName | undefined {
  const [first = '', ...rest] = words;
  const name = (first.toUpperCase() === 'GROUP' ? rest : words).join(' ').toLowerCase();
  const found = groupNames.filter((one) => one.toLowerCase().startsWith(name));
  return found.find((one) => one.toLowerCase() === name) ?? (found.length === 1 ? found[0] : undefined);
}

function groupLines(name: GroupName): string[] {
  const list = commandList(commands.filter(({ group }) => group === name));
  return [`${name}: ${groups[name]}`, ...list.map((line) => `  ${line}`)];
}

function commandList(definitions: readonly CommandDefinition[]): string[] {
  const width = Math.max(0, ...definitions.map((one) => one.words.length));
  return definitions.map((one) => {
    const mark = one.availability === undefined ? ' ' : '*';
    return `${one.words.padEnd(width)} ${mark} ${one.summary.split('. ')[0]?.replace(/\.$/, '')}`;
  });
}

function commandLines(definition: CommandDefinition): string[] {
  const lines = [syntaxOf(definition), '', `  ${definition.summary}`];
  if (definition.availability !== undefined) lines.push(`  ${availabilityText(definition.availability)}`);
  if (definition.arguments.length > 0) lines.push('', ...definition.arguments.flatMap(argumentLines));
  lines.push('', `  Result: ${resultText(definition)}`, '');
  lines.push(
    ...definition.examples
      .map((one) => `  ${one.replaceAll('\n', '\n  ')}`)
      .join('\n')
      .split('\n'),
  );
  return lines;
}

function argumentLines(argument: Argument): string[] {
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

/** Describes the result of a command. */
export function resultText({ result, returns }: CommandDefinition): string {
  return returns ?? (result === 'integer' ? '1, which is success' : `a ${result}`);
}

export function availabilityText({ missing, instead }: Availability): string {
  return `Not there yet: ${missing}. Instead: ${instead}.`;
}
