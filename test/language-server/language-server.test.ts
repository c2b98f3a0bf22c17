// The language server as an editor has it: a process that speaks the protocol on its standard streams.
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import {
  CodeActionRequest,
  CompletionItemKind,
  CompletionRequest,
  DefinitionRequest,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DocumentFormattingRequest,
  DocumentSymbolRequest,
  ExitNotification,
  FoldingRangeRequest,
  HoverRequest,
  InitializeRequest,
  type Position,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  ReferencesRequest,
  RenameRequest,
  SemanticTokensRequest,
  ShutdownRequest,
  SignatureHelpRequest,
} from 'vscode-languageserver/node';
import { startLanguageServer } from '../support/language-server-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'understudy-editor-'));
const uri = pathToFileURL(join(folder, 'übung.dtcl')).href;
const includedUri = pathToFileURL(join(folder, 'common.dtcl')).href;
const lines = [
  '$größe = 1', // An umlaut in a name is an error; all must still be understood.
  '$con = connect sales to beta map exact',
  'write "🎭🎭 $con", $con, $cno',
  'function retry($times)',
  '  return $times',
  'end',
  '',
];

writeFileSync(join(folder, 'common.dtcl'), '# shared\n$shared = "🎭"; $limit = 5\n');
afterAll(() => rmSync(folder, { recursive: true }));

let child: ChildProcess;
let client: ProtocolConnection;
let published: PublishDiagnosticsParams[];
let onPublished: () => void;

beforeEach(async () => {
  ({ child, client } = startLanguageServer());
  published = [];
  onPublished = () => undefined;
  client.onNotification(PublishDiagnosticsNotification.type, (one) => {
    published.push(one);
    onPublished();
  });
  await client.sendRequest(InitializeRequest.type, { processId: process.pid, rootUri: null, capabilities: {} });
  const textDocument = { uri, languageId: 'dtcl', version: 1, text: lines.join('\n') };
  await client.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
});

afterEach(() => {
  client.dispose();
  child.kill('SIGKILL');
});

async function diagnosticsOf(version: number): Promise<PublishDiagnosticsParams> {
  for (;;) {
    const found = published.find((one) => one.version === version);
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => {
      onPublished = resolve;
    });
  }
}

/** Behind the last character of what is named, in UTF-16 units. */
function behind(line: number, text: string): { textDocument: { uri: string }; position: Position } {
  const character = (lines[line] ?? '').lastIndexOf(text) + text.length;
  return { textDocument: { uri }, position: { line, character } };
}

const change = (version: number, line: number, from: number, to: number, text: string): Promise<void> =>
  client.sendNotification(DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version },
    contentChanges: [{ range: { start: { line, character: from }, end: { line, character: to } }, text }],
  });

test('says what is wrong, where, and how to mend it; and follows the changes', async () => {
  const { diagnostics } = await diagnosticsOf(1);
  const unknown = diagnostics.find((one) => one.code === 'U0301');
  const column = 'write "🎭🎭 $con", $con, '.length;
  const range = { start: { line: 2, character: column }, end: { line: 2, character: column + 4 } };
  expect(unknown).toMatchObject({ severity: 1, source: 'understudy', range });
  expect(unknown?.message).toBe('there is no variable $cno\nfix: did you mean $con?');
  const actions = await client.sendRequest(CodeActionRequest.type, {
    textDocument: { uri },
    range,
    context: { diagnostics: [] },
  });
  expect(actions).toMatchObject([
    { title: 'Change to $con', kind: 'quickfix', edit: { changes: { [uri]: [{ range, newText: '$con' }] } } },
  ]);
  await change(2, 2, column, column + 4, '$con');
  await change(3, 0, 0, 6, '$size');
  expect((await diagnosticsOf(3)).diagnostics).toEqual([]);
});

test('knows the names, with the places of UTF-16', async () => {
  const inString = behind(2, '🎭 $con');
  const definition = { uri, range: { start: { line: 1, character: 1 }, end: { line: 1, character: 4 } } };
  expect(await client.sendRequest(DefinitionRequest.type, inString)).toEqual(definition);
  const references = await client.sendRequest(ReferencesRequest.type, {
    ...inString,
    context: { includeDeclaration: true },
  });
  const start = (lines[2] ?? '').indexOf('$con') + 1;
  expect(references).toEqual([
    definition,
    { uri, range: { start: { line: 2, character: start }, end: { line: 2, character: start + 3 } } },
    { uri, range: { start: { line: 2, character: start + 7 }, end: { line: 2, character: start + 10 } } },
  ]);
  const renamed = await client.sendRequest(RenameRequest.type, { ...inString, newName: '$link' });
  expect(renamed?.changes?.[uri]?.map((one) => one.newText)).toEqual(['link', 'link', 'link']);
  await expect(client.sendRequest(RenameRequest.type, { ...inString, newName: 'cno' })).rejects.toThrow(
    'there is already a variable $cno',
  );
});

test('completes, explains and shows the shape', async () => {
  await change(2, 6, 0, 0, 'connect sales to beta mi');
  const cursor = { textDocument: { uri }, position: { line: 6, character: 24 } };
  const items = await client.sendRequest(CompletionRequest.type, cursor);
  expect(items).toMatchObject([
    { label: 'mirror', textEdit: { range: { start: { line: 6, character: 22 }, end: { line: 6, character: 24 } } } },
  ]);
  await change(3, 6, 0, 24, 'write $con.mirror.re');
  const properties = { textDocument: { uri }, position: { line: 6, character: 20 } };
  expect(await client.sendRequest(CompletionRequest.type, properties)).toMatchObject([
    {
      label: 'remaining',
      kind: CompletionItemKind.Property,
      textEdit: { range: { start: { line: 6, character: 18 } } },
    },
  ]);
  const hover = await client.sendRequest(HoverRequest.type, behind(1, 'conn'));
  expect(hover?.contents).toMatchObject({ kind: 'markdown', value: expect.stringContaining('CONNECT') });
  const signature = await client.sendRequest(SignatureHelpRequest.type, behind(1, 'sales to '));
  expect(signature?.signatures[0]?.label).toMatch(/^CONNECT <repset>/);
  const symbols = await client.sendRequest(DocumentSymbolRequest.type, { textDocument: { uri } });
  expect(symbols?.map((one) => one.name)).toEqual(['$größe', '$con', 'retry']);
  const folds = await client.sendRequest(FoldingRangeRequest.type, { textDocument: { uri } });
  expect(folds).toEqual([{ startLine: 3, endLine: 4 }]);
  const colours = await client.sendRequest(SemanticTokensRequest.type, { textDocument: { uri } });
  expect((colours?.data.length ?? 0) % 5).toBe(0);
  expect(colours?.data.length).toBeGreaterThan(50);
});

test('knows what the script includes, and formats', async () => {
  await change(2, 2, 0, (lines[2] ?? '').length, 'include "common.dtcl"; WRITE $limit');
  await change(3, 0, 0, 6, '$size');
  expect((await diagnosticsOf(3)).diagnostics).toEqual([]);
  const asked = { textDocument: { uri }, position: { line: 2, character: 30 } };
  const column = '$shared = "🎭"; $'.length;
  expect(await client.sendRequest(DefinitionRequest.type, asked)).toEqual({
    uri: includedUri,
    range: { start: { line: 1, character: column }, end: { line: 1, character: column + 5 } },
  });
  const name = { textDocument: { uri }, position: { line: 2, character: 12 } };
  expect(await client.sendRequest(DefinitionRequest.type, name)).toMatchObject({ uri: includedUri });
  const options = { tabSize: 2, insertSpaces: true };
  const edits = await client.sendRequest(DocumentFormattingRequest.type, { textDocument: { uri }, options });
  expect(edits).toEqual([
    { range: { start: { line: 2, character: 21 }, end: { line: 2, character: 28 } }, newText: '\nwrite' },
  ]);
});

test('ends when the editor says so', async () => {
  const ended = new Promise((resolve) => child.on('close', resolve));
  await client.sendRequest(ShutdownRequest.type);
  await client.sendNotification(ExitNotification.type);
  expect(await ended).toBe(0);
});
