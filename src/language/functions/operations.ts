// What operators do with values. Units are respected: a size divided by a rate is a duration, and a duration cannot be
// added to a size. A bare 0 needs no unit when it is compared, and a percentage compares with a plain number.
import type { DiagnosticCode } from '../diagnostics/diagnostics.ts';
import type { ArithmeticOperator, ComparisonOperator } from '../tree/ast.ts';
import {
  datetime,
  duration,
  isHandleType,
  type ListValue,
  none,
  numberMax,
  percent,
  rate,
  size,
  typeOf,
  type Value,
  withArticle,
} from '../values/value.ts';
import { valueText } from '../values/value-text.ts';

/** The longest string or list: a script that doubles one in a loop must not exhaust the server's memory. */
export const valueLengthMax = 16 * 1024 * 1024;
const listLengthMax = valueLengthMax / 16;
const comparedDepthMax = 200;
/** Lists may be parts of each other many times over, and are compared as often. */
const comparedPartsMax = 16 * 1024 * 1024;
const dayMs = 86_400_000;

/** Something wrong with the values of an operation; a caller that knows the place in the text makes it a diagnostic. */
export class ValueProblem extends Error {
  readonly code: DiagnosticCode;
  readonly parameters: Readonly<Record<string, string | number>>;

  constructor(code: DiagnosticCode, parameters: Readonly<Record<string, string | number>> = {}) {
    super(code);
    this.code = code;
    this.parameters = parameters;
  }
}

/**
 * Pays for work that grows with a value, as loops pay for their rounds: reading a text, which also makes one piece of a
 * text that was put together, or copying items.
 */
export interface Meter {
  /** Throws when a budget of the run is used up. */
  spend(steps: number): void;
}

/** So many characters read, or items read or copied, cost as much as a round of a loop. */
const charactersPerStep = 1024;
const itemsPerStep = 128;

export function spendOnText(length: number, meter: Meter): void {
  if (length >= charactersPerStep) meter.spend(Math.floor(length / charactersPerStep));
}

/** What is wrong when a part of a value is assigned that has no such parts. */
export function unchangeable(type: string): { readonly type: string; readonly suggestion: string } {
  const isLive = isHandleType(type);
  let suggestion = 'only the items of a list and the fields of a record can be given a value';
  if (isLive)
    suggestion = 'its properties follow what the server does, and commands change that; to compare, write ( … )';
  if (type === 'string') suggestion = 'make a new text: replace() and slice() give one';
  if (type === 'list') suggestion = 'a list has items, not fields: $list[0] = value';
  return { type: withArticle(type), suggestion };
}

export function spendOnItems(length: number, meter: Meter): void {
  if (length >= itemsPerStep) meter.spend(Math.floor(length / itemsPerStep));
}

const verbs: Readonly<Record<ArithmeticOperator | ComparisonOperator, string>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '%': 'take the remainder of',
  '=': 'compare',
  '<>': 'compare',
  '<': 'compare',
  '<=': 'compare',
  '>': 'compare',
  '>=': 'compare',
};

export function misfit(
  operator: ArithmeticOperator | ComparisonOperator,
  left: string,
  right: string,
): { readonly operation: string; readonly left: string; readonly right: string; readonly suggestion: string } {
  const isBare = left === 'integer' || right === 'integer';
  const isText = left === 'string' || right === 'string';
  let suggestion = 'bring both to one type first';
  if (isBare && isText) suggestion = 'make a number of the text: number(…)';
  else if (isBare) suggestion = 'give the number a unit, such as 5 minutes or 64 KB';
  return {
    operation: verbs[operator],
    left: withArticle(left),
    right: withArticle(right),
    suggestion,
  };
}

function mismatch(operator: ArithmeticOperator | ComparisonOperator, left: Value, right: Value): ValueProblem {
  return new ValueProblem('U0501', misfit(operator, typeOf(left), typeOf(right)));
}

/** Returns a number within the exact range; throws for any other. */
export function exact(value: number): number {
  if (value > numberMax || value < -numberMax || Number.isNaN(value)) throw new ValueProblem('U0703');
  return value === 0 ? 0 : value;
}

function divided(left: number, right: number): number {
  if (right === 0) throw new ValueProblem('U0702');
  return exact(left / right);
}

export function arithmetic(operator: ArithmeticOperator, left: Value, right: Value, meter: Meter): Value {
  if (typeof left === 'number' && typeof right === 'number') return numbers(operator, left, right);
  switch (operator) {
    case '+':
      return add(left, right, meter);
    case '-':
      return subtract(left, right);
    case '*':
      return multiply(left, right);
    case '/':
      return divide(left, right);
    case '%':
      return remainder(left, right);
  }
}

/** The minus of one operand. */
export function negated(value: Value): Value {
  const amount = amountOf(value);
  if (amount === undefined) throw new ValueProblem('U0502', notNegated(typeOf(value)));
  return withAmount(value, exact(-amount));
}

/** The number of a number or a quantity, in the unit that the value is kept in; undefined of anything else. */
export function amountOf(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'object') return undefined;
  if (value.kind === 'duration') return value.ms;
  if (value.kind === 'size') return value.bytes;
  if (value.kind === 'rate') return value.bytesPerSecond;
  return value.kind === 'percent' ? value.percent : undefined;
}

/** A value of the same type with another amount. */
export function withAmount(like: Value, amount: number): Value {
  if (typeof like !== 'object') return amount;
  if (like.kind === 'duration') return duration(amount);
  if (like.kind === 'size') return size(amount);
  return like.kind === 'rate' ? rate(amount) : percent(amount);
}

/** The parameters of the diagnostic for a minus before a value of such a type. */
export function notNegated(type: string): Readonly<Record<'what' | 'expected' | 'found' | 'suggestion', string>> {
  return {
    what: 'what stands behind a minus',
    expected: 'a number or a quantity',
    found: withArticle(type),
    suggestion: 'take the minus away',
  };
}

function numbers(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return exact(left + right);
    case '-':
      return exact(left - right);
    case '*':
      return exact(left * right);
    case '/':
      return divided(left, right);
    case '%':
      if (right === 0) throw new ValueProblem('U0702');
      return exact(left % right);
  }
}

/**
 * Strings joined, within the limit. They are added and not copied: JavaScript keeps a sum of long strings as its two
 * parts until somebody reads it, so a text that grows piece by piece is copied once and not once for each piece.
 */
export function joined(pieces: readonly string[]): string {
  return pieces.reduce(joinedTwo, '');
}

export function joinedTwo(left: string, right: string): string {
  const length = left.length + right.length;
  if (length > valueLengthMax)
    throw new ValueProblem('U0706', { size: `${length} characters`, limit: `${valueLengthMax}` });
  return left + right;
}

const thousand = Array.from({ length: 1000 }, (_, rest) => String(rest).padStart(3, '0'));
let lastThousands = { count: -1, text: '' };

/**
 * As String gives it. JavaScript remembers the texts of the numbers it was asked for last, which costs a loop that writes
 * its counter more than it saves: here the thousands are remembered, and what is behind them is taken from a table.
 */
function numberText(value: number): string {
  if (value < 1000 || value > 999_999_999 || !Number.isInteger(value)) return String(value);
  const count = Math.floor(value / 1000);
  if (count !== lastThousands.count) lastThousands = { count, text: String(count) };
  return lastThousands.text + (thousand[value - count * 1000] ?? '');
}

/** A value as it prints. The text of a list or a record is new, and is paid for; any other is short, or was there. */
export function printed(value: Value, meter: Meter): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  const text = valueText(value);
  spendOnText(text.length, meter);
  return text;
}

export function joinedLists(left: ListValue, right: ListValue, meter: Meter): ListValue {
  payForLonger(left, right.length, meter);
  return left.with(right);
}

/** The list of a variable with one more item. */
export function grown(list: ListValue, item: Value, meter: Meter): ListValue {
  payForLonger(list, 1, meter);
  return list.grown(item);
}

function payForLonger(list: ListValue, more: number, meter: Meter): void {
  const length = list.length + more;
  if (length > listLengthMax) throw new ValueProblem('U0706', { size: `${length} items`, limit: `${listLengthMax}` });
  spendOnItems(list.canGrow ? more : length, meter);
}

function add(left: Value, right: Value, meter: Meter): Value {
  if (typeof left === 'string' || typeof right === 'string') {
    if (typeOf(left) === 'secret' || typeOf(right) === 'secret') throw new ValueProblem('U0503');
    return joinedTwo(printed(left, meter), printed(right, meter));
  }
  if (typeof left === 'object' && typeof right === 'object') {
    if (left.kind === 'duration' && right.kind === 'duration') return duration(exact(left.ms + right.ms));
    if (left.kind === 'size' && right.kind === 'size') return size(exact(left.bytes + right.bytes));
    if (left.kind === 'rate' && right.kind === 'rate') return rate(exact(left.bytesPerSecond + right.bytesPerSecond));
    if (left.kind === 'percent' && right.kind === 'percent') return percent(exact(left.percent + right.percent));
    if (left.kind === 'list' && right.kind === 'list') return joinedLists(left, right, meter);
    if (right.kind === 'duration') {
      const moved = move(left, right.ms);
      if (moved !== undefined) return moved;
    }
    if (left.kind === 'duration') {
      const moved = move(right, left.ms);
      if (moved !== undefined) return moved;
    }
  }
  throw mismatch('+', left, right);
}

/** Moves a point in time; a time of day wraps round at midnight. */
function move(point: Value, byMs: number): Value | undefined {
  if (typeof point !== 'object') return undefined;
  if (point.kind === 'datetime') return instant(point.epochMs + byMs);
  if (point.kind === 'time')
    return { kind: 'time', dayMs: (((point.dayMs + Math.round(byMs)) % dayMs) + dayMs) % dayMs };
  if (point.kind !== 'date') return undefined;
  return byMs % dayMs === 0
    ? { kind: 'date', epochDays: (instant(point.epochDays * dayMs + byMs).epochMs as number) / dayMs }
    : instant(point.epochDays * dayMs + byMs);
}

function instant(epochMs: number): ReturnType<typeof datetime> {
  // A JavaScript date reaches 100,000,000 days on either side of 1970.
  if (Math.abs(epochMs) > 100_000_000 * dayMs) throw new ValueProblem('U0703');
  return datetime(Math.round(epochMs));
}

function subtract(left: Value, right: Value): Value {
  if (typeof left === 'object' && typeof right === 'object') {
    if (left.kind === 'duration' && right.kind === 'duration') return duration(exact(left.ms - right.ms));
    if (left.kind === 'size' && right.kind === 'size') return size(exact(left.bytes - right.bytes));
    if (left.kind === 'rate' && right.kind === 'rate') return rate(exact(left.bytesPerSecond - right.bytesPerSecond));
    if (left.kind === 'percent' && right.kind === 'percent') return percent(exact(left.percent - right.percent));
    if (left.kind === 'date' && right.kind === 'date') return duration((left.epochDays - right.epochDays) * dayMs);
    if (left.kind === 'time' && right.kind === 'time') return duration(left.dayMs - right.dayMs);
    if (left.kind === 'datetime' && right.kind === 'datetime') return duration(left.epochMs - right.epochMs);
    if (right.kind === 'duration') {
      const moved = move(left, -right.ms);
      if (moved !== undefined) return moved;
    }
  }
  throw mismatch('-', left, right);
}

function multiply(left: Value, right: Value): Value {
  const scaled = scale(left, right) ?? scale(right, left);
  if (scaled !== undefined) return scaled;
  if (typeof left === 'object' && typeof right === 'object') {
    if (left.kind === 'rate' && right.kind === 'duration')
      return size(exact(Math.round((left.bytesPerSecond * right.ms) / 1000)));
    if (left.kind === 'duration' && right.kind === 'rate')
      return size(exact(Math.round((right.bytesPerSecond * left.ms) / 1000)));
  }
  throw mismatch('*', left, right);
}

/** A number or a quantity times a number or a percentage; a percentage of a number is a number. */
function scale(quantity: Value, factor: Value): Value | undefined {
  let by: number | undefined;
  if (typeof factor === 'number') by = factor;
  else if (typeof factor === 'object' && factor.kind === 'percent') by = factor.percent / 100;
  if (by === undefined) return undefined;
  if (typeof quantity === 'number') return exact(quantity * by);
  if (typeof quantity !== 'object') return undefined;
  if (quantity.kind === 'duration') return duration(exact(quantity.ms * by));
  if (quantity.kind === 'size') return size(exact(Math.round(quantity.bytes * by)));
  if (quantity.kind === 'rate') return rate(exact(quantity.bytesPerSecond * by));
  return undefined;
}

function divide(left: Value, right: Value): Value {
  if (typeof left === 'object') {
    if (typeof right === 'number') {
      if (left.kind === 'duration') return duration(divided(left.ms, right));
      if (left.kind === 'size') return size(Math.round(divided(left.bytes, right)));
      if (left.kind === 'rate') return rate(divided(left.bytesPerSecond, right));
      if (left.kind === 'percent') return percent(divided(left.percent, right));
    } else if (typeof right === 'object') {
      if (left.kind === 'duration' && right.kind === 'duration') return divided(left.ms, right.ms);
      if (left.kind === 'size' && right.kind === 'size') return divided(left.bytes, right.bytes);
      if (left.kind === 'rate' && right.kind === 'rate') return divided(left.bytesPerSecond, right.bytesPerSecond);
      if (left.kind === 'size' && right.kind === 'rate')
        return duration(divided(left.bytes * 1000, right.bytesPerSecond));
      if (left.kind === 'size' && right.kind === 'duration') return rate(divided(left.bytes * 1000, right.ms));
    }
  }
  throw mismatch('/', left, right);
}

function remainder(left: Value, right: Value): Value {
  if (typeof left === 'object' && typeof right === 'object') {
    if (left.kind === 'duration' && right.kind === 'duration') return duration(numbers('%', left.ms, right.ms));
    if (left.kind === 'size' && right.kind === 'size') return size(numbers('%', left.bytes, right.bytes));
  }
  throw mismatch('%', left, right);
}

/** The unit and the amount of a value that can be ordered by one number; undefined for any other value. */
function measure(value: Value): { readonly unit: string; readonly amount: number } | undefined {
  if (typeof value === 'number') return { unit: 'number', amount: value };
  if (typeof value !== 'object') return undefined;
  switch (value.kind) {
    case 'duration':
      return { unit: 'duration', amount: value.ms };
    case 'size':
      return { unit: 'size', amount: value.bytes };
    case 'rate':
      return { unit: 'rate', amount: value.bytesPerSecond };
    case 'percent':
      return { unit: 'number', amount: value.percent };
    case 'handle':
      return { unit: 'number', amount: value.number };
    case 'date':
      return { unit: 'date', amount: value.epochDays };
    case 'time':
      return { unit: 'time', amount: value.dayMs };
    case 'datetime':
      return { unit: 'datetime', amount: value.epochMs };
    default:
      return undefined;
  }
}

export function compare(operator: ComparisonOperator, left: Value, right: Value, meter: Meter): boolean {
  if (typeof left === 'number' && typeof right === 'number') return comparedNumbers(operator, left - right);
  if (operator === '=') return equal(left, right, { meter, left: comparedPartsMax }, 0);
  if (operator === '<>') return !equal(left, right, { meter, left: comparedPartsMax }, 0);
  let sign: number;
  const [one, other] = [measure(left), measure(right)];
  if (one !== undefined && other !== undefined && (one.unit === other.unit || left === 0 || right === 0))
    sign = one.amount - other.amount;
  else if (typeof left === 'string' && typeof right === 'string') {
    spendOnText(left.length + right.length, meter);
    sign = Number(left > right) - Number(left < right);
  } else throw mismatch(operator, left, right);
  return comparedNumbers(operator, sign);
}

function comparedNumbers(operator: ComparisonOperator, sign: number): boolean {
  switch (operator) {
    case '=':
      return sign === 0;
    case '<>':
      return sign !== 0;
    case '<':
      return sign < 0;
    case '<=':
      return sign <= 0;
    case '>':
      return sign > 0;
    case '>=':
      return sign >= 0;
  }
}

interface Comparison {
  readonly meter: Meter;
  /** How many parts may still be compared. */
  left: number;
}

function equal(left: Value, right: Value, comparison: Comparison, depth: number): boolean {
  if (typeof left === 'string' && typeof right === 'string') {
    if (left.length !== right.length) return false;
    spendOnText(left.length + right.length, comparison.meter);
    return left === right;
  }
  if (typeof left === 'number' && typeof right === 'number') return left === right;
  const [one, other] = [measure(left), measure(right)];
  if (one !== undefined && other !== undefined && (one.unit === other.unit || left === 0 || right === 0))
    return one.amount === other.amount;
  if (typeof left !== 'object' && typeof left === typeof right) return left === right;
  const [leftType, rightType] = [typeOf(left), typeOf(right)];
  if (leftType === 'secret' || rightType === 'secret') throw new ValueProblem('U0505');
  if (leftType === 'none' || rightType === 'none') return leftType === rightType;
  if (depth > comparedDepthMax)
    throw new ValueProblem('U0706', { size: 'a depth beyond comparing', limit: `${comparedDepthMax} levels` });
  if (typeof left === 'object' && typeof right === 'object') {
    if (left.kind === 'list' && right.kind === 'list') {
      if (left.length !== right.length) return false;
      spendOnParts(left.length, comparison);
      for (let index = 0; index < left.length; index++)
        if (!equal(left.at(index) ?? none, right.at(index) ?? none, comparison, depth + 1)) return false;
      return true;
    }
    if (left.kind === 'record' && right.kind === 'record') {
      const fields = right.fields;
      spendOnParts(fields.size, comparison);
      return (
        left.fields.size === fields.size &&
        [...left.fields].every(([name, value]) => {
          const counterpart = fields.get(name);
          return counterpart !== undefined && equal(value, counterpart, comparison, depth + 1);
        })
      );
    }
  }
  if (depth > 0) return false;
  throw mismatch('=', left, right);
}

/** Pays for all parts of a value, however often they are parts of it; throws when they are too many to go through. */
export function countParts(value: Value, meter: Meter): void {
  let left = comparedPartsMax;
  const walk = (part: Value, depth: number): void => {
    if (typeof part !== 'object' || (part.kind !== 'list' && part.kind !== 'record')) {
      left -= typeof part === 'string' ? 1 + part.length : 1;
      if (typeof part === 'string') spendOnText(part.length, meter);
    } else if (depth <= comparedDepthMax) {
      left--;
      for (const one of part.kind === 'list' ? part.items : part.fields.values()) walk(one, depth + 1);
    }
    if (left < 0)
      throw new ValueProblem('U0706', { size: 'more parts than can be written', limit: `${comparedPartsMax} parts` });
  };
  walk(value, 0);
  spendOnItems(comparedPartsMax - left, meter);
}

function spendOnParts(parts: number, comparison: Comparison): void {
  spendOnItems(parts, comparison.meter);
  comparison.left -= parts;
  if (comparison.left < 0)
    throw new ValueProblem('U0706', { size: 'more parts than can be compared', limit: `${comparedPartsMax} parts` });
}
