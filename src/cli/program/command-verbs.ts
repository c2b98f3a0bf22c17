// The verbs that carry out one command each: `understudy verify 1 --mode repair`. Their words and options come from the
// catalogue; a verb writes the command as a script would, and runs that as `exec` does.
import { type Command, Option } from 'commander';
import { commands } from '../../language/catalogue/catalogue.ts';
import { wordsOf } from '../../language/catalogue/definition/abbreviation.ts';
import type { Argument, Choice, CommandDefinition } from '../../language/catalogue/definition/definition.ts';
import { collected } from '../scripts/allow-options.ts';
import { commandLine, writtenText } from '../scripts/command-words.ts';
import { homeOption, type VerbContext } from './verb-context.ts';

interface CommandVerb {
  /** The verb, and the word behind it where several commands share it. */
  readonly words: readonly [string, string?];
  /** The catalogue's id of the command. */
  readonly command: string;
}

export const commandVerbs: readonly CommandVerb[] = [
  { words: ['connect'], command: 'connect' },
  { words: ['disconnect'], command: 'disconnect' },
  { words: ['verify'], command: 'verify' },
  { words: ['snapshot', 'take'], command: 'snapshot.take' },
  { words: ['snapshot', 'list'], command: 'snapshot.list' },
  { words: ['snapshot', 'revert'], command: 'snapshot.revert' },
  { words: ['snapshot', 'delete'], command: 'snapshot.delete' },
  { words: ['failover'], command: 'failover' },
];

const familySummaries: Readonly<Record<string, string>> = {
  snapshot: 'states of a replica to go back to: take, list, revert, delete',
};

export function addCommandVerbs(name: string): (program: Command, context: VerbContext) => void {
  return (program, context) => {
    const found = commandVerbs.filter(({ words }) => words[0] === name);
    const summary = familySummaries[name];
    const parent = summary === undefined ? program : program.command(name).description(summary);
    for (const { words, command } of found) addVerb(parent, words[1] ?? words[0], definitionOf(command), context);
  };
}

function definitionOf(id: string): CommandDefinition {
  const found = commands.find((one) => one.id === id);
  if (found === undefined) throw new Error(`the catalogue has no command ${id}`);
  return found;
}

function addVerb(parent: Command, name: string, definition: CommandDefinition, context: VerbContext): void {
  const { commandLine: terminal, finish, ownHome } = context;
  const verb = parent.command(name).description(summaryOf(definition));
  const used = definition.arguments.filter(isUseful);
  const positional = used.filter(isPositional);
  const optional = used.filter((one) => !isPositional(one)).map((one) => ({ name: one.name, option: optionOf(one) }));
  for (const one of positional) verb.argument(one.required ? `<${one.name}>` : `[${one.name}]`, helpOf(one));
  for (const { option } of optional) verb.addOption(option);
  verb.option('--source <server>', 'the server whose connections are meant; without it, that of the home');
  if (definition.id === 'connect') {
    verb.option('--folder <folder>', 'make the replication set first, of this folder; may be given again', collected);
    verb.option('--wait', 'wait until the mirror is complete');
  }
  verb.addOption(homeOption()).option('--json', 'one JSON object per line: output, results, events, diagnostics');
  if (definition.danger !== undefined) verb.option('--yes', 'carry it out without asking');
  verb.action(async (...words: readonly unknown[]) => {
    const options = verb.opts<Record<string, unknown>>();
    const given = new Map<string, readonly string[]>();
    for (const [index, one] of positional.entries()) given.set(one.name, textsOf(words[index]));
    for (const one of optional) given.set(one.name, textsOf(options[one.option.attributeName()]));
    const home = await ownHome(options);
    const [{ exec }, { systemRunParts }, { loadIdentity }] = await Promise.all([
      import('../verbs/exec.ts'),
      import('../system-run-parts.ts'),
      import('../../platform/identity/identity.ts'),
    ]);
    const ownName = definition.id === 'connect' ? (await loadIdentity(home))?.name : undefined;
    const [source] = [...textsOf(options.source), ownName];
    const lines = [
      ...(source === undefined ? [] : [`SOURCE ${writtenText(source)}`]),
      ...setLines(given.get('repset')?.[0] ?? '', textsOf(options.folder)),
      ...commandLines(definition, given),
      ...(options.wait === true ? ['WAIT FOR MIRROR'] : []),
    ];
    const title = [...parentWords(parent), name].join(' ');
    const request = { title, lines, home, json: options.json === true, stay: false, yes: options.yes === true };
    finish(await exec(request, systemRunParts(home), terminal));
  });
}

/** A verification that finds differences has failed, where nobody reads what it printed; REPAIR sends them again. */
function commandLines(definition: CommandDefinition, given: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const line = commandLine(definition, given);
  const texts = (name: string): readonly string[] => given.get(name) ?? [];
  const isReport = definition.id === 'verify' && texts('every').length === 0 && texts('mode')[0] !== 'repair';
  return isReport ? [`$found = ${line}`, 'IF NOT $found.same THEN', 'EXIT 1', 'END'] : [line];
}

function parentWords(parent: Command): readonly string[] {
  return parent.parent === null ? [] : [parent.name()];
}

/** Whether there is something to say with it. */
function isUseful({ availability, type }: Argument): boolean {
  return availability === undefined && (typeof type !== 'object' || choicesOf(type).length > 1);
}

function choicesOf({ choice }: { readonly choice: readonly Choice[] }): readonly Choice[] {
  return choice.filter((one) => one.availability === undefined);
}

function helpOf({ type, help, repeatable, default: usual }: Argument): string {
  if (type === 'connection') return 'the connection, by its number or name; needed where there are several';
  return [
    help,
    ...(usual === undefined ? [] : [`otherwise ${usual}`]),
    ...(repeatable ? ['may be given again'] : []),
  ].join('; ');
}

/** Arguments that a command knows by their place; choices without words are options here, named as in the catalogue. */
function isPositional({ words, type }: Argument): boolean {
  return words === undefined && typeof type !== 'object';
}

function optionOf(argument: Argument): Option {
  const { words, name, type, required, repeatable } = argument;
  const flag = words === undefined ? name : wordsOf(words.toLowerCase()).join('-');
  const value = type === 'mapping' ? 'exact|from=to' : name;
  const option = new Option(`--${flag} <${value}>`, helpOf(argument));
  if (typeof type === 'object') {
    option.choices(choicesOf(type).map((one) => one.value));
  }
  if (repeatable) option.argParser(collected);
  return required ? option.makeOptionMandatory() : option;
}

function textsOf(value: unknown): readonly string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

/** The commands that make a replication set of these folders. */
function setLines(set: string, folders: readonly string[]): readonly string[] {
  if (folders.length === 0) return [];
  const name = writtenText(set);
  const rules = folders.map((one) => `REPSET RULE ADD ${writtenText(one)} INCLUDE TO ${name}`);
  return [`REPSET CREATE ${name}`, ...rules, `REPSET SAVE ${name}`];
}

/** The first sentence of what the command does, as the help of the others begins. */
function summaryOf({ summary }: CommandDefinition): string {
  const [first = summary] = summary.split(/[.;] /);
  return `${first.charAt(0).toLowerCase()}${first.slice(1).replace(/\.$/, '')}`;
}
