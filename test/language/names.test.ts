// A name may be written bare, in quotes or as a variable, wherever a command expects one: what the host receives is the
// same. The catalogue says where names are expected.
import { expect, test } from 'vitest';
import { commands } from '../../src/language/catalogue/catalogue.ts';
import type { Argument, CommandDefinition } from '../../src/language/catalogue/definition/definition.ts';
import { commandName } from '../../src/language/catalogue/definition/syntax-text.ts';
import { bindCommand } from '../../src/language/checker/commands/bind-command.ts';
import { DiagnosticSink } from '../../src/language/diagnostics/diagnostics.ts';
import { parseScript } from '../../src/language/parser/parse.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';
import { check, run } from './scripted-host.ts';

const nameTypes: ReadonlySet<unknown> = new Set([
  ...['name', 'server', 'address', 'path', 'text', 'connection', 'snapshot', 'monitor', 'schedule', 'stream task'],
  'secret',
]);

/** The text of a command with a gap for the value of an argument: an example that gives it, or one with it added. */
function withGap(definition: CommandDefinition, argument: Argument): string {
  const added = definition.examples.map((one) => `${one} ${argument.words ?? ''} value`);
  for (const text of [...definition.examples, ...added]) {
    const sink = new DiagnosticSink(new SourceText('test', text));
    for (const statement of parseScript(sink)) {
      const node = statement.kind === 'assign' ? statement.value : statement;
      if (node.kind !== 'command') continue;
      const given = bindCommand(node, sink)?.values.find((one) => one.argument === argument)?.value;
      if (given?.kind === 'expression')
        return `${text.slice(0, given.expression.start)}GAP${text.slice(given.expression.end)}`;
    }
  }
  throw new Error(`no text gives ${argument.name} of ${definition.words}`);
}

/** What the host receives of a command with this value in its gap. */
async function received(text: string, value: string): Promise<unknown> {
  const { host, outcome } = await run(text.replace('GAP', () => value));
  expect(outcome.diagnostics).toEqual([]);
  return host.requests.map((one) => one.arguments);
}

/** A value that every check of literals lets pass. */
const values: Readonly<Record<string, string>> = {
  'SCHEDULE: cron': '@daily',
  'SCHEDULE: timezone': 'UTC',
  'SNAPSHOT PRUNE: timezone': 'UTC',
  'READ FILE: path': '/Value-1',
  'RUN PROGRAM: program': '/Value-1',
};

const places = commands.flatMap((definition) =>
  definition.arguments
    .filter(({ type }) => nameTypes.has(type))
    .map((argument) => [commandName(definition), argument.name, definition, argument] as const),
);

test.each(places)('%s: %s', async (command, name, definition, argument) => {
  const value = values[`${command}: ${name}`] ?? 'Value-1';
  const text = withGap(definition, argument);
  const inQuotes = await received(text, `"${value}"`);
  // A bracket behind TASK and a word makes it the definition of a task; behind one word alone, a call.
  const brackets = /^task|\benvironment GAP/m.test(text) ? [] : [`("${value}" + "")`];
  expect(await received(`$given = "${value}"\n${text}`, '$given')).toEqual(inQuotes);
  for (const spelling of [value, `'${value}'`, `e"${value}"`, `"""${value}"""`, ...brackets])
    expect(await received(text, spelling), `${text} with ${spelling}`).toEqual(inQuotes);
});

test('a bare word that is like an option is no name of a connection', async () => {
  for (const text of ['verify repot', 'mirror start dta delta', 'stop -now', 'verify sync'])
    expect(
      check(text).diagnostics.map((one) => one.code),
      text,
    ).toEqual(['U0402']);
});
