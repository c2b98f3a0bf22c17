// The messages of the API: a call is `POST /v1/SERVICE/METHOD` with `{"parameters": […]}`. Both sides parse by the line
// of the call in the table (runtime/contract/server-calls.ts). The answer is `{"result": …}`, or `{"failure": …}` with
// the fields of a Failure and a status that is not 2xx. A call without a result answers `{"result": null}`.
import { z } from 'zod';
import type { FailureDetails } from '../base/failure.ts';
import type { ServerMethod } from '../runtime/contract/server.ts';

/** Largest body of a request. The longest useful one is a schedule with its block. */
export const requestBytesMax = 4 * 1_048_576;

export function callPath(method: ServerMethod): string {
  return `/v1/${method.replace('.', '/')}`;
}

export const requestSchema = z.strictObject({ parameters: z.array(z.unknown()) });

const failureSchema: z.ZodType<FailureDetails> = z.object({
  code: z.string(),
  operation: z.string(),
  subject: z.string(),
  reason: z.string(),
  hint: z.string().exactOptional(),
  retryable: z.boolean().exactOptional(),
});

export const answerSchema = z.union([z.object({ failure: failureSchema }), z.object({ result: z.unknown() })]);
