// Statements that wait: WAIT, WAIT UNTIL and EVERY; and ON, whose handlers run while the script waits.
import { eventNames } from '../../catalogue/definition/event-names.ts';
import { ValueProblem } from '../../functions/operations.ts';
import type { StatementOf } from '../../tree/ast.ts';
import type { Range, SourceText } from '../../tree/source-text.ts';
import { none, type RecordValue, typeOf, withArticle } from '../../values/value.ts';
import { durationText } from '../../values/value-text.ts';
import { combine } from '../combine.ts';
import { type Compiled, Completion, type Execute, now, settle } from '../frame.ts';
import type { ExpressionContext } from './compile-call.ts';
import { compileExpression } from './compile-expression.ts';

const defaultPollMs = 1000;

export function compileWait(statement: StatementOf<'wait'>, context: ExpressionContext): Execute {
  const { duration } = statement;
  const length = milliseconds(compileExpression(duration, context), duration, 'what WAIT is given');
  return (frame) =>
    settle(length.run(frame), (ms) => frame.execution.wait(ms as number, statement).then(() => Completion.normal));
}

/** A duration in milliseconds; a bare number is seconds, as everywhere in DTCL. */
export function milliseconds(length: Compiled, place: Range, what: string): Compiled {
  return combine([length], place, ([value]) => {
    if (typeof value === 'number') return value * 1000;
    if (typeof value === 'object' && value.kind === 'duration') return value.ms;
    throw new ValueProblem('U0502', {
      what,
      expected: 'a duration',
      found: withArticle(typeOf(value ?? none)),
      suggestion: 'write 5 seconds or 10m',
    });
  });
}

export function compileUntil(
  statement: StatementOf<'until'>,
  condition: Compiled,
  context: ExpressionContext,
): Execute {
  const every =
    statement.every === undefined
      ? now(() => defaultPollMs)
      : milliseconds(compileExpression(statement.every, context), statement.every, 'EVERY');
  const timeout =
    statement.timeout === undefined
      ? now(() => Number.POSITIVE_INFINITY)
      : milliseconds(compileExpression(statement.timeout, context), statement.timeout, 'TIMEOUT');
  return async (frame) => {
    const { execution } = frame;
    const [everyMs, timeoutMs] = [(await every.run(frame)) as number, (await timeout.run(frame)) as number];
    const deadlineMs = execution.clock.monotonicMs() + timeoutMs;
    for (;;) {
      if ((await condition.run(frame)) === true) return Completion.normal;
      const leftMs = deadlineMs - execution.clock.monotonicMs();
      if (leftMs <= 0) throw execution.fail(new ValueProblem('U0711', { timeout: durationText(timeoutMs) }), statement);
      await execution.wait(Math.min(Math.max(everyMs, 1), leftMs), statement);
    }
  };
}

/**
 * Rounds begin at the start and at whole intervals after it. A round that takes longer skips the ones that it overlaps.
 */
export function compileEvery(statement: StatementOf<'every'>, body: Execute, context: ExpressionContext): Execute {
  const checked = checkedInterval(statement, context);
  return async (frame) => {
    const { execution } = frame;
    const everyMs = (await checked.run(frame)) as number;
    for (let nextMs = execution.clock.monotonicMs(); ; ) {
      const completion = await body(frame);
      if (completion === Completion.return) return completion;
      if (completion === Completion.break) return Completion.normal;
      const nowMs = execution.clock.monotonicMs();
      nextMs += everyMs * Math.max(1, Math.ceil((nowMs - nextMs) / everyMs));
      await execution.wait(nextMs - nowMs, statement);
    }
  };
}

/** The interval of EVERY in milliseconds; throws for one of no length. */
export function checkedInterval({ interval }: StatementOf<'every'>, context: ExpressionContext): Compiled {
  const length = milliseconds(compileExpression(interval, context), interval, 'what EVERY is given');
  return combine([length], interval, ([ms]) => {
    if ((ms as number) > 0) return ms as number;
    const suggestion = 'write 5 seconds or 10m';
    const found = durationText(ms as number);
    throw new ValueProblem('U0502', {
      what: 'what EVERY is given',
      expected: 'longer than nothing',
      found,
      suggestion,
    });
  });
}

/** `$event` is the event while the handler runs; afterwards it has its earlier value again. */
export function compileHandler(
  statement: StatementOf<'on'>,
  body: Execute,
  context: ExpressionContext,
  source: SourceText,
): Execute {
  const { name } = statement.event;
  const from = statement.from === undefined ? now(() => none) : compileExpression(statement.from, context);
  const slot = context.scope.declare('event');
  return async (frame) => {
    const { execution, slots } = frame;
    const origin = await from.run(frame);
    const request = {
      event: eventNames.get(name) ?? 0,
      name,
      ...(statement.from === undefined ? {} : { from: origin }),
      span: source.span(statement),
    };
    const handle = async (event: RecordValue): Promise<void> => {
      const before = slots[slot];
      slots[slot] = event;
      try {
        await body(frame);
      } finally {
        slots[slot] = before;
      }
    };
    await execution.watch(request, handle, statement);
    return Completion.normal;
  };
}
