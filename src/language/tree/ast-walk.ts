// Walks a piece of the tree in the order of the text, and collects the variables that it assigns or uses, the functions
// that it calls, and the commands that it holds.
import { appliedFunction } from './applied-function.ts';
import type { Block, CommandNode, Expression, Statement } from './ast.ts';

export interface Visitor {
  readonly expression?: (expression: Expression) => void;
  readonly statement?: (statement: Statement) => void;
  /**
   * Leaves out code that does not run in the block itself: the inside of functions, and blocks of commands that run
   * later.
   */
  readonly ownOnly?: boolean;
}

export function walkBlock(block: Block | undefined, visitor: Visitor): void {
  if (block !== undefined) for (const statement of block) walkStatement(statement, visitor);
}

function walkStatement(statement: Statement, visitor: Visitor): void {
  visitor.statement?.(statement);
  switch (statement.kind) {
    case 'command':
      walkCommand(statement, visitor);
      break;
    case 'assign':
      walkValue(statement.value, visitor);
      break;
    case 'change':
      walkExpression({ kind: 'variable', name: statement.name, ...statement.target }, visitor);
      for (const step of statement.steps) if (step.kind === 'index') walkExpression(step.index, visitor);
      walkValue(statement.value, visitor);
      break;
    case 'if':
      for (const branch of statement.branches) {
        walkExpression(branch.condition, visitor);
        walkBlock(branch.body, visitor);
      }
      walkBlock(statement.otherwise, visitor);
      break;
    case 'switch':
      walkExpression(statement.subject, visitor);
      for (const branch of statement.branches) {
        for (const value of branch.values) walkExpression(value, visitor);
        walkBlock(branch.body, visitor);
      }
      walkBlock(statement.otherwise, visitor);
      break;
    case 'try':
      walkBlock(statement.body, visitor);
      walkBlock(statement.handler?.body, visitor);
      walkBlock(statement.finally, visitor);
      break;
    case 'function':
      for (const parameter of statement.parameters) walkExpression(parameter.default, visitor);
      if (!visitor.ownOnly) walkBlock(statement.body, visitor);
      break;
    default:
      for (const one of expressionsOf(statement)) walkExpression(one, visitor);
      if ('body' in statement) walkBlock(statement.body, visitor);
      break;
  }
}

/** The expressions before the block of a statement, or all its expressions when it has no block. */
function expressionsOf(
  statement: Exclude<
    Statement,
    { readonly kind: 'command' | 'assign' | 'change' | 'if' | 'switch' | 'try' | 'function' }
  >,
): readonly (Expression | undefined)[] {
  switch (statement.kind) {
    case 'while':
      return [statement.condition];
    case 'count':
      return [statement.from, statement.to, statement.step];
    case 'each':
      return [statement.list];
    case 'write':
      return statement.values;
    case 'write-table':
      return [statement.records, ...statement.columns];
    case 'call-alone':
      return [statement.call];
    case 'fail':
      return [statement.message];
    case 'exit':
      return [statement.code];
    case 'return':
      return [statement.value];
    case 'param':
      return [statement.default];
    case 'wait':
      return [statement.duration];
    case 'until':
      return [statement.condition, statement.every, statement.timeout];
    case 'every':
      return [statement.interval];
    case 'on':
      return [statement.from];
    case 'include':
    case 'parallel':
    case 'break':
    case 'continue':
      return [];
  }
}

function walkValue(value: Expression | CommandNode, visitor: Visitor): void {
  if (value.kind === 'command') walkCommand(value, visitor);
  else walkExpression(value, visitor);
}

function walkCommand(command: CommandNode, visitor: Visitor): void {
  for (const part of command.parts) {
    if (part.kind !== 'block' && part.kind !== 'equals') walkExpression(part, visitor);
    else if (part.kind === 'block' && !visitor.ownOnly) walkBlock(part.body, visitor);
  }
  if (!visitor.ownOnly) walkBlock(command.block?.body, visitor);
}

function walkExpression(expression: Expression | undefined, visitor: Visitor): void {
  // No statement stands inside an expression.
  if (visitor.expression === undefined || expression === undefined) return;
  visitor.expression(expression);
  switch (expression.kind) {
    case 'template':
      for (const piece of expression.pieces) if (typeof piece !== 'string') walkExpression(piece, visitor);
      break;
    case 'path':
      walkExpression(expression.base, visitor);
      for (const step of expression.steps) if (step.kind === 'index') walkExpression(step.index, visitor);
      break;
    case 'list':
      for (const item of expression.items) walkExpression(item, visitor);
      break;
    case 'record':
      for (const field of expression.fields) walkExpression(field.value, visitor);
      break;
    case 'chain':
      walkExpression(expression.first, visitor);
      for (const one of expression.rest) walkExpression(one.operand, visitor);
      break;
    case 'unary':
      walkExpression(expression.operand, visitor);
      break;
    case 'choice':
      for (const { condition, value } of expression.branches) {
        walkExpression(condition, visitor);
        walkExpression(value, visitor);
      }
      walkExpression(expression.otherwise, visitor);
      break;
    case 'call':
      for (const one of expression.arguments) walkExpression(one, visitor);
      break;
    default:
      break;
  }
}

/** The variable that the statement itself assigns, if any. */
export function assignedName(statement: Statement): string | undefined {
  switch (statement.kind) {
    case 'assign':
    case 'change':
    case 'count':
    case 'each':
    case 'param':
      return statement.name;
    case 'try':
      return statement.handler?.name;
    default:
      return undefined;
  }
}

/** Every variable that a block assigns; without those that functions, schedules and tasks inside it assign. */
export function assignedNames(block: Block): ReadonlySet<string> {
  const names = new Set<string>();
  walkBlock(block, {
    ownOnly: true,
    statement: (statement) => {
      const name = assignedName(statement);
      if (name !== undefined) names.add(name);
    },
  });
  return names;
}

/** Every variable that the event handlers of a block assign. */
export function assignedByHandlers(block: Block): ReadonlySet<string> {
  const names = new Set<string>();
  walkBlock(block, {
    statement: (statement) => {
      if (statement.kind === 'on') for (const name of assignedNames(statement.body)) names.add(name);
    },
  });
  return names;
}

/** The variables and functions that a block mentions; with `ownOnly`, in the code that runs in the block itself. */
export function mentions(
  block: Block,
  { ownOnly = false }: Pick<Visitor, 'ownOnly'> = {},
): {
  readonly variables: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
} {
  const [variables, functions] = [new Set<string>(), new Set<string>()];
  walkBlock(block, {
    ownOnly,
    expression: (one) => {
      if (one.kind === 'variable') variables.add(one.name);
      if (one.kind !== 'call') return;
      functions.add(one.name);
      const applied = appliedFunction(one);
      if (applied !== undefined) functions.add(applied.name);
    },
  });
  return { variables, functions };
}

/**
 * The commands that a script itself may carry out: those of its own code, and of the functions that this calls. Without
 * those of blocks that run elsewhere, and of functions that only such blocks call.
 */
export function ownCommands(script: Block): readonly CommandNode[] {
  const bodies = new Map<string, Block>();
  const commands: CommandNode[] = [];
  const waiting: Block[] = [script];
  walkBlock(script, {
    statement: (one) => {
      if (one.kind === 'function') bodies.set(one.name, one.body);
    },
  });
  for (let block = waiting.pop(); block !== undefined; block = waiting.pop()) {
    walkBlock(block, {
      ownOnly: true,
      statement: (one) => {
        if (one.kind === 'command') commands.push(one);
        else if ((one.kind === 'assign' || one.kind === 'change') && one.value.kind === 'command')
          commands.push(one.value);
      },
    });
    for (const name of mentions(block, { ownOnly: true }).functions) {
      const body = bodies.get(name);
      if (body === undefined) continue;
      waiting.push(body);
      bodies.delete(name);
    }
  }
  return commands;
}
