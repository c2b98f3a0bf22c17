// Closures that apply an operation to the values of several others.
import { ValueProblem } from '../functions/operations.ts';
import type { Range } from '../tree/source-text.ts';
import { isUnknown, typeOf, unknown, type Value, withArticle } from '../values/value.ts';
import { type Compiled, evaluateAll, type Frame, later, now, settle } from './frame.ts';

/**
 * Applies an operation to several operands; a problem with their values is reported at `place`. In a plan `ofUnknown`
 * makes the result when an operand is unknown; without it the result is unknown too.
 */
export function combine(
  operands: readonly Compiled[],
  place: Range,
  apply: (values: readonly Value[], frame: Frame) => Value,
  ofUnknown?: (values: readonly Value[], frame: Frame) => Value,
): Compiled {
  const guarded = (values: readonly Value[], frame: Frame): Value => {
    try {
      if (frame.execution.planned && values.some(isUnknown))
        return ofUnknown === undefined ? unknown(frame.execution.source.slice(place)) : ofUnknown(values, frame);
      return apply(values, frame);
    } catch (thrown) {
      throw frame.execution.fail(thrown, place);
    }
  };
  const [first, second] = operands;
  if (first?.immediate && second === undefined) {
    const { run } = first;
    return now((frame) => guarded([run(frame)], frame));
  }
  if (first?.immediate && second?.immediate && operands.length === 2) {
    const [one, other] = [first.run, second.run];
    return now((frame) => guarded([one(frame), other(frame)], frame));
  }
  if (operands.every((operand) => operand.immediate))
    return now((frame) => guarded(evaluateAll(operands, frame) as Value[], frame));
  return later((frame) => settle(evaluateAll(operands, frame), (values) => guarded(values, frame)));
}

/** The boolean that a condition has to be; throws for any other value. */
export function truth(value: Value, what: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new ValueProblem('U0502', {
    what,
    expected: 'true or false',
    found: withArticle(typeOf(value)),
    suggestion: 'compare it with something',
  });
}
