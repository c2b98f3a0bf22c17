// Compiles operators to closures. Loops spend most of their time here, so whole numbers, and texts that are put
// together, have fast paths of their own.
import { arithmetic, compare, grown, ValueProblem, valueLengthMax } from '../../functions/operations.ts';
import type { BinaryOperator, ChainExpression, Expression } from '../../tree/ast.ts';
import type { Range } from '../../tree/source-text.ts';
import { holdsUnknown, isUnknown, ListValue, none, numberMax, unknown, type Value } from '../../values/value.ts';
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

/** `operands` are those of the chain, in its order. */
export function compileChain(expression: ChainExpression, operands: readonly Compiled[]): Compiled {
  const operators = expression.rest.map((one) => one.operator);
  if (operators[0] === 'and' || operators[0] === 'or') return compileLogic(operands, operators[0] === 'or', expression);
  // A long sum runs as a loop, which spares the stack; a short one as nested closures, which are faster.
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
    if (typeof value === 'boolean') return value;
    try {
      return truth(value, what);
    } catch (thrown) {
      throw frame.execution.fail(thrown, place);
    }
  };
  // In a plan an operand may be unknown: then the result is, unless another operand decides.
  const from = (index: number, frame: Frame, otherwise: Value): Awaitable<Value> => {
    for (let at = index; at < operands.length; at++) {
      const value = operands[at]?.run(frame) ?? false;
      if (value instanceof Promise)
        return value.then((known) => {
          if (isUnknown(known)) return from(at + 1, frame, known);
          return check(known, frame) === decisive ? decisive : from(at + 1, frame, otherwise);
        });
      if (isUnknown(value)) return from(at + 1, frame, value);
      if (check(value, frame) === decisive) return decisive;
    }
    return otherwise;
  };
  const run: Evaluate = (frame) => from(0, frame, !decisive);
  const [first, second] = operands;
  if (operands.length === 2 && first?.immediate && second?.immediate) {
    const [one, other] = [first.run, second.run];
    return now((frame) => {
      if (frame.execution.planned) return (run as EvaluateNow)(frame);
      return check(one(frame), frame) === decisive ? decisive : check(other(frame), frame);
    });
  }
  return operands.every((operand) => operand.immediate) ? now(run as EvaluateNow) : later(run);
}

/** A text shorter than this is joined to the one before it. */
const pieceLength = 1024;
/** So long a text V8 keeps by itself: the collector of garbage never copies it. */
const blockLength = 128 * 1024;

/**
 * The sum of a variable and what is added to it, as an assignment to that variable needs it again and again. JavaScript
 * keeps a sum of texts as its two parts, so a text that grows by small pieces would be a chain of all of them, which the
 * collector of garbage walks. Here they are put together to pieces and these to blocks, before they join the chain. Slots
 * that no name reaches hold the sum that was made last, what of it stands firm (blocks, and the pieces of the block that
 * has begun), and the rest; where the variable has got another value, they begin anew.
 */
export function growingText(
  slot: number,
  piece: EvaluateNow,
  variable: EvaluateNow,
  place: Range,
  scope: Scope,
): EvaluateNow {
  const [lastSlot, firmSlot, looseSlot] = [scope.hidden(), scope.hidden(), scope.hidden()];
  const [blocksSlot, begunSlot] = [scope.hidden(), scope.hidden()];
  const add = immediateBinary('+', variable, piece, place);
  /** What stands firm with one more piece. */
  const withPiece = (slots: Frame['slots'], one: string): string => {
    readThrough(one);
    const begun = `${slots[begunSlot] as string}${one}`;
    const isBlock = begun.length >= blockLength;
    if (isBlock) readThrough(begun);
    const firm = `${slots[blocksSlot] as string}${begun}`;
    if (isBlock) slots[blocksSlot] = firm;
    slots[begunSlot] = isBlock ? '' : begun;
    return firm;
  };
  return (frame) => {
    const { slots } = frame;
    const whole = slots[slot];
    if (typeof whole !== 'string' || whole.length < pieceLength) return add(frame);
    const more = piece(frame);
    if (typeof more !== 'string' || whole.length + more.length > valueLengthMax)
      return applyBinary('+', whole, more, place, frame);
    if (slots[lastSlot] !== whole) {
      slots[firmSlot] = slots[blocksSlot] = whole;
      slots[looseSlot] = slots[begunSlot] = '';
    }
    const loose = `${slots[looseSlot] as string}${more}`;
    const isPiece = loose.length >= pieceLength;
    const sum = isPiece ? withPiece(slots, loose) : `${slots[firmSlot] as string}${loose}`;
    if (isPiece) slots[firmSlot] = sum;
    slots[looseSlot] = isPiece ? '' : loose;
    slots[lastSlot] = sum;
    return sum;
  };
}

/** The sum of a variable and a list of one item, as an assignment to that variable needs it: no list is made of the item. */
export function growingList(
  slot: number,
  item: EvaluateNow,
  piece: EvaluateNow,
  variable: EvaluateNow,
  place: Range,
): EvaluateNow {
  const add = immediateBinary('+', variable, piece, place);
  return (frame) => {
    const whole = frame.slots[slot];
    if (!(whole instanceof ListValue) || frame.execution.planned) return add(frame);
    const one = item(frame);
    try {
      return grown(whole, one, frame.execution);
    } catch (thrown) {
      throw frame.execution.fail(thrown, place);
    }
  };
}

/** Whoever reads a text gets it in one piece, and it stays so. What is read is kept, or the reading would be left out. */
function readThrough(text: string): void {
  read.unit = text.charCodeAt(0);
}
const read = { unit: 0 };

/** Whether the value in a slot is one of several; a value of another type is another value. */
export function isOneOf(slot: number, values: readonly Compiled[], place: Range): Compiled {
  const subject = now((frame) => frame.slots[slot] ?? none);
  return combine([subject, ...values], place, ([value = none, ...others], frame) =>
    others.some((other) => {
      try {
        return compare('=', value, other, frame.execution);
      } catch (thrown) {
        if (thrown instanceof ValueProblem && thrown.code === 'U0501') return false;
        throw thrown;
      }
    }),
  );
}

function applyBinary(operator: BinaryOperator, left: Value, right: Value, place: Range, frame: Frame): Value {
  if (frame.execution.planned && hangsOnUnknown(operator, left, right))
    return unknown(frame.execution.source.slice(place));
  try {
    switch (operator) {
      case '+':
      case '-':
      case '*':
      case '/':
      case '%':
        return arithmetic(operator, left, right, frame.execution);
      case 'and':
      case 'or':
        return none;
      default:
        return compare(operator, left, right, frame.execution);
    }
  } catch (thrown) {
    throw frame.execution.fail(thrown, place);
  }
}

/** Lists with unknown items can be joined, but not compared. */
function hangsOnUnknown(operator: BinaryOperator, left: Value, right: Value): boolean {
  if (/[=<>]/.test(operator)) return holdsUnknown(left) || holdsUnknown(right);
  return isUnknown(left) || isUnknown(right);
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
 * A binary operation with a whole number on the right, as in `$i + 1`, `$i % 2` and `$i < 10`: the literal is neither
 * evaluated nor tested in each round.
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

/** A binary operation with a fast path for two numbers, the usual case in loops. */
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
        } else if (typeof one === 'string' && typeof other === 'string') {
          if (one.length + other.length <= valueLengthMax) return one + other;
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
    case '*':
      return (frame) => {
        const one = left(frame);
        const other = right(frame);
        if (typeof one === 'number' && typeof other === 'number') {
          const product = one * other;
          // A product of 0 could be -0, which the slow path turns into 0.
          if (product !== 0 && product <= numberMax && product >= -numberMax) return product;
        }
        return slow(one, other, frame);
      };
    case '%':
      return (frame) => {
        const one = left(frame);
        const other = right(frame);
        // A negative dividend could give -0, which the slow path turns into 0.
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
