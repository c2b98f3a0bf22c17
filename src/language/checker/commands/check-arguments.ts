// Checks that the values given to a command have the types of its catalogue entry, as far as types are known before the
// script runs.
import type { ArgumentType } from '../../catalogue/definition/definition.ts';
import { commandName, describeType, exampleOf } from '../../catalogue/definition/syntax-text.ts';
import type { Expression } from '../../tree/ast.ts';
import { withArticle } from '../../values/value.ts';
import { checkExpression, type ExpressionScope } from '../expressions/check-expression.ts';
import type { StaticType } from '../expressions/known-types.ts';
import { checkTaskCall } from '../statements/check-task.ts';
import type { BoundArgument, BoundCommand } from './bind-command.ts';
import { checkLiteral } from './check-literals.ts';

export function checkArguments(command: BoundCommand, scope: ExpressionScope): void {
  for (const bound of command.values) {
    const { value } = bound;
    switch (value.kind) {
      case 'expression':
        checkOne(value.expression, value.type, bound, command, scope);
        break;
      case 'mapping':
        checkOne(value.source, 'path', bound, command, scope);
        checkOne(value.target, 'path', bound, command, scope);
        break;
      case 'program':
        checkOne(value.program, 'path', bound, command, scope);
        if (value.arguments !== undefined) checkOne(value.arguments, 'text', bound, command, scope);
        break;
      case 'script':
        checkTaskCall(value.call, scope);
        break;
      case 'built-in':
        checkArguments(value.command, scope);
        break;
      case 'constant':
        break;
    }
  }
}

function checkOne(
  expression: Expression,
  type: ArgumentType,
  bound: BoundArgument,
  command: BoundCommand,
  scope: ExpressionScope,
): void {
  const found = checkExpression(expression, scope, true);
  checkLiteral(expression, bound.argument, command, scope.sink);
  if (found === 'any' || typeof type === 'object' || allows(type, found)) return;
  const argument = bound.argument.words?.toUpperCase() ?? bound.argument.help;
  scope.sink.report(expression, 'U0410', {
    argument,
    command: commandName(command.definition),
    expected: describeType(type),
    found: withArticle(found),
    example: exampleOf(type),
  });
}

/** The static counterpart of `convertTo` in interpreter/compile/compile-command.ts. */
function allows(type: Extract<ArgumentType, string>, found: Exclude<StaticType, 'any'>): boolean {
  switch (type) {
    case 'name':
    case 'path':
    case 'address':
    case 'server':
    case 'text':
      return found === 'string' || found === 'integer' || found === 'number';
    case 'integer':
      return found === 'integer' || found === 'number';
    case 'timeout':
    case 'duration':
      return ['duration', 'integer', 'decimal', 'number'].includes(found);
    case 'secret':
      return found === 'secret' || found === 'string' || found === 'integer';
    case 'text or secret':
      return found === 'secret' || found === 'string' || found === 'integer' || found === 'number';
    case 'connection':
      return found === 'connection' || found === 'integer' || found === 'number' || found === 'string';
    case 'snapshot':
    case 'monitor':
    case 'schedule':
      return found === type || found === 'string';
    case 'stream task':
      return found === 'task' || found === 'string';
    case 'rate':
      return found === type;
    case 'moment':
      return found === 'time' || found === 'datetime';
    default:
      return true;
  }
}
