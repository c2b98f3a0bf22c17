// What a built-in function consists of, and how its parts read the values that they are given.
import type { CommandDefinition } from '../catalogue/definition/definition.ts';
import { list, type Value, type ValueType } from '../values/value.ts';
import { type Meter, ValueProblem } from './operations.ts';

export interface FunctionContext extends Meter {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  wallMs(): number;
  /** For long work: what to wait for before it goes on; undefined when that can wait. */
  pause(): Promise<unknown> | undefined;
}

/** The type of a parameter; `value` accepts anything. */
export type ParameterType =
  | ValueType
  | 'value'
  | 'number'
  | 'number or quantity'
  | 'text or list'
  | 'point in time'
  | 'name'
  | "server's name"
  | 'connection or its name';

export interface BuiltinFunction {
  readonly parameters: readonly ParameterType[];
  /** How many of the parameters must be given. */
  readonly required: number;
  /** The last parameter may be given any number of times. */
  readonly rest?: true;
  readonly result: ValueType | 'any';
  readonly help: string;
  /** An expression, and what WRITE prints of its value; absent where every run prints something else. */
  readonly example?: readonly [expression: string, printed: string];
  /** It takes no longer for a long text or list than for a short one, so none is paid for. */
  readonly isQuick?: true;
  /** It depends on when it is called. */
  readonly asksClock?: true;
  /** It keeps nothing of its first value, and its result holds no part of that, though it may be a part of it. */
  readonly borrows?: true;
  /** The values have the types of the parameters. */
  readonly run?: (values: readonly Value[], context: FunctionContext) => Value;
  /** In place of `run`, for what has to wait. */
  readonly runLater?: (values: readonly Value[], context: FunctionContext) => Promise<Value>;
  /** In place of `run`: the host carries it out. All three are absent when the interpreter does. */
  readonly lookup?: CommandDefinition;
  /** The place of the parameter that is a regular expression. */
  readonly pattern?: number;
}

export type FunctionTable = readonly (readonly [string, BuiltinFunction])[];

export const asText = (value: Value | undefined): string => (typeof value === 'string' ? value : '');
export const asNumber = (value: Value | undefined): number => (typeof value === 'number' ? value : 0);
export const asItems = (value: Value | undefined): readonly Value[] =>
  typeof value === 'object' && value.kind === 'list' ? value.items : [];
export const asFields = (value: Value | undefined): ReadonlyMap<string, Value> =>
  typeof value === 'object' && value.kind === 'record' ? value.fields : new Map();

/** The part from one place to before another; a negative place counts from the end. */
export function sliceOf(whole: Value | undefined, from: Value | undefined, to: Value | undefined): Value {
  const [start, end] = [asNumber(from), to === undefined ? undefined : asNumber(to)];
  return typeof whole === 'string' ? whole.slice(start, end) : list(asItems(whole).slice(start, end));
}

/** What a function was given has the right type and still cannot be used. */
export function cannot(reason: string, suggestion: string): ValueProblem {
  return new ValueProblem('U0707', { reason, suggestion });
}
