// The VS Code extension as it is put together: its files are there, it agrees with the language, and it starts the server.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putTogether } from '../../scripts/vscode-extension.ts';
import { runProgram } from '../../src/cli/program.ts';
import { commands } from '../../src/language/catalogue/catalogue.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'understudy-vscode-'));
const json = (path: string) => JSON.parse(readFileSync(join(folder, path), 'utf8'));

beforeAll(() => putTogether(folder));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the manifest', () => {
  it('names files that are there', () => {
    const { main, contributes } = json('package.json');
    const paths = [main, contributes.languages[0].configuration, contributes.grammars[0].path];
    expect(paths.filter((path: string) => !existsSync(join(folder, path)))).toEqual([]);
  });

  it('agrees with the generated grammar', () => {
    const { contributes } = json('package.json');
    const [language, grammar] = [contributes.languages[0], contributes.grammars[0]];
    const generated = json(grammar.path);
    expect(generated.scopeName).toBe(grammar.scopeName);
    expect(generated.fileTypes.map((type: string) => `.${type}`)).toEqual(language.extensions);
    expect(grammar.language).toBe(language.id);
  });

  it('starts a verb that the program has', async () => {
    const { default: words } = json('package.json').contributes.configuration.properties['understudy.command'];
    expect(words[0]).toBe('understudy');
    const commandLine = new RecordedCommandLine();
    expect(await runProgram([...words.slice(1), '--help'], commandLine)).toBe(0);
    expect(commandLine.output.join('\n')).toContain('language server');
  });
});

describe('the language configuration', () => {
  const { indentationRules } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../editors/vscode/language-configuration.json'), 'utf8'),
  );
  const [increase, decrease] = ['increaseIndentPattern', 'decreaseIndentPattern'].map((name) => {
    const { pattern, flags } = indentationRules[name];
    return new RegExp(pattern, flags);
  });

  it.each([
    'if $x = 1 then',
    'ELSE',
    'else if $x then',
    'while true do # so',
    'try',
    'on error $e',
    'finally',
    'function f($a)',
  ])('indents behind %s', (line) => expect(line).toMatch(increase ?? /never/));

  it.each(['write "do it"', 'if $x then write 1 end', 'undo failover 1', '# then'])('does not behind %s', (line) => {
    expect(line).not.toMatch(increase ?? /./);
  });

  const blocks = commands.flatMap((one) => (one.block ? one.examples : [])).map((example) => example.split('\n'));
  it.each(blocks)('indents the block of %s', (first, ...others) => {
    expect(first).toMatch(increase ?? /never/);
    expect(others.at(-1)).toMatch(decrease ?? /never/);
  });

  it.each(['end', '  ELSE', 'finally', 'on error'])('goes back at %s', (line) => {
    expect(line).toMatch(decrease ?? /never/);
  });
});

it('starts the server that the settings name, for scripts, and stops it', async () => {
  const calls: unknown[] = [];
  class LanguageClient {
    constructor(...given: readonly unknown[]) {
      calls.push(given);
    }
    start = async (): Promise<void> => void calls.push('start');
    stop = async (): Promise<void> => void calls.push('stop');
  }
  const modules: Readonly<Record<string, unknown>> = {
    vscode: { workspace: { getConfiguration: () => ({ get: () => ['/opt/understudy', 'lsp'] }) } },
    'vscode-languageclient/node': { LanguageClient },
  };
  const extension: { exports: { activate?: () => Promise<void>; deactivate?: () => Promise<void> } } = { exports: {} };
  const text = readFileSync(join(folder, 'extension.cjs'), 'utf8');
  new Function('require', 'module', text)((name: string) => modules[name], extension);
  await extension.exports.activate?.();
  await extension.exports.deactivate?.();
  expect(calls).toEqual([
    [
      'understudy',
      'Understudy',
      { command: '/opt/understudy', args: ['lsp'] },
      { documentSelector: [{ language: 'dtcl' }] },
    ],
    'start',
    'stop',
  ]);
});
