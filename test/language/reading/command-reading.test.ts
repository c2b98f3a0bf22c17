// The lenient reading of commands agrees with the checker's on all that is complete, and says what may follow on the rest.
import { describe, expect, test } from 'vitest';
import { commands } from '../../../src/language/catalogue/catalogue.ts';
import { bindCommand } from '../../../src/language/checker/commands/bind-command.ts';
import { DiagnosticSink } from '../../../src/language/diagnostics/diagnostics.ts';
import { parseScript } from '../../../src/language/parser/parse.ts';
import type { CommandReading, PartRole } from '../../../src/language/reading/command-reading.ts';
import { readScript } from '../../../src/language/reading/script-reading.ts';
import type { CommandNode, Statement } from '../../../src/language/tree/ast.ts';
import { SourceText } from '../../../src/language/tree/source-text.ts';

function firstCommand(text: string): CommandReading {
  const [command] = readScript('test.dtcl', text).commands;
  if (command === undefined) throw new Error(`no command in: ${text}`);
  return command;
}

function commandNode(statement: Statement | undefined): CommandNode {
  if (statement?.kind === 'command') return statement;
  if (statement?.kind === 'assign' && statement.value.kind === 'command') return statement.value;
  throw new Error('no command');
}

describe('every example of the catalogue', () => {
  test.each(commands.flatMap((one) => one.examples))('%s', (example) => {
    const sink = new DiagnosticSink(new SourceText('example', example));
    const bound = bindCommand(commandNode(parseScript(sink)[0]), sink);
    const reading = firstCommand(example);
    expect(reading.definition?.id).toBe(bound?.definition.id);
    expect(reading.parts.filter((one) => one.role === 'unknown')).toEqual([]);
    const readArguments = reading.parts.flatMap((one) => (one.argument === undefined ? [] : [one.argument.name]));
    expect([...new Set(readArguments)].sort()).toEqual(
      [...new Set(bound?.values.map((one) => one.argument.name))].sort(),
    );
  });
});

describe('the parts of', () => {
  test.each<[string, string]>([
    ['connect sales to beta map exact', 'command value option value option choice'],
    [
      'connect sales to beta map "/a" to /b mirror data delta',
      'command value option value option value option value option choice choice',
    ],
    [
      'qtask x to beta onexec = snapshot "y" timeout = 5',
      'command value option value option equals command value option equals value',
    ],
    ['verify $con[0].x (1 + 2) report', 'command value unknown choice'],
    ['repset dance now', 'command unknown unknown'],
    ['help repset rule add', 'command value value value'],
  ])('%s', (text, roles) => {
    expect(firstCommand(text).parts.map((one): PartRole => one.role)).toEqual(roles.split(' '));
  });
});

describe('what may follow', () => {
  test.each<[string, readonly string[], string | undefined, readonly string[]]>([
    ['repset', ['CREATE', 'RULE'], undefined, []],
    ['connect sales to', [], 'target', []],
    ['connect sales', [], undefined, ['target', 'map', 'mirror']],
    ['connect sales to beta mirror', [], 'mirror', []],
    ['connect sales to beta mirror attributes', ['WHOLE', 'DELTA'], undefined, []],
    ['connect sales to beta map "/a"', ['TO'], undefined, []],
    ['connect sales to beta map "/a" to', [], 'map', []],
    ['queuetask x to beta onexecute =', [], 'onexecute', []],
    ['queuetask x to beta onexecute = dns', ['UPDATE'], undefined, []],
    ['queuetask x to beta onexecute = snapshot', [], undefined, ['name', 'ontransmit']],
    ['failover 1 to', ['SNAPSHOT'], undefined, []],
  ])('%s', (text, words, value, free) => {
    const { expected } = firstCommand(text);
    expect(expected.words).toEqual(expect.arrayContaining([...words]));
    expect(expected.value?.name).toBe(value);
    expect(expected.free.map((one) => one.name)).toEqual(expect.arrayContaining([...free]));
  });
});
