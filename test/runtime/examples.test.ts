// Every example of the catalogue is run, on two servers in memory that hold what the examples speak of. What is there
// succeeds; what is not there yet answers so, and nothing else does.
import { describe, expect, it } from 'vitest';
import { commands, taskCommands } from '../../src/language/catalogue/catalogue.ts';
import type { Availability, CommandDefinition } from '../../src/language/catalogue/definition/definition.ts';
import { ExampleHome } from '../support/example-home.ts';

function availabilitiesOf(command: CommandDefinition): readonly Availability[] {
  if (command.availability !== undefined) return [command.availability];
  const found = command.arguments.flatMap(({ availability, type }) => [
    availability,
    ...(typeof type === 'object' ? type.choice.map((choice) => choice.availability) : []),
  ]);
  return found.filter((one) => one !== undefined);
}

const named = [
  ...commands.map((one) => [one.words, one] as const),
  ...taskCommands.map((one) => [`the task ${one.words}`, one] as const),
];

describe.each(named)('%s', (_, command) => {
  const missing = availabilitiesOf(command);
  const answered = new Set<string>();

  it.each(command.examples)('%s', async (example) => {
    const home = await ExampleHome.open();
    const outcome = await home.run(example);
    if (outcome.kind === 'completed') {
      expect(command.availability).toBeUndefined();
      return;
    }
    const [diagnostic] = outcome.diagnostics;
    expect(diagnostic?.message).toContain('cannot do this yet');
    const reason = missing.find((one) => diagnostic?.message.endsWith(one.missing));
    expect(reason, diagnostic?.message).toBeDefined();
    expect(diagnostic?.fix).toBe(reason?.instead);
    answered.add(reason?.missing ?? '');
  });

  it('has an example of everything that is not there yet', () => {
    // What a task cannot be is refused as such.
    if (!commands.includes(command)) return;
    expect([...answered].sort()).toEqual([...new Set(missing.map((one) => one.missing))].sort());
  });
});
