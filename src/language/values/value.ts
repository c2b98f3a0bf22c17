// The values a script works with at run time. Integers and decimals are JavaScript numbers, strings and booleans are
// JavaScript's own; everything else is a readonly object with a `kind`. Nobody who holds a value sees it change, so
// values may be shared and kept (`Editing` says how a list changes all the same). A number's magnitude never exceeds 2^53-1: arithmetic beyond it is an error, not a rounding.
//
// A secret keeps its text in a private field: printing, JSON, interpolation and the debugger all show `•••`. Only
// `reveal()` gives the text, and only a command that needs it calls that.

export interface NoneValue {
  readonly kind: 'none';
}

/** A length of time in milliseconds; may be negative or fractional. */
export interface DurationValue {
  readonly kind: 'duration';
  readonly ms: number;
}

/** An amount of data in bytes. */
export interface SizeValue {
  readonly kind: 'size';
  readonly bytes: number;
}

/** Bytes per second. */
export interface RateValue {
  readonly kind: 'rate';
  readonly bytesPerSecond: number;
}

/** `50%` holds 50. */
export interface PercentValue {
  readonly kind: 'percent';
  readonly percent: number;
}

/** A day of the Gregorian calendar, as days since 1970-01-01. */
export interface DateValue {
  readonly kind: 'date';
  readonly epochDays: number;
}

/** A time of day, as milliseconds since midnight, 0 to 86,399,999. */
export interface TimeValue {
  readonly kind: 'time';
  readonly dayMs: number;
}

/** An instant, as milliseconds since 1970-01-01T00:00:00Z. */
export interface DateTimeValue {
  readonly kind: 'datetime';
  readonly epochMs: number;
}

/**
 * The right to change lists and records in place. An assignment to a part of a variable makes copies of what is on the
 * way to the part, and nobody but the variable has these: they hold one Editing, whose root is the value of the variable.
 * So does the longer list that `$list = $list + [item]` makes.
 * As long as that is so, the next assignment changes them in place. Whoever takes a value out of a variable releases it
 * before: the whole by ending the Editing, a part by taking the Editing from that part. So a list or record may be changed
 * in place if it and all that lead to it from the root hold the Editing; and a copy releases what is in it, because from
 * then on the original has that as well.
 */
export class Editing {
  root: Value | undefined;
}

/**
 * A list never changes, but for its Editing, and still it costs no copy to make a longer one of it: several lists may be the beginnings of
 * one array, of which each sees its own length. Only the list that reaches to the array's end may put something behind
 * it, and nobody sees that but the longer list which comes of it. An array that was handed out is never written again.
 */
export class ListValue implements Iterable<Value> {
  readonly kind = 'list';
  #length: number;
  #array: readonly Value[];
  /** Nobody outside of this class has the array. */
  #isOwn: boolean;
  #editing: Editing | undefined;

  constructor(items: readonly Value[], isOwn = false, editing?: Editing) {
    this.#array = items;
    this.#length = items.length;
    this.#isOwn = isOwn;
    this.#editing = editing;
  }

  get length(): number {
    return this.#length;
  }

  /** All items; a copy when the array has grown since. */
  get items(): readonly Value[] {
    if (this.#array.length !== this.length) this.#array = this.#array.slice(0, this.length);
    this.#isOwn = false;
    return this.#array;
  }

  /** Undefined where there is no item. */
  at(index: number): Value | undefined {
    return index < this.length ? this.#array[index] : undefined;
  }

  /** Whether `with` need not copy this list. */
  get canGrow(): boolean {
    return this.#isOwn && this.#array.length === this.length;
  }

  /** This list with the items of another behind its own. */
  with(other: ListValue): ListValue {
    const array = this.#growing();
    const { length } = other;
    for (let index = 0; index < length; index++) array.push(other.#array[index] as Value);
    // The longer list takes the place of this one, or the Editing has ended.
    const longer = new ListValue(array, true, this.#editing);
    if (this.#editing?.root === this) this.#editing.root = longer;
    return longer;
  }

  /** This list with one more item, for the variable that has this list: it grows in place if nobody else has it (`Editing`). */
  grown(item: Value): ListValue {
    const array = this.#growing();
    array.push(item);
    if (array === this.#array && this.#editing?.root === this) {
      this.#length = array.length;
      return this;
    }
    const editing = new Editing();
    editing.root = new ListValue(array, true, editing);
    return editing.root;
  }

  #growing(): Value[] {
    return this.canGrow ? (this.#array as Value[]) : this.#array.slice(0, this.#length);
  }

  /** This list with another item at a place where it has one; a copy. */
  replaced(index: number, item: Value, editing?: Editing): ListValue {
    const array = this.#array.slice(0, this.length);
    if (editing !== undefined) for (const one of array) release(one);
    array[index] = item;
    return new ListValue(array, true, editing);
  }

  get editing(): Editing | undefined {
    return this.#editing;
  }

  /** Changes this list, which must hold an Editing; false when it has to be copied. */
  change(index: number, item: Value): boolean {
    if (!this.canGrow) return false;
    (this.#array as Value[])[index] = item;
    return true;
  }

  release(): void {
    if (this.#editing?.root === this) this.#editing.root = undefined;
    this.#editing = undefined;
  }

  *[Symbol.iterator](): Iterator<Value> {
    for (let index = 0; index < this.length; index++) yield this.#array[index] as Value;
  }
}

/** Field names are case-sensitive; a map, so that no name is special. */
export interface RecordValue {
  readonly kind: 'record';
  readonly fields: ReadonlyMap<string, Value>;
}

/** A record that was changed; see `Editing`. */
export class ChangedRecord implements RecordValue {
  readonly kind = 'record';
  readonly fields: Map<string, Value>;
  #editing: Editing | undefined;

  /** A copy of a record with another field. */
  constructor({ fields }: RecordValue, name: string, value: Value, editing: Editing | undefined) {
    if (editing !== undefined) for (const one of fields.values()) release(one);
    this.fields = new Map(fields).set(name, value);
    this.#editing = editing;
  }

  get editing(): Editing | undefined {
    return this.#editing;
  }

  release(): void {
    if (this.#editing?.root === this) this.#editing.root = undefined;
    this.#editing = undefined;
  }
}

/** The Editing that a list or record holds. */
export function editingOf(value: Value): Editing | undefined {
  return value instanceof ListValue || value instanceof ChangedRecord ? value.editing : undefined;
}

/** For a value that others than its variable may have from now on. */
export function release(value: Value): void {
  if (value instanceof ListValue || value instanceof ChangedRecord) value.release();
}

export const handleTypes = ['connection', 'snapshot', 'task', 'monitor', 'schedule', 'server'] as const;
export type HandleType = (typeof handleTypes)[number];

export function isHandleType(type: string): type is HandleType {
  return (handleTypes as readonly string[]).includes(type);
}

/** An object of a server. It compares and prints as its number; the server knows it by `id`. */
export interface HandleValue {
  readonly kind: 'handle';
  readonly type: HandleType;
  readonly id: string;
  readonly number: number;
}

export const secretMask = '•••';

export class SecretValue {
  readonly kind = 'secret';
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself, for the one command that was given this secret. Never put it in a message, a log or argv. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return secretMask;
  }

  toJSON(): string {
    return secretMask;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return secretMask;
  }
}

/**
 * What only a run can know. It exists only in a plan: whatever is computed from it is unknown too. `text` is its printed
 * form, such as `«$con.queue.bytes»`.
 */
export interface UnknownValue {
  readonly kind: 'unknown';
  readonly text: string;
}

export type Value =
  | number
  | string
  | boolean
  | NoneValue
  | DurationValue
  | SizeValue
  | RateValue
  | PercentValue
  | DateValue
  | TimeValue
  | DateTimeValue
  | ListValue
  | RecordValue
  | HandleValue
  | SecretValue
  | UnknownValue;

/** The name of a value's type as a script and its diagnostics spell it. */
const valueTypes = [
  'integer',
  'decimal',
  'string',
  'boolean',
  'none',
  'duration',
  'size',
  'rate',
  'percent',
  'date',
  'time',
  'datetime',
  'list',
  'record',
  'secret',
  'unknown',
  ...handleTypes,
] as const;
export type ValueType = (typeof valueTypes)[number];

/** `a string`, `an integer`. */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;
}

/** The largest magnitude of any number: integers up to here are exact. */
export const numberMax = Number.MAX_SAFE_INTEGER;

export const none: NoneValue = Object.freeze({ kind: 'none' });

export function duration(ms: number): DurationValue {
  return { kind: 'duration', ms };
}

export function size(bytes: number): SizeValue {
  return { kind: 'size', bytes };
}

export function rate(bytesPerSecond: number): RateValue {
  return { kind: 'rate', bytesPerSecond };
}

export function percent(value: number): PercentValue {
  return { kind: 'percent', percent: value };
}

export function datetime(epochMs: number): DateTimeValue {
  return { kind: 'datetime', epochMs };
}

export function list(items: readonly Value[]): ListValue {
  return new ListValue(items);
}

export function record(fields: Readonly<Record<string, Value>>): RecordValue {
  return { kind: 'record', fields: new Map(Object.entries(fields)) };
}

export function handle(type: HandleType, id: string, number: number): HandleValue {
  return { kind: 'handle', type, id, number };
}

export function secret(text: string): SecretValue {
  return new SecretValue(text);
}

const unknownLengthMax = 72;

/** The unknown value that `origin` stands for: the text of an expression, or words of a person. */
export function unknown(origin: string): UnknownValue {
  const line = origin.replaceAll(/[«»]/g, '').replaceAll(/\s+/g, ' ').trim();
  const shown = line.length > unknownLengthMax ? `${line.slice(0, unknownLengthMax - 1)}…` : line;
  return { kind: 'unknown', text: `«${shown}»` };
}

export function isUnknown(value: Value | undefined): value is UnknownValue {
  return typeof value === 'object' && value.kind === 'unknown';
}

/** Whether a value is unknown, or a list or record with something unknown in it. */
export function holdsUnknown(value: Value): boolean {
  if (typeof value !== 'object') return false;
  if (value.kind === 'list') return value.items.some(holdsUnknown);
  if (value.kind === 'record') return [...value.fields.values()].some(holdsUnknown);
  return value.kind === 'unknown';
}

export function typeOf(value: Value): ValueType {
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) ? 'integer' : 'decimal';
    case 'string':
      return 'string';
    case 'boolean':
      return 'boolean';
    default:
      return value.kind === 'handle' ? value.type : value.kind;
  }
}
