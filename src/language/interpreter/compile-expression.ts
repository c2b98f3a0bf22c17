// Expressions to closures. What can be said at compile time is not asked at run time: where a variable lives, whether an
// operand may have to wait, whether both sides of an operator are plain numbers in the usual case.
import type {
  BinaryOperator,
  CallExpression,
  ChainExpression,
  Expression,
  PathExpression,
  TemplateExpression,
} from '../ast.ts';
import { suggest } from '../nearest-match.ts';
import type { Range } from '../source-text.ts';
import { type HandleValue, list, none, numberMax, type RecordValue, record, typeOf, type Value } from '../value.ts';
import { valueText } from '../value-text.ts';
import { accepts, builtinFunctions } from './builtin-functions.ts';
import {
  type Awaitable,
  type Compiled,
  type Completion,
  type Evaluate,
  type EvaluateNow,
  evaluateAll,
  type Frame,
  later,
  now,
  settle,
} from './frame.ts';
import { arithmetic, compare, joined, ValueProblem } from './operations.ts';
import type { FunctionEntry, Scope } from './scope.ts';

export interface ExpressionContext {
  readonly scope: Scope;
  readonly functions: ReadonlyMap<string, FunctionEntry>;
}

export function compileExpression(expression: Expression, context: ExpressionContext): Compiled {
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression;
      return now(() => value);
    }
    case 'word': {
      const { text } = expression;
      return now(() => text);
    }
    case 'variable':
      return now(compileVariable(expression.name, expression, context.scope));
    case 'template':
      return compileTemplate(expression, context);
    case 'path':
      return compilePath(expression, context);
    case 'list': {
      const items = expression.items.map((item) => compileExpression(item, context));
      return combine(items, expression, (values) => list(values));
    }
    case 'record': {
      const values = expression.fields.map((field) => compileExpression(field.value, context));
      const names = expression.fields.map((field) => field.name);
      return combine(values, expression, (fields) => ({
        kind: 'record',
        fields: new Map(names.map((name, index) => [name, fields[index] ?? none])),
      }));
    }
    case 'unary': {
      const operand = compileExpression(expression.operand, context);
      if (expression.operator === 'not')
        return combine([operand], expression, ([value]) => !truth(value ?? none, 'the operand of NOT'));
      return combine([operand], expression, ([value]) => arithmetic('*', value ?? none, -1));
    }
    case 'chain':
      return compileChain(expression, context);
    case 'call':
      return compileCall(expression, context);
    case 'error':
      return now(() => none);
  }
}

/** Applies an operation to several operands; what it finds wrong is reported at `place`. */
export function combine(
  operands: readonly Compiled[],
  place: Range,
  apply: (values: readonly Value[], frame: Frame) => Value,
): Compiled {
  const guarded = (values: readonly Value[], frame: Frame): Value => {
    try {
      const value = apply(values, frame);
      frame.execution.made(value);
      return value;
    } catch (thrown) {
      throw frame.execution.fail(thrown, place);
    }
  };
  if (operands.every((operand) => operand.immediate))
    return now((frame) => guarded(evaluateAll(operands, frame) as Value[], frame));
  return later((frame) => settle(evaluateAll(operands, frame), (values) => guarded(values, frame)));
}

/** What a condition has to be. */
export function truth(value: Value, what: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new ValueProblem('U0502', {
    what,
    expected: 'true or false',
    found: `a ${typeOf(value)}`,
    suggestion: 'compare it with something',
  });
}

function compileVariable(name: string, place: Range, scope: Scope): EvaluateNow {
  const found = scope.find(name);
  const missing = (frame: Frame): never => {
    throw frame.execution.fail(new ValueProblem('U0701', { name }), place);
  };
  if (found === undefined) return missing;
  const { slot } = found;
  if (found.global) return (frame) => frame.globals[slot] ?? missing(frame);
  return (frame) => frame.slots[slot] ?? missing(frame);
}

function compileTemplate(expression: TemplateExpression, context: ExpressionContext): Compiled {
  const pieces = expression.pieces.map((piece) =>
    typeof piece === 'string' ? now(() => piece) : compileExpression(piece, context),
  );
  return combine(pieces, expression, (values) => joined(values.map(valueText)));
}

function compileCall(expression: CallExpression, context: ExpressionContext): Compiled {
  const operands = expression.arguments.map((one) => compileExpression(one, context));
  const entry = context.functions.get(expression.name);
  if (entry?.node.script !== undefined) return compileTaskCall(expression, context);
  if (entry !== undefined) return compileUserCall(entry, operands, expression);
  const builtin = builtinFunctions.get(expression.name);
  return combine(operands, expression, (values, frame) => {
    if (builtin === undefined) throw new ValueProblem('U0302', { name: expression.name, suggestion: '' });
    values.forEach((value, index) => {
      const parameter = builtin.parameters[Math.min(index, builtin.parameters.length - 1)] ?? 'value';
      if (!accepts(parameter, typeOf(value))) {
        throw new ValueProblem('U0502', {
          what: `what ${expression.name} is given`,
          expected: `a ${parameter}`,
          found: `a ${typeOf(value)}`,
          suggestion: builtin.help,
        });
      }
    });
    return builtin.run(values, frame.execution.clock);
  });
}

/** What a call of a TASK asks for, without carrying it out. */
export function compileScriptCall(call: CallExpression, context: ExpressionContext): Compiled {
  const operands = call.arguments.map((one) => compileExpression(one, context));
  const entry = context.functions.get(call.name);
  if (entry === undefined) return now(() => none);
  const { node } = entry;
  return later((frame) =>
    settle(parameterValues(entry, operands, frame), (values) =>
      record({
        name: node.name,
        script: node.script?.text ?? '',
        names: list(node.parameters.map((one) => one.name)),
        values: list(values),
      }),
    ),
  );
}

/** The values of all parameters: what was given, and the defaults of the others. */
function parameterValues(entry: FunctionEntry, operands: readonly Compiled[], frame: Frame): Awaitable<Value[]> {
  return settle(evaluateAll(operands, frame), (given) => {
    const { globals, execution } = frame;
    const slots = [...given, ...new Array(entry.slots).fill(undefined)];
    const inner: Frame = { slots, globals, execution, returned: undefined };
    const missing = entry.defaults.slice(given.length).map((one) => one ?? now(() => none));
    return settle(evaluateAll(missing, inner), (presets) => [...given, ...presets]);
  });
}

/** A call of a TASK, which the host carries out. */
function compileTaskCall(call: CallExpression, context: ExpressionContext): Compiled {
  const request = compileScriptCall(call, context);
  return later((frame) =>
    settle(request.run(frame), (value) => {
      const { fields } = value as RecordValue;
      const { execution } = frame;
      const given = Object.fromEntries(fields);
      return execution.execute({ command: 'task.run', arguments: given, span: execution.source.span(call) }, call);
    }),
  );
}

function compileUserCall(entry: FunctionEntry, operands: readonly Compiled[], place: Range): Compiled {
  const parameters = entry.node.parameters.length;
  const run = (values: readonly Value[], frame: Frame): Awaitable<Value> => {
    const { execution } = frame;
    const slots: (Value | undefined)[] = new Array(entry.slots).fill(undefined);
    const inner: Frame = { slots, globals: frame.globals, execution, returned: undefined };
    for (let index = 0; index < values.length; index++) slots[index] = values[index];
    if (values.length < parameters) {
      const missing = entry.defaults.slice(values.length).map((one) => one ?? now(() => none));
      return settle(evaluateAll(missing, inner), (presets) => {
        for (const [index, preset] of presets.entries()) slots[values.length + index] = preset;
        return enter(inner);
      });
    }
    return enter(inner);
  };
  const enter = (inner: Frame): Awaitable<Value> => {
    const { execution } = inner;
    execution.enter(place);
    if (--execution.fuel < 0) {
      const pause = execution.refuel();
      if (pause !== undefined) return pause.then(() => finish(inner));
    }
    return finish(inner);
  };
  const finish = (inner: Frame): Awaitable<Value> => {
    const { execution } = inner;
    let ended: Awaitable<Completion>;
    try {
      ended = entry.body(inner);
    } catch (thrown) {
      execution.depth--;
      throw thrown;
    }
    if (ended instanceof Promise) {
      return ended.then(
        () => {
          execution.depth--;
          return inner.returned ?? none;
        },
        (thrown: unknown) => {
          execution.depth--;
          throw thrown;
        },
      );
    }
    execution.depth--;
    return inner.returned ?? none;
  };
  return later((frame) => settle(evaluateAll(operands, frame), (values) => run(values, frame)));
}

// ---- Paths.

function compilePath(expression: PathExpression, context: ExpressionContext): Compiled {
  const base = compileExpression(expression.base, context);
  const steps = expression.steps.map((step) =>
    step.kind === 'field' ? step : { ...step, index: compileExpression(step.index, context) },
  );
  // A handle takes all fields that follow at once: its properties are named by paths.
  const walk = (value: Value, from: number, frame: Frame): Awaitable<Value> => {
    let current = value;
    for (let at = from; at < steps.length; at++) {
      const step = steps[at];
      if (step === undefined) break;
      if (step.kind === 'index') {
        const index = step.index.run(frame);
        const rest = at + 1;
        const taken = settle(index, (wanted) => itemOf(current, wanted, step, frame));
        if (taken instanceof Promise) return taken.then((item) => walk(item, rest, frame));
        current = taken;
        continue;
      }
      if (typeof current === 'object' && current.kind === 'handle' && step.name !== 'code')
        return property(current, at, frame);
      current = fieldOf(current, step.name, step, frame);
    }
    return current;
  };
  const property = (handle: HandleValue, from: number, frame: Frame): Awaitable<Value> => {
    let end = from;
    const path: string[] = [];
    for (let step = steps[end]; step?.kind === 'field'; step = steps[++end]) path.push(step.name);
    return frame.execution.property(handle, path, expression).then((value) => walk(value, end, frame));
  };
  return later((frame) => settle(base.run(frame), (value) => walk(value, 0, frame)));
}

function itemOf(value: Value, index: Value, place: Range, frame: Frame): Value {
  const problem = (found: Value, what: string, expected: string): ValueProblem =>
    new ValueProblem('U0502', {
      what,
      expected,
      found: `a ${typeOf(found)}`,
      suggestion: 'items of a list are taken as $list[0], fields of a record as $record.name',
    });
  let failure: ValueProblem;
  if (typeof value === 'object' && value.kind === 'record' && typeof index === 'string')
    return fieldOf(value, index, place, frame);
  if (typeof value !== 'object' || value.kind !== 'list')
    failure = problem(value, 'what an item is taken from', 'a list');
  else if (typeof index !== 'number' || !Number.isInteger(index))
    failure = problem(index, 'the place of an item', 'an integer');
  else {
    const item = value.items[index];
    if (item !== undefined) return item;
    failure = new ValueProblem('U0704', { length: value.items.length, index });
  }
  throw frame.execution.fail(failure, place);
}

function fieldOf(value: Value, name: string, place: Range, frame: Frame): Value {
  if (typeof value === 'object' && value.kind === 'record') {
    const field = value.fields.get(name);
    if (field !== undefined) return field;
    if (name === 'code') return 1;
    throw frame.execution.fail(
      new ValueProblem('U0705', {
        name,
        suggestion: suggest(name, value.fields.keys(), `it has: ${[...value.fields.keys()].join(', ')}`),
      }),
      place,
    );
  }
  // Every result of a command has a code: what is no number of its own was a success.
  if (name === 'code') {
    if (typeof value === 'object' && value.kind === 'handle') return value.number;
    return typeof value === 'number' ? value : 1;
  }
  throw frame.execution.fail(
    new ValueProblem('U0504', { type: `a ${typeOf(value)}`, name, suggestion: 'only records and handles have fields' }),
    place,
  );
}

// ---- Operators.

function compileChain(expression: ChainExpression, context: ExpressionContext): Compiled {
  const operands = [expression.first, ...expression.rest.map((one) => one.operand)].map((one) =>
    compileExpression(one, context),
  );
  const operators = expression.rest.map((one) => one.operator);
  if (operators[0] === 'and' || operators[0] === 'or') return compileLogic(operands, operators[0] === 'or', expression);
  // A long sum is a loop, a short one nested closures, so neither the stack nor the usual case suffers.
  const places = expression.rest.map((one) => ({ start: expression.first.start, end: one.operand.end }));
  if (operators.length <= 8) {
    return operators.reduce<Compiled>(
      (left, operator, index) =>
        binary(
          operator,
          left,
          operands[index + 1] ?? left,
          places[index] ?? expression,
          expression.rest[index]?.operand,
        ),
      operands[0] ?? now(() => none),
    );
  }
  return combine(operands, expression, (values, frame) => {
    let result = values[0] ?? none;
    for (const [index, operator] of operators.entries())
      result = applyBinary(operator, result, values[index + 1] ?? none, places[index] ?? expression, frame);
    return result;
  });
}

function compileLogic(operands: readonly Compiled[], decisive: boolean, place: Range): Compiled {
  const what = decisive ? 'each side of OR' : 'each side of AND';
  const check = (value: Value, frame: Frame): boolean => {
    try {
      return truth(value, what);
    } catch (thrown) {
      throw frame.execution.fail(thrown, place);
    }
  };
  const from = (index: number, frame: Frame): Awaitable<Value> => {
    for (let at = index; at < operands.length; at++) {
      const value = operands[at]?.run(frame) ?? false;
      if (value instanceof Promise)
        return value.then((known) => (check(known, frame) === decisive ? decisive : from(at + 1, frame)));
      if (check(value, frame) === decisive) return decisive;
    }
    return !decisive;
  };
  const run: Evaluate = (frame) => from(0, frame);
  return operands.every((operand) => operand.immediate) ? now(run as EvaluateNow) : later(run);
}

function applyBinary(operator: BinaryOperator, left: Value, right: Value, place: Range, frame: Frame): Value {
  try {
    switch (operator) {
      case '+': {
        const sum = arithmetic(operator, left, right);
        frame.execution.made(sum);
        return sum;
      }
      case '-':
      case '*':
      case '/':
      case '%':
        return arithmetic(operator, left, right);
      case 'and':
      case 'or':
        return none;
      default:
        return compare(operator, left, right);
    }
  } catch (thrown) {
    throw frame.execution.fail(thrown, place);
  }
}

function binary(
  operator: BinaryOperator,
  left: Compiled,
  right: Compiled,
  place: Range,
  written?: Expression,
): Compiled {
  if (left.immediate && written?.kind === 'literal' && Number.isInteger(written.value)) {
    const special = withInteger(operator, left.run, written.value as number, place);
    if (special !== undefined) return now(special);
  }
  if (left.immediate && right.immediate) return now(immediateBinary(operator, left.run, right.run, place));
  return later((frame) => {
    const first = left.run(frame);
    if (first instanceof Promise)
      return first.then((one) => settle(right.run(frame), (other) => applyBinary(operator, one, other, place, frame)));
    const second = right.run(frame);
    if (second instanceof Promise) return second.then((other) => applyBinary(operator, first, other, place, frame));
    return applyBinary(operator, first, second, place, frame);
  });
}

/**
 * The same with a whole number on the right, as in `$i + 1`, `$i % 2` and `$i < 10`: the loop's usual work without
 * evaluating the literal and without testing it.
 */
function withInteger(
  operator: BinaryOperator,
  left: EvaluateNow,
  right: number,
  place: Range,
): EvaluateNow | undefined {
  const slow = (one: Value, frame: Frame): Value => applyBinary(operator, one, right, place, frame);
  switch (operator) {
    case '+':
    case '-': {
      const step = operator === '+' ? right : -right;
      return (frame) => {
        const one = left(frame);
        if (typeof one === 'number') {
          const sum = one + step;
          if (sum <= numberMax && sum >= -numberMax) return sum;
        }
        return slow(one, frame);
      };
    }
    case '%':
      if (right === 0) return undefined;
      return (frame) => {
        const one = left(frame);
        return typeof one === 'number' && one >= 0 ? one % right : slow(one, frame);
      };
    case '=':
      return (frame) => {
        const one = left(frame);
        return typeof one === 'number' ? one === right : slow(one, frame);
      };
    case '<':
      return (frame) => {
        const one = left(frame);
        return typeof one === 'number' ? one < right : slow(one, frame);
      };
    case '>':
      return (frame) => {
        const one = left(frame);
        return typeof one === 'number' ? one > right : slow(one, frame);
      };
    default:
      return undefined;
  }
}

/** The same with the case of two numbers laid out, which is what loops are made of. */
function immediateBinary(operator: BinaryOperator, left: EvaluateNow, right: EvaluateNow, place: Range): EvaluateNow {
  const slow = (one: Value, other: Value, frame: Frame): Value => applyBinary(operator, one, other, place, frame);
  switch (operator) {
    case '+':
      return (frame) => {
        const one = left(frame);
        const other = right(frame);
        if (typeof one === 'number' && typeof other === 'number') {
          const sum = one + other;
          if (sum <= numberMax && sum >= -numberMax) return sum;
        }
        return slow(one, other, frame);
      };
    case '-':
      return (frame) => {
        const one = left(frame);
        const other = right(frame);
        if (typeof one === 'number' && typeof other === 'number') {
          const difference = one - other;
          if (difference <= numberMax && difference >= -numberMax) return difference;
        }
        return slow(one, other, frame);
      };
    case '%':
      return (frame) => {
        const one = left(frame);
        const other = right(frame);
        // A negative dividend could give -0, which the slow way tidies up.
        return typeof one === 'number' && typeof other === 'number' && other !== 0 && one >= 0
          ? one % other
          : slow(one, other, frame);
      };
    case '=':
      return (frame) => {
        const one = left(frame);
        const other = right(frame);
        return typeof one === 'number' && typeof other === 'number' ? one === other : slow(one, other, frame);
      };
    case '<':
      return (frame) => {
        const one = left(frame);
        const other = right(frame);
        return typeof one === 'number' && typeof other === 'number' ? one < other : slow(one, other, frame);
      };
    case '>':
      return (frame) => {
        const one = left(frame);
        const other = right(frame);
        return typeof one === 'number' && typeof other === 'number' ? one > other : slow(one, other, frame);
      };
    default:
      return (frame) => {
        const one = left(frame);
        return slow(one, right(frame), frame);
      };
  }
}
