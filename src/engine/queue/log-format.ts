// The transaction log, on disk and on both sides (format: DESIGN.md). Pure: bytes to records and back. Every record is
// followed by the rolling checksum after it, so that a log proves itself record by record, and each log the next. Marks
// stand between them: one says that everything before it was durable when it was written, and so tells damage from a torn tail.
import { crc32 } from 'node:zlib';
import { Failure } from '../../base/failure.ts';
import { recordEnd } from '../../wire/records/operation-codec.ts';
import { WireFailure } from '../../wire/records/wire-failure.ts';
import { advance } from '../../wire/stream-checksum.ts';

const magic = 'UQLG';
/**
 * Version 1 had no marks; a log of it is read as one whose last records may be torn. Version 2 had only records with times in
 * nanoseconds; a record says by itself which kind of time it has.
 */
const version = 3;
const versionAt = 4;
const streamIdAt = 6;
/** Behind the stream id: index, sequence, checksum, and the CRC-32 of all before it. */
const numbersBytes = 6 + 6 + 8;
const crcBytes = 4;
const checksumBytes = 8;

/** Where a record's length would stand, these bytes are a length that no record has. */
const markMagic = Buffer.from('UQMK', 'latin1');
/** Of a mark: its magic, where it stands in the log, the rolling checksum there, and the CRC-32 of all before. */
export const markBytes = 4 + 6 + 8 + 4;

/** What a log holds beside each record. */
export const entryOverheadBytes = checksumBytes;

export interface LogHeader {
  /** Empty in a target's log that says: everything before was discarded, and no stream has begun since. */
  readonly streamId: string;
  /** Number of the first record in the queue that wrote it (QueuedBatch.firstIndex). */
  readonly firstIndex: number;
  readonly firstSequence: number;
  /** The stream's rolling checksum before the first record. */
  readonly checksumBefore: bigint;
}

export function encodeLogHeader(header: LogHeader): Buffer {
  const streamId = Buffer.from(header.streamId, 'latin1');
  const bytes = Buffer.alloc(streamIdAt + streamId.length + numbersBytes + crcBytes);
  bytes.write(magic, 0, 'latin1');
  bytes.writeUInt8(version, versionAt);
  bytes.writeUInt8(streamId.length, versionAt + 1);
  bytes.set(streamId, streamIdAt);
  let at = bytes.writeUIntBE(header.firstIndex, streamIdAt + streamId.length, 6);
  at = bytes.writeUIntBE(header.firstSequence, at, 6);
  at = bytes.writeBigUInt64BE(header.checksumBefore, at);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, at)), at);
  return bytes;
}

/**
 * The header and where it ends; undefined when it is not whole, as after a crash while the log was begun. Throws
 * `FORMAT-NEWER`.
 */
export function decodeLogHeader(
  bytes: Buffer,
  name: string,
): { readonly header: LogHeader; readonly end: number } | undefined {
  if (bytes.length < streamIdAt || bytes.toString('latin1', 0, versionAt) !== magic) return undefined;
  if (bytes.readUInt8(versionAt) > version) throw newer(name, bytes.readUInt8(versionAt));
  const numbersAt = streamIdAt + bytes.readUInt8(versionAt + 1);
  const crcAt = numbersAt + numbersBytes;
  const end = crcAt + crcBytes;
  if (bytes.length < end || crc32(bytes.subarray(0, crcAt)) !== bytes.readUInt32BE(crcAt)) return undefined;
  const header: LogHeader = {
    streamId: bytes.toString('latin1', streamIdAt, numbersAt),
    firstIndex: bytes.readUIntBE(numbersAt, 6),
    firstSequence: bytes.readUIntBE(numbersAt + 6, 6),
    checksumBefore: bytes.readBigUInt64BE(numbersAt + 12),
  };
  return { header, end };
}

/** The bytes of records with the rolling checksum after each. */
export function encodeEntries(records: readonly Buffer[], checksums: readonly bigint[]): Buffer {
  let total = 0;
  for (const record of records) total += record.length + checksumBytes;
  const bytes = Buffer.allocUnsafe(total);
  putEntries(bytes, 0, records, checksums);
  return bytes;
}

/** As `encodeEntries`, into memory that has room for them. Gives where they end. */
export function putEntries(
  bytes: Buffer,
  from: number,
  records: readonly Buffer[],
  checksums: readonly bigint[],
): number {
  let at = from;
  for (const [index, record] of records.entries()) {
    at += record.copy(bytes, at);
    at = bytes.writeBigUInt64BE(checksums[index] ?? 0n, at);
  }
  return at;
}

/** Says that all bytes of the log before this place are durable; `checksum` is the rolling one there. */
export function encodeMark(at: number, checksum: bigint): Buffer {
  const bytes = Buffer.alloc(markBytes);
  let end = markMagic.copy(bytes);
  end = bytes.writeUIntBE(at, end, 6);
  end = bytes.writeBigUInt64BE(checksum, end);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, end)), end);
  return bytes;
}

interface Mark {
  readonly at: number;
  readonly checksum: bigint;
}

function markAt(bytes: Buffer, from: number): Mark | undefined {
  const end = from + markBytes;
  if (end > bytes.length || !bytes.subarray(from, from + markMagic.length).equals(markMagic)) return undefined;
  if (crc32(bytes.subarray(from, end - crcBytes)) !== bytes.readUInt32BE(end - crcBytes)) return undefined;
  return { at: bytes.readUIntBE(from + 4, 6), checksum: bytes.readBigUInt64BE(from + 10) };
}

/** Whether a mark stands anywhere behind this place: then what is there is no torn tail, but damage of what was durable. */
export function wasDurable(log: Buffer, place: number): boolean {
  for (let found = log.indexOf(markMagic, place); found >= 0; found = log.indexOf(markMagic, found + 1)) {
    if (found > place && markAt(log, found)?.at === found) return true;
  }
  return false;
}

export interface LogEntries {
  /** Views of the bytes that were scanned. */
  readonly records: readonly Buffer[];
  readonly checksums: readonly bigint[];
  /** The rolling checksum after the last of them. */
  readonly checksumAfter: bigint;
  /** Where the last whole entry or mark ends; what follows is torn, damaged, or not there yet. */
  readonly end: number;
  /** The last of it is a mark. */
  readonly endsWithMark: boolean;
}

/** All entries and marks from an offset on that are whole and follow on the checksum; stops at the first that does not. */
export function scanEntries(bytes: Buffer, from: number, checksumBefore: bigint): LogEntries {
  const records: Buffer[] = [];
  const checksums: bigint[] = [];
  let checksum = checksumBefore;
  let at = from;
  let endsWithMark = false;
  for (;;) {
    if (markAt(bytes, at)?.checksum === checksum) {
      at += markBytes;
      endsWithMark = true;
      continue;
    }
    const end = plausibleEnd(bytes, at);
    if (end === undefined || end + checksumBytes > bytes.length) break;
    const record = bytes.subarray(at, end);
    const after = advance(checksum, record);
    if (after !== bytes.readBigUInt64BE(end)) break;
    records.push(record);
    checksums.push(after);
    checksum = after;
    at = end + checksumBytes;
    endsWithMark = false;
  }
  return { records, checksums, checksumAfter: checksum, end: at, endsWithMark };
}

function plausibleEnd(bytes: Buffer, from: number): number | undefined {
  try {
    return recordEnd(bytes, from);
  } catch (thrown) {
    if (thrown instanceof WireFailure) return undefined;
    throw thrown;
  }
}

/** A log whose bytes are not those that were written. */
export function unreadableLog(name: string, reason: string): Failure {
  return new Failure({
    code: 'QUEUE-UNREADABLE',
    operation: 'read back a queue from disk',
    subject: name,
    reason,
    hint: 'the disk returned other bytes than were written to it: check it; the connection needs a mirror',
  });
}

function newer(name: string, found: number): Failure {
  return new Failure({
    code: 'FORMAT-NEWER',
    operation: 'read back a queue from disk',
    subject: name,
    reason: `its format is ${found}, and this program knows ${version}`,
    hint: 'a newer release wrote it: start that release again, or move the queue folder away and mirror',
  });
}
