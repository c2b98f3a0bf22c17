// Writes a command request as text, for people who read journals and plans: the words in full, then every argument with
// the value that the host received, defaults included. A secret stays •••.
import { withEscapes } from '../../values/escapes.ts';
import type { CommandRequest } from '../../values/host.ts';
import { typeOf, type Value, withArticle } from '../../values/value.ts';
import { literalText, valueText } from '../../values/value-text.ts';
import { commands, taskCommands } from '../catalogue.ts';
import { lookups } from '../lookups.ts';
import type { Argument, CommandDefinition } from './definition.ts';

type Values = ReadonlyMap<string, Value>;

const byId: ReadonlyMap<string, CommandDefinition> = new Map(
  [...taskCommands, ...commands, ...lookups].map((one) => [one.id, one]),
);

export function definitionOf(id: string): CommandDefinition | undefined {
  return byId.get(id);
}

/** The name of what a request does: `MIRROR START`, `connection()`. */
export function requestName({ command }: CommandRequest): string {
  const definition = byId.get(command);
  if (definition === undefined) return command;
  return isLookup(definition) ? `${definition.words}()` : definition.words.toUpperCase();
}

export function isLookup(definition: CommandDefinition): boolean {
  return lookups.includes(definition);
}

export function commandText(request: CommandRequest): string {
  return textOf(request.command, new Map(Object.entries(request.arguments)));
}

/** The result of a command as text, for the same people; of a confidential one only what it is. */
export function resultText({ command }: CommandRequest, result: Value): string {
  if (byId.get(command)?.confidential !== true) return valueText(result);
  return typeof result === 'string' ? `a text of ${result.length} characters` : withArticle(typeOf(result));
}

function textOf(id: string, values: Values): string {
  const definition = byId.get(id);
  // A request that is not in the catalogue is the call of a task in JavaScript.
  if (definition === undefined) return taskCallText(values);
  if (isLookup(definition)) return callText(definition.words, [...values.values()]);
  const words = definition.arguments.flatMap((argument) => {
    const value = values.get(argument.name);
    return value === undefined ? [] : argumentTexts(argument, value);
  });
  const block = definition.block ? ['DO … END'] : [];
  return [definition.words.toUpperCase(), ...words, ...block].join(' ');
}

function argumentTexts(argument: Argument, value: Value): string[] {
  const several = argument.repeatable && typeof value === 'object' && value.kind === 'list' ? value.items : [value];
  const words = argument.words === undefined ? [] : [argument.words.toUpperCase()];
  return several.flatMap((one) => [...words, argumentText(argument, one)]);
}

function argumentText({ type }: Argument, value: Value): string {
  if (typeof type === 'object') {
    const chosen = type.choice.find((one) => one.value === value);
    return chosen === undefined ? plainText(value) : chosen.words.toUpperCase();
  }
  const fields = typeof value === 'object' && value.kind === 'record' ? value.fields : undefined;
  if (type === 'mapping') {
    return fields === undefined
      ? plainText(value).toUpperCase()
      : `${plainText(fields.get('source') ?? '')} TO ${plainText(fields.get('target') ?? '')}`;
  }
  if (type === 'timeout' && value === 'forever') return 'FOREVER';
  if (type === 'task' && fields !== undefined) return taskText(fields);
  return plainText(value);
}

/** The call of a TASK, with the values of all its parameters. */
function taskCallText(fields: Values): string {
  return callText(literalText(fields.get('name') ?? ''), itemsOf(fields.get('values')));
}

function callText(name: string, values: readonly Value[]): string {
  return `${name}(${values.map((one) => (typeof one === 'string' ? quoted(one) : literalText(one))).join(', ')})`;
}

/** A program with its arguments, a built-in, a script, or a block. */
function taskText(fields: Values): string {
  if (fields.has('script')) return taskCallText(fields);
  const program = fields.get('program');
  if (program !== undefined) return [program, ...itemsOf(fields.get('arguments'))].map(plainText).join(' ');
  const command = fields.get('command');
  const given = fields.get('arguments');
  if (typeof command !== 'string') return 'DO … END';
  return textOf(command, typeof given === 'object' && given.kind === 'record' ? given.fields : new Map());
}

function itemsOf(value: Value | undefined): readonly Value[] {
  return typeof value === 'object' && value.kind === 'list' ? value.items : [];
}

/** As a script would write it: a string that is no bare word stands in quotes. */
function plainText(value: Value): string {
  if (typeof value !== 'string') return literalText(value);
  if (/^[A-Za-z_][\w.-]*$/.test(value)) return value;
  return quoted(value);
}

function quoted(text: string): string {
  // A line end would end the command.
  if (/\p{Cc}/u.test(text)) return `e"${withEscapes(text)}"`;
  return `"${text.replaceAll('"', '""').replaceAll('$', '$$$$')}"`;
}
