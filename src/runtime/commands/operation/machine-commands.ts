// READ FILE: what a script asks of the machine on which it runs, each only where that is allowed.
import { CommandError, commandErrorCodes } from '../../../language/values/host.ts';
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
};

function absolutePath(given: CommandArguments, name: string): string {
  const path = given.text(name);
  if (path.startsWith('/')) return path;
  const message = `${path} does not begin at the root`;
  throw new CommandError(commandErrorCodes.invalidParameter, message, 'write the whole path, from / on');
}
