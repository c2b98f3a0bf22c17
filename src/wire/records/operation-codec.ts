// One operation as one record of bytes, and back (format: DESIGN.md). A record is made once, on the source; queues, links
// and logs carry it untouched, so what is decoded on the target is exactly what was encoded.
//
// Encoding asserts: an operation that does not fit the format is our defect, except for one too large, which a file with
// very many extended attributes can be. Decoding trusts nothing: what is not well formed is a WireFailure. Content and the
// values of extended attributes are views of the record, which the caller must not change afterwards.
import { assert, Failure } from '../../base/failure.ts';
import { displayPath, isRawPath, type RawPath } from '../../base/raw-path.ts';
import type { ObjectAttributes } from '../../model/stream/attributes.ts';
import {
  type ChangeOperation,
  contentBytesMax,
  type FileOperation,
  type Operation,
  type SpecialOperation,
  writtenBytesMax,
} from '../../model/stream/operation.ts';
import { readAttributes, readLinkText, writeAttributes, writeLinkText } from './attribute-codec.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { decodeMarker, encodeMarker } from './marker-codec.ts';
import { WireFailure } from './wire-failure.ts';

/** Largest record, its length field included; a frame of 8 MiB always has room for one. */
export const recordBytesMax = 8 * 1024 * 1024 - 4096;
/** Smallest record: the length field, kind, flags and wall time. */
const headBytes = 12;
const kindAt = 4;
const wallTimeAt = 6;
const rootAt = 12;
/** Where the path of a change begins, behind its length. */
export const pathAt = 16;
/** Behind the path of a write, before its data. */
const offsetBytes = 8;

type OperationKind = Operation['kind'];

export const kindNumbers = {
  file: 1,
  write: 2,
  hole: 3,
  truncate: 4,
  directory: 5,
  symlink: 6,
  special: 7,
  link: 8,
  rename: 9,
  remove: 10,
  attributes: 11,
  marker: 12,
} as const satisfies Record<OperationKind, number>;
const kindOfNumber = new Map<number, OperationKind>(
  Object.entries(kindNumbers).map(([kind, number]) => [number, kind as OperationKind]),
);

const specialNumbers = { fifo: 1, socket: 2, character: 3, block: 4 } as const;
const specialOfNumber = new Map<number, SpecialOperation['special']>(
  Object.entries(specialNumbers).map(([type, number]) => [number, type as SpecialOperation['special']]),
);

const flagAttributes = 1;
/** The time among the attributes is seconds and nanoseconds; records of the first version, in old logs, lack it. */
const flagSeconds = 2;
/** Kinds that carry attributes; a `file` may. */
const withAttributes: ReadonlySet<OperationKind> = new Set(['file', 'directory', 'symlink', 'special', 'attributes']);

/** The head of the record being made; encoding is synchronous, so one serves all. */
const scratch = new ByteWriter();

/** `wallMs`: the source's time, milliseconds since the epoch. Throws `OPERATION-TOO-LARGE`. */
export function encodeOperation(operation: Operation, wallMs: number): Buffer {
  scratch.reset();
  scratch.u32(0);
  scratch.u8(kindNumbers[operation.kind]);
  scratch.u8(flagsOf(operation));
  scratch.u48(wallMs);
  const content = operation.kind === 'marker' ? encodeMarker(operation.marker) : writeChange(scratch, operation);
  const total = scratch.length + (content?.length ?? 0);
  if (total > recordBytesMax) throw tooLarge(operation, total);
  scratch.patchU32(0, total - 4);
  return scratch.finish(content);
}

function flagsOf(operation: Operation): number {
  if (!withAttributes.has(operation.kind)) return 0;
  if (operation.kind !== 'file') return flagSeconds;
  return operation.attributes === undefined ? 0 : flagAttributes | flagSeconds;
}

/** Writes the fields; gives back the bytes that end the record, if it has any. */
function writeChange(writer: ByteWriter, operation: ChangeOperation): Uint8Array | undefined {
  writer.u16(operation.root);
  writePath(writer, operation.path);
  switch (operation.kind) {
    case 'file':
      assert(operation.content.length <= contentBytesMax, 'an operation carries too much content');
      assert(operation.content.length <= operation.size, 'a file is shorter than its content');
      writer.size(operation.size);
      if (operation.attributes !== undefined) writeAttributes(writer, operation.attributes);
      return operation.content;
    case 'write':
      assert(operation.data.length <= writtenBytesMax, 'an operation carries too much content');
      writer.size(operation.offset);
      return operation.data;
    case 'hole':
      writer.size(operation.offset);
      writer.size(operation.length);
      return undefined;
    case 'truncate':
      writer.size(operation.size);
      return undefined;
    case 'symlink':
      writeLinkText(writer, operation.target);
      writeAttributes(writer, operation.attributes);
      return undefined;
    case 'special':
      writer.u8(specialNumbers[operation.special]);
      writer.size(operation.device);
      writeAttributes(writer, operation.attributes);
      return undefined;
    case 'link':
      writePath(writer, operation.existing);
      return undefined;
    case 'rename':
      writePath(writer, operation.to);
      return undefined;
    case 'directory':
    case 'attributes':
      writeAttributes(writer, operation.attributes);
      return undefined;
    case 'remove':
      return undefined;
  }
}

/** Throws WireFailure. The operation's bytes are views of the record. */
export function decodeOperation(record: Buffer): { readonly operation: Operation; readonly wallMs: number } {
  const kind = recordKind(record);
  const reader = new ByteReader(record, `record of kind ${kind}`);
  if (reader.u32() !== record.length - 4) reader.fail('its length is not what it says');
  reader.u8();
  const flags = reader.u8();
  const known = (kind === 'file' ? flagAttributes : 0) | (withAttributes.has(kind) ? flagSeconds : 0);
  if ((flags & ~known) !== 0) reader.fail('it has flags of a later version');
  const wallMs = reader.u48();
  if (kind === 'marker') return { operation: { kind, marker: decodeMarker(reader.rest()) }, wallMs };
  const operation = readChange(reader, kind, flags);
  reader.end();
  return { operation, wallMs };
}

function readChange(reader: ByteReader, kind: ChangeOperation['kind'], flags: number): ChangeOperation {
  const root = reader.u16();
  const path = readPath(reader);
  const attributes = (): ObjectAttributes =>
    readAttributes(reader, (flags & flagSeconds) === 0 ? 'nanoseconds' : 'seconds');
  switch (kind) {
    case 'file':
      return readFile(reader, root, path, (flags & flagAttributes) === 0 ? undefined : attributes);
    case 'write': {
      const offset = reader.size();
      const data = readContent(reader, writtenBytesMax);
      if (!Number.isSafeInteger(offset + data.length)) reader.fail('a range ends too far out');
      return { kind, root, path, offset, data };
    }
    case 'hole': {
      const offset = reader.size();
      const length = reader.size();
      if (!Number.isSafeInteger(offset + length)) reader.fail('a range ends too far out');
      return { kind, root, path, offset, length };
    }
    case 'truncate':
      return { kind, root, path, size: reader.size() };
    case 'symlink': {
      const target = readLinkText(reader);
      return { kind, root, path, target, attributes: attributes() };
    }
    case 'special': {
      const special = specialOfNumber.get(reader.u8()) ?? reader.fail('the type of a special file is unknown');
      const device = reader.size();
      return { kind, root, path, special, device, attributes: attributes() };
    }
    case 'link':
      return { kind, root, path, existing: readPath(reader) };
    case 'rename':
      return { kind, root, path, to: readPath(reader) };
    case 'directory':
    case 'attributes':
      return { kind, root, path, attributes: attributes() };
    case 'remove':
      return { kind, root, path };
  }
}

function readFile(
  reader: ByteReader,
  root: number,
  path: RawPath,
  readOwn: (() => ObjectAttributes) | undefined,
): FileOperation {
  const size = reader.size();
  const attributes = readOwn?.();
  const content = readContent(reader, contentBytesMax);
  if (content.length > size) reader.fail('a file is shorter than its content');
  const file: FileOperation = { kind: 'file', root, path, size, content };
  return attributes === undefined ? file : { ...file, attributes };
}

/** What a record is, without decoding it. Throws WireFailure when no kind has that number. */
export function recordKind(record: Buffer): OperationKind {
  if (record.length < headBytes) throw new WireFailure('record', 'it ends too early');
  const kind = kindOfNumber.get(record.readUInt8(kindAt));
  if (kind === undefined) throw new WireFailure('record', `kind ${record.readUInt8(kindAt)} is unknown`);
  return kind;
}

/** Whether it is a write that only version 3 takes. */
export function isLargeWrite(record: Buffer): boolean {
  if (record.length <= contentBytesMax || record[kindAt] !== kindNumbers.write) return false;
  return record.length - (pathAt + record.readUInt16BE(pathAt - 2) + offsetBytes) > contentBytesMax;
}

/** The change that a captured record holds. Throws WireFailure. */
export function decodeChange(record: Buffer): ChangeOperation {
  const { operation } = decodeOperation(record);
  if (operation.kind === 'marker') throw new WireFailure('record', 'it is a marker and no change');
  return operation;
}

/** The place that a record of a change is about, without decoding the rest. Throws WireFailure. */
export function recordPlace(record: Buffer): { readonly root: number; readonly path: RawPath } {
  if (record.length < pathAt) throw new WireFailure('record', 'it ends too early');
  const end = pathAt + record.readUInt16BE(pathAt - 2);
  const path = record.toString('latin1', pathAt, end);
  if (end > record.length || !isRawPath(path)) throw new WireFailure('record', 'a path is not well formed');
  return { root: record.readUInt16BE(rootAt), path };
}

/** Sees to it that a record is not older than this, milliseconds since the epoch; gives the time that it has then. */
export function raiseWallTime(record: Buffer, leastMs: number): number {
  const own = record.readUIntBE(wallTimeAt, 6);
  if (own >= leastMs) return own;
  record.writeUIntBE(leastMs, wallTimeAt, 6);
  return leastMs;
}

export function isMarker(record: Buffer): boolean {
  return recordKind(record) === 'marker';
}

/**
 * Where the record that begins at `from` ends. Looks at its length field only; undefined when the bytes end before the
 * record does. Throws WireFailure when no record can be that long.
 */
export function recordEnd(bytes: Buffer, from: number): number | undefined {
  if (bytes.length - from < 4) return undefined;
  const end = from + 4 + bytes.readUInt32BE(from);
  if (end - from < headBytes || end - from > recordBytesMax)
    throw new WireFailure('record', 'no record has its length');
  return end <= bytes.length ? end : undefined;
}

function writePath(writer: ByteWriter, path: RawPath): void {
  writer.u16(path.length);
  writer.text(path);
}

function readPath(reader: ByteReader): RawPath {
  const path = reader.text(reader.u16());
  return isRawPath(path) ? path : reader.fail('a path is not well formed');
}

function readContent(reader: ByteReader, bytesMax: number): Buffer {
  if (reader.remaining > bytesMax) reader.fail('it carries too much content');
  return reader.rest();
}

function tooLarge(operation: Operation, total: number): Failure {
  return new Failure({
    code: 'OPERATION-TOO-LARGE',
    operation: 'put a change into the stream',
    subject: operation.kind === 'marker' ? `marker ${operation.marker.type}` : displayPath(operation.path),
    reason: `it takes ${total} bytes and the stream allows ${recordBytesMax}`,
    hint: 'the object has too many or too large extended attributes; remove some, or exclude it from the replication set',
  });
}
