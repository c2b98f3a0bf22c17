// The catalogue says which commands there are; the runtime carries out exactly those that are available, HELP and QUIT apart,
// which ask nothing of the world and are answered by the interpreter.
import { expect, it } from 'vitest';
import { commands } from '../../src/language/catalogue/catalogue.ts';
import { lookups } from '../../src/language/catalogue/lookups.ts';
import { commandHandlers } from '../../src/runtime/commands/table.ts';

it('has a handler for every command and lookup, and no handler without one', () => {
  expect(Object.keys(commandHandlers).sort()).toEqual(
    [...commands, ...lookups]
      .filter(({ availability }) => availability === undefined)
      .map(({ id }) => id)
      .filter((id) => id !== 'help' && id !== 'quit')
      .sort(),
  );
});
