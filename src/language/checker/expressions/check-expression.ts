// Names and types of expressions. The type of an expression is one that its value is certain to have; `number` is an
// integer or a decimal; `any` means that the type is known only when the script runs, so it is never reported as wrong.
import { findCommand, isCommandWord } from '../../catalogue/catalogue.ts';
import { valueElsewhere } from '../../catalogue/other-words.ts';
import type { DiagnosticSink } from '../../diagnostics/diagnostics.ts';
import { nearestMatch, suggest } from '../../diagnostics/nearest-match.ts';
import { accepts, builtinFunctions } from '../../functions/builtin-functions.ts';
import type { BuiltinFunction } from '../../functions/function-definition.ts';
import { misfit, notNegated } from '../../functions/operations.ts';
import { ourNameOf, suggestFunction } from '../../functions/suggest-function.ts';
import { appliedFunction, applyingFunctions } from '../../tree/applied-function.ts';
import type {
  ArithmeticOperator,
  CallExpression,
  ChainExpression,
  ComparisonOperator,
  Expression,
  PathStep,
  StatementOf,
} from '../../tree/ast.ts';
import type { Range } from '../../tree/source-text.ts';
import { isHandleType, typeOf, type ValueType, withArticle } from '../../values/value.ts';
import { checkProperties } from './check-properties.ts';
import type { KnownTypes, StaticType } from './known-types.ts';

export interface ExpressionScope {
  readonly sink: DiagnosticSink;
  /** The variables that have, or may have, a value here. */
  readonly types: KnownTypes;
  readonly functions: ReadonlyMap<string, StatementOf<'function'>>;
  /** In a function: the variables of the script, of which it has its own where it assigns one. */
  readonly outside?: KnownTypes;
  /** The variables around the round of a FOR in PARALLEL, which has its own of those that it assigns. */
  readonly aroundRound?: KnownTypes;
  /** Unknown names that were reported; `f()` is a function, `$x` a variable. A name is reported where it is first used. */
  readonly reported: Set<string>;
  /** Told the type of every variable that is read. */
  readonly noteType?: NoteType | undefined;
}

export type NoteType = (variable: Range, type: StaticType) => void;

/** Whether an unknown name was not reported before. */
function isNew(name: string, { reported }: ExpressionScope): boolean {
  const isFirst = !reported.has(name);
  reported.add(name);
  return isFirst;
}

/** Reports what is wrong, and returns the type that the value will have. In a command a bare word is text. */
export function checkExpression(expression: Expression, scope: ExpressionScope, inCommand = false): StaticType {
  switch (expression.kind) {
    case 'literal':
      return typeOf(expression.value);
    case 'word': {
      // A word in brackets is an expression, also inside a command.
      const isBare = expression.end - expression.start === expression.text.length;
      if (!inCommand || !isBare) reportWord(expression.text, expression, scope);
      return inCommand ? 'string' : 'any';
    }
    case 'variable': {
      const type = variableType(expression.name, expression, scope);
      scope.noteType?.(expression, type);
      return type;
    }
    case 'template':
      for (const piece of expression.pieces) {
        if (typeof piece !== 'string' && checkExpression(piece, scope) === 'secret')
          scope.sink.report(piece, 'U0503', {});
      }
      return 'string';
    case 'path': {
      const base = checkExpression(expression.base, scope);
      for (const step of expression.steps) if (step.kind === 'index') checkExpression(step.index, scope);
      const [first] = expression.steps;
      if (isHandleType(base)) checkProperties(base, expression.steps, scope.sink);
      const hasFields =
        base === 'any' ||
        base === 'record' ||
        isHandleType(base) ||
        (first?.kind === 'index' && (base === 'list' || base === 'string')) ||
        (first?.kind === 'field' && first.name === 'code');
      if (!hasFields && first !== undefined) {
        scope.sink.report(first, 'U0504', {
          type: withArticle(base),
          name: first.kind === 'field' ? first.name : 'items',
          suggestion: suggestField(first, expression.base, base === 'number' ? 'decimal' : base, scope),
        });
      }
      return 'any';
    }
    case 'list':
      for (const item of expression.items) checkExpression(item, scope);
      return 'list';
    case 'record':
      for (const field of expression.fields) checkExpression(field.value, scope);
      return 'record';
    case 'unary': {
      const type = checkExpression(expression.operand, scope);
      if (expression.operator === 'not') {
        expectType(expression.operand, type, 'boolean', 'the operand of NOT', scope.sink);
        return 'boolean';
      }
      if (type === 'any' || isNumber(type) || quantities.includes(type)) return type;
      scope.sink.report(expression, 'U0502', notNegated(type));
      return 'any';
    }
    case 'choice': {
      const types: StaticType[] = [];
      for (const { condition, value } of expression.branches) {
        expectType(condition, checkExpression(condition, scope), 'boolean', 'the condition of IF', scope.sink);
        types.push(checkExpression(value, scope));
      }
      const last = checkExpression(expression.otherwise, scope);
      // A secret that may be chosen is one for all that show it.
      if (last === 'secret' || types.includes('secret')) return 'secret';
      return types.every((one) => one === last) ? last : 'any';
    }
    case 'chain':
      return checkChain(expression, scope);
    case 'call':
      return checkCall(expression, scope);
    case 'error':
      return 'any';
  }
}

/** `$list.length` and `$text.upper` are functions here. */
function suggestField(step: PathStep, base: Expression, type: ValueType, { sink }: ExpressionScope): string {
  const name = step.kind === 'field' ? (ourNameOf(step.name) ?? step.name.toLowerCase()) : '';
  const [parameter] = builtinFunctions.get(name)?.parameters ?? [];
  return parameter !== undefined && accepts(parameter, type)
    ? `write ${name}(${sink.source.slice(base)})`
    : 'only records and handles have fields, only lists have items';
}

/** Reports a type that cannot be the expected one. A bare number is a duration in seconds, as everywhere in DTCL. */
export function expectType(
  range: Range,
  found: StaticType,
  expected: StaticType,
  what: string,
  sink: DiagnosticSink,
): void {
  const isNumber = found === 'integer' || found === 'decimal' || found === 'number';
  if (
    found === 'any' ||
    found === expected ||
    (expected === 'number' && isNumber) ||
    (expected === 'duration' && isNumber) ||
    (expected === 'integer' && found === 'number')
  )
    return;
  const suggestions: Partial<Record<StaticType, string>> = {
    boolean: 'compare it with something',
    duration: 'write 5 seconds or 10m',
  };
  const suggestion = suggestions[expected] ?? `give it ${withArticle(expected)}`;
  sink.report(range, 'U0502', {
    what,
    expected: expected === 'boolean' ? 'true or false' : withArticle(expected),
    found: withArticle(found),
    suggestion,
  });
}

function reportWord(text: string, range: Range, scope: ExpressionScope): void {
  const value = valueElsewhere(text);
  const nearest = nearestMatch(text, scope.types.keys());
  const isCommand = 'definition' in findCommand([text]);
  let suggestion = 'put text in quotes; a variable begins with $';
  if (value !== undefined) suggestion = `did you mean ${value}?`;
  else if (nearest !== undefined) suggestion = `write $${nearest} for the variable, or put text in quotes`;
  else if (text.toLowerCase() === 'if') suggestion = 'a value with IF stands in brackets: (IF … THEN … ELSE …)';
  else if (isCommand) suggestion = 'a command stands at the start of a statement, or behind $name =';
  scope.sink.report(range, 'U0306', { name: text.slice(0, 40), suggestion });
}

function variableType(name: string, range: Range, scope: ExpressionScope): StaticType {
  const type = scope.types.get(name);
  if (type !== undefined) return type;
  if (!isNew(`$${name}`, scope)) return 'any';
  const value = valueElsewhere(name);
  let suggestion = suggest(name, scope.types.keys(), `give it a value first: $${name} = …`, '$');
  if (scope.outside?.get(name) !== undefined)
    suggestion = `the function assigns $${name}, so it has its own: take it as a parameter and RETURN it`;
  else if (scope.aroundRound?.get(name) !== undefined)
    suggestion = `each round in PARALLEL has a $${name} of its own, because it assigns it: give it another name`;
  else if (value !== undefined) suggestion = `did you mean ${value}?`;
  scope.sink.report(range, 'U0301', { name, suggestion });
  return 'any';
}

function checkCall(expression: CallExpression, scope: ExpressionScope): StaticType {
  const given = expression.arguments.map((one) => checkExpression(one, scope));
  const own = scope.functions.get(expression.name);
  if (own === undefined && applyingFunctions.has(expression.name)) checkApplied(expression, scope);
  if (own !== undefined) {
    if (!own.isBroken) checkOwnCount(expression, own, given.length, scope);
    for (const [index, argument] of expression.arguments.entries())
      if (own.script !== undefined && given[index] === 'secret') scope.sink.report(argument, 'U0506', {});
    return 'any';
  }
  const builtin = builtinFunctions.get(expression.name);
  if (builtin === undefined) {
    if (!isNew(`${expression.name}()`, scope)) return 'any';
    scope.sink.report(expression, 'U0302', {
      name: expression.name,
      suggestion: isCommandWord(expression.name)
        ? `${expression.name.toUpperCase()} is a command: write its values behind it, without brackets and commas`
        : suggestFunction(expression.name, scope.functions.keys()),
    });
    return 'any';
  }
  checkBuiltinCount(expression, builtin, given.length, scope);
  for (const [index, type] of given.entries()) {
    const parameter = builtin.parameters[Math.min(index, builtin.parameters.length - 1)] ?? 'value';
    const argument = expression.arguments[index];
    // Functions that accept any value show it or compare it, which a secret must not allow; only type() is harmless.
    if (type === 'secret' && parameter === 'value' && argument !== undefined && expression.name !== 'type')
      scope.sink.report(argument, 'U0503', {});
    if (!builtin.rest && index >= builtin.parameters.length) break;
    if (type === 'any' || argument === undefined || accepts(parameter, type === 'number' ? 'decimal' : type)) continue;
    scope.sink.report(argument, 'U0502', {
      what: `what ${expression.name} is given`,
      expected: withArticle(parameter),
      found: withArticle(type),
      suggestion: builtin.help,
    });
  }
  return builtin.result;
}

/** The function that map or filter calls with one item, and with the values behind its name. */
function checkApplied(call: CallExpression, scope: ExpressionScope): void {
  const named = call.arguments[1];
  if (named === undefined) return;
  const applied = appliedFunction(call);
  const own = applied && scope.functions.get(applied.name);
  if (applied === undefined || (own === undefined && applyingFunctions.has(applied.name))) {
    const suggestion = `write the name of one in quotes: ${call.name}($list, "${call.name === 'map' ? 'upper' : 'name'}")`;
    scope.sink.report(named, 'U0317', { name: call.name, suggestion });
    return;
  }
  const given = call.arguments.length - 1;
  const builtin = builtinFunctions.get(applied.name);
  const parts = { ...applied, kind: 'call', arguments: [] } as const;
  if (own !== undefined) {
    if (!own.isBroken) checkOwnCount(parts, own, given, scope);
  } else if (builtin === undefined) {
    const suggestion = suggestFunction(applied.name, scope.functions.keys());
    scope.sink.report(named, 'U0302', { name: applied.name, suggestion });
  } else {
    checkBuiltinCount(parts, builtin, given, scope);
    if (call.name !== 'filter' || builtin.result === 'any' || builtin.result === 'boolean') return;
    scope.sink.report(named, 'U0502', {
      what: `what ${applied.name} returns`,
      expected: 'true or false',
      found: withArticle(builtin.result),
      suggestion: 'name a function that returns true or false',
    });
  }
}

function checkOwnCount(
  call: CallExpression,
  { parameters }: StatementOf<'function'>,
  given: number,
  scope: ExpressionScope,
): void {
  const required = parameters.filter((one) => one.default === undefined).length;
  const names = parameters.map((one) => `$${one.name}`);
  checkCount(call, given, required, parameters.length, names, scope);
}

function checkBuiltinCount(
  call: CallExpression,
  { parameters, required, rest }: BuiltinFunction,
  given: number,
  scope: ExpressionScope,
): void {
  checkCount(call, given, required, rest ? Number.POSITIVE_INFINITY : parameters.length, parameters, scope);
}

function checkCount(
  call: CallExpression,
  given: number,
  least: number,
  most: number,
  names: readonly string[],
  scope: ExpressionScope,
): void {
  if (given >= least && given <= most) return;
  const count = (amount: number): string => (amount === 1 ? '1 value' : `${amount} values`);
  let expected = `${least} to ${count(most)}`;
  if (least === most) expected = count(least);
  else if (most === Number.POSITIVE_INFINITY) expected = `at least ${count(least)}`;
  scope.sink.report(call, 'U0303', {
    name: call.name,
    expected,
    found: given === 1 ? '1 is' : `${given} are`,
    signature: `${call.name}(${names.join(', ')})`,
  });
}

function checkChain(expression: ChainExpression, scope: ExpressionScope): StaticType {
  let left = checkExpression(expression.first, scope);
  let before: Expression = expression.first;
  for (const { operator, operand } of expression.rest) {
    const right = checkExpression(operand, scope);
    if (operator === 'and' || operator === 'or') {
      const what = `each side of ${operator.toUpperCase()}`;
      if (before === expression.first) expectType(before, left, 'boolean', what, scope.sink);
      expectType(operand, right, 'boolean', what, scope.sink);
      left = 'boolean';
    } else {
      const result = binaryType(operator, left, right);
      if (result === undefined)
        reportMisfit(
          operator,
          { range: { start: expression.first.start, end: before.end }, type: left },
          { range: operand, type: right },
          scope,
        );
      left = result ?? 'any';
    }
    before = operand;
  }
  return left;
}

interface Side {
  readonly range: Range;
  readonly type: StaticType;
}

function reportMisfit(
  operator: ArithmeticOperator | ComparisonOperator,
  left: Side,
  right: Side,
  scope: ExpressionScope,
): void {
  const whole = { start: left.range.start, end: right.range.end };
  if (left.type === 'secret' || right.type === 'secret') {
    if (operator === '+') scope.sink.report(whole, 'U0503', {});
    else scope.sink.report(whole, 'U0505', {});
    return;
  }
  const related = [left, right].map((side) => ({
    start: side.range.start,
    end: side.range.end,
    message: withArticle(side.type),
  }));
  scope.sink.report(whole, 'U0501', misfit(operator, left.type, right.type), related);
}

const quantities: readonly StaticType[] = ['duration', 'size', 'rate', 'percent'];
const points: readonly StaticType[] = ['date', 'time', 'datetime'];
const isNumber = (type: StaticType): boolean => type === 'integer' || type === 'decimal' || type === 'number';

/**
 * The type of an operation's result; undefined when there is no such operation. The counterpart of
 * functions/operations.ts.
 */
function binaryType(
  operator: ArithmeticOperator | ComparisonOperator,
  left: StaticType,
  right: StaticType,
): StaticType | undefined {
  if (/[=<>]/.test(operator)) return comparable(operator, left, right) ? 'boolean' : undefined;
  if (left === 'secret' || right === 'secret') return undefined;
  if (operator === '+' && (left === 'string' || right === 'string')) return 'string';
  if (left === 'any' || right === 'any') return 'any';
  if (isNumber(left) && isNumber(right))
    return left === 'integer' && right === 'integer' && operator !== '/' ? 'integer' : 'number';
  const same = left === right;
  switch (operator) {
    case '+':
      if (same && (quantities.includes(left) || left === 'list')) return left;
      if (points.includes(left) && right === 'duration') return left === 'date' ? 'any' : left;
      return left === 'duration' && points.includes(right) ? 'any' : undefined;
    case '-':
      if (same && quantities.includes(left)) return left;
      if (same && points.includes(left)) return 'duration';
      return points.includes(left) && right === 'duration' ? 'any' : undefined;
    case '*':
      if (left === 'percent' && right === 'percent') return undefined;
      if ((isNumber(right) && left === 'percent') || (isNumber(left) && right === 'percent')) return 'number';
      if (isNumber(left) || left === 'percent') return quantities.includes(right) ? right : undefined;
      if (isNumber(right) || right === 'percent') return quantities.includes(left) ? left : undefined;
      return (left === 'rate' && right === 'duration') || (left === 'duration' && right === 'rate')
        ? 'size'
        : undefined;
    case '/':
      if (isNumber(right) && quantities.includes(left)) return left;
      if (same && ['duration', 'size', 'rate'].includes(left)) return 'number';
      if (left === 'size' && right === 'rate') return 'duration';
      return left === 'size' && right === 'duration' ? 'rate' : undefined;
    case '%':
      return same && (left === 'duration' || left === 'size') ? left : undefined;
    default:
      return undefined;
  }
}

function comparable(operator: string, left: StaticType, right: StaticType): boolean {
  if (left === 'secret' || right === 'secret') return false;
  if (left === 'any' || right === 'any') return true;
  const numeric = (type: StaticType): boolean => isNumber(type) || type === 'percent' || isHandleType(type);
  // A bare number may be 0, which needs no unit; the type alone does not tell.
  const measured = (type: StaticType): boolean => numeric(type) || quantities.includes(type) || points.includes(type);
  const equality = operator === '=' || operator === '<>';
  if (equality && (left === 'none' || right === 'none')) return true;
  if (measured(left) && measured(right))
    return (numeric(left) && numeric(right)) || left === right || isNumber(left) || isNumber(right);
  return left === right && (equality || left === 'string');
}
