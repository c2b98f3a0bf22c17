// TASK name(…) IN JAVASCRIPT: checks what can be checked without parsing JavaScript, and where a call of one may be
// used as a task. `problemOf` (program.ts) tells whether the script is JavaScript at all.
import type { ScriptProblem, TaskText } from '../../../base/sandbox-protocol.ts';
import type { DiagnosticSink } from '../../diagnostics/diagnostics.ts';
import { suggest } from '../../diagnostics/nearest-match.ts';
import type { Block, CallExpression, Script, StatementOf } from '../../tree/ast.ts';
import { walkBlock } from '../../tree/ast-walk.ts';
import type { Range } from '../../tree/source-text.ts';
import { checkExpression, type ExpressionScope } from '../expressions/check-expression.ts';

/** The limit for a script that travels in a stream (base/sandbox-protocol.ts). */
const scriptCharactersMax = 64 * 1024;

/** What ECMAScript reserves in strict code and inside async functions (ECMA-262, 12.7.2 and 13.1). */
const reservedWords: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false ' +
    'finally for function if implements import in instanceof interface let new null package private protected public ' +
    'return static super switch this throw true try typeof var void while with yield'
  ).split(' '),
);

export function checkTask(task: StatementOf<'function'>, script: Script, sink: DiagnosticSink): void {
  for (const parameter of task.parameters)
    if (reservedWords.has(parameter.name)) sink.report(parameter, 'U0314', { name: parameter.name });
  if (script.text.length > scriptCharactersMax)
    sink.report(task.nameRange, 'U0315', { name: task.name, limit: scriptCharactersMax });
}

/** Checks a call that is used as the task of QUEUETASK. */
export function checkTaskCall(call: CallExpression, scope: ExpressionScope): void {
  checkExpression(call, scope);
  const known = scope.functions.get(call.name);
  if (known === undefined || known.script !== undefined) return;
  const tasks = [...scope.functions.values()].filter((one) => one.script !== undefined).map((one) => one.name);
  scope.sink.report(call, 'U0407', {
    option: 'a task',
    word: call.name,
    suggestion: suggest(call.name, tasks, 'it is a function; define a task: TASK name(…) IN JAVASCRIPT """…"""'),
  });
}

/** The scripts of a block's tasks; reports the problem of each that `problemOf` finds. */
export function checkScripts(
  block: Block,
  sink: DiagnosticSink,
  problemOf: (task: TaskText) => ScriptProblem | null,
): readonly TaskText[] {
  const tasks: TaskText[] = [];
  walkBlock(block, {
    statement: (statement) => {
      if (statement.kind !== 'function' || statement.script === undefined) return;
      const task = { names: statement.parameters.map((one) => one.name), body: statement.script.text };
      tasks.push(task);
      const problem = problemOf(task);
      if (problem === null) return;
      const { message } = problem;
      sink.report(placeOf(problem, statement.script), 'U0316', { message, name: statement.name });
    },
  });
  return tasks;
}

/** The place of a problem, whose line and column count from 1; the whole script when they are not known. */
function placeOf({ line, column }: ScriptProblem, { text, start, end }: Script): Range {
  const ends = Array.from(text.matchAll(/\r\n|[\r\n\u2028\u2029]/g), (one) => one.index + one[0].length);
  const lineStart = [0, ...ends][line - 1];
  if (lineStart === undefined) return { start, end };
  const at = start + Math.min(lineStart + Math.max(0, column - 1), Math.max(0, text.length - 1));
  return { start: at, end: Math.min(end, at + 1) };
}
