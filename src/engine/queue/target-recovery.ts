// Finding again what a target's queue made durable (format and reasons: DESIGN.md). Runs once, at opening.
//
// Only the last log can be torn: a log is begun after the one before it was synced. A torn tail was never acknowledged
// and is cut; damage anywhere else is a loss and is reported, and so is damage before a mark of the last log. What is found
// in the last log may sit in the system's cache alone (a process that died before its sync, or whose sync failed), so that
// log is written anew before anybody relies on it.
import { assert } from '../../base/failure.ts';
import type { Storage } from '../../ports/storage.ts';
import { decodeLogHeader, encodeLogHeader, scanEntries, unreadableLog, wasDurable } from './log-format.ts';
import { markDue, noteMark, type TargetLog } from './target-log.ts';

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
      // The header is durable before anything else is written, so a torn one has nothing behind it.
      if (!isLast || wasDurable(bytes, 0)) throw unreadableLog(name, 'its beginning is damaged');
      superfluous.push(name);
      continue;
    }
    if (log.size < bytes.length && (!isLast || wasDurable(bytes, log.size)))
      throw unreadableLog(name, `it is damaged from byte ${log.size} on`);
    if (log.header.streamId === '') superfluous.push(...logs.splice(0).map((older) => older.name));
    requireFollows(logs.at(-1), log);
    logs.push(log);
    lastBytes = bytes.subarray(0, log.size);
  }
  const last = logs.at(-1);
  if (last !== undefined) await writeAnew(storage, last, lastBytes);
  for (const name of superfluous) await storage.remove(name);
  return logs;
}

/** In the present format, and with a mark at its end. */
async function writeAnew(storage: Storage, log: TargetLog, bytes: Buffer): Promise<void> {
  const mark = markDue(log);
  await storage.replace(log.name, Buffer.concat([encodeLogHeader(log.header), bytes.subarray(log.headerBytes), mark]));
  noteMark(log, mark);
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
    isMarked: entries.endsWithMark,
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
