// The attributes of an object in binary form (DESIGN.md), shared by records and listings.
import { assert } from '../../base/failure.ts';
import type { ExtendedAttribute, ObjectAttributes } from '../../model/stream/attributes.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

const modeMax = 0o7777;
const nsPerSecond = 1_000_000_000n;
const linkTextBytesMax = 4095;

export function writeAttributes(writer: ByteWriter, attributes: ObjectAttributes): void {
  assert(attributes.mode <= modeMax, 'a mode holds more than permission bits');
  writer.u16(attributes.mode);
  writer.u32(attributes.userId);
  writer.u32(attributes.groupId);
  writeTime(writer, attributes.modifiedNs);
  writer.u16(attributes.extended.length);
  let previous = '';
  for (const { name, value } of attributes.extended) {
    assert(name > previous, 'extended attributes must be sorted by name');
    previous = name;
    writer.u8(name.length);
    writer.text(name);
    writer.u32(value.length);
    writer.bytes(value);
  }
}

/**
 * Values of extended attributes are views of what is read. Records of the first version hold the time as one number of
 * nanoseconds, which ends in 2262.
 */
export function readAttributes(reader: ByteReader, time: 'seconds' | 'nanoseconds' = 'seconds'): ObjectAttributes {
  const mode = reader.u16();
  if (mode > modeMax) reader.fail('a mode holds more than permission bits');
  const userId = reader.u32();
  const groupId = reader.u32();
  const modifiedNs = time === 'seconds' ? readTime(reader) : reader.i64();
  const count = reader.u16();
  const extended: ExtendedAttribute[] = [];
  let previous = '';
  for (let index = 0; index < count; index++) {
    const name = reader.text(reader.u8());
    if (name <= previous) reader.fail('extended attributes are not sorted by name');
    if (name.includes('\0')) reader.fail('the name of an extended attribute holds a NUL');
    previous = name;
    extended.push({ name, value: reader.bytes(reader.u32()) });
  }
  return { mode, userId, groupId, modifiedNs, extended };
}

/** As the kernel has it: 64 bits of seconds, and nanoseconds that always count forward. */
function writeTime(writer: ByteWriter, timeNs: bigint): void {
  const nanoseconds = ((timeNs % nsPerSecond) + nsPerSecond) % nsPerSecond;
  writer.i64((timeNs - nanoseconds) / nsPerSecond);
  writer.u32(Number(nanoseconds));
}

function readTime(reader: ByteReader): bigint {
  const seconds = reader.i64();
  const nanoseconds = BigInt(reader.u32());
  if (nanoseconds >= nsPerSecond) reader.fail('a time has more nanoseconds than a second');
  return seconds * nsPerSecond + nanoseconds;
}

/** The text of a symbolic link: 1 to 4095 bytes, no NUL (PATH_MAX less its end). */
export function writeLinkText(writer: ByteWriter, text: string): void {
  assert(
    text.length > 0 && text.length <= linkTextBytesMax,
    'the text of a symbolic link has a length Linux does not allow',
  );
  writer.u16(text.length);
  writer.text(text);
}

export function readLinkText(reader: ByteReader): string {
  const text = reader.text(reader.u16());
  if (text.length === 0 || text.length > linkTextBytesMax || text.includes('\0')) {
    reader.fail('the text of a symbolic link is not one that Linux allows');
  }
  return text;
}
