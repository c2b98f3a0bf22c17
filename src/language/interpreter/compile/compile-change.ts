// Compiles assignments to a part of a variable: `$list[0] = 5`, `$record.sites[2].count += 1`. The containers on the way to
// the part are copied, so other variables keep what they have; those that nobody else can have are changed in place
// (`Editing`, values/value.ts).
import { suggest } from '../../diagnostics/nearest-match.ts';
import { arithmetic, spendOnItems, unchangeable, ValueProblem } from '../../functions/operations.ts';
import type { PathStep, StatementOf } from '../../tree/ast.ts';
import {
  ChangedRecord,
  Editing,
  editingOf,
  isUnknown,
  none,
  typeOf,
  unknown,
  type Value,
  withArticle,
} from '../../values/value.ts';
import { type Compiled, Completion, type Execute, evaluateAll, type Frame, now, settle } from '../frame.ts';
import type { ExpressionContext } from './compile-call.ts';
import { compileExpression } from './compile-expression.ts';

type Change = StatementOf<'change'>;

/** The indexes are evaluated first, then the value; only then is the variable looked at. */
export function compileChange(statement: Change, value: Compiled, context: ExpressionContext): Execute {
  const { name, steps, target } = statement;
  const slot = context.scope.declare(name);
  const keys = steps.map((step) =>
    step.kind === 'field' ? now(() => step.name) : compileExpression(step.index, context),
  );
  const operands = [...keys, value];
  return (frame) =>
    settle(evaluateAll(operands, frame), (found) => {
      const whole = frame.slots[slot];
      const { execution } = frame;
      if (whole === undefined && !execution.planned) throw execution.fail(new ValueProblem('U0701', { name }), target);
      frame.slots[slot] = changed(statement, whole ?? unknown(`$${name}`), found, frame);
      return Completion.normal;
    });
}

/** The whole with its part changed; `found` are the keys of the steps, and the value behind them. */
function changed(statement: Change, whole: Value, found: readonly Value[], frame: Frame): Value {
  const { steps, name } = statement;
  const last = steps.length - 1;
  const way: Value[] = [whole];
  for (let at = 0; at < last; at++) {
    const [holder, step] = [way[at] ?? none, steps[at]];
    if (step === undefined || isUnknown(holder) || isUnknown(found[at])) return unknown(`$${name}`);
    way.push(partOf(holder, found[at] ?? none, step, frame));
  }
  let part = newValue(statement, way[last] ?? none, found, frame);
  const editing = editingFor(whole, frame);
  const own = way.findIndex((one) => editing === undefined || editingOf(one) !== editing);
  for (let at = last; at >= 0; at--) {
    const [holder, step, key] = [way[at] ?? none, steps[at], found[at] ?? none];
    if (step === undefined || isUnknown(holder) || isUnknown(key)) return unknown(`$${name}`);
    const isOwn = own < 0 || at < own;
    const changedHolder = withPart(holder, key, part, step, frame, isOwn, editing);
    // The holder is where it was, and so are those around it.
    if (changedHolder === holder) return whole;
    part = changedHolder;
  }
  if (editing !== undefined) editing.root = part;
  return part;
}

/** That of the variable, or a new one. A plan keeps the values of its variables where it forks, so it has none. */
function editingFor(whole: Value, { execution }: Frame): Editing | undefined {
  if (execution.planned) return undefined;
  const editing = editingOf(whole);
  return editing !== undefined && editing.root === whole ? editing : new Editing();
}

function newValue(statement: Change, holder: Value, found: readonly Value[], frame: Frame): Value {
  const { operator, steps } = statement;
  const step = steps.at(-1);
  const [key, given] = [found.at(-2) ?? none, found.at(-1) ?? none];
  if (operator === undefined || step === undefined) return given;
  if (isUnknown(holder) || isUnknown(key)) return given;
  const before = partOf(holder, key, step, frame);
  if (isUnknown(before) || isUnknown(given)) return unknown(frame.execution.source.slice(statement));
  try {
    return arithmetic(operator, before, given, frame.execution);
  } catch (thrown) {
    throw frame.execution.fail(thrown, statement);
  }
}

/** The part that is there. */
function partOf(holder: Value, key: Value, step: PathStep, frame: Frame): Value {
  let problem: ValueProblem;
  if (typeof holder === 'object' && holder.kind === 'record' && typeof key === 'string') {
    const field = holder.fields.get(key);
    if (field !== undefined) return field;
    const known = [...holder.fields.keys()];
    problem = new ValueProblem('U0705', { name: key, suggestion: suggest(key, known, `it has: ${known.join(', ')}`) });
  } else if (typeof holder === 'object' && holder.kind === 'list' && step.kind === 'index') {
    const item = holder.at(placeIn(holder.length, key, step, frame));
    if (item !== undefined) return item;
    problem = new ValueProblem('U0704', { length: holder.length, index: key as number });
  } else problem = new ValueProblem('U0508', unchangeable(typeOf(holder)));
  throw frame.execution.fail(problem, step);
}

/**
 * The holder with another part; a record may get a field that it does not have. It is the same holder, changed, if it is
 * the variable's own.
 */
function withPart(
  holder: Value,
  key: Value,
  part: Value,
  step: PathStep,
  frame: Frame,
  isOwn: boolean,
  editing: Editing | undefined,
): Value {
  const { execution } = frame;
  let problem: ValueProblem;
  if (typeof holder === 'object' && holder.kind === 'record' && typeof key === 'string') {
    if (isOwn && holder instanceof ChangedRecord) {
      holder.fields.set(key, part);
      return holder;
    }
    spendOnItems(holder.fields.size, execution);
    return new ChangedRecord(holder, key, part, editing);
  }
  if (typeof holder === 'object' && holder.kind === 'list' && step.kind === 'index') {
    const index = placeIn(holder.length, key, step, frame);
    if (holder.at(index) !== undefined) {
      if (isOwn && holder.change(index, part)) return holder;
      spendOnItems(holder.length, execution);
      return holder.replaced(index, part, editing);
    }
    problem = new ValueProblem('U0712', { length: holder.length, index: key as number });
  } else problem = new ValueProblem('U0508', unchangeable(typeOf(holder)));
  throw execution.fail(problem, step);
}

/** A negative place counts from the end. */
function placeIn(length: number, key: Value, step: PathStep, frame: Frame): number {
  if (typeof key === 'number' && Number.isInteger(key)) return key < 0 ? key + length : key;
  const suggestion = 'items of a list are taken as $list[0], fields of a record as $record.name';
  const problem = { what: 'the place of an item', expected: 'an integer', found: withArticle(typeOf(key)), suggestion };
  throw frame.execution.fail(new ValueProblem('U0502', problem), step);
}
