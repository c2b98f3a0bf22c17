// The values that the block of a schedule or task uses, as text that outlives the script: JSON, in which a value that
// JSON cannot express is an object with its `kind`. A secret is refused, because the file of the schedule would hold it
// in plain text.
import { z } from 'zod';
import { CommandError, commandErrorCodes } from '../../language/values/host.ts';
import { handleTypes, list, type RecordValue, type Value } from '../../language/values/value.ts';

const number = z.number();

const valueSchema: z.ZodType<Value> = z.lazy(() =>
  z.union([
    number,
    z.string(),
    z.boolean(),
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('none') }),
      z.strictObject({ kind: z.literal('duration'), ms: number }),
      z.strictObject({ kind: z.literal('size'), bytes: number }),
      z.strictObject({ kind: z.literal('rate'), bytesPerSecond: number }),
      z.strictObject({ kind: z.literal('percent'), percent: number }),
      z.strictObject({ kind: z.literal('date'), epochDays: number }),
      z.strictObject({ kind: z.literal('time'), dayMs: number }),
      z.strictObject({ kind: z.literal('datetime'), epochMs: number }),
      z.strictObject({ kind: z.literal('list'), items: z.array(valueSchema) }).transform(({ items }) => list(items)),
      z.strictObject({ kind: z.literal('record'), fields: fieldsSchema }),
      z.strictObject({ kind: z.literal('handle'), type: z.enum(handleTypes), id: z.string(), number }),
    ]),
  ]),
);

const fieldsSchema = z.array(z.tuple([z.string(), valueSchema])).transform((fields) => new Map(fields));

const bindingsSchema = z.array(z.tuple([z.string(), valueSchema]));

/** Throws -101 when a secret is among the values. */
export function writeBindings(bindings: RecordValue): string {
  return JSON.stringify([...bindings.fields].map(([name, value]) => [name, plain(value, name)]));
}

/**
 * The values by variable name, without the dollar sign. Throws a ZodError for text that `writeBindings` did not write.
 */
export function readBindings(text: string): ReadonlyMap<string, Value> {
  return new Map(bindingsSchema.parse(JSON.parse(text)));
}

function plain(value: Value, variable: string): unknown {
  if (typeof value !== 'object') return value;
  switch (value.kind) {
    case 'list':
      return { kind: 'list', items: value.items.map((item) => plain(item, variable)) };
    case 'record':
      return { kind: 'record', fields: [...value.fields].map(([name, field]) => [name, plain(field, variable)]) };
    case 'secret':
      throw new CommandError(
        commandErrorCodes.invalidParameter,
        `a block that runs later cannot keep the secret in $${variable}`,
        'let the block get the secret when it runs',
      );
    default:
      return value;
  }
}
