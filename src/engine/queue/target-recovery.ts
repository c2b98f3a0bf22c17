// Finding again what a target's queue made durable (format and reasons: DESIGN.md). Runs once, at opening.
//
// Only the last log can be torn: a log is begun after the one before it was synced. A torn tail was never acknowledged
// and is cut; damage anywhere else is a loss and is reported. What is found in the last log may sit in the system's cache
// alone (a process that died before its sync, or whose sync failed), so that log is written anew before anybody relies on it.
import { assert } from '../../base/failure.ts';
import type { Storage } from '../../ports/storage.ts';
import { decodeLogHeader, type LogHeader, scanEntries, unreadableLog } from './log-format.ts';

/** One log of a target's queue, as far as it is durable. */
export interface TargetLog {
  readonly name: string;
  /** Counts the logs of a folder, in the order in which they were begun. */
  readonly ordinal: number;
  readonly header: LogHeader;
  readonly headerBytes: number;
  /** Index of the last record; one less than the first when it has none. */
  lastIndex: number;
  checksumAfter: bigint;
  size: number;
}

export function targetLogName(folder: string, ordinal: number): string {
  return `${folder}/${String(ordinal).padStart(15, '0')}.log`;
}

/** The logs of a folder, oldest first. Throws `QUEUE-UNREADABLE` and `FORMAT-NEWER`; then nothing was changed. */
export async function recoverLogs(storage: Storage, folder: string): Promise<TargetLog[]> {
  const names = (await storage.list(folder)).filter((name) => name.endsWith('.log'));
  const logs: TargetLog[] = [];
  const superfluous: string[] = [];
  let lastBytes: Buffer = Buffer.alloc(0);
  for (const [place, name] of names.entries()) {
    const isLast = place === names.length - 1;
    const bytes = await storage.read(name);
    assert(bytes !== undefined, 'a queue has one owner, who does not remove its logs while they are recovered');
    const log = readLog(name, bytes);
    if (log === undefined) {
      if (!isLast) throw unreadableLog(name, 'its beginning is damaged');
      superfluous.push(name);
      continue;
    }
    if (log.size < bytes.length && !isLast) throw unreadableLog(name, `it is damaged from byte ${log.size} on`);
    if (log.header.streamId === '') superfluous.push(...logs.splice(0).map((older) => older.name));
    requireFollows(logs.at(-1), log);
    logs.push(log);
    lastBytes = bytes.subarray(0, log.size);
  }
  const last = logs.at(-1);
  if (last !== undefined) await storage.replace(last.name, lastBytes);
  for (const name of superfluous) await storage.remove(name);
  return logs;
}

/** undefined when the log was begun and its header is not whole. */
function readLog(name: string, bytes: Buffer): TargetLog | undefined {
  const head = decodeLogHeader(bytes, name);
  if (head === undefined) return undefined;
  const { header, end } = head;
  const entries = scanEntries(bytes, end, header.checksumBefore);
  return {
    name,
    ordinal: Number(name.slice(name.lastIndexOf('/') + 1, -'.log'.length)),
    header,
    headerBytes: end,
    lastIndex: header.firstIndex + entries.records.length - 1,
    checksumAfter: entries.checksumAfter,
    size: entries.end,
  };
}

/** Logs of one stream join without a gap, and so do the indexes of all logs. */
function requireFollows(before: TargetLog | undefined, log: TargetLog): void {
  if (before === undefined) return;
  const { header } = log;
  if (header.firstIndex !== before.lastIndex + 1) throw unreadableLog(log.name, 'operations before it are missing');
  if (header.streamId !== before.header.streamId) return;
  const firstSequence = before.header.firstSequence + (before.lastIndex + 1 - before.header.firstIndex);
  if (header.firstSequence !== firstSequence || header.checksumBefore !== before.checksumAfter) {
    throw unreadableLog(log.name, 'it does not follow on the log before it');
  }
}
