// Warns of commands, options and choices that are not implemented yet, so that the author learns it before the script
// is needed. A warning and not an error: the command may be in a branch that is never reached, or in a TRY that expects
// the failure.
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
