// What the catalogue holds and nothing carries out yet: a command, an option, or one of the choices of an option. Each
// answers with the same failure, which says what is missing and what to do instead, before anything is done.
import { Failure } from '../base/failure.ts';
import { commands } from '../language/catalogue/catalogue.ts';
import type { Availability } from '../language/catalogue/definition.ts';
import { commandName } from '../language/catalogue/syntax-text.ts';
import type { CommandRequest } from '../language/host.ts';

const definitions = new Map(commands.map((one) => [one.id, one]));

/** Throws `NOT-AVAILABLE` when the command, or something that it was given, is not there yet. */
export function requireAvailable({ command, arguments: given }: CommandRequest): void {
  const definition = definitions.get(command);
  if (definition === undefined) return;
  const name = commandName(definition);
  if (definition.availability !== undefined) throw notAvailable(name, definition.availability);
  for (const argument of definition.arguments) {
    const value = given[argument.name];
    if (value === undefined) continue;
    const words = argument.words?.toUpperCase() ?? '';
    if (argument.availability !== undefined) throw notAvailable(`${name} … ${words}`, argument.availability);
    const choice =
      typeof argument.type === 'object' ? argument.type.choice.find((one) => one.value === value) : undefined;
    if (choice?.availability !== undefined) {
      const option = [name, words, choice.words.toUpperCase()].filter((text) => text !== '').join(' … ');
      throw notAvailable(option, choice.availability);
    }
  }
}

function notAvailable(subject: string, { missing, instead }: Availability): Failure {
  return new Failure({ code: 'NOT-AVAILABLE', operation: 'do this yet', subject, reason: missing, hint: instead });
}
