// What the words behind HELP name exactly. A word may name several things: TASK is a statement, and begins commands;
// `seconds` is a unit and a function.
import { commands } from '../../catalogue/catalogue.ts';
import { type GroupName, groups } from '../../catalogue/definition/groups.ts';
import { commandName } from '../../catalogue/definition/syntax-text.ts';
import { builtinFunctions } from '../../functions/builtin-functions.ts';
import { commandLines, commandList } from './command-help.ts';
import { functionLines } from './function-help.ts';
import { optionLines, optionsNamed } from './option-help.ts';
import { statementLines, statementNamed } from './statement-help.ts';
import { topicNamed } from './topics.ts';
import { unitLines, unitNamed } from './units.ts';

export const groupNames = Object.keys(groups) as readonly GroupName[];

/** `HELP FUNCTION seconds` asks for the thing of that kind. */
export const kinds = ['COMMAND', 'STATEMENT', 'FUNCTION', 'UNIT', 'TOPIC', 'GROUP', 'OPTION'] as const;
export type Kind = (typeof kinds)[number];

export interface Meaning {
  readonly kind: Kind;
  readonly name: string;
  readonly summary: string;
  readonly lines: () => readonly string[];
}

/** In the order of `kinds`. */
export function meaningsOf(words: readonly string[]): readonly Meaning[] {
  const name = words.join(' ').toUpperCase();
  const small = name.toLowerCase();
  const command = commands.find((one) => commandName(one) === name || one.alias === name);
  const statement = statementNamed(name);
  const topic = topicNamed(name);
  const builtin = builtinFunctions.get(small);
  const unit = unitNamed(name);
  const group = groupNames.find((one) => one.toUpperCase() === name);
  const options = optionsNamed(words);
  const found: (Meaning | undefined)[] = [
    command && { kind: 'COMMAND', name, summary: command.summary, lines: () => commandLines(command) },
    statement && { kind: 'STATEMENT', name, summary: statement.summary, lines: () => statementLines(statement) },
    builtin && { kind: 'FUNCTION', name: small, summary: builtin.help, lines: () => functionLines(small, builtin) },
    unit && { kind: 'UNIT', name: small, summary: `a ${unit.kind}: ${unit.meaning}`, lines: () => unitLines(unit) },
    topic && { kind: 'TOPIC', name, summary: topic.summary, lines: topic.lines },
    group && { kind: 'GROUP', name: group, summary: groups[group], lines: () => groupLines(group) },
    options.length === 0
      ? undefined
      : { kind: 'OPTION', name, summary: 'a word of commands', lines: () => optionLines(name, options) },
  ];
  return found.filter((one) => one !== undefined);
}

export function groupLines(name: GroupName): readonly string[] {
  const list = commandList(commands.filter(({ group }) => group === name));
  return [`${name}: ${groups[name]}`, ...list.map((line) => `  ${line}`)];
}
