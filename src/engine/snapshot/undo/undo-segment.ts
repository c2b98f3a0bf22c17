// One file of the undo journal: a header and frames with checksums (DESIGN.md). Written at the end only; read frame by
// frame, so that a segment may be larger than memory.
import { xxh64 } from '@node-rs/xxhash';
import { Failure } from '../../../base/failure.ts';
import type { AppendLog, Storage } from '../../../ports/storage.ts';
import { decodeUndoRecords, encodeUndoRecord, type UndoRecord } from './undo-records.ts';

const headerBytes = 16;
const headerMagic = Buffer.from('USYUNDO\0', 'latin1');
/** The first had no objects with times in seconds (undo-records.ts); it is read, and gone on with, as it is. */
const formatVersion = 2;
const frameMagic = Buffer.from([0x41, 0x52, 0x46, 0x55]);
const frameHeadBytes = 16;
const checksumBytes = 8;
/** Largest payload: what is gathered between two appends is bounded well below it. */
const payloadBytesMax = 64 * 2 ** 20;

export function segmentName(folder: string, number: number): string {
  return `${folder}/segment-${number}.undo`;
}

export class SegmentWriter {
  readonly #log: AppendLog;
  #durableBytes: number;
  /** Nothing was appended since an empty frame that says how much is durable. */
  #isMarked = false;

  private constructor(log: AppendLog, durableBytes: number) {
    this.#log = log;
    this.#durableBytes = durableBytes;
  }

  /** Opens a segment to be continued behind its last whole frame, or makes it. */
  static async open(storage: Storage, folder: string, number: number, wholeBytes: number): Promise<SegmentWriter> {
    const log = await storage.openLog(segmentName(folder, number), { truncateTo: wholeBytes });
    if (wholeBytes < headerBytes) {
      const header = Buffer.alloc(headerBytes);
      headerMagic.copy(header);
      header.writeUInt32LE(formatVersion, 8);
      header.writeUInt32LE(number, 12);
      await log.append([header]);
    }
    await log.sync();
    return new SegmentWriter(log, log.size);
  }

  /** One frame, not durable before `sync`. */
  async append(records: readonly UndoRecord[]): Promise<void> {
    const chunks = records.flatMap(encodeUndoRecord);
    const head = Buffer.alloc(frameHeadBytes);
    frameMagic.copy(head);
    head.writeUInt32LE(
      chunks.reduce((sum, chunk) => sum + chunk.length, 0),
      4,
    );
    head.writeBigUInt64LE(BigInt(this.#durableBytes), 8);
    const body = Buffer.concat([head, ...chunks]);
    const checksum = Buffer.alloc(checksumBytes);
    checksum.writeBigUInt64LE(xxh64(body));
    this.#isMarked = records.length === 0;
    await this.#log.append([body, checksum]);
  }

  async sync(): Promise<void> {
    const { size } = this.#log;
    await this.#log.sync();
    this.#durableBytes = size;
    // Durable data does not depend on this frame. A log that refuses it refuses whatever is appended next, and that is noticed.
    if (!this.#isMarked) await this.append([]).catch(() => undefined);
  }

  /** How much would survive a power failure. */
  get durableBytes(): number {
    return this.#durableBytes;
  }

  async close(): Promise<void> {
    await this.#log.close();
  }
}

/**
 * Hands on the records of a segment in order and resolves with the number of bytes up to the end of its last whole frame;
 * 0 when there is no segment. Of what was appended after its first `extent` bytes nothing is read; one that is finished is
 * durable to its end, and so has no torn tail. Throws Failure JOURNAL-NEWER, JOURNAL-DAMAGED.
 */
export async function readSegment(
  storage: Storage,
  folder: string,
  number: number,
  receive: (record: UndoRecord) => Promise<void> | void,
  extent: number | 'finished' = Number.POSITIVE_INFINITY,
): Promise<number> {
  const bytesMax = extent === 'finished' ? Number.POSITIVE_INFINITY : extent;
  const name = segmentName(folder, number);
  if (!(await storage.list(folder)).includes(name)) return 0;
  const header = await storage.readRange(name, 0, headerBytes);
  if (header.length < headerBytes && extent === 'finished') throw damaged(name, 'it ends in its header');
  if (header.length < headerBytes || bytesMax < headerBytes) return 0;
  checkHeader(header, name, number);
  let at = headerBytes;
  while (at < bytesMax) {
    const frame = await readFrame(storage, name, at);
    if (frame === undefined) break;
    for (const record of decodeUndoRecords(frame.payload)) await receive(record);
    at += frame.length;
  }
  if (extent === 'finished' && (await storage.readRange(name, at, 1)).length > 0)
    throw damaged(name, `a checksum is wrong at byte ${at}, and it was finished`);
  if (at < bytesMax) await assertTornTail(storage, name, at);
  return at;
}

/** Reads segments that follow each other, as `readSegment`: all but the last are finished. */
export async function readSegments(
  storage: Storage,
  folder: string,
  segments: readonly number[],
  receive: (record: UndoRecord) => Promise<void> | void,
): Promise<void> {
  for (const segment of segments)
    await readSegment(storage, folder, segment, receive, segment === segments.at(-1) ? undefined : 'finished');
}

function checkHeader(header: Buffer, name: string, number: number): void {
  const version = header.readUInt32LE(8);
  if (!header.subarray(0, 8).equals(headerMagic) || version === 0)
    throw damaged(name, 'it does not begin as an undo journal');
  if (version > formatVersion) {
    throw new Failure({
      code: 'JOURNAL-NEWER',
      operation: 'read the undo journal',
      subject: name,
      reason: `it has version ${version}, this program knows ${formatVersion}`,
      hint: 'install the newer program, or remove the snapshots with it',
    });
  }
  if (header.readUInt32LE(12) !== number) throw damaged(name, 'it is another segment than its name says');
}

interface Frame {
  readonly payload: Buffer;
  readonly durableBytes: number;
  /** Of the whole frame. */
  readonly length: number;
}

/** The frame at an offset, or undefined when there is no whole one. */
async function readFrame(storage: Storage, name: string, at: number): Promise<Frame | undefined> {
  const head = await storage.readRange(name, at, frameHeadBytes);
  if (head.length < frameHeadBytes || !head.subarray(0, 4).equals(frameMagic)) return undefined;
  const payloadBytes = head.readUInt32LE(4);
  if (payloadBytes > payloadBytesMax) return undefined;
  const length = frameHeadBytes + payloadBytes + checksumBytes;
  const frame = await storage.readRange(name, at, length);
  if (frame.length < length) return undefined;
  const checked = frame.subarray(0, length - checksumBytes);
  if (xxh64(checked) !== frame.readBigUInt64LE(length - checksumBytes)) return undefined;
  return { payload: checked.subarray(frameHeadBytes), durableBytes: Number(head.readBigUInt64LE(8)), length };
}

/** Throws when a frame behind the end of the whole ones was appended after more than those were durable. */
async function assertTornTail(storage: Storage, name: string, wholeBytes: number): Promise<void> {
  const windowBytes = 2 ** 20;
  for (let from = wholeBytes + 1; ; from += windowBytes) {
    const window = await storage.readRange(name, from, windowBytes + frameMagic.length);
    for (let found = window.indexOf(frameMagic); found >= 0; found = window.indexOf(frameMagic, found + 1)) {
      const frame = await readFrame(storage, name, from + found);
      if (frame && frame.durableBytes > wholeBytes) {
        throw damaged(name, `a checksum is wrong at byte ${wholeBytes}, in a part that was durable`);
      }
    }
    if (window.length <= windowBytes) return;
  }
}

function damaged(name: string, reason: string): Failure {
  return new Failure({
    code: 'JOURNAL-DAMAGED',
    operation: 'read the undo journal',
    subject: name,
    reason,
    hint: 'the snapshots cannot be used any more: remove them, and check the disk that holds the journal',
  });
}
