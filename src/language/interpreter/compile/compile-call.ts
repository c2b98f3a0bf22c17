// Compiles calls: of the script's functions, of its tasks, of built-in functions, and of map and filter, which call one
// of these for each item of a list.
import type { CommandDefinition } from '../../catalogue/definition/definition.ts';
import { accepts, builtinFunctions, runBuiltin } from '../../functions/builtin-functions.ts';
import { spendOnItems, ValueProblem } from '../../functions/operations.ts';
import { appliedFunction } from '../../tree/applied-function.ts';
import type { CallExpression } from '../../tree/ast.ts';
import type { Range } from '../../tree/source-text.ts';
import {
  holdsUnknown,
  isUnknown,
  type ListValue,
  list,
  none,
  type RecordValue,
  record,
  release,
  typeOf,
  unknown,
  type Value,
  withArticle,
} from '../../values/value.ts';
import { combine, truth } from '../combine.ts';
import { type Awaitable, type Compiled, Completion, evaluateAll, type Frame, later, now, settle } from '../frame.ts';
import type { Planning } from '../planning.ts';
import type { FunctionEntry, Scope } from '../scope.ts';
import { inBranch } from '../thread.ts';

export interface ExpressionContext {
  readonly scope: Scope;
  readonly functions: ReadonlyMap<string, FunctionEntry>;
  /** Absent in a run. */
  readonly plan?: Planning | undefined;
}

/** Calls a function with the values that are given; parameters behind them get their defaults. */
type Invoke = (values: readonly Value[], frame: Frame) => Awaitable<Value>;

export function compileCall(call: CallExpression, operands: readonly Compiled[], context: ExpressionContext): Compiled {
  const applied = context.functions.has(call.name) ? undefined : appliedFunction(call);
  if (applied !== undefined) return compileApplying(call, operands, invoker(applied.name, applied, context), context);
  const invoke = invoker(call.name, call, context);
  const builtin = builtinFunctions.get(call.name);
  if (context.functions.has(call.name) || builtin?.runLater !== undefined || builtin?.lookup !== undefined)
    return later((frame) => settle(evaluateAll(operands, frame), (values) => invoke(values, frame)));
  const isBorrowing = builtin?.borrows === true;
  return combine(operands, call, (values, frame) => {
    const result = invokeBuiltin(call.name, values, call, frame, context.plan) as Value;
    if (isBorrowing) release(result);
    return result;
  });
}

function invoker(name: string, place: Range, context: ExpressionContext): Invoke {
  const entry = context.functions.get(name);
  if (entry?.node.script !== undefined) return taskInvoker(entry, place);
  if (entry !== undefined) {
    const invoke = userInvoker(entry, place);
    return context.plan === undefined ? invoke : plannedInvoker(invoke, entry, place, context.plan);
  }
  return (values, frame) => {
    const refuse = (thrown: unknown): never => {
      throw frame.execution.fail(thrown, place);
    };
    try {
      const result = invokeBuiltin(name, values, place, frame, context.plan);
      return result instanceof Promise ? result.catch(refuse) : result;
    } catch (thrown) {
      return refuse(thrown);
    }
  };
}

function invokeBuiltin(
  name: string,
  values: readonly Value[],
  place: Range,
  frame: Frame,
  plan: Planning | undefined,
): Awaitable<Value> {
  const builtin = builtinFunctions.get(name);
  if (builtin === undefined) throw new ValueProblem('U0302', { name, suggestion: '' });
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? none;
    const parameter = builtin.parameters[Math.min(index, builtin.parameters.length - 1)] ?? 'value';
    if (!accepts(parameter, typeOf(value)) && !isUnknown(value)) {
      throw new ValueProblem('U0502', {
        what: `what ${name} is given`,
        expected: withArticle(parameter),
        found: withArticle(typeOf(value)),
        suggestion: builtin.help,
      });
    }
  }
  if (builtin.lookup !== undefined) return invokeLookup(builtin.lookup, values, place, frame);
  if (builtin.asksClock === true && plan?.knowsTime === false) return unknown(frame.execution.source.slice(place));
  if (frame.execution.planned && values.some((value) => (name === 'length' ? isUnknown(value) : holdsUnknown(value))))
    return unknown(frame.execution.source.slice(place));
  return runBuiltin(builtin, values, frame.execution);
}

/** A function that the host carries out. */
function invokeLookup(lookup: CommandDefinition, values: readonly Value[], place: Range, frame: Frame): Promise<Value> {
  const { execution } = frame;
  const given: Record<string, Value> = {};
  for (const [index, { name }] of lookup.arguments.entries()) {
    const value = values[index];
    if (value !== undefined) given[name] = value;
  }
  return execution.execute({ command: lookup.id, arguments: given, span: execution.source.span(place) }, place);
}

/** The record that describes a call of a TASK, without carrying the call out. */
export function compileScriptCall(
  call: CallExpression,
  operands: readonly Compiled[],
  context: ExpressionContext,
): Compiled {
  const entry = context.functions.get(call.name);
  if (entry === undefined) return now(() => none);
  return later((frame) => settle(evaluateAll(operands, frame), (given) => scriptRequest(entry, given, frame)));
}

function scriptRequest(entry: FunctionEntry, given: readonly Value[], frame: Frame): Awaitable<RecordValue> {
  const { node } = entry;
  const { globals, execution, thread } = frame;
  const slots = [...given, ...new Array(entry.slots).fill(undefined)];
  const inner: Frame = { slots, globals, execution, thread, returned: undefined };
  const missing = entry.defaults.slice(given.length).map((one) => one ?? now(() => none));
  return settle(evaluateAll(missing, inner), (presets) =>
    record({
      name: node.name,
      script: node.script?.text ?? '',
      names: list(node.parameters.map((one) => one.name)),
      values: list([...given, ...presets]),
    }),
  );
}

/** A call of a TASK, which the host carries out. */
function taskInvoker(entry: FunctionEntry, place: Range): Invoke {
  return (values, frame) =>
    settle(scriptRequest(entry, values, frame), ({ fields }) => {
      const { execution, thread } = frame;
      const given = Object.fromEntries(fields);
      return execution.execute(
        { command: 'task.run', arguments: given, span: execution.source.span(place), ...inBranch(thread) },
        place,
      );
    });
}

function userInvoker(entry: FunctionEntry, place: Range): Invoke {
  const parameters = entry.node.parameters.length;
  const invoke: Invoke = (values, frame) => {
    const { globals, execution, thread } = frame;
    const slots: (Value | undefined)[] = new Array(entry.slots).fill(undefined);
    const inner: Frame = { slots, globals, execution, thread, returned: undefined };
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
    execution.enter(inner.thread, place);
    if (--execution.fuel < 0) {
      const pause = execution.refuel();
      if (pause !== undefined) return pause.then(() => finish(inner));
    }
    return finish(inner);
  };
  const finish = (inner: Frame): Awaitable<Value> => {
    const { thread } = inner;
    let ended: Awaitable<Completion>;
    try {
      ended = entry.body(inner);
    } catch (thrown) {
      thread.depth--;
      throw thrown;
    }
    if (ended instanceof Promise) {
      return ended.then(
        () => {
          thread.depth--;
          return inner.returned ?? none;
        },
        (thrown: unknown) => {
          thread.depth--;
          throw thrown;
        },
      );
    }
    thread.depth--;
    return inner.returned ?? none;
  };
  return invoke;
}

/** A function that calls itself from a part which a run may leave out is planned twice, and not for ever. */
function plannedInvoker(invoke: Invoke, entry: FunctionEntry, place: Range, plan: Planning): Invoke {
  return async (values, frame) => {
    const result = unknown(frame.execution.source.slice(place));
    if (!plan.enter(entry)) {
      plan.observer.note(`${entry.node.name} calls itself again`, frame.execution.source.span(place));
      return result;
    }
    try {
      return await invoke(values, frame);
    } finally {
      plan.leave(entry);
    }
  };
}

/** map and filter: one call for each item, one after the other. */
function compileApplying(
  call: CallExpression,
  operands: readonly Compiled[],
  invoke: Invoke,
  { plan }: ExpressionContext,
): Compiled {
  const keeps = call.name === 'filter';
  return later(async (frame) => {
    const { execution } = frame;
    const [whole = none, , ...more] = await evaluateAll(operands, frame);
    const outcome = unknown(execution.source.slice(call));
    if (isUnknown(whole)) {
      const item = unknown(`an item of ${whole.text}`);
      if (plan !== undefined) await planItem(call, (inner) => invoke([item, ...more], inner), frame, plan);
      return outcome;
    }
    const made: Value[] = [];
    let isCertain = true;
    for (const item of itemsOf(whole, call, frame)) {
      if (--execution.fuel < 0) await execution.refuel();
      const called = invoke([item, ...more], frame);
      const result = called instanceof Promise ? await called : called;
      if (keeps && isUnknown(result)) isCertain = false;
      else if (!keeps) made.push(result);
      else if (isKept(result, call, frame)) made.push(item);
    }
    return isCertain ? list(made) : outcome;
  });
}

function itemsOf(whole: Value, call: CallExpression, { execution }: Frame): ListValue {
  if (typeof whole === 'object' && whole.kind === 'list') {
    spendOnItems(whole.length, execution);
    return whole;
  }
  const found = withArticle(typeOf(whole));
  const problem = { what: `what ${call.name} is given`, expected: 'a list', found, suggestion: 'put it in [ ]' };
  throw execution.fail(new ValueProblem('U0502', problem), call.arguments[0] ?? call);
}

function isKept(result: Value, call: CallExpression, { execution }: Frame): boolean {
  try {
    return truth(result, 'what the function of filter returns');
  } catch (thrown) {
    throw execution.fail(thrown, call.arguments[1] ?? call);
  }
}

/** The call for one item of a list that only the run knows, and that may be empty. */
async function planItem(
  call: CallExpression,
  run: (frame: Frame) => Awaitable<Value>,
  frame: Frame,
  plan: Planning,
): Promise<void> {
  const { source } = frame.execution;
  const span = source.span(call);
  const title = `for each item in ${source.slice(call.arguments[0] ?? call)}`;
  const once = async (inner: Frame): Promise<Completion> => {
    await run(inner);
    return Completion.normal;
  };
  const ways = [
    { span, run: () => Completion.normal },
    { title, span, run: once },
  ];
  await plan.fork(frame, ways, () => unknown('a variable'));
}
