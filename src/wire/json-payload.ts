// JSON inside frames and records: UTF-8, one value, checked by a zod schema before anybody sees it.
import { z } from 'zod';
import { WireFailure } from './wire-failure.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeJson<T>(schema: z.ZodType<T>, bytes: Uint8Array, subject: string): T {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch {
    throw new WireFailure(subject, 'it is not JSON in UTF-8');
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new WireFailure(subject, z.prettifyError(parsed.error));
  return parsed.data;
}
