// Compiles a whole checked text to one closure: first the functions, so that they may call each other and be called
// above their definition, then the statements.
import type { BoundCommand } from '../../checker/commands/bind-command.ts';
import type { Block, CommandNode, StatementOf } from '../../tree/ast.ts';
import { assignedByHandlers, assignedNames, walkBlock } from '../../tree/ast-walk.ts';
import type { SourceText } from '../../tree/source-text.ts';
import { none, unknown } from '../../values/value.ts';
import { Completion, type Execute, type Frame } from '../frame.ts';
import type { Planning } from '../planning.ts';
import { type FunctionEntry, Scope } from '../scope.ts';
import { compileExpression } from './compile-expression.ts';
import { compileBlock, type StatementContext } from './compile-statement.ts';

export interface ProgramText {
  readonly source: SourceText;
  readonly block: Block;
  readonly bound: ReadonlyMap<CommandNode, BoundCommand>;
}

/**
 * Compiles into a scope and a table of functions, which keep their earlier entries: at the prompt they outlive a line.
 */
export function compileProgram(
  text: ProgramText,
  scope: Scope,
  functions: Map<string, FunctionEntry>,
  plan?: Planning,
): Execute {
  for (const name of assignedNames(text.block)) scope.declare(name);
  for (const name of plan === undefined ? [] : assignedByHandlers(text.block)) plan?.assignedByHandlers.add(name);
  const defined: FunctionEntry[] = [];
  walkBlock(text.block, {
    statement: (statement) => {
      if (statement.kind !== 'function') return;
      const entry: FunctionEntry = {
        node: statement,
        text: text.source.slice(statement),
        place: text.source.span(statement),
        slots: 0,
        defaults: [],
        body: () => Completion.normal,
      };
      functions.set(statement.name, entry);
      defined.push(entry);
    },
  });
  for (const entry of defined)
    compileFunction(entry, {
      source: text.source,
      bound: text.bound,
      scope: functionScope(entry.node, scope),
      functions,
      plan,
    });
  return compileBlock(text.block, { source: text.source, bound: text.bound, scope, functions, plan });
}

/** Parameters first, in their order: a call fills the slots from the left. */
function functionScope(node: StatementOf<'function'>, outer: Scope): Scope {
  const scope = new Scope(outer);
  for (const parameter of node.parameters) scope.declare(parameter.name);
  for (const name of assignedNames(node.body)) scope.declare(name);
  return scope;
}

function compileFunction(entry: FunctionEntry, context: StatementContext): void {
  entry.defaults = entry.node.parameters.map((one) => one.default && compileExpression(one.default, context));
  const body = compileBlock(entry.node.body, context);
  const { plan } = context;
  entry.body = plan === undefined ? body : (frame) => planFunction(body, entry, frame, plan);
  entry.slots = context.scope.size;
}

/** Some ways through a function may return while others go on; the result is known only when all return the same. */
async function planFunction(body: Execute, { node }: FunctionEntry, frame: Frame, plan: Planning): Promise<Completion> {
  await body(frame);
  frame.returned = plan.resultOf(frame, frame.returned ?? none, () => unknown(`the result of ${node.name}`));
  return Completion.return;
}
