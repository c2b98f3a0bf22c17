// Warns of a literal path that no server can have: one with a drive letter or a share of Windows, as in scripts that were
// written for the original. A warning and not an error, because the form itself is right.
import type { DiagnosticSink } from '../diagnostics/diagnostics.ts';
import type { Expression } from '../tree/ast.ts';
import type { BoundCommand } from './bind-command.ts';

const windowsPath = /^(?:[A-Za-z]:(?:\\|\/|$)|\\\\)/;

export function checkPaths(command: BoundCommand, sink: DiagnosticSink): void {
  for (const { argument, value } of command.values) {
    if (argument.availability !== undefined) continue;
    if (value.kind === 'program') {
      warn(
        value.program,
        'write the path that the program has on the server which runs it, such as /usr/local/bin/snap',
        sink,
      );
    } else if (value.kind === 'mapping') {
      for (const path of [value.source, value.target]) warn(path, folderHint, sink);
    } else if (value.kind === 'expression' && value.type === 'path') warn(value.expression, folderHint, sink);
  }
}

const folderHint = 'write the path as it is on the server, such as /srv/sales';

function warn(path: Expression, suggestion: string, sink: DiagnosticSink): void {
  const text = path.kind === 'literal' ? path.value : path;
  const written = typeof text === 'object' && text.kind === 'word' ? text.text : text;
  if (typeof written !== 'string' || !windowsPath.test(written)) return;
  sink.report(path, 'U0415', { path: written.slice(0, 80), suggestion });
}
