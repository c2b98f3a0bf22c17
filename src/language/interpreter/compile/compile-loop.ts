// Compiles WHILE and FOR. A loop runs its rounds synchronously. It goes on asynchronously only when a round has to
// wait; each later round that need not wait is a plain call again.
import { ValueProblem } from '../../functions/operations.ts';
import type { StatementOf } from '../../tree/ast.ts';
import { assignedNames } from '../../tree/ast-walk.ts';
import type { SourceText } from '../../tree/source-text.ts';
import { isUnknown, type ListValue, list, none, typeOf, unknown, type Value, withArticle } from '../../values/value.ts';
import { combine } from '../combine.ts';
import { type Awaitable, type Compiled, Completion, type Execute, type Frame, settle } from '../frame.ts';
import type { Scope } from '../scope.ts';
import type { ExpressionContext } from './compile-call.ts';
import { compileExpression } from './compile-expression.ts';
import { type PlannedLoop, planRound } from './compile-planned.ts';

export type ForStatement = StatementOf<'count' | 'each'>;

export interface LoopContext extends ExpressionContext {
  readonly source: SourceText;
}

/** The result of a round that did not take place, because the loop has ended. */
const ended = 4;
type Round = (frame: Frame) => Awaitable<Completion | typeof ended>;

export function compileWhile(condition: Compiled, body: Execute): Execute {
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

/** What a FOR counts with, as a list of its beginning, its end and its step; or what FOR EACH goes through. */
export function whatForTakes(statement: ForStatement, context: ExpressionContext): Compiled {
  return statement.kind === 'count' ? boundsOf(statement, context) : itemsOf(statement, context);
}

function boundsOf(statement: StatementOf<'count'>, context: ExpressionContext): Compiled {
  const bounds = [statement.from, statement.to, ...(statement.step === undefined ? [] : [statement.step])].map((one) =>
    compileExpression(one, context),
  );
  return combine(bounds, statement, (values) => {
    const wrong = values.find((value) => typeof value !== 'number');
    if (wrong !== undefined)
      throw new ValueProblem('U0502', {
        what: 'what FOR counts with',
        expected: 'a number',
        found: withArticle(typeOf(wrong)),
        suggestion: 'divide quantities by their unit: $d / 1s',
      });
    const [from = 0, to = 0, by = 1] = values;
    if (by === 0)
      throw new ValueProblem('U0707', {
        reason: 'a step of 0 never comes to an end',
        suggestion: 'give STEP a number above or below 0',
      });
    return list([from, to, by]);
  });
}

function itemsOf(statement: StatementOf<'each'>, context: ExpressionContext): Compiled {
  return combine([compileExpression(statement.list, context)], statement.list, ([value = none]) => {
    if (typeof value === 'object' && value.kind === 'list') return value;
    throw new ValueProblem('U0502', {
      what: 'what FOR EACH goes through',
      expected: 'a list',
      found: withArticle(typeOf(value)),
      suggestion: 'write a list as [1, 2, 3]',
    });
  });
}

/** The values of the variable of a FOR, one for each round. */
export function* roundValues({ kind }: ForStatement, taken: ListValue): Generator<Value> {
  if (kind === 'each') {
    yield* taken.items;
    return;
  }
  const [from, to, by] = taken.items as readonly [number, number, number];
  for (let value = from; by > 0 ? value <= to : value >= to; value += by) yield value;
}

/** The rounds of a FOR one after the other, and what they need before the first; in a plan, one round may stand for all. */
export function compileFor(statement: ForStatement, body: Execute, context: LoopContext): Execute {
  const { plan, scope } = context;
  const slot = scope.declare(statement.name);
  const rounds = statement.kind === 'count' ? countingRounds(slot, body, scope) : goingRounds(slot, body, scope);
  const taken = whatForTakes(statement, context);
  if (plan === undefined) return (frame) => settle(taken.run(frame), (value) => rounds(value as ListValue, frame));
  const planned = plannedFor(statement, body, context);
  return async (frame) => {
    const value = await taken.run(frame);
    if (!isUnknown(value)) return rounds(value as ListValue, frame);
    return planRound(planned, frame, { plan, scope }, () => {
      frame.slots[slot] = unknown(`$${statement.name}`);
    });
  };
}

type Rounds = (taken: ListValue, frame: Frame) => Awaitable<Completion>;

function countingRounds(slot: number, body: Execute, scope: Scope): Rounds {
  const [next, last, step] = [scope.hidden(), scope.hidden(), scope.hidden()];
  const rounds = loop((frame) => {
    const { slots } = frame;
    const value = slots[next] as number;
    const by = slots[step] as number;
    if (by > 0 ? value > (slots[last] as number) : value < (slots[last] as number)) return ended;
    slots[slot] = value;
    slots[next] = value + by;
    return body(frame);
  });
  return ({ items }, frame) => {
    [frame.slots[next], frame.slots[last], frame.slots[step]] = items;
    return rounds(frame);
  };
}

function goingRounds(slot: number, body: Execute, scope: Scope): Rounds {
  const [rest, next] = [scope.hidden(), scope.hidden()];
  const rounds = loop((frame) => {
    const all = frame.slots[rest];
    const index = frame.slots[next] as number;
    const item = typeof all === 'object' && all.kind === 'list' ? all.at(index) : undefined;
    if (item === undefined) return ended;
    frame.slots[slot] = item;
    frame.slots[next] = index + 1;
    return body(frame);
  });
  return (taken, frame) => {
    frame.slots[rest] = taken;
    frame.slots[next] = 0;
    return rounds(frame);
  };
}

/** The round that stands for all, when what a FOR counts or goes through is unknown. */
export function plannedFor(statement: ForStatement, body: Execute, { source }: LoopContext): PlannedLoop {
  const { name, kind } = statement;
  const range = kind === 'each' ? statement.list : { start: statement.from.start, end: statement.to.end };
  const what = source.slice(range).replaceAll(/\s+/g, ' ');
  const title = kind === 'each' ? `for each $${name} in ${what}` : `for $${name} = ${what}`;
  return { title, span: source.span(statement), body, assigned: assignedNames(statement.body) };
}
