// Compiles expressions to closures. Two things are decided at compile time and not at run time: the slot of a variable,
// and whether an operand may have to wait.
import { suggest } from '../../diagnostics/nearest-match.ts';
import { builtinFunctions } from '../../functions/builtin-functions.ts';
import { joined, joinedTwo, negated, printed, spendOnText, ValueProblem } from '../../functions/operations.ts';
import type { Expression, PathExpression, StatementOf, TemplateExpression } from '../../tree/ast.ts';
import type { Range } from '../../tree/source-text.ts';
import {
  type HandleValue,
  isUnknown,
  list,
  none,
  type RecordValue,
  release,
  typeOf,
  unknown,
  type Value,
  withArticle,
} from '../../values/value.ts';
import { valueText } from '../../values/value-text.ts';
import { combine, truth } from '../combine.ts';
import {
  type Awaitable,
  type Compiled,
  type Evaluate,
  type EvaluateNow,
  type Frame,
  later,
  now,
  settle,
} from '../frame.ts';
import type { Scope } from '../scope.ts';
import { compileCall, type ExpressionContext } from './compile-call.ts';
import { compileChoice } from './compile-choice.ts';
import { compileChain, growingList, growingText } from './compile-operators.ts';

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
      return now(compileVariable(expression.name, expression, context.scope, true));
    case 'template':
      return compileTemplate(expression, context);
    case 'path':
      return compilePath(expression, context, true);
    case 'list':
      return compileList(
        expression.items.map((item) => compileExpression(item, context)),
        expression,
      );
    case 'record': {
      const values = expression.fields.map((field) => compileExpression(field.value, context));
      const names = expression.fields.map((field) => field.name);
      const made = (given: readonly Value[]): RecordValue => {
        const fields = new Map<string, Value>();
        for (let index = 0; index < names.length; index++) fields.set(names[index] ?? '', given[index] ?? none);
        return { kind: 'record', fields };
      };
      return combine(values, expression, made, made);
    }
    case 'unary': {
      const operand = compileExpression(expression.operand, context);
      if (expression.operator === 'not')
        return combine([operand], expression, ([value]) => !truth(value ?? none, 'the operand of NOT'));
      return combine([operand], expression, ([value]) => negated(value ?? none));
    }
    case 'choice':
      return compileChoice(
        expression.branches.map(({ condition, value }) => ({
          title: condition,
          condition: compileCondition(condition, 'the condition of IF', context),
          value: compileExpression(value, context),
        })),
        compileExpression(expression.otherwise, context),
        expression,
        context,
      );
    case 'chain':
      return compileChain(
        expression,
        [expression.first, ...expression.rest.map((one) => one.operand)].map((one) => compileExpression(one, context)),
      );
    case 'call': {
      const builtin = context.functions.has(expression.name) ? undefined : builtinFunctions.get(expression.name);
      const [first, ...rest] = expression.arguments;
      const others = rest.map((one) => compileExpression(one, context));
      // Event handlers may change the variable while one of the others waits.
      const isBorrowed = builtin?.borrows === true && others.every((one) => one.immediate);
      const compileFirst = isBorrowed ? compileBorrowed : compileExpression;
      const operands = first === undefined ? [] : [compileFirst(first, context), ...others];
      return compileCall(expression, operands, context);
    }
    case 'error':
      return now(() => none);
  }
}

function compileList(items: readonly Compiled[], place: Range): Compiled {
  return combine(items, place, list, list);
}

/** A value that is looked at while it stays in its variable. */
function compileBorrowed(expression: Expression, context: ExpressionContext): Compiled {
  if (expression.kind === 'variable') return now(compileVariable(expression.name, expression, context.scope, false));
  return expression.kind === 'path' ? compilePath(expression, context, false) : compileExpression(expression, context);
}

/** For a value that is taken out of its variable. */
function released(value: Value): Value {
  if (typeof value === 'object') release(value);
  return value;
}

export function compileCondition(expression: Expression, what: string, context: ExpressionContext): Compiled {
  const condition = compileExpression(expression, context);
  // A comparison, AND and OR are already true or false; checking them again would cost in every round.
  const operator = expression.kind === 'chain' ? (expression.rest.at(-1)?.operator ?? '') : '';
  if (/^(?:[=<>]+|and|or)$/.test(operator)) return condition;
  return combine([condition], expression, ([value]) => truth(value ?? none, what));
}

/**
 * `$text = $text + more`, `$list = $list + [item]`, and the same with `+=`: undefined for any other assignment. A list that
 * grows takes the place of the shorter one, so it is not taken out of its variable.
 */
export function compileGrowth(
  { name, value }: StatementOf<'assign'>,
  slot: number,
  context: ExpressionContext,
): Compiled | undefined {
  if (value.kind !== 'chain' || value.first.kind !== 'variable' || value.first.name !== name) return undefined;
  const [more, ...others] = value.rest;
  if (more?.operator !== '+' || others.length > 0) return undefined;
  const { operand } = more;
  if (operand.kind === 'literal' && typeof operand.value !== 'string') return undefined;
  const variable = compileVariable(name, value.first, context.scope, false);
  if (operand.kind === 'list' && operand.items[0] !== undefined && operand.items.length === 1) {
    const item = compileExpression(operand.items[0], context);
    const piece = compileList([item], operand);
    if (item.immediate && piece.immediate) return now(growingList(slot, item.run, piece.run, variable, value));
    return undefined;
  }
  const piece = compileExpression(operand, context);
  if (!piece.immediate) return undefined;
  return now(growingText(slot, piece.run, variable, value, context.scope));
}

/** The value of a variable: taken out of it, or only looked at. */
function compileVariable(name: string, place: Range, scope: Scope, isTaken: boolean): EvaluateNow {
  const found = scope.find(name);
  const missing = (frame: Frame): Value => {
    // A plan has left ways out on which the variable may get a value.
    if (frame.execution.planned && found !== undefined) return unknown(`$${name}`);
    throw frame.execution.fail(new ValueProblem('U0701', { name }), place);
  };
  if (found === undefined) return missing;
  const { slot } = found;
  if (isTaken) {
    if (found.global) return (frame) => released(frame.globals[slot] ?? missing(frame));
    return (frame) => released(frame.slots[slot] ?? missing(frame));
  }
  if (found.global) return (frame) => frame.globals[slot] ?? missing(frame);
  return (frame) => frame.slots[slot] ?? missing(frame);
}

function compileTemplate(expression: TemplateExpression, context: ExpressionContext): Compiled {
  const pieces = expression.pieces.map((piece) =>
    typeof piece === 'string' ? now(() => piece) : compileExpression(piece, context),
  );
  const text = (values: readonly Value[], frame: Frame): string =>
    joined(values.map((value) => printed(value, frame.execution)));
  const general = combine(pieces, expression, text, (values, frame) => ({
    kind: 'unknown',
    text: text(values, frame),
  }));
  if (!pieces.every((piece) => piece.immediate)) return general;
  const { texts, values } = alternating(expression, pieces);
  const [only] = values;
  if (only !== undefined && values.length === 1) {
    const [before = '', behind = ''] = texts;
    return now((frame) => {
      if (frame.execution.planned) return (general.run as EvaluateNow)(frame);
      try {
        const value = only(frame);
        return joinedTwo(before + printed(value, frame.execution), behind);
      } catch (thrown) {
        throw frame.execution.fail(thrown, expression);
      }
    });
  }
  return now((frame) => {
    if (frame.execution.planned) return (general.run as EvaluateNow)(frame);
    try {
      let whole = texts[0] ?? '';
      for (let index = 0; index < values.length; index++) {
        const value = values[index]?.(frame) ?? none;
        whole = joinedTwo(whole, typeof value === 'string' ? value : printed(value, frame.execution));
        const text = texts[index + 1] ?? '';
        if (text !== '') whole = joinedTwo(whole, text);
      }
      return whole;
    } catch (thrown) {
      throw frame.execution.fail(thrown, expression);
    }
  });
}

/** The pieces of a template as its values, and the text before each of these and behind the last. */
function alternating(
  { pieces }: TemplateExpression,
  compiled: readonly Compiled[],
): { readonly texts: readonly string[]; readonly values: readonly EvaluateNow[] } {
  const texts = [''];
  const values: EvaluateNow[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (typeof piece === 'string') texts.push(`${texts.pop()}${piece}`);
    else {
      values.push(compiled[index]?.run as EvaluateNow);
      texts.push('');
    }
  }
  return { texts, values };
}

// ---- Paths.

/** What stands at the end of a path is taken from there, or only looked at. */
function compilePath(expression: PathExpression, context: ExpressionContext, isTaken: boolean): Compiled {
  const base = compileBorrowed(expression.base, context);
  const end = isTaken ? released : (value: Value): Value => value;
  const steps = expression.steps.map((step) =>
    step.kind === 'field' ? step : { ...step, index: compileExpression(step.index, context) },
  );
  // A handle takes all fields that follow together, because a path of several names identifies a property.
  const walk = (value: Value, from: number, frame: Frame): Awaitable<Value> => {
    let current = value;
    for (let at = from; at < steps.length; at++) {
      const step = steps[at];
      if (step === undefined) break;
      if (step.kind === 'index') {
        const index = step.index.run(frame);
        // Event handlers may change the variable meanwhile.
        if (index instanceof Promise) release(current);
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
  const [only] = steps;
  // Only a property of a handle has to be waited for, and that is a field.
  const isImmediate = base.immediate && steps.every((step) => step.kind === 'index' && step.index.immediate);
  if (base.immediate && steps.length === 1 && only !== undefined) {
    const fast = onlyStep(base.run, only);
    if (isImmediate) return now((frame) => end(fast(frame) ?? (walk(base.run(frame), 0, frame) as Value)));
    return later((frame) => {
      const value = fast(frame) ?? walk(base.run(frame), 0, frame);
      return value instanceof Promise ? value.then(end) : end(value);
    });
  }
  const run: Evaluate = (frame) =>
    settle(
      settle(base.run(frame), (value) => walk(value, 0, frame)),
      end,
    );
  return isImmediate ? now(run as EvaluateNow) : later(run);
}

/** One field of a record, or one item of a list, when it is there: the usual paths in loops. */
function onlyStep(
  base: EvaluateNow,
  step: { readonly kind: 'field'; readonly name: string } | { readonly kind: 'index'; readonly index: Compiled },
): (frame: Frame) => Value | undefined {
  if (step.kind === 'field') {
    const { name } = step;
    return (frame) => {
      const value = base(frame);
      return typeof value === 'object' && value.kind === 'record' ? value.fields.get(name) : undefined;
    };
  }
  if (!step.index.immediate) return () => undefined;
  const { run } = step.index;
  return (frame) => {
    const value = base(frame);
    if (typeof value !== 'object' || value.kind !== 'list') return undefined;
    const index = run(frame);
    return typeof index === 'number' ? value.at(index) : undefined;
  };
}

function itemOf(value: Value, index: Value, place: Range, frame: Frame): Value {
  if (isUnknown(value) || isUnknown(index)) return unknown(`an item of ${valueText(value)}`);
  const problem = (found: Value, what: string, expected: string): ValueProblem =>
    new ValueProblem('U0502', {
      what,
      expected,
      found: withArticle(typeOf(found)),
      suggestion: 'items of a list are taken as $list[0], fields of a record as $record.name',
    });
  let failure: ValueProblem;
  if (typeof value === 'object' && value.kind === 'record' && typeof index === 'string') {
    spendOnText(index.length, frame.execution);
    return fieldOf(value, index, place, frame);
  }
  const isList = typeof value === 'object' && value.kind === 'list';
  if (!isList && typeof value !== 'string') failure = problem(value, 'what an item is taken from', 'a list');
  else if (typeof index !== 'number' || !Number.isInteger(index))
    failure = problem(index, 'the place of an item', 'an integer');
  else {
    // As slice() counts: a negative place from the end.
    const at = index < 0 ? index + value.length : index;
    const item = typeof value === 'string' ? value[at] : value.at(at);
    if (item !== undefined) return item;
    failure = isList
      ? new ValueProblem('U0704', { length: value.length, index })
      : new ValueProblem('U0707', {
          reason: `the text has ${value.length} characters, and character ${index} is asked for`,
          suggestion: 'characters count from 0; length($text) says how many there are',
        });
  }
  throw frame.execution.fail(failure, place);
}

function fieldOf(value: Value, name: string, place: Range, frame: Frame): Value {
  if (isUnknown(value)) return unknown(`${name} of ${value.text}`);
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
  // Every result of a command has a code; a result that is not a number means success.
  if (name === 'code') {
    if (typeof value === 'object' && value.kind === 'handle') return value.number;
    return typeof value === 'number' ? value : 1;
  }
  throw frame.execution.fail(
    new ValueProblem('U0504', {
      type: withArticle(typeOf(value)),
      name,
      suggestion: 'only records and handles have fields',
    }),
    place,
  );
}
