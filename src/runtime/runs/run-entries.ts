// The entries of a run's journal (run-format.ts), and the check that a value is one. They are apart from the format,
// because every run writes a journal, and writing does not need the code that parses one.
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { journalVersion } from './run-format.ts';

const ownerSchema = z.object({
  processId: z.int(),
  /** Tells the process from others of this machine that had or will have the same number. */
  identity: z.string(),
});

/** The process that a run belongs to. */
export type RunOwner = Readonly<z.infer<typeof ownerSchema>>;

const headingSchema = z.object({
  type: z.literal('run'),
  version: z.literal(journalVersion),
  runId: z.string(),
  timeMs: z.number(),
  /** The script that runs: its path, or `schedule NAME`. */
  script: z.string(),
  owner: ownerSchema,
});

const entrySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('command'),
    /** Counts from 1. */
    number: z.int(),
    timeMs: z.number(),
    file: z.string(),
    line: z.int(),
    text: z.string(),
  }),
  z.object({ type: z.literal('result'), number: z.int(), timeMs: z.number(), value: z.string() }),
  z.object({ type: z.literal('failure'), number: z.int(), timeMs: z.number(), message: z.string() }),
  z.object({
    type: z.literal('end'),
    timeMs: z.number(),
    outcome: z.enum(['completed', 'failed', 'usage', 'budget', 'interrupted']),
    exitCode: z.int(),
    /** Why it ended early. */
    message: z.string(),
  }),
]);

export type RunHeading = Readonly<z.infer<typeof headingSchema>>;
export type RunEntry = Readonly<z.infer<typeof entrySchema>>;

/** Throws FILE-NEWER or FILE-DAMAGED for a heading that this program cannot read. */
export function parseHeading(value: unknown, name: string): RunHeading {
  const version = (value as { version?: unknown } | undefined)?.version;
  if (typeof version === 'number' && version > journalVersion) {
    throw new Failure({
      code: 'FILE-NEWER',
      operation: 'read the journal of the run',
      subject: name,
      reason: `it has version ${version}, this program knows versions up to ${journalVersion}`,
      hint: 'use the newer version of understudy that wrote it',
    });
  }
  const parsed = headingSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw damaged(name);
}

export function parseEntry(value: unknown, name: string): RunEntry {
  const parsed = entrySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw damaged(name);
}

function damaged(name: string): Failure {
  const reason = 'it does not hold what a journal holds';
  return new Failure({ code: 'FILE-DAMAGED', operation: 'read the journal of the run', subject: name, reason });
}
