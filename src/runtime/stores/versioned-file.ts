// Small JSON files of a home folder that carry a version: `{"version": 1, …}`. A file is read whole and checked by a
// schema; it is replaced whole and durably. A file that a newer program wrote is refused, and never overwritten.
import type { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import type { Storage } from '../../ports/storage.ts';

/** The content of the file; undefined when there is none. Fails with FILE-NEWER or FILE-INVALID, naming the fault. */
export async function readVersioned<Schema extends z.ZodType>(
  storage: Storage,
  name: string,
  schema: Schema,
  version: number,
): Promise<z.output<Schema> | undefined> {
  const bytes = await storage.read(name);
  return bytes === undefined ? undefined : parseVersioned(bytes.toString('utf8'), name, schema, version);
}

export async function replaceVersioned(storage: Storage, name: string, content: unknown): Promise<void> {
  await storage.replace(name, Buffer.from(versionedText(content), 'utf8'));
}

export function versionedText(content: unknown): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

function parseVersioned<Schema extends z.ZodType>(
  text: string,
  name: string,
  schema: Schema,
  version: number,
): z.output<Schema> {
  const content = parseJson(text, name);
  const found = (content as { version?: unknown } | null)?.version;
  if (typeof found === 'number' && found > version) {
    throw new Failure({
      code: 'FILE-NEWER',
      operation: 'read',
      subject: name,
      reason: `it has version ${found}, this program knows version ${version}`,
      hint: 'Use the program that wrote it, or a newer one.',
    });
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw invalid(name, parsed.error.issues.map(issueText).join('; '));
  return parsed.data;
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(name, error instanceof Error ? error.message : String(error));
  }
}

/** One line that names the key: `tasks.alow: unknown key`. */
function issueText(issue: z.core.$ZodIssue): string {
  const where = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${where === '' ? key : `${where}.${key}`}: unknown key`).join('; ');
  }
  return `${where === '' ? 'the file' : where}: ${issue.message}`;
}

function invalid(name: string, reason: string): Failure {
  return new Failure({
    code: 'FILE-INVALID',
    operation: 'read',
    subject: name,
    reason,
    hint: 'Correct the file by hand; docs/configuration.md describes server.json.',
  });
}
