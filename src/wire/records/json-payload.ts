// JSON inside frames and records: UTF-8, one value, checked by a zod schema before anybody sees it.
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { WireFailure } from './wire-failure.ts';

export function decodeJson<T>(schema: z.ZodType<T>, bytes: Uint8Array, subject: string): T {
  let value: unknown;
  try {
    value = JSON.parse(textOf(bytes));
  } catch {
    throw new WireFailure(subject, 'it is not JSON in UTF-8');
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new WireFailure(subject, z.prettifyError(parsed.error));
  return parsed.data;
}

/** Throws for bytes that are not UTF-8. On the few bytes of a heartbeat this takes a third of a TextDecoder's time. */
function textOf(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new TypeError('not UTF-8');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
