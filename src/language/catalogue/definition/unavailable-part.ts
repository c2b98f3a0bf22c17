// Which part of a written command is not there yet: the command itself, an option that was given, or a choice of one. The
// checker warns of it, and whoever carries out commands refuses it, both before anything is done.
import type { Availability, CommandDefinition } from './definition.ts';
import { commandName } from './syntax-text.ts';

export interface UnavailablePart {
  /** `UNDO FAILOVER`, `CONNECT … ROUTE`. */
  readonly name: string;
  readonly availability: Availability;
}

/** `given` gives what was written for an argument, or undefined; of a choice, the value of its entry. */
export function unavailablePart(
  definition: CommandDefinition,
  given: (argument: string) => unknown,
): UnavailablePart | undefined {
  const name = commandName(definition);
  if (definition.availability !== undefined) return { name, availability: definition.availability };
  for (const { name: key, words, type, availability } of definition.arguments) {
    const value = given(key);
    if (value === undefined) continue;
    const option = words === undefined ? [name] : [name, words.toUpperCase()];
    if (availability !== undefined) return { name: option.join(' … '), availability };
    const choice = typeof type === 'object' ? type.choice.find((one) => one.value === value) : undefined;
    if (choice?.availability !== undefined) {
      return { name: [...option, choice.words.toUpperCase()].join(' … '), availability: choice.availability };
    }
  }
  return undefined;
}
