// What the language server knows of a whole workspace, as a client of the protocol hears it from the real process. The
// cursor is ▮; a place is told as `file line:character`, counted as the protocol counts them.
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type ClientCapabilities,
  CodeLensRequest,
  DidChangeTextDocumentNotification,
  DidChangeWatchedFilesNotification,
  DidChangeWorkspaceFoldersNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DocumentHighlightRequest,
  DocumentLinkRequest,
  FileChangeType,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  InlayHintRequest,
  type Location,
  PrepareRenameRequest,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  ReferencesRequest,
  RegistrationRequest,
  RenameRequest,
  type WorkspaceEdit,
  WorkspaceSymbolRequest,
} from 'vscode-languageserver/node';
import { startLanguageServer } from '../support/language-server-process.ts';

const scripts = {
  'day.dtcl': 'include "shared/common.dtcl"\n$größe = 1; write "🎭 $limit", retry($limit, 5s)\n$own = 1\n',
  'night.dtcl': 'include "shared/common.dtcl"\n$limit = 7\n$own = 2\nwrite retry(1)\n',
  'shared/common.dtcl':
    'param $target as string = "beta"\n$limit = 5\nfunction retry($times, $wait = 1s)\n  $inner = $times\n  return $inner\nend\n',
  'apart.dtcl': '$limit = 1\nwrite $limit\n',
};

let folder: string;
let child: ChildProcess;
let client: ProtocolConnection;
let published: PublishDiagnosticsParams[];
let onPublished: () => void;
let watched: unknown[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-workspace-'));
  for (const [name, text] of Object.entries(scripts)) write(name, text);
  ({ child, client } = startLanguageServer());
  published = [];
  onPublished = () => undefined;
  watched = [];
  client.onRequest(RegistrationRequest.type, ({ registrations }) => void watched.push(...registrations));
  client.onNotification(PublishDiagnosticsNotification.type, (one) => {
    published.push(one);
    onPublished();
  });
});

afterEach(() => {
  client.dispose();
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const addressOf = (name: string): string => pathToFileURL(join(folder, name)).href;

async function start(
  capabilities: ClientCapabilities = {},
  commands: readonly string[] = [],
): Promise<InitializeResult> {
  const workspaceFolders = [{ uri: pathToFileURL(folder).href, name: 'scripts' }];
  const about = { processId: process.pid, rootUri: null, capabilities, workspaceFolders };
  const result = await client.sendRequest(InitializeRequest.type, { ...about, initializationOptions: { commands } });
  await client.sendNotification(InitializedNotification.type, {});
  return result;
}

async function open(name: string, text = readFileSync(join(folder, name), 'utf8'), uri = addressOf(name)) {
  const textDocument = { uri, languageId: 'dtcl', version: 1, text };
  await client.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
}

const change = (name: string, version: number, text: string): Promise<void> =>
  client.sendNotification(DidChangeTextDocumentNotification.type, {
    textDocument: { uri: addressOf(name), version },
    contentChanges: [{ text }],
  });

async function publishedOf(name: string, expected: readonly string[]): Promise<void> {
  const isThere = (): boolean =>
    published.some(
      (one) =>
        one.uri === addressOf(name) &&
        JSON.stringify(one.diagnostics.map(({ code }) => code)) === JSON.stringify(expected),
    );
  while (!isThere()) {
    await new Promise<void>((resolve) => {
      onPublished = resolve;
    });
  }
  published = [];
}

/** A request's place in a file: behind the first time that it says this. */
function at(name: keyof typeof scripts, place: string) {
  const before = scripts[name].slice(0, scripts[name].indexOf(place.replace('▮', '')) + place.indexOf('▮'));
  const lines = before.split('\n');
  const position = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
  return { textDocument: { uri: addressOf(name) }, position };
}

const nameOf = (uri: string): string => decodeURI(uri).slice(pathToFileURL(folder).href.length + 1);
const shown = ({ uri, range: { start } }: Location): string => `${nameOf(uri)} ${start.line}:${start.character}`;

async function references(name: keyof typeof scripts, place: string): Promise<readonly string[]> {
  const context = { includeDeclaration: true };
  const found = await client.sendRequest(ReferencesRequest.type, { ...at(name, place), context });
  return (found ?? []).map(shown);
}

/** The texts of the files after an edit. */
function edited(edit: WorkspaceEdit | null): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [uri, edits] of Object.entries(edit?.changes ?? {})) {
    const lines = readFileSync(join(folder, nameOf(uri)), 'utf8').split('\n');
    for (const { range, newText } of edits.toReversed()) {
      const line = lines[range.start.line] ?? '';
      lines[range.start.line] = line.slice(0, range.start.character) + newText + line.slice(range.end.character);
    }
    texts[nameOf(uri)] = lines.join('\n');
  }
  return texts;
}

test('finds the symbols of all scripts, and stays in the folder', async () => {
  await start();
  write('.hidden/secret.dtcl', '$limitless = 1\n');
  symlinkSync(dirname(folder), join(folder, 'outside'));
  const find = async (query: string): Promise<readonly string[] | undefined> =>
    (await client.sendRequest(WorkspaceSymbolRequest.type, { query }))?.map(
      (one) => `${one.name} ${nameOf(one.location.uri)}`,
    );
  expect(await find('lim')).toEqual(['$limit apart.dtcl', '$limit night.dtcl', '$limit shared/common.dtcl']);
  expect(await find('RTY')).toEqual(['retry shared/common.dtcl']);
  expect(await find('$target')).toEqual(['$target shared/common.dtcl']);
  expect(await find('inner')).toEqual([]);
  await open('apart.dtcl', '$edited = 1\n');
  expect(await find('edit')).toEqual(['$edited apart.dtcl']);
  expect(await find('lim')).toEqual(['$limit night.dtcl', '$limit shared/common.dtcl']);
});

test('finds every use of a name in the programs that share it, and in no other', async () => {
  await start();
  await open('day.dtcl');
  expect(await references('day.dtcl', '$limi▮t"')).toEqual([
    'day.dtcl 1:23',
    'day.dtcl 1:38',
    'shared/common.dtcl 1:1',
    'night.dtcl 1:1',
  ]);
  expect(await references('day.dtcl', 're▮try')).toEqual(['day.dtcl 1:31', 'shared/common.dtcl 2:9', 'night.dtcl 3:6']);
  expect(await references('day.dtcl', '$ow▮n')).toEqual(['day.dtcl 2:1']);
  await open('shared/common.dtcl');
  expect(await references('shared/common.dtcl', '$time▮s')).toEqual([
    'shared/common.dtcl 2:16',
    'shared/common.dtcl 3:12',
  ]);
});

test('renames in all files at once, and only where nothing breaks', async () => {
  const { capabilities } = await start({ textDocument: { rename: { prepareSupport: true } } });
  expect(capabilities.renameProvider).toEqual({ prepareProvider: true });
  await open('day.dtcl');
  const rename = async (place: string, newName: string) =>
    edited(await client.sendRequest(RenameRequest.type, { ...at('day.dtcl', place), newName }));
  expect(await rename('$limi▮t"', '$most')).toEqual({
    'day.dtcl': scripts['day.dtcl'].replaceAll('$limit', '$most'),
    'night.dtcl': scripts['night.dtcl'].replace('$limit', '$most'),
    'shared/common.dtcl': scripts['shared/common.dtcl'].replace('$limit', '$most'),
  });
  expect(Object.keys(await rename('re▮try', 'again'))).toEqual(['day.dtcl', 'shared/common.dtcl', 'night.dtcl']);
  await expect(rename('$limi▮t"', 'own')).rejects.toThrow('there is already a variable $own in day.dtcl');
  await expect(rename('$ow▮n', 'target')).rejects.toThrow('there is already a variable $target in common.dtcl');
  await expect(rename('re▮try', 'length')).rejects.toThrow('length is a built-in function');
  await expect(rename('re▮try', 'ping')).rejects.toThrow('PING begins a command');
  await expect(rename('$ow▮n', '2nd')).rejects.toThrow('2nd is no name');
  write('früh.dtcl', 'include "day.dtcl"\n$taken = 1\n');
  await expect(rename('$ow▮n', 'taken')).rejects.toThrow('there is already a variable $taken in früh.dtcl');
  write('shared/common.dtcl', `${scripts['shared/common.dtcl']}include "nowhere.dtcl"\n`);
  await expect(rename('$limi▮t"', 'most')).rejects.toThrow('includes nowhere.dtcl, which cannot be read');
});

test('says what cannot be renamed before it is asked for a name', async () => {
  await start();
  const text = 'write length("x"), $a\n$con = connect sales to beta map exact\n';
  await open('apart.dtcl', text);
  const prepare = (line: number, character: number) =>
    client.sendRequest(PrepareRenameRequest.type, {
      textDocument: { uri: addressOf('apart.dtcl') },
      position: { line, character },
    });
  await expect(prepare(0, 8)).rejects.toThrow('length is a built-in function and cannot be renamed');
  await expect(prepare(0, 2)).rejects.toThrow('WRITE is a word of the language and cannot be renamed');
  await expect(prepare(1, 9)).rejects.toThrow('CONNECT is a word of the language and cannot be renamed');
  expect(await prepare(1, 2)).toMatchObject({ placeholder: 'con' });
  expect(await prepare(0, 14)).toBeNull();
});

test('changes no file that is in no open folder, and names the version of an open document', async () => {
  const other = mkdtempSync(join(tmpdir(), 'understudy-elsewhere-'));
  try {
    writeFileSync(join(other, 'far.dtcl'), '$far = 1\n');
    await start({ workspace: { workspaceEdit: { documentChanges: true } } });
    await open('apart.dtcl', `include "${join(other, 'far.dtcl')}"\nwrite $far\n$near = 1\n`);
    const rename = (line: number, newName: string) =>
      client.sendRequest(RenameRequest.type, {
        textDocument: { uri: addressOf('apart.dtcl') },
        position: { line, character: line === 1 ? 8 : 2 },
        newName,
      });
    await expect(rename(1, 'farther')).rejects.toThrow('far.dtcl, which is in no open folder');
    expect((await rename(2, 'nearer'))?.documentChanges).toMatchObject([
      { textDocument: { uri: addressOf('apart.dtcl'), version: 1 }, edits: [{ newText: 'nearer' }] },
    ]);
  } finally {
    rmSync(other, { recursive: true });
  }
});

test('takes an included file as the editor has it, however the editor writes its address', async () => {
  write("it's.dtcl", '$old = 1\n');
  write('user.dtcl', 'include "it\'s.dtcl"\nwrite $new\n');
  await start();
  await open('user.dtcl');
  await publishedOf('user.dtcl', ['U0301']);
  await open("it's.dtcl", '$new = 1\n', addressOf("it's.dtcl").replace("'", '%27'));
  await publishedOf('user.dtcl', []);
  const asked = { textDocument: { uri: addressOf('user.dtcl') }, position: { line: 1, character: 8 } };
  const context = { includeDeclaration: true };
  const found = await client.sendRequest(ReferencesRequest.type, { ...asked, context });
  expect(found?.map(({ uri }) => uri)).toEqual([addressOf('user.dtcl'), addressOf("it's.dtcl").replace("'", '%27')]);
  await client.sendNotification(DidCloseTextDocumentNotification.type, {
    textDocument: { uri: addressOf("it's.dtcl").replace("'", '%27') },
  });
  await publishedOf('user.dtcl', ['U0301']);
});

test('follows the folders that the editor opens and closes', async () => {
  const { capabilities } = await start({ workspace: { workspaceFolders: true } });
  expect(capabilities.workspace?.workspaceFolders).toEqual({ supported: true, changeNotifications: true });
  const find = async (): Promise<readonly string[] | undefined> =>
    (await client.sendRequest(WorkspaceSymbolRequest.type, { query: 'limit' }))?.map((one) => nameOf(one.location.uri));
  expect(await find()).toEqual(['apart.dtcl', 'night.dtcl', 'shared/common.dtcl']);
  const [whole, shared] = ['', 'shared'].map((name) => ({ uri: pathToFileURL(join(folder, name)).href, name }));
  if (whole === undefined || shared === undefined) throw new Error('no folders');
  const event = { added: [shared], removed: [whole] };
  await client.sendNotification(DidChangeWorkspaceFoldersNotification.type, { event });
  expect(await find()).toEqual(['shared/common.dtcl']);
});

test('has the editor watch the scripts, and reads one anew when it hears of a change', async () => {
  await start({ workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } });
  await open('day.dtcl', 'include "late.dtcl"\nwrite $late\n');
  await publishedOf('day.dtcl', ['U0311', 'U0301']);
  expect(watched).toMatchObject([
    { method: 'workspace/didChangeWatchedFiles', registerOptions: { watchers: [{ globPattern: '**/*.dtcl' }] } },
  ]);
  write('late.dtcl', '$late = 1\n');
  await client.sendNotification(DidChangeWatchedFilesNotification.type, {
    changes: [{ uri: addressOf('late.dtcl'), type: FileChangeType.Created }],
  });
  await publishedOf('day.dtcl', []);
  expect(await client.sendRequest(WorkspaceSymbolRequest.type, { query: 'late' })).toHaveLength(1);
});

test('highlights where a variable is written and read', async () => {
  await start();
  await open('night.dtcl', '$limit = 7\nwrite $limit\n$limit = $limit + 1\n');
  const asked = { textDocument: { uri: addressOf('night.dtcl') }, position: { line: 1, character: 8 } };
  const found = await client.sendRequest(DocumentHighlightRequest.type, asked);
  const [read, written] = [2, 3];
  expect(found?.map(({ range, kind }) => [range.start.line, range.start.character, kind])).toEqual([
    [0, 1, written],
    [1, 7, read],
    [2, 1, written],
    [2, 10, read],
  ]);
});

test('shows hints inside the text, and links to what is included', async () => {
  await start();
  const text = `${scripts['day.dtcl']}$con = connect sales to beta map exact\n$wait = 5s; write retry((1 + 2) * 3, $wait), length("x")\n`;
  await open('day.dtcl', text);
  const textDocument = { uri: addressOf('day.dtcl') };
  const range = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
  const hints = await client.sendRequest(InlayHintRequest.type, { textDocument, range });
  expect(hints?.map(({ position, label }) => `${position.line}:${position.character} ${label}`)).toEqual([
    '1:37 times:',
    '1:45 wait:',
    '3:4 : connection',
    '4:24 times:',
  ]);
  const first = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  expect(await client.sendRequest(InlayHintRequest.type, { textDocument, range: first })).toEqual([]);
  expect(await client.sendRequest(DocumentLinkRequest.type, { textDocument })).toEqual([
    {
      range: { start: { line: 0, character: 8 }, end: { line: 0, character: 28 } },
      target: addressOf('shared/common.dtcl'),
    },
  ]);
});

test('offers to run and plan a script to an editor that can', async () => {
  const { capabilities } = await start({}, ['understudy.run', 'understudy.plan']);
  expect(capabilities.codeLensProvider).toEqual({});
  await open('day.dtcl', '# a comment\n\nwrite 1\n');
  const textDocument = { uri: addressOf('day.dtcl') };
  const found = await client.sendRequest(CodeLensRequest.type, { textDocument });
  expect(found?.map(({ range, command }) => [range.start.line, command])).toEqual([
    [2, { title: 'Run', command: 'understudy.run', arguments: [textDocument.uri] }],
    [2, { title: 'Plan', command: 'understudy.plan', arguments: [textDocument.uri] }],
  ]);
  await change('day.dtcl', 2, '# nothing\n');
  expect(await client.sendRequest(CodeLensRequest.type, { textDocument })).toEqual([]);
});

test('offers only what the editor knows', async () => {
  const { capabilities } = await start();
  expect(capabilities).toMatchObject({ positionEncoding: 'utf-16', renameProvider: true });
  expect(capabilities.codeLensProvider).toBeUndefined();
  expect(capabilities.workspace).toBeUndefined();
});
