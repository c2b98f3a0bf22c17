// The values of a plan: what the answer of a server would be is unknown, in the shape that the answer has; what the plan
// made itself is known, such as the name of a connection. For the handler of a command an unknown argument becomes a
// text that stands for it, or a value that fits.

import { definitionOf, requestName } from '../../language/catalogue/definition/command-text.ts';
import type { Argument, ArgumentType } from '../../language/catalogue/definition/definition.ts';
import type { CommandRequest } from '../../language/values/host.ts';
import {
  duration,
  type HandleValue,
  holdsUnknown,
  isUnknown,
  list,
  none,
  type RecordValue,
  rate,
  secret,
  unknown,
  type Value,
} from '../../language/values/value.ts';
import { success } from '../commands/command-context.ts';

/** The value of a command that asked or changed a server. A handle, and that it succeeded, are known. */
export function plannedResult(value: Value | undefined, request: CommandRequest, line: number): Value {
  // Without an answer at all, only that it would succeed is known.
  if (value === undefined && definitionOf(request.command)?.returns === undefined) return success;
  const origin = `${requestName(request)} (line ${line})`;
  return value === undefined ? unknown(origin) : partlyUnknown(value, origin);
}

function partlyUnknown(value: Value, of: string): Value {
  if (value === none || value === success) return value;
  if (typeof value === 'object' && value.kind === 'handle') return value;
  if (typeof value === 'object' && value.kind === 'record')
    return mapFields(value, (name, field) => (name === 'code' ? field : partlyUnknown(field, `${name} of ${of}`)));
  return unknown(typeof value === 'object' && value.kind === 'list' ? `the list of ${of}` : of);
}

function mapFields({ fields }: RecordValue, map: (name: string, field: Value) => Value): RecordValue {
  return { kind: 'record', fields: new Map([...fields].map(([name, field]) => [name, map(name, field)])) };
}

/** The properties that never change once something is made. */
const fixedProperties: Readonly<Record<HandleValue['type'], ReadonlySet<string>>> = {
  connection: new Set(['id', 'name', 'repset', 'source.name', 'target.name', 'paths', 'mirror.method']),
  snapshot: new Set(['name', 'type']),
  task: new Set(['name']),
  monitor: new Set(['name']),
  schedule: new Set(['name', 'cron']),
  server: new Set(['name']),
};

/** The property that the plan has read from what it made. */
export function plannedProperty(value: Value, handle: HandleValue, path: readonly string[]): Value {
  const name = path.join('.').toLowerCase();
  if (fixedProperties[handle.type].has(name)) return value;
  if (typeof value === 'object' && value.kind === 'record')
    return mapFields(value, (field, inner) => plannedProperty(inner, handle, [...path, field]));
  return unknown(`${path.join('.')} of ${handle.type} ${handle.number}`);
}

/** What a command gives, for a person; empty for a command that returns only its success. */
export function givenText(value: Value): string {
  if (value === none || value === success) return '';
  if (typeof value !== 'object') return String(value);
  if (value.kind === 'handle') return `${value.type} ${value.number}`;
  if (value.kind !== 'record' || !holdsUnknown(value)) return '';
  const names = [...value.fields].filter(([, field]) => holdsUnknown(field)).map(([name]) => name);
  return `what only the run can tell: ${names.join(', ')}`;
}

/** The request as a handler can take it: with a value that stands in for each unknown one. */
export function handledRequest(request: CommandRequest, connection: Value): CommandRequest {
  const given = request.arguments;
  if (!Object.values(given).some(holdsUnknown)) return request;
  const types = new Map((definitionOf(request.command)?.arguments ?? []).map((one) => [one.name, one]));
  const values = Object.entries(given).map(([name, value]): [string, Value] => [
    name,
    standIn(value, types.get(name), connection),
  ]);
  return { ...request, arguments: Object.fromEntries(values) };
}

function standIn(value: Value, argument: Argument | undefined, connection: Value): Value {
  if (isUnknown(value))
    return argument === undefined ? value.text : ofType(argument.type, value.text, argument, connection);
  if (typeof value !== 'object') return value;
  if (value.kind === 'list') return list(value.items.map((item) => standIn(item, argument, connection)));
  if (value.kind !== 'record') return value;
  // Inside, a path of a mapping must look like one; the parts of a task are texts.
  const inner = argument?.type === 'mapping' ? ({ name: '', type: 'path', help: '' } as const) : undefined;
  return mapFields(value, (_, field) => standIn(field, inner, connection));
}

function ofType(type: ArgumentType, text: string, argument: Argument, connection: Value): Value {
  if (typeof type === 'object') return String(argument.default ?? type.choice[0]?.value ?? text);
  switch (type) {
    case 'integer':
      return 1;
    case 'duration':
      // EVERY takes only lengths that come out even in a day.
      return duration(3_600_000);
    case 'rate':
      return rate(1024 ** 2);
    case 'timeout':
      return duration(60_000);
    case 'moment':
      return { kind: 'time', dayMs: 0 };
    case 'secret':
      return secret(text);
    case 'connection':
      return connection;
    case 'path':
    case 'mapping':
      return `/${text}`;
    case 'address':
      return '192.0.2.1';
    default:
      return text;
  }
}
