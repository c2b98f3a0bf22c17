// Turns values of the language into JSON for a JavaScript task, and its JSON back into values. Quantities become
// numbers in their unit (milliseconds, bytes, bytes per second, percent), points in time become ISO texts, a handle
// becomes its number. JSON comes back as numbers, texts, booleans, lists, records and none. A secret is refused.
import { type JsonValue, jsonDepthMax } from '../../base/json-value.ts';
import { CommandError, commandErrorCodes } from './host.ts';
import { list, none, numberMax, type Value } from './value.ts';
import { valueText } from './value-text.ts';

/** For a reader, as it prints: a secret is •••, and what is nested too deep is a text. */
export function shownJson(value: Value, depth = 0): JsonValue {
  if (typeof value !== 'object') return value;
  if (value.kind === 'secret' || depth > jsonDepthMax) return valueText(value);
  if (value.kind === 'list') return value.items.map((item) => shownJson(item, depth + 1));
  if (value.kind !== 'record') return jsonOfValue(value, 'a value');
  return Object.fromEntries([...value.fields].map(([name, one]) => [name, shownJson(one, depth + 1)]));
}

/** Throws for a secret, and for a value that is nested too deep; `what` names the value in the error. */
export function jsonOfValue(value: Value, what: string, depth = 0): JsonValue {
  if (typeof value !== 'object') return value;
  if (depth > jsonDepthMax) {
    const message = `${what} is nested deeper than ${jsonDepthMax}`;
    throw new CommandError(commandErrorCodes.invalidParameter, message, 'give it a flatter list or record');
  }
  switch (value.kind) {
    case 'none':
      return null;
    case 'duration':
      return value.ms;
    case 'size':
      return value.bytes;
    case 'rate':
      return value.bytesPerSecond;
    case 'percent':
      return value.percent;
    case 'handle':
      return value.number;
    case 'list':
      return value.items.map((item) => jsonOfValue(item, what, depth + 1));
    case 'record':
      return Object.fromEntries([...value.fields].map(([name, one]) => [name, jsonOfValue(one, what, depth + 1)]));
    case 'date':
    case 'time':
    case 'unknown':
      return valueText(value);
    case 'datetime':
      return new Date(value.epochMs).toISOString();
    case 'secret':
      throw new CommandError(
        commandErrorCodes.invalidParameter,
        `${what} is a secret, and a script cannot be given one`,
        'let the script run a program that reads it from its own place',
      );
  }
}

/** A number that the language cannot hold exactly becomes a text. */
export function valueOfJson(json: JsonValue): Value {
  if (json === null) return none;
  if (typeof json === 'number') return Math.abs(json) <= numberMax ? json : String(json);
  if (typeof json !== 'object') return json;
  if (isList(json)) return list(json.map(valueOfJson));
  return { kind: 'record', fields: new Map(Object.entries(json).map(([name, one]) => [name, valueOfJson(one)])) };
}

function isList(json: JsonValue): json is readonly JsonValue[] {
  return Array.isArray(json);
}
