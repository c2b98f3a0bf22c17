// The reference of the commands, from the catalogue: a page for each group, and one that leads to them.
import { commands, taskCommands } from '../../src/language/catalogue/catalogue.ts';
import { keywordForms } from '../../src/language/catalogue/definition/abbreviation.ts';
import type { Argument, CommandDefinition } from '../../src/language/catalogue/definition/definition.ts';
import { type GroupName, groups } from '../../src/language/catalogue/definition/groups.ts';
import {
  argumentText,
  availabilityText,
  commandName,
  dangerText,
  describeType,
  resultText,
  syntaxOf,
} from '../../src/language/catalogue/definition/syntax-text.ts';
import { commandErrorCodes, commandErrorMeanings } from '../../src/language/values/host.ts';

const groupNames = Object.keys(groups) as readonly GroupName[];

/** The pages by file name. */
export function commandReference(): ReadonlyMap<string, string> {
  const pages = groupNames.map((name): [string, string] => [`${pageName(name)}.md`, groupPage(name)]);
  return new Map([['README.md', indexPage()], ...pages]);
}

function pageName(group: GroupName): string {
  return group.toLowerCase().replaceAll(/[^a-z]+/g, '-');
}

function membersOf(group: GroupName): readonly CommandDefinition[] {
  return commands.filter((one) => one.group === group);
}

function anchor(definition: CommandDefinition): string {
  return commandName(definition).toLowerCase().replaceAll(' ', '-');
}

function indexPage(): string {
  const lists = groupNames.map((name) => {
    const rows = membersOf(name).map(
      (one) =>
        `- [${commandName(one)}](${pageName(name)}.md#${anchor(one)}): ${firstSentence(one.summary)}${mark(one)}`,
    );
    return `## [${name}](${pageName(name)}.md)\n\n${sentence(groups[name])}\n\n${rows.join('\n')}`;
  });
  return `# Commands

Made from the catalogue in \`src/language/catalogue/\`; \`HELP\` prints the same. The language around the commands is in
[grammar.md](../../grammar.md), the messages of a check in [errors.md](../../errors.md).

In a syntax, small letters may be left out from the end of each run of them, \`[x]\` need not be given, \`x…\` may be given several times, \`<x>\` is
a value, \`x | y\` is one of the two. Words are written in any case; options stand in any order, with or without \`=\` before their value.

${lists.join('\n\n')}

## Return codes

Every result has a \`.code\`, and a positive one is success. A command that fails raises an error, whose \`code\` is one of
these ([grammar.md](../../grammar.md), Commands):

| code | meaning |
|---|---|
${(Object.keys(commandErrorMeanings) as (keyof typeof commandErrorMeanings)[]).map((one) => `| ${commandErrorCodes[one]} | ${commandErrorMeanings[one]} |`).join('\n')}
`;
}

function groupPage(name: GroupName): string {
  const members = membersOf(name);
  const tasks = name === 'stream tasks' ? taskSection() : '';
  return `# ${name}\n\n${sentence(groups[name])} ([all commands](README.md))\n\n${members.map((one) => commandSection(one)).join('\n')}${tasks}`;
}

function taskSection(): string {
  const sections = taskCommands.map((one) => commandSection(one, 'As a task: '));
  return `\n${sections.join('\n')}`;
}

function commandSection(definition: CommandDefinition, prefix = ''): string {
  const { alias, availability, danger, examples } = definition;
  const lines = [
    `## ${prefix}${commandName(definition)}`,
    '',
    ...codeBlock('text', syntaxOf(definition)),
    '',
    definition.summary,
    ...(alias === undefined ? [] : ['', `Also written \`${alias}\`.`]),
    ...(availability === undefined ? [] : ['', availabilityText(availability)]),
    ...(danger === undefined ? [] : ['', dangerText(danger)]),
    ...argumentTable(definition),
    '',
    ...shortForms(definition),
    `Result: ${sentence(resultText(definition))}`,
    ...(examples.length === 0 ? [] : ['', ...codeBlock('dtcl', examples.join('\n'))]),
    '',
  ];
  return lines.join('\n');
}

function argumentTable(definition: CommandDefinition): string[] {
  if (definition.arguments.length === 0) return [];
  const rows = definition.arguments.map((one) => {
    const help = [sentence(one.help), ...(one.availability === undefined ? [] : [availabilityText(one.availability)])];
    return `| ${[`\`${cell(argumentText(one))}\``, cell(describeType(one.type)), presence(one), cell([...help, ...choiceNotes(one)].join(' '))].join(' | ')} |`;
  });
  return ['', '| argument | type | when it is left out | meaning |', '|---|---|---|---|', ...rows];
}

function presence(argument: Argument): string {
  if (argument.required) return argument.unless === undefined ? 'required' : `required without ${argument.unless}`;
  return argument.default === undefined ? '' : `\`${String(argument.default)}\``;
}

function choiceNotes({ type }: Argument): string[] {
  if (typeof type === 'string') return [];
  return type.choice.flatMap(({ words, availability }) =>
    availability === undefined ? [] : [`${words.toUpperCase()}: ${availabilityText(availability)}`],
  );
}

/** The shortest form of each keyword that has one. */
function shortForms(definition: CommandDefinition): string[] {
  const phrases = [
    definition.words,
    ...definition.arguments.flatMap(({ words, type }) => [
      words ?? '',
      ...(typeof type === 'string' ? [] : type.choice.map((choice) => choice.words)),
    ]),
  ];
  const keywords = [...new Set(phrases.flatMap((phrase) => phrase.split(' ')))];
  const short = keywords.flatMap((keyword) => {
    const [shortest = keyword] = keywordForms(keyword);
    return shortest === keyword.toUpperCase() ? [] : [`${shortest} for ${keyword.toUpperCase()}`];
  });
  return short.length === 0 ? [] : [`Shortest forms: ${short.join(', ')}.`, ''];
}

function codeBlock(language: string, text: string): string[] {
  return [`\`\`\`${language}`, text, '```'];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function mark({ availability }: CommandDefinition): string {
  return availability === undefined ? '' : ' Not there yet.';
}

function firstSentence(text: string): string {
  return `${text.split('. ')[0]?.replace(/\.$/, '')}.`;
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
