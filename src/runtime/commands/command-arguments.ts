// The arguments of one command as its handler reads them. The checker has checked their types where it could; a
// variable may still hold another type, which throws -101 with the argument's name.
import { nameFault } from '../../base/given-names.ts';
import { CommandError, commandErrorCodes } from '../../language/values/host.ts';
import {
  type DateTimeValue,
  type HandleType,
  type HandleValue,
  type SecretValue,
  type TimeValue,
  typeOf,
  type Value,
} from '../../language/values/value.ts';
import { isHandle } from '../session/session.ts';

export class CommandArguments {
  readonly #values: Readonly<Record<string, Value>>;

  constructor(values: Readonly<Record<string, Value>>) {
    this.#values = values;
  }

  value(name: string): Value | undefined {
    return this.#values[name];
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.#missing(name);
  }

  /**
   * The name of something that the command makes. Throws -101 for a text that cannot be a name (base/given-names.ts).
   */
  newName(name: string): string {
    return this.optionalNewName(name) ?? this.#missing(name);
  }

  optionalNewName(name: string): string | undefined {
    const text = this.optionalText(name);
    const fault = text === undefined ? undefined : nameFault(text);
    if (fault === undefined) return text;
    throw new CommandError(commandErrorCodes.invalidParameter, `${JSON.stringify(text)} can be no name: ${fault}`);
  }

  optionalText(name: string): string | undefined {
    const value = this.#values[name];
    if (value === undefined || typeof value === 'string') return value;
    // To the language a bare word such as 10 is a number; to the operator it is a valid name.
    return typeof value === 'number' ? String(value) : this.#wrong(name, 'a string');
  }

  /** The string of the chosen entry, for an argument that is a choice with a default. */
  choice<Choice extends string>(name: string): Choice {
    return this.text(name) as Choice;
  }

  optionalInteger(name: string): number | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    return typeof value === 'number' && Number.isInteger(value) ? value : this.#wrong(name, 'an integer');
  }

  optionalDurationMs(name: string): number | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'object' || value.kind !== 'duration') return this.#wrong(name, 'a duration');
    return value.ms >= 0 ? value.ms : this.#wrong(name, 'a duration that is not negative');
  }

  /** In whole bytes per second. */
  optionalBytesPerSecond(name: string): number | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    const fits = typeof value === 'object' && value.kind === 'rate';
    return fits ? Math.floor(value.bytesPerSecond) : this.#wrong(name, 'a rate');
  }

  /** A time of day, or an instant. */
  optionalMoment(name: string): TimeValue | DateTimeValue | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    const fits = typeof value === 'object' && (value.kind === 'time' || value.kind === 'datetime');
    return fits ? value : this.#wrong(name, 'a time of day or an instant');
  }

  /** Milliseconds, or null for FOREVER. */
  timeoutMs(name: string): number | null {
    return this.#values[name] === 'forever' ? null : (this.optionalDurationMs(name) ?? null);
  }

  secret(name: string): SecretValue {
    const value = this.#values[name];
    if (typeof value === 'object' && value.kind === 'secret') return value;
    return value === undefined ? this.#missing(name) : this.#wrong(name, 'a secret');
  }

  /** The items of a repeatable argument; none when it was not given. */
  list(name: string): readonly Value[] {
    const value = this.#values[name];
    if (value === undefined) return [];
    return typeof value === 'object' && value.kind === 'list' ? value.items : this.#wrong(name, 'a list');
  }

  texts(name: string): readonly string[] {
    return this.list(name).map((item) => (typeof item === 'string' ? item : this.#wrong(name, 'a list of strings')));
  }

  /** A handle of this type, or a name. */
  handleOrName(name: string, type: HandleType): HandleValue | string {
    const value = this.#values[name];
    if (value !== undefined && isHandle(value, type)) return value;
    return this.text(name);
  }

  /** The record of an argument, read as arguments itself; undefined when it was not given. */
  record(name: string): CommandArguments | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'object' || value.kind !== 'record') return this.#wrong(name, 'a record');
    return new CommandArguments(Object.fromEntries(value.fields));
  }

  #missing(name: string): never {
    throw new CommandError(commandErrorCodes.invalidParameter, `${name} is missing`);
  }

  #wrong(name: string, expected: string): never {
    const value = this.#values[name];
    const found = value === undefined ? 'nothing' : typeOf(value);
    throw new CommandError(commandErrorCodes.invalidParameter, `${name}: ${expected} is expected, this is ${found}`);
  }
}
