// What a target remembers of a job besides its data: `target.json` in the job's folder, replaced whole and durably.
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import type { JobSpecification } from '../../model/job.ts';
import type { Storage } from '../../ports/storage.ts';
import { jobSpecificationSchema, targetDataStateSchema } from '../../wire/control-messages.ts';

const version = 1;

const stateSchema = z.strictObject({
  version: z.literal(version),
  specification: jobSpecificationSchema,
  number: z.int().positive(),
  establishedMs: z.int(),
  epoch: z.int().nonnegative(),
  failedOver: z.boolean(),
  dataState: targetDataStateSchema,
  mirrorsCompleted: z.int().nonnegative(),
});

export type TargetState = Omit<z.output<typeof stateSchema>, 'version' | 'specification'> & {
  readonly specification: JobSpecification;
};

export function targetStateName(folder: string): string {
  return `${folder}/target.json`;
}

export async function storeTargetState(storage: Storage, folder: string, state: TargetState): Promise<void> {
  await storage.replace(targetStateName(folder), Buffer.from(JSON.stringify({ version, ...state }), 'utf8'));
}

/** undefined when the folder holds none. Throws `FORMAT-NEWER` or `JOB-UNREADABLE`. */
export async function loadTargetState(storage: Storage, folder: string): Promise<TargetState | undefined> {
  const name = targetStateName(folder);
  const bytes = await storage.read(name);
  if (bytes === undefined) return undefined;
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  const found = z.object({ version: z.int() }).safeParse(value);
  const parsed = stateSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const newer = found.success && found.data.version > version;
  throw new Failure({
    code: newer ? 'FORMAT-NEWER' : 'JOB-UNREADABLE',
    operation: 'read a job',
    subject: name,
    reason: newer
      ? `it has format ${found.data.version}, this version knows ${version}`
      : z.prettifyError(parsed.error),
    hint: newer
      ? 'Start the newer Understudy that wrote it.'
      : 'Restore the file, or remove the job folder and connect again.',
  });
}
