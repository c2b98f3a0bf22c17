// Questions about a piece of a script that every node may answer: which variables it assigns or uses, which functions it
// calls, which commands it holds. One walk, in the order of the text.
import type { Block, CommandNode, Expression, Statement } from './ast.ts';

export interface Visitor {
  readonly expression?: (expression: Expression) => void;
  readonly statement?: (statement: Statement) => void;
}

export function walkBlock(block: Block, visitor: Visitor): void {
  for (const statement of block) walkStatement(statement, visitor);
}

function walkStatement(statement: Statement, visitor: Visitor): void {
  visitor.statement?.(statement);
  const value = (expression: Expression | undefined): void => {
    if (expression !== undefined) walkExpression(expression, visitor);
  };
  switch (statement.kind) {
    case 'command':
      walkCommand(statement, visitor);
      break;
    case 'assign':
      if (statement.value.kind === 'command') walkCommand(statement.value, visitor);
      else value(statement.value);
      break;
    case 'if':
      for (const branch of statement.branches) {
        value(branch.condition);
        walkBlock(branch.body, visitor);
      }
      walkBlock(statement.otherwise ?? [], visitor);
      break;
    case 'while':
      value(statement.condition);
      walkBlock(statement.body, visitor);
      break;
    case 'count':
      for (const one of [statement.from, statement.to, statement.step]) value(one);
      walkBlock(statement.body, visitor);
      break;
    case 'each':
      value(statement.list);
      walkBlock(statement.body, visitor);
      break;
    case 'try':
      walkBlock(statement.body, visitor);
      walkBlock(statement.handler?.body ?? [], visitor);
      walkBlock(statement.finally ?? [], visitor);
      break;
    case 'function':
      for (const parameter of statement.parameters) value(parameter.default);
      walkBlock(statement.body, visitor);
      break;
    case 'write':
      statement.values.forEach(value);
      break;
    case 'fail':
      value(statement.message);
      break;
    case 'exit':
      value(statement.code);
      break;
    case 'return':
      value(statement.value);
      break;
    case 'param':
      value(statement.default);
      break;
    case 'wait':
      value(statement.duration);
      break;
    case 'until':
      for (const one of [statement.condition, statement.every, statement.timeout]) value(one);
      break;
    case 'include':
      walkBlock(statement.body ?? [], visitor);
      break;
    case 'parallel':
      walkBlock(statement.body, visitor);
      break;
    case 'every':
      value(statement.interval);
      walkBlock(statement.body, visitor);
      break;
    case 'on':
      value(statement.from);
      walkBlock(statement.body, visitor);
      break;
    case 'break':
    case 'continue':
      break;
  }
}

function walkCommand(command: CommandNode, visitor: Visitor): void {
  for (const part of command.parts) {
    if (part.kind === 'block') walkBlock(part.body, visitor);
    else if (part.kind !== 'equals') walkExpression(part, visitor);
  }
  walkBlock(command.block?.body ?? [], visitor);
}

/** The blocks that a command carries away, to be run later by somebody else. */
function detachedBlocks(command: CommandNode): readonly Block[] {
  const parts = command.parts.flatMap((part) => (part.kind === 'block' ? [part.body] : []));
  return command.block === undefined ? parts : [...parts, command.block.body];
}

function walkExpression(expression: Expression, visitor: Visitor): void {
  // No statement stands inside an expression.
  if (visitor.expression === undefined) return;
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
    case 'call':
      for (const one of expression.arguments) walkExpression(one, visitor);
      break;
    default:
      break;
  }
}

/** The variable a statement itself gives a value, if any. */
function assignedName(statement: Statement): string | undefined {
  switch (statement.kind) {
    case 'assign':
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

/** Every variable a block gives a value somewhere; not what functions inside it assign, and not what schedules and tasks will. */
export function assignedNames(block: Block): ReadonlySet<string> {
  const names = new Set<string>();
  const inner = new Set<Statement>();
  const leaveOut = (one: Block): void => walkBlock(one, { statement: (statement) => inner.add(statement) });
  walkBlock(block, {
    statement: (statement) => {
      if (statement.kind === 'function') leaveOut(statement.body);
      if (statement.kind === 'command') detachedBlocks(statement).forEach(leaveOut);
      if (statement.kind === 'assign' && statement.value.kind === 'command')
        detachedBlocks(statement.value).forEach(leaveOut);
      const name = inner.has(statement) ? undefined : assignedName(statement);
      if (name !== undefined) names.add(name);
    },
  });
  return names;
}

/** The variables and functions a block mentions. */
export function mentions(block: Block): {
  readonly variables: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
} {
  const [variables, functions] = [new Set<string>(), new Set<string>()];
  walkBlock(block, {
    expression: (one) => {
      if (one.kind === 'variable') variables.add(one.name);
      if (one.kind === 'call') functions.add(one.name);
    },
  });
  return { variables, functions };
}
