// The payload of an `operations` frame: consecutive records of one stream, with the place where they begin and the rolling
// checksum after the last. Whether they follow on what the receiver has is for the receiver to check (verifyBatch).
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { assert } from '../base/failure.ts';
import { payloadBytesMax } from './frame-codec.ts';
import { ByteReader } from './records/byte-reader.ts';
import { ByteWriter } from './records/byte-writer.ts';
import { recordEnd } from './records/operation-codec.ts';
import { advance } from './stream-checksum.ts';

/** Consecutive records of one stream; never empty. */
export interface RecordBatch {
  /** Sequence number of the first record. */
  readonly firstSequence: number;
  readonly records: readonly Buffer[];
  /** The rolling checksum after the last record. */
  readonly checksumAfter: bigint;
}

const subject = 'operations frame';
const encodingPlain = 0;
const encodingZstd = 1;
/** Compression pays when it saves at least this share; less is not worth the receiver's time. */
const savedShareMin = 1 / 8;
/** A frame that asks its reader for more memory than its longest payload is refused. */
const windowLogMax = 23;

/**
 * The payload in pieces; records are not copied unless they are compressed. With a zstd level the records are compressed
 * when that pays.
 */
export function encodeOperations(batch: RecordBatch, zstdLevel?: number): Buffer[] {
  assert(batch.records.length > 0, 'a batch without records');
  let plainBytes = 0;
  for (const record of batch.records) plainBytes += record.length;
  const compressed = zstdLevel === undefined ? undefined : compress(batch.records, plainBytes, zstdLevel);
  const head = new ByteWriter();
  head.u8(compressed ? encodingZstd : encodingPlain);
  head.u48(batch.firstSequence);
  head.u32(batch.records.length);
  head.u64(batch.checksumAfter);
  head.u32(plainBytes);
  return [head.finish(), ...(compressed ? [compressed] : batch.records)];
}

/** How many bytes of an encoded payload are its records, as they are or compressed. */
export function recordBytesOf([, ...records]: readonly Buffer[]): number {
  return records.reduce((sum, piece) => sum + piece.length, 0);
}

function compress(records: readonly Buffer[], plainBytes: number, level: number): Buffer | undefined {
  const compressed = zstdCompressSync(Buffer.concat(records, plainBytes), {
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_windowLog]: windowLogOf(plainBytes) },
  });
  return compressed.length <= plainBytes * (1 - savedShareMin) ? compressed : undefined;
}

/** The window that holds the whole batch: a larger one would only cost memory. At least what zstd takes, 10. */
function windowLogOf(plainBytes: number): number {
  return Math.min(windowLogMax, Math.max(10, Math.ceil(Math.log2(Math.max(2, plainBytes)))));
}

/** Records are views of the payload, or of its plain form. Checks their lengths, not what is in them. Throws WireFailure. */
export function decodeOperations(payload: Buffer): RecordBatch {
  const reader = new ByteReader(payload, subject);
  const encoding = reader.u8();
  const firstSequence = reader.u48();
  const count = reader.u32();
  const checksumAfter = reader.u64();
  const plainBytes = reader.u32();
  if (firstSequence < 1 || count < 1) reader.fail('it begins nowhere or holds nothing');
  if (plainBytes > payloadBytesMax) reader.fail('its records are too long in plain form');
  const plain = plainForm(reader, encoding, plainBytes);
  if (plain.length !== plainBytes) reader.fail('its records are not as long as it says');
  const records = splitRecords(plain);
  if (records.length !== count) reader.fail(`it holds ${records.length} records, not ${count}`);
  return { firstSequence, records, checksumAfter };
}

function plainForm(reader: ByteReader, encoding: number, plainBytes: number): Buffer {
  if (encoding === encodingPlain) return reader.rest();
  if (encoding !== encodingZstd) reader.fail(`its encoding ${encoding} is unknown`);
  try {
    return zstdDecompressSync(reader.rest(), {
      maxOutputLength: Math.max(plainBytes, 1),
      params: { [constants.ZSTD_d_windowLogMax]: windowLogMax },
    });
  } catch {
    return reader.fail('it cannot be decompressed to the length it says');
  }
}

function splitRecords(bytes: Buffer): Buffer[] {
  const records: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = recordEnd(bytes, at) ?? new ByteReader(bytes, subject).fail('its last record ends too early');
    records.push(bytes.subarray(at, end));
    at = end;
  }
  return records;
}

/** Whether the batch follows on a stream whose rolling checksum is `checksumBefore`. */
export function verifyBatch(batch: RecordBatch, checksumBefore: bigint): boolean {
  let checksum = checksumBefore;
  for (const record of batch.records) checksum = advance(checksum, record);
  return checksum === batch.checksumAfter;
}
