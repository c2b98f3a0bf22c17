// The journal of a run, as it lies in `runs/` of a home folder.
//
//   runs/RUN-ID/00000001.log, 00000002.log, …    RUN-ID is a UUID version 7, so runs sort by when they began
//
// A file holds lines: the CRC-32 of the rest as eight hexadecimal digits, a blank, an entry in JSON, a line feed. The
// first entry of the first file is the heading. It has the version of the format and the process that runs, which its
// time of start tells from other processes of the same number. The last entry of a run that came to an end is `end`. A
// line that is torn or damaged ends its file: it was never durable. At 1 MiB the next file begins. The first file and
// the newest three are kept, so a run may last for months, and the numbers of the commands show what was dropped.
// Secrets are ••• here as everywhere.
import { crc32 } from 'node:zlib';
import type { Storage } from '../../ports/storage.ts';

export const journalVersion = 1;
export const runsFolder = 'runs';
/** Of the runs that have ended so many are kept, and those since one last looked for old ones (run-journal.ts). */
export const keptRunsMax = 100;

/** `entry` is a heading or an entry (run-entries.ts). */
export function entryLine(entry: { readonly type: string }): Buffer {
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

/** The names of the files of each run, the oldest run first. */
export async function filesByRun(storage: Storage): Promise<ReadonlyMap<string, readonly string[]>> {
  const runs = new Map<string, string[]>();
  for (const name of await storage.list(runsFolder)) {
    const runId = /^runs\/([0-9a-f-]{36})\/\d{8}\.log$/.exec(name)?.[1];
    if (runId !== undefined) runs.set(runId, [...(runs.get(runId) ?? []), name]);
  }
  return runs;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
