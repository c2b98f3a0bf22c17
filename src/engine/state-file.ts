// Reading and writing what a server remembers of a job: one JSON file for each side, with a version, refused when it is newer.
import { z } from 'zod';
import { Failure } from '../base/failure.ts';
import type { Storage } from '../ports/storage.ts';

export async function storeState(storage: Storage, name: string, state: object, version = 1): Promise<void> {
  await storage.replace(name, Buffer.from(JSON.stringify({ version, ...state }), 'utf8'));
}

/** undefined when there is no such file. Throws `FORMAT-NEWER` for one after the `newest`, or `JOB-UNREADABLE`. */
export async function loadState<T>(
  storage: Storage,
  name: string,
  schema: z.ZodType<T>,
  newest = 1,
): Promise<T | undefined> {
  const bytes = await storage.read(name);
  if (bytes === undefined) return undefined;
  const value = parse(bytes);
  const found = z.object({ version: z.int() }).safeParse(value);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const newer = found.success && found.data.version > newest;
  throw new Failure({
    code: newer ? 'FORMAT-NEWER' : 'JOB-UNREADABLE',
    operation: 'read a job',
    subject: name,
    reason: newer ? `it has format ${found.data.version}, this version knows ${newest}` : z.prettifyError(parsed.error),
    hint: newer
      ? 'Start the newer Understudy that wrote it.'
      : 'Restore the file, or remove the job folder and connect again.',
  });
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
