// Finds the part of a written command that is not implemented yet: the command itself, an option, or a choice of an
// option. The checker warns of such a part, and the runtime refuses the command before it does anything.
import type { Availability, CommandDefinition } from './definition.ts';
import { commandName } from './syntax-text.ts';

export interface UnavailablePart {
  /** `UNDO FAILOVER`, `CONNECT … ROUTE`. */
  readonly name: string;
  readonly availability: Availability;
}

/** `given` returns what the script gives for an argument (for a choice, the value of the entry), or undefined. */
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
