// What a tree holds, as data that can be compared: for each name its kind, all attributes and, of a file, the hash of its
// bytes; and which names are one object. Times of change, inode numbers and allocation are left out: no replica can keep them.
import { xxh64 } from '@node-rs/xxhash';
import { displayPath, joinRaw, type RawPath, rootPath } from '../../src/base/raw-path.ts';
import type { ObjectStatus } from '../../src/model/stream/attributes.ts';
import type { FileTree } from '../../src/ports/files.ts';

export interface ManifestEntry {
  readonly kind: string;
  readonly mode: number;
  readonly owner: string;
  readonly modifiedNs: bigint;
  readonly extended: readonly string[];
  /** Of a file, its size and the hash of its bytes; of a symbolic link its text; of a device its number. */
  readonly content: string;
  /** The first other name, in byte order, of the same object. */
  readonly sameAs?: string;
}

/** By path as people read it, in byte order; the root is `.`. */
export type Manifest = Readonly<Record<string, ManifestEntry>>;

export async function manifest(tree: FileTree): Promise<Manifest> {
  const root = await tree.status(rootPath);
  if (root === undefined) return {};
  const found: [RawPath, ObjectStatus][] = [[rootPath, root]];
  for (const [folder, { kind }] of found) {
    if (kind !== 'directory') continue;
    for (const entry of (await tree.list(folder)) ?? []) found.push([joinRaw(folder, entry.name), entry.status]);
  }
  found.sort(([left], [right]) => (left < right ? -1 : 1));
  const firstNames = new Map<string, RawPath>();
  const entries: Record<string, ManifestEntry> = {};
  for (const [path, status] of found) {
    const object = `${status.device}-${status.inode}`;
    const first = firstNames.get(object);
    if (first === undefined) firstNames.set(object, path);
    entries[displayPath(path) || '.'] = {
      kind: status.kind,
      mode: status.kind === 'symlink' ? 0o777 : status.mode,
      owner: `${status.userId}:${status.groupId}`,
      modifiedNs: status.modifiedNs,
      extended: (await tree.extended(path)).map(({ name, value }) => `${name}=${Buffer.from(value).toString('hex')}`),
      content: await contentOf(tree, path, status),
      ...(first !== undefined && { sameAs: displayPath(first) }),
    };
  }
  return entries;
}

const pieceBytes = 2 ** 20;
const zeros = Buffer.alloc(pieceBytes);

async function contentOf(tree: FileTree, path: RawPath, status: ObjectStatus): Promise<string> {
  if (status.kind === 'symlink') return tree.readLink(path);
  if (status.kind !== 'file') return String(status.specialDevice);
  const file = await tree.open(path, 'read');
  try {
    // Holes and zeros are the same: only what is not zero counts, with its place.
    const ranges = await file.dataRanges();
    let hash = 0n;
    for (let offset = 0; offset < status.size; offset += pieceBytes) {
      if (!ranges.some((range) => range.offset < offset + pieceBytes && range.offset + range.length > offset)) continue;
      const piece = await file.read(offset, pieceBytes);
      if (!piece.equals(zeros.subarray(0, piece.length))) hash = xxh64(piece, hash ^ BigInt(offset));
    }
    return `${status.size} bytes, ${hash.toString(16)}`;
  } finally {
    await file.close();
  }
}
