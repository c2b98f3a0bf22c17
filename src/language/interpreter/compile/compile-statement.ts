// Compiles statements to closures.
import type { BoundCommand } from '../../checker/commands/bind-command.ts';
import { diagnose } from '../../diagnostics/diagnostics.ts';
import { ValueProblem } from '../../functions/operations.ts';
import type { Block, CommandNode, Statement, StatementOf } from '../../tree/ast.ts';
import type { Range, SourceText } from '../../tree/source-text.ts';
import { commandErrorCodes } from '../../values/host.ts';
import { none, secret, type Value } from '../../values/value.ts';
import { valueText } from '../../values/value-text.ts';
import { combine } from '../combine.ts';
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
import type { ExpressionContext } from './compile-call.ts';
import { compileChange } from './compile-change.ts';
import { compileCommand } from './compile-command.ts';
import { compileCondition, compileExpression, compileGrowth } from './compile-expression.ts';
import { compileFor, compileWhile } from './compile-loop.ts';
import { isOneOf } from './compile-operators.ts';
import { compileParallel } from './compile-parallel.ts';
import { compilePlanned } from './compile-planned.ts';
import { compileEvery, compileHandler, compileUntil, compileWait } from './compile-waiting.ts';

export interface StatementContext extends ExpressionContext {
  readonly source: SourceText;
  readonly bound: ReadonlyMap<CommandNode, BoundCommand>;
}

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
      return compileChange(statement, compileValue(statement, context), context);
    case 'call-alone': {
      const { run } = compileExpression(statement.call, context);
      return (frame) => settle(run(frame), () => Completion.normal);
    }
    case 'if':
      return compileIf(statement, context);
    case 'switch':
      return compileSwitch(statement, context);
    case 'while':
      return compileWhile(
        compileCondition(statement.condition, 'the condition of WHILE', context),
        compileBlock(statement.body, context),
      );
    case 'count':
    case 'each':
      return compileFor(statement, compileBlock(statement.body, context), context);
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
      return compileParallel(statement, {
        ...context,
        block: (block) => compileBlock(block, context),
        statement: (one) => compileStatement(one, context),
      });
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

/** The value that a variable or a part of it gets. */
function compileValue({ value }: StatementOf<'assign' | 'change'>, context: StatementContext): Compiled {
  return value.kind === 'command' ? later(compileBound(value, context)) : compileExpression(value, context);
}

function compileAssignment(statement: StatementOf<'assign'>, context: StatementContext): Execute {
  const slot = context.scope.declare(statement.name);
  const value = compileGrowth(statement, slot, context) ?? compileValue(statement, context);
  if (value.immediate) {
    const { run } = value;
    return (frame) => {
      frame.slots[slot] = run(frame);
      return Completion.normal;
    };
  }
  const { run } = value;
  const assign = (frame: Frame, result: Value): Completion => {
    frame.slots[slot] = result;
    return Completion.normal;
  };
  return (frame) => {
    const result = run(frame);
    return result instanceof Promise ? result.then((one) => assign(frame, one)) : assign(frame, result);
  };
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

function compileTry(statement: StatementOf<'try'>, context: StatementContext): Execute {
  const body = compileBlock(statement.body, context);
  const { handler } = statement;
  const slot = handler?.name === undefined ? undefined : context.scope.declare(handler.name);
  const handle = handler && compileBlock(handler.body, context);
  const last = statement.finally && compileBlock(statement.finally, context);
  const guarded = async (frame: Frame): Promise<Completion> => {
    const { depth } = frame.thread;
    try {
      return await body(frame);
    } catch (thrown) {
      const caught = thrown instanceof RangeError ? tooDeep(thrown, statement, context) : thrown;
      if (!(caught instanceof ScriptFailure) || handle === undefined) throw caught;
      frame.thread.depth = depth;
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
