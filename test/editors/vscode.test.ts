// The VS Code extension as it is put together: its files are there, it agrees with the language, and it starts the server.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putTogether } from '../../scripts/vscode-extension.ts';
import { runProgram } from '../../src/cli/program.ts';
import { commands } from '../../src/language/catalogue/catalogue.ts';
import { lensCommands } from '../../src/language-server/margin/lenses.ts';
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

/** VS Code as far as the extension uses it; every call is noted. */
function extensionWith(calls: unknown[], isTrusted: boolean) {
  class LanguageClient {
    constructor(...given: readonly unknown[]) {
      calls.push(given);
    }
    start = async (): Promise<void> => void calls.push('start');
    stop = async (): Promise<void> => void calls.push('stop');
  }
  const registered = new Map<string, (uri?: string) => Promise<void>>();
  const given = (name: string) =>
    class {
      readonly parts: readonly unknown[];
      constructor(...parts: readonly unknown[]) {
        this.parts = [name, ...parts];
      }
    };
  const vscode = {
    commands: { registerCommand: (name: string, call: () => Promise<void>) => registered.set(name, call) },
    ProcessExecution: given('process'),
    Task: given('task'),
    TaskScope: { Workspace: 2 },
    tasks: { executeTask: async (task: { parts: readonly unknown[] }) => void calls.push(task.parts) },
    Uri: { parse: (uri: string) => ({ scheme: uri.split(':')[0], fsPath: fileURLToPath(uri) }) },
    window: { activeTextEditor: undefined, showErrorMessage: async (text: string) => void calls.push(text) },
    workspace: {
      isTrusted,
      getConfiguration: () => ({ get: () => ['/opt/understudy', 'lsp'] }),
      asRelativePath: ({ fsPath }: { fsPath: string }) => fsPath.slice(1),
      openTextDocument: async () => ({ save: async () => calls.push('saved') > 0 }),
    },
  };
  const modules: Readonly<Record<string, unknown>> = { vscode, 'vscode-languageclient/node': { LanguageClient } };
  const extension: {
    exports: { activate?: (context: unknown) => Promise<void>; deactivate?: () => Promise<void> };
  } = { exports: {} };
  const text = readFileSync(join(folder, 'extension.cjs'), 'utf8');
  new Function('require', 'module', text)((name: string) => modules[name], extension);
  return { ...extension.exports, registered };
}

it('starts the server that the settings name, for scripts, and stops it', async () => {
  const calls: unknown[] = [];
  const { activate, deactivate } = extensionWith(calls, true);
  await activate?.({ subscriptions: [] });
  await deactivate?.();
  expect(calls).toEqual([
    [
      'understudy',
      'Understudy',
      { command: '/opt/understudy', args: ['lsp'] },
      {
        documentSelector: [{ language: 'dtcl' }],
        initializationOptions: { commands: ['understudy.run', 'understudy.plan'] },
      },
    ],
    'start',
    'stop',
  ]);
});

describe('the commands behind the buttons', () => {
  const carriedOut = async (command: string, isTrusted: boolean, uri?: string): Promise<readonly unknown[]> => {
    const calls: unknown[] = [];
    const { activate, registered } = extensionWith(calls, isTrusted);
    await activate?.({ subscriptions: [] });
    const before = calls.length;
    await registered.get(command)?.(uri);
    return calls.slice(before);
  };

  it('are those that the manifest names and the server offers', async () => {
    const { registered, activate } = extensionWith([], true);
    await activate?.({ subscriptions: [] });
    expect([...registered.keys()]).toEqual([...lensCommands]);
    const { commands: named } = json('package.json').contributes;
    expect(named.map((one: { command: string }) => one.command)).toEqual([...lensCommands]);
  });

  it('save the script, and start the program without a shell', async () => {
    expect(await carriedOut('understudy.plan', true, 'file:///srv/a%20b.dtcl')).toEqual([
      'saved',
      [
        'task',
        { type: 'understudy', verb: 'plan' },
        2,
        'plan srv/a b.dtcl',
        'Understudy',
        { parts: ['process', '/opt/understudy', ['plan', '/srv/a b.dtcl']] },
      ],
    ]);
  });

  it('do nothing in a workspace that is not trusted, nor without a file', async () => {
    expect(await carriedOut('understudy.run', false, 'file:///srv/a.dtcl')).toEqual([expect.stringContaining('trust')]);
    expect(await carriedOut('understudy.run', true)).toEqual([expect.stringContaining('save the script')]);
  });
});
