// A language server as an editor has it: a process of its own, and a client of the protocol on its standard streams.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import {
  createProtocolConnection,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';

export const serverProgram = join(import.meta.dirname, '../../bin/understudy.js');

/** The caller disposes of the client and kills the process. */
export function startLanguageServer(): { readonly child: ChildProcess; readonly client: ProtocolConnection } {
  const child = spawn(process.execPath, [serverProgram, 'lsp'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const client = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  client.listen();
  return { child, client };
}
