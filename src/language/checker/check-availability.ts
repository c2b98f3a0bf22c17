// Warns of what a script writes and nothing carries out yet, so that it is known before the night it is needed. A warning and
// no error: a script may write it where it is never reached, or where a TRY expects it.
import { unavailablePart } from '../catalogue/definition/unavailable-part.ts';
import type { DiagnosticSink } from '../diagnostics/diagnostics.ts';
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
