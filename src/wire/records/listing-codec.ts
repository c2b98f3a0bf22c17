// Binary answers of a target about its replica: the entries of a directory, the hashes of a file's blocks (DESIGN.md).
import { assert } from '../../base/failure.ts';
import { isRawPath } from '../../base/raw-path.ts';
import type { ObjectKind } from '../../model/stream/attributes.ts';
import { type BlockHashes, contentHashBytes, type HashRun, type ReplicaEntry } from '../../model/stream/listing.ts';
import { readAttributes, readLinkText, writeAttributes, writeLinkText } from './attribute-codec.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';

/** The first had times in nanoseconds alone. */
const version = 2;
/** The first had a hash for each block of a hole. */
const hashesVersion = 2;
const flagContentHash = 1;
const flagKept = 2;
const flagSparse = 4;

const kindNumbers = {
  file: 1,
  directory: 2,
  symlink: 3,
  fifo: 4,
  socket: 5,
  character: 6,
  block: 7,
} as const satisfies Record<ObjectKind, number>;
const kindOfNumber = new Map<number, ObjectKind>(
  Object.entries(kindNumbers).map(([kind, number]) => [number, kind as ObjectKind]),
);

export interface ListingPart {
  readonly bytes: Buffer;
  /** Index of the first entry that is not in `bytes`; the number of entries when all are told. */
  readonly next: number;
}

/**
 * As many entries, beginning with index `from`, as fit into `bytesMax`; at least one, unless there is none. A directory
 * is told in several parts when it has to be.
 */
export function encodeListing(entries: readonly ReplicaEntry[], from: number, bytesMax: number): ListingPart {
  const writer = new ByteWriter();
  writer.u8(version);
  writer.u32(0);
  let next = from;
  for (const entry of entries.slice(from)) {
    const before = writer.length;
    writeEntry(writer, entry);
    if (writer.length > bytesMax && next > from) {
      writer.cutTo(before);
      break;
    }
    next += 1;
  }
  writer.patchU32(1, next - from);
  return { bytes: writer.finish(), next };
}

function writeEntry(writer: ByteWriter, entry: ReplicaEntry): void {
  writer.u8(kindNumbers[entry.kind]);
  const kept = entry.isKept === true ? flagKept : 0;
  writer.u8((entry.contentHash ? flagContentHash : 0) | kept | (entry.isSparse === true ? flagSparse : 0));
  writer.u16(entry.name.length);
  writer.text(entry.name);
  writeAttributes(writer, entry.attributes);
  writer.size(entry.size);
  writer.u32(entry.links);
  writer.size(entry.device);
  writer.u64(entry.inode);
  writer.size(entry.specialDevice);
  if (entry.kind === 'symlink') writeLinkText(writer, entry.linkText ?? '');
  if (entry.contentHash) {
    assert(entry.contentHash.length === contentHashBytes, 'a content hash has the wrong length');
    writer.bytes(entry.contentHash);
  }
}

/** Throws WireFailure. Hashes and values of extended attributes are views of `bytes`. */
export function decodeListing(bytes: Buffer): ReplicaEntry[] {
  const reader = new ByteReader(bytes, 'directory listing');
  readVersion(reader, version);
  const count = reader.u32();
  const entries: ReplicaEntry[] = [];
  for (let index = 0; index < count; index++) entries.push(readEntry(reader));
  reader.end();
  return entries;
}

function readEntry(reader: ByteReader): ReplicaEntry {
  const kind = kindOfNumber.get(reader.u8()) ?? reader.fail('the kind of an entry is unknown');
  const flags = reader.u8();
  if ((flags & ~(flagContentHash | flagKept | flagSparse)) !== 0) reader.fail('an entry has flags of a later version');
  const name = reader.text(reader.u16());
  if (name === '' || name.includes('/') || !isRawPath(name)) reader.fail('a name is not one component');
  const entry = {
    name,
    kind,
    attributes: readAttributes(reader),
    size: reader.size(),
    links: reader.u32(),
    device: reader.size(),
    inode: reader.u64(),
    specialDevice: reader.size(),
  };
  return {
    ...entry,
    ...(kind === 'symlink' ? { linkText: readLinkText(reader) } : {}),
    ...((flags & flagContentHash) !== 0 ? { contentHash: reader.bytes(contentHashBytes) } : {}),
    ...((flags & flagSparse) !== 0 ? { isSparse: true } : {}),
    ...((flags & flagKept) !== 0 ? { isKept: true } : {}),
  };
}

export function encodeBlockHashes({ fileSize, end, runs }: BlockHashes): Buffer {
  const writer = new ByteWriter();
  writer.u8(hashesVersion);
  writer.size(fileSize);
  writer.size(end);
  writer.u32(runs.length);
  for (const { first, hashes } of runs) {
    assert(hashes.length > 0 && hashes.length % contentHashBytes === 0, 'block hashes must be whole');
    writer.size(first);
    writer.u32(hashes.length / contentHashBytes);
    writer.bytes(hashes);
  }
  return writer.finish();
}

/** Throws WireFailure. The hashes are views of `bytes`. */
export function decodeBlockHashes(bytes: Buffer): BlockHashes {
  const reader = new ByteReader(bytes, 'block hashes');
  readVersion(reader, hashesVersion);
  const [fileSize, end] = [reader.size(), reader.size()];
  const runs: HashRun[] = [];
  for (let left = reader.u32(), behind = 0; left > 0; left -= 1) {
    const [first, count] = [reader.size(), reader.u32()];
    if (count === 0 || first < behind || first + count > end) reader.fail('its runs of blocks are not in order');
    runs.push({ first, hashes: reader.bytes(count * contentHashBytes) });
    behind = first + count;
  }
  reader.end();
  return { fileSize, end, runs };
}

function readVersion(reader: ByteReader, known: number): void {
  const found = reader.u8();
  if (found !== known) reader.fail(`its format ${found} is not known here`);
}
