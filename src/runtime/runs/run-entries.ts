// The entries of a run's journal (run-format.ts), and how what was read is known to be one. Apart from the format, because
// who only writes a journal, as every run does, need not load what parses one.
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { journalVersion } from './run-format.ts';

const ownerSchema = z.object({
  processId: z.int(),
  /** Names the process among all of this machine that had or will have the same number. */
  identity: z.string(),
});

/** The process a run belongs to. */
export type RunOwner = Readonly<z.infer<typeof ownerSchema>>;

const headingSchema = z.object({
  type: z.literal('run'),
  version: z.literal(journalVersion),
  runId: z.string(),
  timeMs: z.number(),
  /** What runs: the path of a script, or `schedule NAME`. */
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
    /** What ended it early. */
    message: z.string(),
  }),
]);

export type RunHeading = Readonly<z.infer<typeof headingSchema>>;
export type RunEntry = Readonly<z.infer<typeof entrySchema>>;

/** FILE-NEWER or FILE-DAMAGED when it is none that this program knows. */
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
