// The records of the undo journal and their bytes; the format is in DESIGN.md. Pure.
import { assert } from '../../../base/failure.ts';
import { rawBytes } from '../../../base/raw-path.ts';
import type { ExtendedAttribute, ObjectAttributes } from '../../../model/stream/attributes.ts';
import type { Identity } from '../../apply/replica/identity.ts';

/** Which object had a name in a directory; undefined when none had it. */
export interface EntryRecord {
  readonly type: 'entry';
  readonly directory: Identity;
  readonly name: string;
  readonly object: Identity | undefined;
}

/** What an object was besides its names and bytes. */
export interface ObjectRecord {
  readonly type: 'object';
  readonly object: Identity;
  /** Of a regular file; 0 for everything else. */
  readonly size: number;
  readonly attributes: ObjectAttributes;
}

export interface BytesRecord {
  readonly type: 'bytes';
  readonly object: Identity;
  readonly offset: number;
  readonly data: Uint8Array;
}

/** The range read as zeros: a hole, or as good as one. */
export interface ZerosRecord {
  readonly type: 'zeros';
  readonly object: Identity;
  readonly offset: number;
  readonly length: number;
}

/** The object was made since the snapshot. */
export interface BornRecord {
  readonly type: 'born';
  readonly object: Identity;
}

export type UndoRecord = EntryRecord | ObjectRecord | BytesRecord | ZerosRecord | BornRecord;

const typeNumbers = { entry: 1, bytes: 3, zeros: 4, born: 5, object: 6 } as const;
/** Of an object whose time is one number of nanoseconds, as the first version of the journal had it. */
const objectInNanoseconds = 2;
const nsPerSecond = 1_000_000_000n;

/** The bytes of one record, as chunks to be written one after the other. */
export function encodeUndoRecord(record: UndoRecord): Uint8Array[] {
  const type = Buffer.from([typeNumbers[record.type]]);
  switch (record.type) {
    case 'entry':
      return [type, string(record.directory), string(record.name), string(record.object ?? '')];
    case 'object':
      return [type, string(record.object), u64(record.size), ...attributeChunks(record.attributes)];
    case 'bytes':
      return [type, string(record.object), u64(record.offset), u32(record.data.length), record.data];
    case 'zeros':
      return [type, string(record.object), u64(record.offset), u64(record.length)];
    case 'born':
      return [type, string(record.object)];
  }
}

/** All records in a frame's payload, whose checksum was right: anything unreadable in it is a defect. */
export function decodeUndoRecords(payload: Buffer): UndoRecord[] {
  const reader = new Reader(payload);
  const records: UndoRecord[] = [];
  while (!reader.atEnd) records.push(decodeOne(reader));
  return records;
}

function decodeOne(reader: Reader): UndoRecord {
  const type = reader.u8();
  switch (type) {
    case typeNumbers.entry: {
      const directory = reader.string() as Identity;
      const name = reader.string();
      const object = (reader.string() || undefined) as Identity | undefined;
      return { type: 'entry', directory, name, object };
    }
    case objectInNanoseconds:
    case typeNumbers.object: {
      const object = reader.string() as Identity;
      const size = reader.u64();
      return { type: 'object', object, size, attributes: readAttributeFields(reader, type === objectInNanoseconds) };
    }
    case typeNumbers.bytes: {
      const object = reader.string() as Identity;
      const offset = reader.u64();
      return { type: 'bytes', object, offset, data: reader.bytes(reader.u32()) };
    }
    case typeNumbers.zeros: {
      const object = reader.string() as Identity;
      const offset = reader.u64();
      return { type: 'zeros', object, offset, length: reader.u64() };
    }
    default:
      assert(type === typeNumbers.born, `an undo record has the type ${type}`);
      return { type: 'born', object: reader.string() as Identity };
  }
}

function attributeChunks({ mode, userId, groupId, modifiedNs, extended }: ObjectAttributes): Uint8Array[] {
  const nanoseconds = ((modifiedNs % nsPerSecond) + nsPerSecond) % nsPerSecond;
  const fixed = Buffer.alloc(24);
  fixed.writeUInt16LE(mode, 0);
  fixed.writeUInt32LE(userId, 2);
  fixed.writeUInt32LE(groupId, 6);
  fixed.writeBigInt64LE((modifiedNs - nanoseconds) / nsPerSecond, 10);
  fixed.writeUInt32LE(Number(nanoseconds), 18);
  fixed.writeUInt16LE(extended.length, 22);
  const chunks: Uint8Array[] = [fixed];
  for (const { name, value } of extended) chunks.push(string(name), u32(value.length), value);
  return chunks;
}

function readAttributeFields(reader: Reader, inNanoseconds: boolean): ObjectAttributes {
  const mode = reader.u16();
  const userId = reader.u32();
  const groupId = reader.u32();
  const whole = reader.i64();
  const modifiedNs = inNanoseconds ? whole : whole * nsPerSecond + BigInt(reader.u32());
  const extended: ExtendedAttribute[] = [];
  for (let left = reader.u16(); left > 0; left -= 1) {
    const name = reader.string();
    extended.push({ name, value: reader.bytes(reader.u32()) });
  }
  return { mode, userId, groupId, modifiedNs, extended };
}

function string(text: string): Buffer {
  const bytes = rawBytes(text);
  const chunk = Buffer.alloc(2 + bytes.length);
  chunk.writeUInt16LE(bytes.length, 0);
  bytes.copy(chunk, 2);
  return chunk;
}

function u32(value: number): Buffer {
  const chunk = Buffer.alloc(4);
  chunk.writeUInt32LE(value, 0);
  return chunk;
}

function u64(value: number): Buffer {
  const chunk = Buffer.alloc(8);
  chunk.writeBigUInt64LE(BigInt(value), 0);
  return chunk;
}

class Reader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  get atEnd(): boolean {
    return this.#at >= this.#buffer.length;
  }

  u8(): number {
    return this.#buffer.readUInt8(this.#advance(1));
  }

  u16(): number {
    return this.#buffer.readUInt16LE(this.#advance(2));
  }

  u32(): number {
    return this.#buffer.readUInt32LE(this.#advance(4));
  }

  u64(): number {
    return Number(this.#buffer.readBigUInt64LE(this.#advance(8)));
  }

  i64(): bigint {
    return this.#buffer.readBigInt64LE(this.#advance(8));
  }

  bytes(length: number): Buffer {
    const from = this.#advance(length);
    return this.#buffer.subarray(from, from + length);
  }

  string(): string {
    return this.bytes(this.u16()).toString('latin1');
  }

  #advance(length: number): number {
    const from = this.#at;
    this.#at += length;
    assert(this.#at <= this.#buffer.length, 'an undo record ends before it should');
    return from;
  }
}
