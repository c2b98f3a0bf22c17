// Warns of commands whose form is right.
//
// Of commands, options and choices that are not implemented yet, so that the author learns it before the script is
// needed. A warning and not an error: the command may be in a branch that is never reached, or in a TRY that expects
// the failure.
//
// Of a literal path that no server can have: one with a drive letter or a share of Windows, as in scripts that were
// written for the original.
import { unavailablePart } from '../../catalogue/definition/unavailable-part.ts';
import type { DiagnosticSink } from '../../diagnostics/diagnostics.ts';
import type { Expression } from '../../tree/ast.ts';
import type { BoundCommand } from './bind-command.ts';

export function checkAvailability(command: BoundCommand, sink: DiagnosticSink): void {
  const part = unavailablePart(command.definition, (name) => {
    const value = command.values.find(({ argument }) => argument.name === name)?.value;
    return value?.kind === 'constant' ? value.value : value;
  });
  if (part !== undefined) {
    const { missing, instead } = part.availability;
    sink.report(command.node, 'U0414', { name: part.name, missing, instead });
  }
  for (const { value } of command.values) if (value.kind === 'built-in') checkAvailability(value.command, sink);
}

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
