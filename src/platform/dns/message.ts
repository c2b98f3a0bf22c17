// DNS messages as this product needs them: a question, an update of a zone (RFC 2136), and the answers to both.
//
// Answers are decoded by dns-packet. Updates are written by hand, because it encodes neither records without data nor the
// classes of the update section.
//
// What may go wrong: `DNS-BAD-RECORD` (a name or address that cannot be written), `DNS-BAD-ANSWER` (bytes that are no answer).
import { type Answer, decode } from 'dns-packet';
import { assert, Failure } from '../../base/failure.ts';
import type { AddressRecord } from '../../ports/name-service.ts';

const recordTypes = { A: 1, SOA: 6, PTR: 12 } as const;

const classes = { in: 1, none: 254, any: 255 } as const;
const updateOpcode = 5;
const answerFlag = 0x8000;
const authoritativeFlag = 0x0400;
const truncatedFlag = 0x0200;
export const headerBytes = 12;

/** By number (RFC 1035, 4.1.1, and RFC 2136, 2.2). */
const responseCodes = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
];

export interface DnsAnswer {
  /** `NOERROR`, `REFUSED`, …; `RCODE 11` for one without a name. */
  readonly responseCode: string;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly answers: readonly Answer[];
  readonly authorities: readonly Answer[];
}

/** A question of class IN that asks for no recursion. `id` is 16 bits. */
export function encodeQuery(id: number, name: string, type: keyof typeof recordTypes): Buffer {
  return Buffer.concat([header(id, 0, [1, 0, 0, 0]), question(name, type)]);
}

export interface RecordSetChange {
  readonly type: 'A' | 'PTR';
  readonly name: string;
  readonly records: readonly AddressRecord[];
  readonly expected?: readonly AddressRecord[];
}

/**
 * One update message: for each change the record set is deleted, then the given records are added (RFC 2136, 2.5). What is
 * expected to be there is a prerequisite: these values and no others, or no record set at all (2.4.2 and 2.4.3).
 */
export function encodeUpdate(id: number, zone: string, changes: readonly RecordSetChange[]): Buffer {
  for (const { type, name, records, expected = [] } of changes) {
    const matching = [...records, ...expected].every((one) => one.type === type && sameName(one.name, name));
    assert(matching, 'the records of a change have its type and its name');
  }
  const prerequisites = changes.flatMap(({ type, name, expected }) => {
    if (expected === undefined) return [];
    if (expected.length === 0) return [record(name, type, classes.none, 0, Buffer.alloc(0))];
    return expected.map(({ value }) => record(name, type, classes.in, 0, recordData(type, value)));
  });
  const updates = changes.flatMap(({ type, name, records }) => [
    record(name, type, classes.any, 0, Buffer.alloc(0)),
    ...records.map(({ value, ttlSeconds }) => record(name, type, classes.in, ttlSeconds, recordData(type, value))),
  ]);
  const counts = [1, prerequisites.length, updates.length, 0] as const;
  const head = header(id, updateOpcode << 11, counts);
  return Buffer.concat([head, question(zone, 'SOA'), ...prerequisites, ...updates]);
}

/** Whether these bytes claim to be the answer to the message with this id. */
export function isAnswerTo(id: number, bytes: Buffer): boolean {
  return bytes.length >= headerBytes && bytes.readUInt16BE(0) === id && (bytes.readUInt16BE(2) & answerFlag) !== 0;
}

/** `bytes` of which `isAnswerTo` is true. */
export function decodeAnswer(bytes: Buffer, subject: string): DnsAnswer {
  const flags = bytes.readUInt16BE(2);
  const code = flags & 0x0f;
  try {
    const { answers = [], authorities = [] } = decode(bytes);
    return {
      responseCode: responseCodes[code] ?? `RCODE ${code}`,
      authoritative: (flags & authoritativeFlag) !== 0,
      truncated: (flags & truncatedFlag) !== 0,
      answers,
      authorities,
    };
  } catch {
    throw new Failure({
      code: 'DNS-BAD-ANSWER',
      operation: 'ask a name server',
      subject,
      reason: 'the answer is not a DNS message',
    });
  }
}

/** In wire form, without compression: a length and that many characters for each label, and an empty label at the end. */
export function encodeName(name: string): Buffer {
  const labels = withoutFinalDot(name).split('.');
  const valid = labels.every((label) => /^[\x21-\x7e]{1,63}$/.test(label) && !label.includes('\\'));
  const length = labels.reduce((sum, label) => sum + 1 + label.length, 1);
  if (!valid || length > 255) throw badRecord(name, 'a name has labels of 1 to 63 ASCII characters, 255 in all');
  const parts = labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'ascii')]));
  return Buffer.concat([...parts, Buffer.from([0])]);
}

export function withoutFinalDot(name: string): string {
  return name.replace(/\.$/, '');
}

/** Letter case does not tell names apart (RFC 4343). */
export function sameName(one: string, other: string): boolean {
  return withoutFinalDot(one).toLowerCase() === withoutFinalDot(other).toLowerCase();
}

function header(id: number, flags: number, counts: readonly [number, number, number, number]): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  for (const [index, value] of [id, flags, ...counts].entries()) bytes.writeUInt16BE(value, 2 * index);
  return bytes;
}

function question(name: string, type: keyof typeof recordTypes): Buffer {
  const typeAndClass = Buffer.alloc(4);
  typeAndClass.writeUInt16BE(recordTypes[type], 0);
  typeAndClass.writeUInt16BE(classes.in, 2);
  return Buffer.concat([encodeName(name), typeAndClass]);
}

function record(name: string, type: 'A' | 'PTR', recordClass: number, ttlSeconds: number, data: Buffer): Buffer {
  // RFC 2181, section 8: a time to live has 31 bits.
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 0 || ttlSeconds > 0x7fff_ffff) {
    throw badRecord(name, `a time to live is 0 to ${0x7fff_ffff} whole seconds, not ${ttlSeconds}`);
  }
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(recordTypes[type], 0);
  fixed.writeUInt16BE(recordClass, 2);
  fixed.writeUInt32BE(ttlSeconds, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodeName(name), fixed, data]);
}

function recordData(type: 'A' | 'PTR', value: string): Buffer {
  if (type === 'PTR') return encodeName(value);
  const parts = value.split('.');
  const valid = parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
  if (!valid) throw badRecord(value, 'this is not an IPv4 address');
  return Buffer.from(parts.map(Number));
}

function badRecord(subject: string, reason: string): Failure {
  return new Failure({ code: 'DNS-BAD-RECORD', operation: 'write a DNS record', subject, reason });
}
