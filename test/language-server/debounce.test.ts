// When a document is checked: a moment after its last change, by the clock that was handed in.
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createConnection,
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  HoverRequest,
  InitializeRequest,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { checkDelayMs, serveLanguage } from '../../src/language-server/language-server.ts';
import type { ScriptFiles } from '../../src/language-server/names/scripts.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';

const uri = 'file:///script.dtcl';
const noFiles: ScriptFiles = {
  read: () => ({ reason: 'there are no files' }),
  address: (one) => one,
  text: () => undefined,
  scriptsBelow: () => ({ addresses: [], isWhole: true }),
};
let clock: ManualClock;
let client: ProtocolConnection;
let published: string[];

beforeEach(async () => {
  const [toServer, toClient] = [new PassThrough(), new PassThrough()];
  const server = createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient));
  clock = new ManualClock();
  serveLanguage(server, clock, noFiles);
  client = createProtocolConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer));
  published = [];
  client.onNotification(PublishDiagnosticsNotification.type, ({ version, diagnostics }) => {
    published.push(`${version ?? '-'}: ${diagnostics.map((one) => one.code).join(' ')}`);
  });
  client.listen();
  await client.sendRequest(InitializeRequest.type, { processId: null, rootUri: null, capabilities: {} });
  const textDocument = { uri, languageId: 'dtcl', version: 1, text: 'write $a\n' };
  await client.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
  await settled();
});

afterEach(() => client.dispose());

/** What was sent before has been handled when a later request has been answered. */
async function settled(): Promise<void> {
  await client.sendRequest(HoverRequest.type, { textDocument: { uri }, position: { line: 0, character: 0 } });
}

async function turn(ms: number): Promise<void> {
  await clock.advance(ms);
  await settled();
}

async function change(version: number, text: string): Promise<void> {
  await client.sendNotification(DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version },
    contentChanges: [{ text }],
  });
  await settled();
}

test('a document is checked when it rests, and once for several changes', async () => {
  await turn(checkDelayMs - 1);
  expect(published).toEqual([]);
  await change(2, 'write (');
  await turn(checkDelayMs - 1);
  await change(3, 'write 1');
  await turn(checkDelayMs - 1);
  expect(published).toEqual([]);
  await turn(1);
  expect(published).toEqual(['3: ']);
  await turn(10 * checkDelayMs);
  expect(published).toEqual(['3: ']);
});

test('a document that is closed is checked no more, and what was said of it is taken back', async () => {
  await turn(checkDelayMs);
  expect(published).toEqual(['1: U0301']);
  await change(2, 'write $b');
  await client.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
  await settled();
  await turn(checkDelayMs);
  expect(published).toEqual(['1: U0301', '-: ']);
});
