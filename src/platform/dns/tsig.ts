// Transaction signatures of DNS messages (RFC 8945): a message is signed by a record at its end, with a key that both sides
// share; the answer's signature covers the request's, so it cannot be an answer to anything else.
//
// Pure but for the hash. Judging an answer never throws: what is wrong with it is the result.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { NameServer } from '../../ports/name-service.ts';
import { encodeName, headerBytes, sameName } from './message.ts';

export type TsigKey = NonNullable<NameServer['key']>;

const tsigType = 250;
const anyClass = 255;
/** How far the two clocks may be apart (recommended by RFC 8945, section 10). */
export const fudgeSeconds = 300;

/** By number (RFC 8945, section 3, and 10.3 for the truncation policy). */
const errorNames: Readonly<Record<number, string>> = { 16: 'BADSIG', 17: 'BADKEY', 18: 'BADTIME', 22: 'BADTRUNC' };

export interface SignedMessage {
  readonly bytes: Buffer;
  /** What the signature of the answer has to cover. */
  readonly mac: Buffer;
}

/** The message with its signature. `timeSeconds`: wall-clock seconds since 1970. */
export function signMessage(message: Buffer, key: TsigKey, timeSeconds: number): SignedMessage {
  const mac = macOf(key, [message, signedVariables(key, timeSeconds, fudgeSeconds, 0, Buffer.alloc(0))]);
  const data = Buffer.concat([
    encodeName(key.algorithm),
    bytes48(timeSeconds),
    bytes16(fudgeSeconds),
    bytes16(mac.length),
    mac,
    message.subarray(0, 2),
    bytes16(0),
    bytes16(0),
  ]);
  const record = Buffer.concat([
    encodeName(key.name),
    bytes16(tsigType),
    bytes16(anyClass),
    Buffer.alloc(4),
    bytes16(data.length),
    data,
  ]);
  const bytes = Buffer.concat([message, record]);
  bytes.writeUInt16BE(message.readUInt16BE(10) + 1, 10);
  return { bytes, mac };
}

/**
 * `error`: the server says why it did not take our signature (only BADTIME comes signed; the others cannot be).
 * `serverTimeSeconds` comes with BADTIME. `bad`: the answer cannot be believed.
 */
export type TsigVerdict =
  | { readonly state: 'valid' | 'unsigned' }
  | { readonly state: 'error'; readonly error: string; readonly serverTimeSeconds?: number }
  | { readonly state: 'bad'; readonly reason: string };

/** Judges the answer to a request that was signed with this key and had this MAC (RFC 8945, section 5.3). */
export function verifyAnswer(answer: Buffer, key: TsigKey, requestMac: Buffer, nowSeconds: number): TsigVerdict {
  const signature = readSignature(answer);
  if (signature === 'none') return { state: 'unsigned' };
  if (signature === 'malformed') return { state: 'bad', reason: 'its signature record is malformed' };
  const { error, mac, timeSeconds, other } = signature;
  const errorName = error === 0 ? undefined : (errorNames[error] ?? `TSIG error ${error}`);
  if (errorName !== undefined && mac.length === 0) return { state: 'error', error: errorName };
  if (!sameName(signature.keyName, key.name) || !sameName(signature.algorithm, key.algorithm)) {
    return { state: 'bad', reason: `it is signed with another key, ${signature.keyName}` };
  }
  const expected = macOf(key, [
    bytes16(requestMac.length),
    requestMac,
    signature.message,
    signedVariables(key, timeSeconds, signature.fudgeSeconds, error, other),
  ]);
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) {
    return { state: 'bad', reason: 'its signature is not valid' };
  }
  if (errorName !== undefined) {
    if (error !== 18 || other.length !== 6) return { state: 'error', error: errorName };
    return { state: 'error', error: errorName, serverTimeSeconds: other.readUIntBE(0, 6) };
  }
  if (Math.abs(nowSeconds - timeSeconds) > signature.fudgeSeconds) {
    return { state: 'bad', reason: 'it was signed at a time too far from now' };
  }
  return { state: 'valid' };
}

interface Signature {
  readonly keyName: string;
  readonly algorithm: string;
  readonly timeSeconds: number;
  readonly fudgeSeconds: number;
  readonly mac: Buffer;
  readonly error: number;
  readonly other: Buffer;
  /** What was signed: the message without this record, under its original id. */
  readonly message: Buffer;
}

/** The signature is the last record of the last section. */
function readSignature(answer: Buffer): Signature | 'none' | 'malformed' {
  try {
    const recordCounts = [6, 8, 10].map((offset) => answer.readUInt16BE(offset));
    const additional = answer.readUInt16BE(10);
    if (additional === 0) return 'none';
    let offset = headerBytes;
    for (let left = answer.readUInt16BE(4); left > 0; left -= 1) offset = endOfName(answer, offset) + 4;
    for (let left = recordCounts.reduce((sum, count) => sum + count, 0); left > 1; left -= 1) {
      offset = endOfRecord(answer, offset);
    }
    const fixed = endOfName(answer, offset);
    if (answer.readUInt16BE(fixed) !== tsigType) return 'none';
    if (answer.readUInt16BE(fixed + 2) !== anyClass || answer.readUInt32BE(fixed + 4) !== 0) return 'malformed';
    const keyName = plainName(answer, offset);
    const data = fixed + 10;
    const algorithm = plainName(answer, data);
    const time = endOfName(answer, data);
    const macLength = answer.readUInt16BE(time + 8);
    const afterMac = time + 10 + macLength;
    const otherLength = answer.readUInt16BE(afterMac + 4);
    const end = afterMac + 6 + otherLength;
    if (end !== answer.length || end !== endOfRecord(answer, offset)) return 'malformed';
    const message = Buffer.from(answer.subarray(0, offset));
    answer.copy(message, 0, afterMac, afterMac + 2);
    message.writeUInt16BE(additional - 1, 10);
    return {
      keyName,
      algorithm,
      timeSeconds: answer.readUIntBE(time, 6),
      fudgeSeconds: answer.readUInt16BE(time + 6),
      mac: answer.subarray(time + 10, afterMac),
      error: answer.readUInt16BE(afterMac + 2),
      other: answer.subarray(afterMac + 6, end),
      message,
    };
  } catch (error) {
    // Reading beyond the end of the bytes.
    if (error instanceof RangeError) return 'malformed';
    throw error;
  }
}

/** The offset after the name at this one; a name ends with an empty label or with a pointer (RFC 1035, 4.1.4). */
function endOfName(bytes: Buffer, start: number): number {
  let offset = start;
  for (;;) {
    const length = bytes.readUInt8(offset);
    if (length >= 0xc0) return offset + 2;
    offset += 1 + length;
    if (length === 0) return offset;
  }
}

function endOfRecord(bytes: Buffer, start: number): number {
  const fixed = endOfName(bytes, start);
  return fixed + 10 + bytes.readUInt16BE(fixed + 8);
}

/** The names of a signature are written in full, never by pointer (RFC 8945, 4.2). */
function plainName(bytes: Buffer, start: number): string {
  const labels: string[] = [];
  let offset = start;
  for (let length = bytes.readUInt8(offset); length > 0; length = bytes.readUInt8(offset)) {
    if (length >= 0xc0) throw new RangeError('a pointer where a name has to be written in full');
    labels.push(bytes.toString('latin1', offset + 1, offset + 1 + length));
    offset += 1 + length;
  }
  return labels.join('.');
}

/** The fields of the signature that are signed themselves (RFC 8945, 4.3.3), names in small letters. */
function signedVariables(key: TsigKey, timeSeconds: number, fudge: number, error: number, other: Buffer): Buffer {
  return Buffer.concat([
    encodeName(key.name.toLowerCase()),
    bytes16(anyClass),
    Buffer.alloc(4),
    encodeName(key.algorithm),
    bytes48(timeSeconds),
    bytes16(fudge),
    bytes16(error),
    bytes16(other.length),
    other,
  ]);
}

function macOf(key: TsigKey, parts: readonly Buffer[]): Buffer {
  const hmac = createHmac(key.algorithm.replace('hmac-', ''), Buffer.from(key.secret, 'base64'));
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

function bytes16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function bytes48(value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  return bytes;
}
