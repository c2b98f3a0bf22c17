// `understudy lsp`: the language server on standard input and output, until the editor says exit or goes away. No other
// output may go there.
import { createConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';
import type { Clock } from '../../base/waiting/clock.ts';
import { serveLanguage } from '../../language-server/language-server.ts';
import { scriptFiles } from '../scripts/script-files.ts';
import { lasting } from '../system-command-line.ts';

export function languageServer(clock: Clock): void {
  const connection = createConnection(
    new StreamMessageReader(process.stdin),
    new StreamMessageWriter(lasting(process.stdout)),
  );
  serveLanguage(connection, clock, scriptFiles);
}
