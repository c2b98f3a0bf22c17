// Checks the statements of PARALLEL: only commands, whose results may be assigned to variables. They run in no order,
// so no command may use a variable that another one assigns.
import type { DiagnosticSink } from '../diagnostics/diagnostics.ts';
import type { CommandNode, Statement, StatementOf } from '../tree/ast.ts';
import { walkBlock } from '../tree/ast-walk.ts';

/** Words of statements whose word differs from their kind. */
const words: Readonly<Partial<Record<Statement['kind'], string>>> = {
  assign: 'an assignment of a value',
  change: 'an assignment to a part of a variable',
  'call-alone': 'the call of a function',
  count: 'FOR',
  each: 'FOR',
  until: 'WAIT UNTIL',
};

export function checkParallel(statement: StatementOf<'parallel'>, sink: DiagnosticSink): void {
  const assigned = new Set<string>();
  const commands: CommandNode[] = [];
  for (const one of statement.body) {
    const command = one.kind === 'assign' ? one.value : one;
    if (command.kind !== 'command') {
      sink.report(one, 'U0605', { word: words[one.kind] ?? one.kind.toUpperCase() });
      continue;
    }
    commands.push(command);
    if (one.kind !== 'assign') continue;
    if (assigned.has(one.name))
      sink.report(one.target, 'U0606', { name: one.name, suggestion: 'give each command a variable of its own' });
    assigned.add(one.name);
  }
  walkBlock(commands, {
    expression: (used) => {
      if (used.kind === 'variable' && assigned.has(used.name))
        sink.report(used, 'U0606', { name: used.name, suggestion: 'use it behind the END of PARALLEL' });
    },
  });
}
