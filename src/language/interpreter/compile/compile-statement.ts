// Compiles statements to closures. A loop runs its rounds synchronously. It goes on asynchronously only when a round
// has to wait; each later round that need not wait is a plain call again.
import type { BoundCommand } from '../../checker/bind-command.ts';
import { diagnose } from '../../diagnostics/diagnostics.ts';
import { ValueProblem } from '../../functions/operations.ts';
import type { Block, CommandNode, Statement, StatementOf } from '../../tree/ast.ts';
import { assignedNames } from '../../tree/ast-walk.ts';
import type { Range, SourceText } from '../../tree/source-text.ts';
import { commandErrorCodes } from '../../values/host.ts';
import { isUnknown, none, secret, typeOf, unknown, type Value, withArticle } from '../../values/value.ts';
import { valueText } from '../../values/value-text.ts';
import { ExitRequest, ScriptFailure, Stop } from '../execution.ts';
import {
  type Awaitable,
  type Compiled,
  Completion,
  type Execute,
  evaluateAll,
  type Frame,
  later,
  now,
  settle,
} from '../frame.ts';
import { writeTable } from '../write-table.ts';
import { combine } from './combine.ts';
import type { ExpressionContext } from './compile-call.ts';
import { compileChange } from './compile-change.ts';
import { compileCommand } from './compile-command.ts';
import { compileCondition, compileExpression, compileGrowth } from './compile-expression.ts';
import { isOneOf } from './compile-operators.ts';
import { parallel } from './compile-parallel.ts';
import { compilePlanned, planRound } from './compile-planned.ts';
import { compileEvery, compileHandler, compileUntil, compileWait } from './compile-waiting.ts';

export interface StatementContext extends ExpressionContext {
  readonly source: SourceText;
  readonly bound: ReadonlyMap<CommandNode, BoundCommand>;
}

/** The result of a round that did not take place, because the loop has ended. */
const ended = 4;
type Round = (frame: Frame) => Awaitable<Completion | typeof ended>;

export function compileBlock(block: Block, context: StatementContext): Execute {
  const statements = block.map((statement) => compileStatement(statement, context)).filter((one) => one !== undefined);
  const [first, second] = statements;
  if (first === undefined) return () => Completion.normal;
  if (second === undefined) return first;
  const from = (start: number, frame: Frame): Awaitable<Completion> => {
    for (let index = start; index < statements.length; index++) {
      const result = statements[index]?.(frame) ?? Completion.normal;
      if (result === Completion.normal) continue;
      if (typeof result === 'number') return result;
      return result.then((completion) =>
        completion === Completion.normal ? afterWaiting(frame, () => from(index + 1, frame)) : completion,
      );
    }
    return Completion.normal;
  };
  if (statements.length === 2) {
    return (frame) => {
      const result = first(frame);
      if (result === Completion.normal) return second(frame);
      if (typeof result === 'number') return result;
      return result.then((completion) =>
        completion === Completion.normal ? afterWaiting(frame, () => second(frame)) : completion,
      );
    };
  }
  return (frame) => from(0, frame);
}

/** Events arrive only while the script waits; after each wait their handlers run before the script goes on. */
function afterWaiting(frame: Frame, next: () => Awaitable<Completion>): Awaitable<Completion> {
  const { handlers } = frame.execution;
  return handlers.isDue ? handlers.run().then(next) : next();
}

function compileStatement(statement: Statement, context: StatementContext): Execute | undefined {
  const { plan } = context;
  const usual = (one: Statement): Execute | undefined => compileUsual(one, context);
  if (plan === undefined) return usual(statement);
  const planned = compilePlanned(statement, {
    ...context,
    plan,
    usual,
    block: (block) => compileBlock(block, context),
    condition: (expression, what) => compileCondition(expression, what, context),
  });
  return planned ?? usual(statement);
}

function compileUsual(statement: Statement, context: StatementContext): Execute | undefined {
  switch (statement.kind) {
    case 'command': {
      const run = compileBound(statement, context, true);
      return (frame) => settle(run(frame), () => Completion.normal);
    }
    case 'assign':
      return compileAssignment(statement, context);
    case 'change':
      return compileChange(
        statement,
        statement.value.kind === 'command'
          ? later(compileBound(statement.value, context))
          : compileExpression(statement.value, context),
        context,
      );
    case 'call-alone': {
      const { run } = compileExpression(statement.call, context);
      return (frame) => settle(run(frame), () => Completion.normal);
    }
    case 'if':
      return compileIf(statement, context);
    case 'switch':
      return compileSwitch(statement, context);
    case 'while':
      return compileWhile(statement, context);
    case 'count':
      return compileCount(statement, context);
    case 'each':
      return compileEach(statement, context);
    case 'break':
      return () => Completion.break;
    case 'continue':
      return () => Completion.continue;
    case 'try':
      return compileTry(statement, context);
    case 'fail':
      return compileFail(statement, context);
    case 'exit':
      return compileExit(statement, context);
    case 'return':
      return compileReturn(statement, context);
    case 'write':
      return compileWrite(statement, context);
    case 'write-table':
      return compileTable(statement, context);
    case 'wait':
      return compileWait(statement, context);
    case 'until':
      return compileUntil(
        statement,
        compileCondition(statement.condition, 'the condition of WAIT UNTIL', context),
        context,
      );
    case 'param':
      return compileParameter(statement, context);
    case 'include':
      return statement.body && compileBlock(statement.body, context);
    case 'parallel':
      return parallel(
        statement.body.flatMap((one) => {
          const run = compileStatement(one, context);
          return run === undefined ? [] : [run];
        }),
      );
    case 'every':
      return compileEvery(statement, compileBlock(statement.body, context), context);
    case 'on':
      // Declared before the block is compiled, because the block uses it.
      context.scope.declare('event');
      return compileHandler(statement, compileBlock(statement.body, context), context, context.source);
    case 'function':
      // Functions are compiled before the script (compile-program.ts).
      return undefined;
  }
}

function compileBound(
  node: CommandNode,
  context: StatementContext,
  isAlone = false,
): (frame: Frame) => Awaitable<Value> {
  const bound = context.bound.get(node);
  return bound === undefined ? () => none : compileCommand(bound, context, context.source, isAlone);
}

function compileAssignment(statement: StatementOf<'assign'>, context: StatementContext): Execute {
  const slot = context.scope.declare(statement.name);
  const value: Compiled =
    statement.value.kind === 'command'
      ? later(compileBound(statement.value, context))
      : (compileGrowth(statement, slot, context) ?? compileExpression(statement.value, context));
  if (value.immediate) {
    const { run } = value;
    return (frame) => {
      frame.slots[slot] = run(frame);
      return Completion.normal;
    };
  }
  return (frame) =>
    settle(value.run(frame), (result) => {
      frame.slots[slot] = result;
      return Completion.normal;
    });
}

function compileIf(statement: StatementOf<'if'>, context: StatementContext): Execute {
  const branches = statement.branches.map((branch) => ({
    condition: compileCondition(branch.condition, 'the condition of IF', context),
    body: compileBlock(branch.body, context),
  }));
  return choose(branches, compileBlock(statement.otherwise ?? [], context));
}

/** The value of the subject is kept in a slot that no name reaches. */
function compileSwitch(statement: StatementOf<'switch'>, context: StatementContext): Execute {
  const subject = compileExpression(statement.subject, context);
  const slot = context.scope.hidden();
  const branches = statement.branches.map(({ values, body }) => ({
    condition: isOneOf(
      slot,
      values.map((one) => compileExpression(one, context)),
      values[0] ?? statement,
    ),
    body: compileBlock(body, context),
  }));
  const chosen = choose(branches, compileBlock(statement.otherwise ?? [], context));
  return (frame) =>
    settle(subject.run(frame), (value) => {
      frame.slots[slot] = value;
      return chosen(frame);
    });
}

function choose(
  branches: readonly { readonly condition: Compiled; readonly body: Execute }[],
  otherwise: Execute,
): Execute {
  const [only] = branches;
  if (branches.length === 1 && only?.condition.immediate) {
    const { run } = only.condition;
    const { body } = only;
    return (frame) => (run(frame) === true ? body(frame) : otherwise(frame));
  }
  if (branches.every((branch) => branch.condition.immediate)) {
    return (frame) => {
      for (const { condition, body } of branches) if (condition.run(frame) === true) return body(frame);
      return otherwise(frame);
    };
  }
  const from = (index: number, frame: Frame): Awaitable<Completion> => {
    const branch = branches[index];
    if (branch === undefined) return otherwise(frame);
    return settle(branch.condition.run(frame), (chosen) =>
      chosen === true ? branch.body(frame) : from(index + 1, frame),
    );
  };
  return (frame) => from(0, frame);
}

function compileWhile(statement: StatementOf<'while'>, context: StatementContext): Execute {
  const condition = compileCondition(statement.condition, 'the condition of WHILE', context);
  const body = compileBlock(statement.body, context);
  const { run } = condition;
  if (condition.immediate) return loop((frame) => (run(frame) === true ? body(frame) : ended));
  return loop((frame) =>
    settle<Value, Completion | typeof ended>(run(frame), (goesOn) => (goesOn === true ? body(frame) : ended)),
  );
}

/** Runs rounds until one ends the loop. */
function loop(round: Round): Execute {
  /** Runs rounds as long as none has to wait; otherwise returns the promise of the round that waits. */
  const advance = (frame: Frame): Completion | Promise<Completion | typeof ended> => {
    const { execution } = frame;
    for (;;) {
      if (--execution.fuel < 0) {
        const pause = execution.refuel();
        if (pause !== undefined) return pause;
      }
      const result = round(frame);
      if (result === Completion.normal || result === Completion.continue) continue;
      if (result === Completion.return) return result;
      if (typeof result === 'number') return Completion.normal;
      return result;
    }
  };
  const drive = async (frame: Frame, first: Promise<Completion | typeof ended>): Promise<Completion> => {
    let pending = first;
    for (;;) {
      const result = await pending;
      if (frame.execution.handlers.isDue) await frame.execution.handlers.run();
      if (result === Completion.return) return result;
      if (result === Completion.break || result === ended) return Completion.normal;
      const next = advance(frame);
      if (typeof next === 'number') return next;
      pending = next;
    }
  };
  return (frame) => {
    const result = advance(frame);
    return typeof result === 'number' ? result : drive(frame, result);
  };
}

function compileCount(statement: StatementOf<'count'>, context: StatementContext): Execute {
  const { scope } = context;
  const bounds = [statement.from, statement.to, ...(statement.step === undefined ? [] : [statement.step])].map((one) =>
    compileExpression(one, context),
  );
  const slot = scope.declare(statement.name);
  const [next, last, step] = [scope.hidden(), scope.hidden(), scope.hidden()];
  const body = compileBlock(statement.body, context);
  const rounds = loop((frame) => {
    const { slots } = frame;
    const value = slots[next] as number;
    const by = slots[step] as number;
    if (by > 0 ? value > (slots[last] as number) : value < (slots[last] as number)) return ended;
    slots[slot] = value;
    slots[next] = value + by;
    return body(frame);
  });
  const start = combine(bounds, statement, (values, frame) => {
    const wrong = values.find((value) => typeof value !== 'number');
    if (wrong !== undefined)
      throw new ValueProblem('U0502', {
        what: 'what FOR counts with',
        expected: 'a number',
        found: withArticle(typeOf(wrong)),
        suggestion: 'divide quantities by their unit: $d / 1s',
      });
    const [from, to, by] = values;
    if (by === 0)
      throw new ValueProblem('U0707', {
        reason: 'a step of 0 never comes to an end',
        suggestion: 'give STEP a number above or below 0',
      });
    [frame.slots[next], frame.slots[last], frame.slots[step]] = [from, to, by ?? 1];
    return none;
  });
  return plannedRounds(statement, start, rounds, body, context);
}

function compileEach(statement: StatementOf<'each'>, context: StatementContext): Execute {
  const { scope } = context;
  const items = compileExpression(statement.list, context);
  const slot = scope.declare(statement.name);
  const [rest, next] = [scope.hidden(), scope.hidden()];
  const body = compileBlock(statement.body, context);
  const rounds = loop((frame) => {
    const all = frame.slots[rest];
    const index = frame.slots[next] as number;
    const item = typeof all === 'object' && all.kind === 'list' ? all.at(index) : undefined;
    if (item === undefined) return ended;
    frame.slots[slot] = item;
    frame.slots[next] = index + 1;
    return body(frame);
  });
  const start = combine([items], statement.list, ([value], frame) => {
    if (typeof value !== 'object' || value.kind !== 'list') {
      throw new ValueProblem('U0502', {
        what: 'what FOR EACH goes through',
        expected: 'a list',
        found: withArticle(typeOf(value ?? none)),
        suggestion: 'write a list as [1, 2, 3]',
      });
    }
    frame.slots[rest] = value;
    frame.slots[next] = 0;
    return none;
  });
  return plannedRounds(statement, start, rounds, body, context);
}

/** The rounds of a FOR; in a plan one that stands for all, when what it counts or goes through is unknown. */
function plannedRounds(
  statement: StatementOf<'count' | 'each'>,
  start: Compiled,
  rounds: Execute,
  body: Execute,
  context: StatementContext,
): Execute {
  const { plan, scope, source } = context;
  if (plan === undefined) return (frame) => settle(start.run(frame), () => rounds(frame));
  const { name, kind } = statement;
  const range = kind === 'each' ? statement.list : { start: statement.from.start, end: statement.to.end };
  const what = source.slice(range).replaceAll(/\s+/g, ' ');
  const title = kind === 'each' ? `for each $${name} in ${what}` : `for $${name} = ${what}`;
  const loop = { title, span: source.span(statement), body, assigned: assignedNames(statement.body) };
  const slot = scope.declare(name);
  return async (frame) => {
    const started = await start.run(frame);
    if (!isUnknown(started)) return rounds(frame);
    return planRound(loop, frame, { plan, scope }, () => {
      frame.slots[slot] = unknown(`$${name}`);
    });
  };
}

function compileTry(statement: StatementOf<'try'>, context: StatementContext): Execute {
  const body = compileBlock(statement.body, context);
  const { handler } = statement;
  const slot = handler?.name === undefined ? undefined : context.scope.declare(handler.name);
  const handle = handler && compileBlock(handler.body, context);
  const last = statement.finally && compileBlock(statement.finally, context);
  const guarded = async (frame: Frame): Promise<Completion> => {
    const { depth } = frame.execution;
    try {
      return await body(frame);
    } catch (thrown) {
      const caught = thrown instanceof RangeError ? tooDeep(thrown, statement, context) : thrown;
      if (!(caught instanceof ScriptFailure) || handle === undefined) throw caught;
      frame.execution.depth = depth;
      if (slot !== undefined) frame.slots[slot] = caught.toRecord();
      return await handle(frame);
    }
  };
  if (last === undefined) return guarded;
  return async (frame) => {
    let result: Completion;
    try {
      result = await guarded(frame);
    } catch (thrown) {
      const { returned } = frame;
      const stopped = thrown instanceof Stop;
      const completion = stopped ? await frame.execution.withGrace(async () => last(frame)) : await last(frame);
      if (completion === Completion.return && !stopped) return completion;
      frame.returned = returned;
      throw thrown;
    }
    const completion = await last(frame);
    return completion === Completion.normal ? result : completion;
  };
}

/** The failure for a script that used up the JavaScript stack before its budget for calls. */
export function tooDeep(thrown: RangeError, place: Range, context: { readonly source: SourceText }): unknown {
  if (!thrown.message.includes('call stack')) return thrown;
  return new Stop('budget', diagnose(context.source, place, 'U0803', { limit: 'this machine allows' }));
}

function compileExit(statement: StatementOf<'exit'>, context: StatementContext): Execute {
  const code = statement.code === undefined ? now(() => 0) : compileExpression(statement.code, context);
  const checked = combine([code], statement, ([value]) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255) return value;
    throw new ValueProblem('U0502', {
      what: 'the code of EXIT',
      expected: 'an integer from 0 to 255',
      found: valueText(value ?? none),
      suggestion: '0 is success, 1 a failure',
    });
  });
  return (frame) =>
    settle(checked.run(frame), (value) => {
      throw new ExitRequest(value as number);
    });
}

function compileFail(statement: StatementOf<'fail'>, context: StatementContext): Execute {
  const message = compileExpression(statement.message, context);
  return (frame) =>
    settle(message.run(frame), (value) => {
      throw new ScriptFailure(
        diagnose(context.source, statement, 'U0901', { message: valueText(value), suggestion: '' }),
        commandErrorCodes.unknown,
        'FAIL',
      );
    });
}

function compileReturn(statement: StatementOf<'return'>, context: StatementContext): Execute {
  const value = statement.value === undefined ? now(() => none) : compileExpression(statement.value, context);
  return (frame) =>
    settle(value.run(frame), (result) => {
      frame.returned = result;
      return Completion.return;
    });
}

function compileWrite(statement: StatementOf<'write'>, context: StatementContext): Execute {
  const values = statement.values.map((one) => compileExpression(one, context));
  return (frame) =>
    settle(evaluateAll(values, frame), (all) => {
      frame.execution.write(all.map(valueText).join(''), statement);
      return Completion.normal;
    });
}

function compileTable(statement: StatementOf<'write-table'>, context: StatementContext): Execute {
  const columns = statement.columns.map((one) => compileExpression(one, context));
  return writeTable(compileExpression(statement.records, context), columns, statement);
}

function compileParameter(statement: StatementOf<'param'>, context: StatementContext): Execute {
  const slot = context.scope.declare(statement.name);
  const preset = statement.default === undefined ? now(() => none) : compileExpression(statement.default, context);
  const isSecret = statement.type?.name === 'secret';
  return (frame) => {
    if (frame.slots[slot] !== undefined) return Completion.normal;
    return settle(preset.run(frame), (value) => {
      frame.slots[slot] = isSecret && typeof value === 'string' ? secret(value) : value;
      return Completion.normal;
    });
  };
}
