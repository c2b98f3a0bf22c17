// The functions every script has. They are pure but for now() and today(), which ask the run's clock.
import { datetime, list, secret, typeOf, type Value, type ValueType } from '../values/value.ts';
import { valueText } from '../values/value-text.ts';
import { compare, exact, joined, type Meter, printed, spendOnItems, spendOnText, ValueProblem } from './operations.ts';

export interface FunctionContext extends Meter {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  wallMs(): number;
}

/** The type of a parameter; `value` accepts anything. */
type ParameterType = ValueType | 'value' | 'number' | 'text or list';

export interface BuiltinFunction {
  readonly parameters: readonly ParameterType[];
  /** How many of the parameters must be given. */
  readonly required: number;
  /** The last parameter may be given any number of times. */
  readonly rest?: true;
  readonly result: ValueType | 'any';
  readonly help: string;
  /** It takes no longer for a long text or list than for a short one, so none is paid for. */
  readonly isQuick?: true;
  readonly run: (values: readonly Value[], context: FunctionContext) => Value;
}

const text = (value: Value | undefined): string => (typeof value === 'string' ? value : '');
const number = (value: Value | undefined): number => (typeof value === 'number' ? value : 0);
const items = (value: Value | undefined): readonly Value[] =>
  typeof value === 'object' && value.kind === 'list' ? value.items : [];

function parseNumber(value: Value): Value {
  const given = text(value).trim();
  if (typeof value === 'number') return value;
  if (!/^-?\d+(\.\d+)?$/.test(given))
    throw new ValueProblem('U0707', {
      reason: `"${given.slice(0, 40)}" is not a number`,
      suggestion: 'write digits, with a point for decimals',
    });
  return exact(Number(given));
}

function extreme(values: readonly Value[], operator: '<' | '>', meter: Meter): Value {
  const all = values.length === 1 && typeOf(values[0] ?? 0) === 'list' ? items(values[0]) : values;
  const [first, ...others] = all;
  if (first === undefined)
    throw new ValueProblem('U0707', {
      reason: 'there is nothing to choose from in an empty list',
      suggestion: 'test length($list) before',
    });
  return others.reduce((best, one) => (compare(operator, one, best, meter) ? one : best), first);
}

function joinList(values: readonly Value[], meter: Meter): Value {
  const all = items(values[0]);
  if (all.some((one) => typeOf(one) === 'secret')) throw new ValueProblem('U0503');
  const separator = text(values[1]);
  return joined(all.flatMap((one, index) => (index === 0 ? [printed(one, meter)] : [separator, printed(one, meter)])));
}

function textOf(values: readonly Value[]): Value {
  const value = values[0] ?? '';
  if (typeOf(value) === 'secret') throw new ValueProblem('U0503');
  return valueText(value);
}

const rounding = (help: string, round: (value: number) => number): BuiltinFunction => ({
  parameters: ['number'],
  required: 1,
  result: 'integer',
  help,
  run: ([value]) => exact(round(number(value))),
});
const textual = (help: string, change: (value: string) => string): BuiltinFunction => ({
  parameters: ['string'],
  required: 1,
  result: 'string',
  help,
  run: ([value]) => change(text(value)),
});
const question = (help: string, ask: (whole: string, part: string) => boolean): BuiltinFunction => ({
  parameters: ['string', 'string'],
  required: 2,
  result: 'boolean',
  help,
  run: ([whole, part]) => ask(text(whole), text(part)),
});

export const builtinFunctions: ReadonlyMap<string, BuiltinFunction> = new Map<string, BuiltinFunction>([
  [
    'length',
    {
      parameters: ['text or list'],
      required: 1,
      result: 'integer',
      help: 'how many items a list, or characters a string, has',
      isQuick: true,
      run: ([value]) => {
        if (typeof value === 'string') return value.length;
        return typeof value === 'object' && value.kind === 'list' ? value.length : 0;
      },
    },
  ],
  ['upper', textual('a string in capitals', (value) => value.toUpperCase())],
  ['lower', textual('a string in small letters', (value) => value.toLowerCase())],
  ['trim', textual('a string without blanks at its ends', (value) => value.trim())],
  [
    'contains',
    {
      parameters: ['text or list', 'value'],
      required: 2,
      result: 'boolean',
      help: 'whether a string holds another, or a list an item',
      run: ([whole, part], context) =>
        typeof whole === 'string'
          ? whole.includes(valueText(part ?? ''))
          : items(whole).some((one) => typeOf(one) === typeOf(part ?? '') && compare('=', one, part ?? '', context)),
    },
  ],
  ['startswith', question('whether a string begins with another', (whole, part) => whole.startsWith(part))],
  ['endswith', question('whether a string ends with another', (whole, part) => whole.endsWith(part))],
  [
    'replace',
    {
      parameters: ['string', 'string', 'string'],
      required: 3,
      result: 'string',
      help: 'a string with one part replaced by another, everywhere',
      run: ([whole, part, by]) =>
        text(part) === ''
          ? text(whole)
          : joined(
              text(whole)
                .split(text(part))
                .flatMap((one, index) => (index === 0 ? [one] : [text(by), one])),
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
      run: ([whole, separator]) => list(text(whole).split(text(separator))),
    },
  ],
  [
    'join',
    {
      parameters: ['list', 'string'],
      required: 2,
      result: 'string',
      help: 'the items of a list as one string, with a separator',
      run: joinList,
    },
  ],
  ['round', rounding('the nearest integer', Math.round)],
  ['floor', rounding('the integer below', Math.floor)],
  ['ceiling', rounding('the integer above', Math.ceil)],
  [
    'abs',
    {
      parameters: ['number'],
      required: 1,
      result: 'any',
      help: 'a number without its sign',
      run: ([value]) => Math.abs(number(value)),
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
      run: (values) => textOf(values),
    },
  ],
  [
    'type',
    {
      parameters: ['value'],
      required: 1,
      result: 'string',
      help: "the name of a value's type",
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
      run: ([value]) => secret(text(value)),
    },
  ],
  [
    'seconds',
    {
      parameters: ['duration'],
      required: 1,
      result: 'any',
      help: 'a duration as a number of seconds',
      run: ([value]) => (typeof value === 'object' && value.kind === 'duration' ? value.ms / 1000 : 0),
    },
  ],
  [
    'now',
    {
      parameters: [],
      required: 0,
      result: 'datetime',
      help: 'this instant',
      run: (_, context) => datetime(context.wallMs()),
    },
  ],
  [
    'today',
    {
      parameters: [],
      required: 0,
      result: 'date',
      help: 'this day, in UTC',
      run: (_, context) => ({ kind: 'date', epochDays: Math.floor(context.wallMs() / 86_400_000) }),
    },
  ],
]);

/** Calls a function with values that it accepts, and pays for the texts and lists that it reads and makes. */
export function runBuiltin(builtin: BuiltinFunction, values: readonly Value[], context: FunctionContext): Value {
  if (builtin.isQuick) return builtin.run(values, context);
  for (const value of values) spendOn(value, context);
  const result = builtin.run(values, context);
  spendOn(result, context);
  return result;
}

function spendOn(value: Value, meter: Meter): void {
  if (typeof value === 'string') spendOnText(value.length, meter);
  else if (typeof value === 'object' && value.kind === 'list') spendOnItems(value.length, meter);
}

/** Whether a value of a type may be given for a parameter. */
export function accepts(parameter: ParameterType, type: ValueType): boolean {
  if (parameter === 'value') return true;
  if (parameter === 'number') return type === 'integer' || type === 'decimal';
  if (parameter === 'text or list') return type === 'string' || type === 'list';
  return parameter === type;
}
