// A command's definition as people read it: its syntax in one line, and its types in words. (HELP: language/reading/help.)

import { withArticle } from '../../values/value.ts';
import type { Argument, ArgumentType, Availability, CommandDefinition, Danger } from './definition.ts';

interface TypeText {
  readonly name: string;
  readonly example: string;
}

const texts: Readonly<Record<Extract<ArgumentType, string>, TypeText>> = {
  name: { name: 'a name', example: 'sales' },
  path: { name: 'a path', example: '"/srv/sales"' },
  address: { name: 'an address', example: '10.0.0.2' },
  server: { name: "a server's name or address", example: 'beta' },
  text: { name: 'a text', example: '"…"' },
  integer: { name: 'an integer', example: '5' },
  duration: { name: 'a duration', example: '30 seconds' },
  rate: { name: 'a rate', example: '10 MB/s' },
  moment: { name: 'a time of day or an instant', example: '20:30' },
  timeout: { name: 'a duration, a number of seconds, or FOREVER', example: '10 minutes' },
  secret: { name: 'a secret or a text', example: '"…"' },
  'text or secret': { name: 'a text or a secret', example: '"…"' },
  value: { name: 'a value', example: '5' },
  mapping: { name: 'EXACT, or a path TO a path', example: '"/srv/sales" TO "/srv/replica"' },
  task: {
    name: 'a program and its arguments, a block (= DO … END), or SNAPSHOT, VERIFY, FAILOVER, DNS UPDATE',
    example: '"/usr/bin/logger" "done"',
  },
  words: { name: 'words', example: 'CONNECT' },
  connection: { name: 'a connection', example: '$con' },
  snapshot: { name: 'a snapshot or its name', example: '"before upgrade"' },
  monitor: { name: 'a monitor or its name', example: 'watch' },
  schedule: { name: 'a schedule or its name', example: 'nightly' },
  'stream task': { name: 'a task or its name', example: 'nightly' },
};

export function describeType(type: ArgumentType): string {
  return typeof type === 'string' ? texts[type].name : type.choice.map((one) => one.words.toUpperCase()).join(' or ');
}

/** An example of a value of this type, for the fix of a diagnostic. */
export function exampleOf(type: ArgumentType): string {
  return typeof type === 'string' ? texts[type].example : (type.choice[0]?.words.toUpperCase() ?? '');
}

export function commandName(definition: CommandDefinition): string {
  return definition.words.toUpperCase();
}

/**
 * The syntax in the notation of the old manuals: `CONNECT <repset> TO <target> MAP <map>… [NAME = <name>]`. Arguments
 * that are not implemented yet are left out.
 */
export function syntaxOf(definition: CommandDefinition): string {
  const parts = definition.arguments.filter(({ availability }) => availability === undefined).map(argumentSyntax);
  return [definition.words, ...parts, ...(definition.block ? ['DO … END'] : [])].join(' ');
}

/** One argument of the syntax, in brackets when it is optional. */
export function argumentSyntax(argument: Argument): string {
  const text = argumentText(argument);
  const repeated = argument.repeatable ? `${text}…` : text;
  return argument.required ? repeated : `[${repeated}]`;
}

/** An argument without brackets: `TO <target>`. */
export function argumentText(argument: Argument): string {
  if (typeof argument.type === 'object') {
    const available = argument.type.choice.filter(({ availability }) => availability === undefined);
    const choices = available.map((one) => one.words).join(' | ');
    return argument.words === undefined ? choices : `${argument.words} ${choices}`;
  }
  const value = argument.type === 'mapping' ? 'EXACT | MAP <path> TO <path>' : `<${argument.name}>`;
  return argument.words === undefined ? value : `${argument.words} ${value}`;
}

/** Describes the result of a command. */
export function resultText({ result, returns }: CommandDefinition): string {
  if (returns !== undefined) return returns;
  if (result === 'integer') return '1, which is success';
  return result === 'any' ? 'a value; its type depends on what is given' : withArticle(result);
}

export function dangerText({ effect, only, given }: Danger): string {
  const options = given === undefined ? '' : ` about ${given.join(', ').toUpperCase()}`;
  const where = only === undefined ? options : ' for a connection that has failed over';
  return `At the prompt and on a command line it asks first${where}: ${effect}.`;
}

export function availabilityText({ missing, instead }: Availability): string {
  return `Not there yet: ${missing}. Instead: ${instead}.`;
}

/** All options and choices of a command, as the catalogue writes them. */
export function optionPhrases({ arguments: all }: CommandDefinition): readonly string[] {
  return all.flatMap((one) => {
    if (one.words !== undefined) return [one.words];
    return typeof one.type === 'object' ? one.type.choice.map((choice) => choice.words) : [];
  });
}

/** The same in capitals. */
export function optionNames(definition: CommandDefinition): readonly string[] {
  return optionPhrases(definition).map((one) => one.toUpperCase());
}
