// READ FILE, ENVIRONMENT: what a script asks of the machine on which it runs, each only where that is allowed.
import { Failure } from '../../../base/failure.ts';
import { CommandError, commandErrorCodes } from '../../../language/values/host.ts';
import { secret } from '../../../language/values/value.ts';
import { requireAllowed } from '../../machine/allowance.ts';
import { closedMachine } from '../../machine/own-machine.ts';
import type { CommandArguments } from '../command-arguments.ts';
import type { CommandHandlers } from '../command-context.ts';

export const machineHandlers: CommandHandlers = {
  'read.file': async (given, { machine = closedMachine }) => {
    const path = absolutePath(given, 'path');
    requireAllowed(machine.allowance, 'read', path);
    return machine.readText(path);
  },

  environment: async (given, { machine = closedMachine }) => {
    const name = given.text('name');
    requireAllowed(machine.allowance, 'environment', name);
    const value = (await machine.variable(name)) ?? given.optionalText('default');
    if (value === undefined) throw noVariable(name);
    return given.value('secret') === undefined ? value : secret(value);
  },
};

function noVariable(subject: string): Failure {
  return new Failure({
    code: 'VARIABLE-MISSING',
    operation: 'read the variable of the environment',
    subject,
    reason: 'there is none of this name',
    hint: 'set it where the script is started, or say what to take without it: DEFAULT "…"',
  });
}

/** Throws -101 for a path that does not begin at the root. */
export function absolutePath(given: CommandArguments, name: string): string {
  const path = given.text(name);
  if (path.startsWith('/')) return path;
  const message = `${path} does not begin at the root`;
  throw new CommandError(commandErrorCodes.invalidParameter, message, 'write the whole path, from / on');
}
