// What the process of a JavaScript task may say, and when nothing it says can be trusted: shapes and sizes are exact.
import { z } from 'zod';
import { isShallowJson, type JsonValue } from '../../base/json-value.ts';
import { type FromSandbox, sandboxLimits } from '../../base/sandbox-protocol.ts';

const problem = z.strictObject({
  message: z.string().max(4096),
  line: z.int().nonnegative(),
  column: z.int().nonnegative(),
});

const ended = z.discriminatedUnion('outcome', [
  z.strictObject({
    type: z.literal('ended'),
    outcome: z.literal('finished'),
    result: z.custom<JsonValue>(isShallowJson),
  }),
  z.strictObject({ type: z.literal('ended'), outcome: z.literal('failed'), problem }),
  z.strictObject({ type: z.literal('ended'), outcome: z.literal('memory') }),
]);

const message = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('checked'), problems: z.array(problem.nullable()) }),
  z.strictObject({ type: z.literal('log'), text: z.string().max(sandboxLimits.logCharacters) }),
  z.strictObject({
    type: z.literal('call'),
    call: z.int().positive(),
    program: z.string().max(4096),
    arguments: z.array(z.string().max(sandboxLimits.valueCharacters)).max(256),
  }),
  ended,
]) satisfies z.ZodType<FromSandbox>;

/** undefined for what is no message of ours. */
export function parseSandboxMessage(given: unknown): FromSandbox | undefined {
  return message.safeParse(given).data;
}
