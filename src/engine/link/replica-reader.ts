// Answers questions about the replica: what is in a directory, which blocks a file has. It reads while operations may be
// applied elsewhere; the source asks when the part that it asks about does not change.
import { Failure } from '../../base/failure.ts';
import { joinRaw, type RawPath } from '../../base/raw-path.ts';
import type { ObjectStatus } from '../../model/stream/attributes.ts';
import type { ReplicaEntry } from '../../model/stream/listing.ts';
import type { DirectoryEntry, FileTree } from '../../ports/files.ts';
import type { Storage } from '../../ports/storage.ts';
import type { ReplicaRequest } from '../../wire/control-messages.ts';
import { encodeBlockHashes, encodeListing } from '../../wire/records/listing-codec.ts';
import type { Response } from '../../wire/response-codec.ts';
import { KeptPlaces } from '../apply/kept-places.ts';
import { blockBytes, contentHash } from '../content-hash.ts';
import { filePieces, pieceBytes } from '../file-pieces.ts';
import { SparseHashes } from '../sparse-hashes.ts';

const entriesAtOnce = 2000;
const partBytes = 4 * 1024 * 1024;

export class ReplicaReader {
  readonly #trees: readonly FileTree[];
  /** Places that were there before the first mirror; told with the entries of a directory. */
  readonly kept: KeptPlaces;
  /** The directory that is being told in parts, so that it is read once. */
  #listed: { readonly key: string; readonly entries: readonly DirectoryEntry[] } | undefined;

  private constructor(trees: readonly FileTree[], kept: KeptPlaces) {
    this.#trees = trees;
    this.kept = kept;
  }

  /** `folder` is the job's own in the storage. Throws `FORMAT-NEWER` or `JOB-UNREADABLE`. */
  static async open(trees: readonly FileTree[], storage: Storage, folder: string): Promise<ReplicaReader> {
    return new ReplicaReader(trees, await KeptPlaces.open(storage, folder, trees));
  }

  async answer(request: ReplicaRequest): Promise<Response> {
    try {
      return await (request.type === 'list' ? this.#list(request) : this.#hashes(request));
    } catch (thrown) {
      const reason = thrown instanceof Failure ? thrown.message : String(thrown);
      return { id: request.id, outcome: 'failed', next: 0, answer: Buffer.from(reason, 'utf8') };
    }
  }

  async #list(request: Extract<ReplicaRequest, { type: 'list' }>): Promise<Response> {
    const { id, root, from, hashed } = request;
    const path = request.path as RawPath;
    const tree = this.#tree(root);
    const all = await this.#entries(tree, root, path, from);
    if (all === undefined) return { id, outcome: 'missing', next: 0, answer: Buffer.alloc(0) };
    const entries: ReplicaEntry[] = [];
    // Of a question's own, since several may be answered at a time.
    const scratch = Buffer.allocUnsafe(hashed ? blockBytes : 0);
    for (const entry of all.slice(from, from + entriesAtOnce)) {
      const described = await this.#describe(tree, joinRaw(path, entry.name), entry, hashed ? scratch : undefined);
      if (described === undefined) continue;
      const isKept = this.kept.isKept(root, joinRaw(path, entry.name));
      entries.push(isKept ? { ...described, isKept } : described);
    }
    // An entry that vanished while it was described must not shift the parts: a directory holds still while it is told.
    const part = encodeListing(entries, 0, partBytes);
    const told = part.next === entries.length ? Math.min(all.length, from + entriesAtOnce) : from + part.next;
    return { id, outcome: 'answered', next: told < all.length ? told : 0, answer: part.bytes };
  }

  async #entries(
    tree: FileTree,
    root: number,
    path: RawPath,
    from: number,
  ): Promise<readonly DirectoryEntry[] | undefined> {
    const key = `${root}:${path}`;
    if (from > 0 && this.#listed?.key === key) return this.#listed.entries;
    const entries = await tree.list(path);
    this.#listed = entries !== undefined && entries.length > entriesAtOnce ? { key, entries } : undefined;
    return entries;
  }

  async #describe(
    tree: FileTree,
    path: RawPath,
    { name, status }: DirectoryEntry,
    scratch: Buffer | undefined,
  ): Promise<ReplicaEntry | undefined> {
    try {
      const { kind, mode, userId, groupId, modifiedNs, size, links, device, inode, specialDevice } = status;
      const extended = await tree.extended(path);
      const attributes = { mode, userId, groupId, modifiedNs, extended };
      const isSparse = kind === 'file' && status.allocatedBytes < size;
      const sparse = isSparse ? { isSparse } : {};
      const entry = { name, kind, attributes, size, links, device, inode, specialDevice, ...sparse };
      if (kind === 'symlink') return { ...entry, linkText: await tree.readLink(path) };
      if (scratch === undefined || kind !== 'file' || size > blockBytes) return entry;
      return { ...entry, contentHash: await this.#smallHash(tree, path, status, scratch) };
    } catch (thrown) {
      if (thrown instanceof Failure && ['ENOENT', 'EINVAL'].includes(thrown.code)) return undefined;
      throw thrown;
    }
  }

  async #smallHash(tree: FileTree, path: RawPath, status: ObjectStatus, scratch: Buffer): Promise<Buffer> {
    const file = await tree.open(path, 'read');
    try {
      return contentHash(await file.read(0, status.size, scratch));
    } finally {
      await file.close();
    }
  }

  async #hashes(request: Extract<ReplicaRequest, { type: 'hashes' }>): Promise<Response> {
    const { id, root, first, count } = request;
    const tree = this.#tree(root);
    const path = request.path as RawPath;
    const missing: Response = { id, outcome: 'missing', next: 0, answer: Buffer.alloc(0) };
    if ((await tree.status(path))?.kind !== 'file') return missing;
    const file = await tree.open(path, 'read');
    try {
      const fileSize = (await file.status()).size;
      const hashes = new SparseHashes();
      const scratch = Buffer.allocUnsafe(pieceBytes);
      let [end, read] = [first, 0];
      for await (const { offset, length, isHole } of filePieces(file, first * blockBytes, fileSize)) {
        if (!isHole && read >= count) break;
        end = Math.ceil((offset + length) / blockBytes);
        if (isHole) continue;
        const chunk = await file.read(offset, length, scratch);
        for (let at = 0; at < chunk.length; at += blockBytes) {
          const block = chunk.subarray(at, at + blockBytes);
          hashes.add((offset + at) / blockBytes, contentHash(block), block.length);
        }
        read += length / blockBytes;
      }
      return { id, outcome: 'answered', next: 0, answer: encodeBlockHashes({ fileSize, end, runs: hashes.runs }) };
    } finally {
      await file.close();
    }
  }

  #tree(root: number): FileTree {
    const tree = this.#trees[root];
    if (tree === undefined) {
      throw new Failure({
        code: 'ROOT-UNKNOWN',
        operation: 'look at the replica',
        subject: `root ${root}`,
        reason: 'the job has no such root',
      });
    }
    return tree;
  }
}
