// The failure for what is in the catalogue but not implemented yet: what is missing, and what to do instead.
import { Failure } from '../../base/failure.ts';
import { commands } from '../../language/catalogue/catalogue.ts';
import { unavailablePart } from '../../language/catalogue/definition/unavailable-part.ts';
import type { CommandRequest } from '../../language/values/host.ts';

const definitions = new Map(commands.map((one) => [one.id, one]));

/** Throws `NOT-AVAILABLE` when the command, or one of its arguments, is not implemented yet. */
export function requireAvailable({ command, arguments: given }: CommandRequest): void {
  const definition = definitions.get(command);
  const part = definition && unavailablePart(definition, (name) => given[name]);
  if (part === undefined) return;
  const { missing, instead } = part.availability;
  const operation = 'do this yet';
  throw new Failure({ code: 'NOT-AVAILABLE', operation, subject: part.name, reason: missing, hint: instead });
}
