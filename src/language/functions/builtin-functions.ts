// The functions every script has. They are pure but for now(), today() and since(), which ask the run's clock, and for
// those that look up what exists, which ask a server.
import { list, none, secret, typeOf, type Value, type ValueType, withArticle } from '../values/value.ts';
import { valueText } from '../values/value-text.ts';
import {
  asItems,
  asNumber,
  asText,
  type BuiltinFunction,
  cannot,
  type FunctionContext,
  type ParameterType,
} from './function-definition.ts';
import { listFunctions } from './list-functions.ts';
import { lookupFunctions } from './lookup-functions.ts';
import {
  amountOf,
  compare,
  exact,
  joined,
  type Meter,
  printed,
  spendOnItems,
  spendOnText,
  ValueProblem,
  withAmount,
} from './operations.ts';
import { patternFunctions } from './pattern-functions.ts';
import { textFunctions } from './text-functions.ts';
import { timeFunctions } from './time-functions.ts';

function parseNumber(value: Value): Value {
  const given = asText(value).trim();
  if (typeof value === 'number') return value;
  if (!/^-?\d+(\.\d+)?$/.test(given))
    throw new ValueProblem('U0707', {
      reason: `"${given.slice(0, 40)}" is not a number`,
      suggestion: 'write digits, with a point for decimals',
    });
  return exact(Number(given));
}

function extreme(values: readonly Value[], operator: '<' | '>', meter: Meter): Value {
  const all = values.length === 1 && typeOf(values[0] ?? 0) === 'list' ? asItems(values[0]) : values;
  const [first, ...others] = all;
  if (first === undefined)
    throw new ValueProblem('U0707', {
      reason: 'there is nothing to choose from in an empty list',
      suggestion: 'test length($list) before',
    });
  return others.reduce((best, one) => (compare(operator, one, best, meter) ? one : best), first);
}

function rounded(value: number, digits: number): number {
  if (digits === 0) return exact(Math.round(value));
  if (digits < 0 || digits > 15) throw cannot(`${digits} is not a number of digits`, 'give 0 to 15');
  // Not by a multiplication, which would make 1.005 a little less than it is written.
  const scaled = Number(`${value}e${digits}`);
  return Number.isFinite(scaled) ? exact(Number(`${Math.round(scaled)}e-${digits}`)) : value;
}

/** A number to so many digits, a quantity to the nearest multiple of another one. */
function roundedValue([value = 0, to]: readonly Value[]): Value {
  const amount = amountOf(value) ?? 0;
  if (typeof value === 'number' && (to === undefined || Number.isInteger(to))) return rounded(amount, asNumber(to));
  const step = to === undefined ? undefined : amountOf(to);
  if (typeof value !== 'number' && to !== undefined && typeOf(to) === typeOf(value) && step !== undefined && step > 0)
    return withAmount(value, exact(Math.round(amount / step) * step));
  throw new ValueProblem('U0502', {
    what: `what ${withArticle(typeOf(value))} is rounded to`,
    expected: typeof value === 'number' ? 'a number of digits' : `${withArticle(typeOf(value))} above 0`,
    found: to === undefined ? 'missing' : withArticle(typeOf(to)),
    suggestion: 'write round($number, 2), round($duration, 1m) or round($size, 1 MB)',
  });
}

function joinList(values: readonly Value[], meter: Meter): Value {
  const all = asItems(values[0]);
  if (all.some((one) => typeOf(one) === 'secret')) throw new ValueProblem('U0503');
  const separator = asText(values[1]);
  return joined(all.flatMap((one, index) => (index === 0 ? [printed(one, meter)] : [separator, printed(one, meter)])));
}

function textOf(values: readonly Value[]): Value {
  const value = values[0] ?? '';
  if (typeOf(value) === 'secret') throw new ValueProblem('U0503');
  return valueText(value);
}

type Example = NonNullable<BuiltinFunction['example']>;
const rounding = (help: string, example: Example, round: (value: number) => number): BuiltinFunction => ({
  parameters: ['number'],
  required: 1,
  result: 'integer',
  help,
  example,
  run: ([value]) => exact(round(asNumber(value))),
});
const textual = (help: string, example: Example, change: (value: string) => string): BuiltinFunction => ({
  parameters: ['string'],
  required: 1,
  result: 'string',
  help,
  example,
  run: ([value]) => change(asText(value)),
});
const question = (help: string, example: Example, ask: (whole: string, part: string) => boolean): BuiltinFunction => ({
  parameters: ['string', 'string'],
  required: 2,
  result: 'boolean',
  help,
  example,
  run: ([whole, part]) => ask(asText(whole), asText(part)),
});

export const builtinFunctions: ReadonlyMap<string, BuiltinFunction> = new Map<string, BuiltinFunction>([
  [
    'length',
    {
      parameters: ['text or list'],
      required: 1,
      result: 'integer',
      borrows: true,
      help: 'how many items a list, or characters a string, has',
      example: ['length("abc")', '3'],
      isQuick: true,
      run: ([value]) => {
        if (typeof value === 'string') return value.length;
        return typeof value === 'object' && value.kind === 'list' ? value.length : 0;
      },
    },
  ],
  ['upper', textual('a string in capitals', ['upper("beta")', 'BETA'], (value) => value.toUpperCase())],
  ['lower', textual('a string in small letters', ['lower("BETA")', 'beta'], (value) => value.toLowerCase())],
  ['trim', textual('a string without blanks at its ends', ['length(trim(" a "))', '1'], (value) => value.trim())],
  [
    'contains',
    {
      parameters: ['text or list', 'value'],
      required: 2,
      result: 'boolean',
      borrows: true,
      help: 'whether a string holds another, or a list an item',
      example: ['contains([1, 2], 2)', 'true'],
      run: ([whole, part], context) =>
        typeof whole === 'string'
          ? whole.includes(valueText(part ?? ''))
          : asItems(whole).some((one) => typeOf(one) === typeOf(part ?? '') && compare('=', one, part ?? '', context)),
    },
  ],
  [
    'startswith',
    question('whether a string begins with another', ['startswith("replica", "rep")', 'true'], (whole, part) =>
      whole.startsWith(part),
    ),
  ],
  [
    'endswith',
    question('whether a string ends with another', ['endswith("a.log", ".log")', 'true'], (whole, part) =>
      whole.endsWith(part),
    ),
  ],
  [
    'replace',
    {
      parameters: ['string', 'string', 'string'],
      required: 3,
      result: 'string',
      help: 'a string with one part replaced by another, everywhere',
      example: ['replace("a-b-c", "-", "+")', 'a+b+c'],
      run: ([whole, part, by]) =>
        asText(part) === ''
          ? asText(whole)
          : joined(
              asText(whole)
                .split(asText(part))
                .flatMap((one, index) => (index === 0 ? [one] : [asText(by), one])),
            ),
    },
  ],
  [
    'split',
    {
      parameters: ['string', 'string'],
      required: 2,
      result: 'list',
      help: 'the parts of a string between separators, as a list',
      example: ['split("a,b", ",")', '["a", "b"]'],
      run: ([whole, separator]) => list(asText(whole).split(asText(separator))),
    },
  ],
  [
    'join',
    {
      parameters: ['list', 'string'],
      required: 2,
      result: 'string',
      borrows: true,
      help: 'the items of a list as one string, with a separator',
      example: ['join(["a", "b"], "-")', 'a-b'],
      run: joinList,
    },
  ],
  [
    'round',
    {
      parameters: ['number or quantity', 'number or quantity'],
      required: 1,
      result: 'any',
      help: 'the nearest integer, the nearest number with so many digits, or the nearest multiple of a quantity: round($d, 1m)',
      example: ['round(3.14159, 2)', '3.14'],
      run: roundedValue,
    },
  ],
  ['floor', rounding('the integer below', ['floor(2.7)', '2'], Math.floor)],
  ['ceiling', rounding('the integer above', ['ceiling(2.1)', '3'], Math.ceil)],
  [
    'abs',
    {
      parameters: ['number or quantity'],
      required: 1,
      result: 'any',
      help: 'a number or a quantity without its sign',
      example: ['abs(20:00 - 21:30)', '1h 30m'],
      run: ([value = 0]) => withAmount(value, Math.abs(amountOf(value) ?? 0)),
    },
  ],
  [
    'min',
    {
      parameters: ['value'],
      required: 1,
      rest: true,
      result: 'any',
      help: 'the least of several values, or of a list',
      example: ['min(3, 1, 2)', '1'],
      run: (values, context) => extreme(values, '<', context),
    },
  ],
  [
    'max',
    {
      parameters: ['value'],
      required: 1,
      rest: true,
      result: 'any',
      help: 'the greatest of several values, or of a list',
      example: ['max([3, 1, 2])', '3'],
      run: (values, context) => extreme(values, '>', context),
    },
  ],
  [
    'number',
    {
      parameters: ['value'],
      required: 1,
      result: 'any',
      help: 'the number a string spells',
      example: ['number("12.5") * 2', '25'],
      run: ([value]) => parseNumber(value ?? ''),
    },
  ],
  [
    'text',
    {
      parameters: ['value'],
      required: 1,
      result: 'string',
      help: 'a value as it prints',
      example: ['length(text(5m))', '2'],
      run: (values) => textOf(values),
    },
  ],
  [
    'type',
    {
      parameters: ['value'],
      required: 1,
      result: 'string',
      borrows: true,
      help: "the name of a value's type",
      example: ['type(64 KB)', 'size'],
      isQuick: true,
      run: ([value]) => typeOf(value ?? ''),
    },
  ],
  [
    'secret',
    {
      parameters: ['string'],
      required: 1,
      result: 'secret',
      help: 'a string that is never shown again',
      run: ([value]) => secret(asText(value)),
    },
  ],
  [
    'seconds',
    {
      parameters: ['duration'],
      required: 1,
      result: 'any',
      help: 'a duration as a number of seconds',
      example: ['seconds(5m)', '300'],
      run: ([value]) => (typeof value === 'object' && value.kind === 'duration' ? value.ms / 1000 : 0),
    },
  ],
  ...listFunctions,
  ...textFunctions,
  ...patternFunctions,
  ...timeFunctions,
  ...lookupFunctions,
]);

/** Calls a function with values that it accepts, and pays for the texts and lists that it reads and makes. */
export function runBuiltin(
  builtin: BuiltinFunction,
  values: readonly Value[],
  context: FunctionContext,
): Value | Promise<Value> {
  if (builtin.isQuick !== true) for (const value of values) spendOn(value, context);
  const result = builtin.run?.(values, context) ?? builtin.runLater?.(values, context) ?? none;
  if (builtin.isQuick === true) return result;
  const paid = (made: Value): Value => {
    spendOn(made, context);
    return made;
  };
  return result instanceof Promise ? result.then(paid) : paid(result);
}

function spendOn(value: Value, meter: Meter): void {
  if (typeof value === 'string') spendOnText(value.length, meter);
  else if (typeof value === 'object' && value.kind === 'list') spendOnItems(value.length, meter);
}

/** Whether a value of a type may be given for a parameter. */
export function accepts(parameter: ParameterType, type: ValueType): boolean {
  if (parameter === 'value') return true;
  if (parameter === 'number') return type === 'integer' || type === 'decimal';
  if (parameter === 'number or quantity')
    return ['integer', 'decimal', 'duration', 'size', 'rate', 'percent'].includes(type);
  if (parameter === 'point in time') return type === 'date' || type === 'time' || type === 'datetime';
  if (parameter === 'text or list') return type === 'string' || type === 'list';
  if (parameter === 'name' || parameter === "server's name") return type === 'string';
  if (parameter === 'connection or its name') return type === 'connection' || type === 'integer' || type === 'string';
  return parameter === type;
}
