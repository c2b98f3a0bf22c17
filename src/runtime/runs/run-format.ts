// The journal of a run, as it lies in `runs/` of a home folder.
//
//   runs/RUN-ID/00000001.log, 00000002.log, …    RUN-ID is a UUID version 7, so runs sort by when they began
//
// A file holds lines: CRC-32 of the rest as eight hexadecimal digits, a blank, an entry in JSON, a line feed. The first entry
// of the first file is the heading; it carries the version of the format and who runs: a process, told from every other by
// when it was started. The last entry of a run that came to an end is `end`. A line that is torn or damaged ends its file: it
// was never durable. A file is left for the next one at 1 MiB; the first and the newest three are kept, so a run may last
// for months, and the numbers of the commands show what was dropped. Secrets are ••• here as everywhere.
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';

export const journalVersion = 1;
export const runsFolder = 'runs';

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

export function entryLine(entry: RunHeading | RunEntry): Buffer {
  const text = JSON.stringify(entry);
  return Buffer.from(`${checksum(text)} ${text}\n`, 'utf8');
}

/** The whole lines of a file, as JSON values. */
export function readLines(bytes: Buffer): unknown[] {
  const found: unknown[] = [];
  for (const line of bytes.toString('utf8').split('\n')) {
    const text = line.slice(9);
    if (line.slice(0, 8) !== checksum(text) || text === '') break;
    found.push(JSON.parse(text));
  }
  return found;
}

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

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
