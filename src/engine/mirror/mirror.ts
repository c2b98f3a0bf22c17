// A mirror: makes the replica equal to the workload by one of the four methods, as operations in the stream, while the
// workload goes on changing (the tracker remembers what changes meanwhile, and sends it afterwards).
//
// What is compared is the replica as it was when every operation before the mirror's begin had been applied: each name is
// looked at once, so operations of the mirror itself never meet a comparison. Attributes of a directory are sent after its
// entries, since writing those changes its times.
import { asFailure, type Failure } from '../../base/failure.ts';
import { displayPath, parentOf, type RawPath } from '../../base/raw-path.ts';
import type { ObjectAttributes, ObjectStatus } from '../../model/stream/attributes.ts';
import type { ReplicaEntry } from '../../model/stream/listing.ts';
import type { MirrorMethod } from '../../model/stream/marker.ts';
import type { FileTree } from '../../ports/files.ts';
import { blockBytes, contentHash } from '../content-hash.ts';
import { filePieces, pieceBytes } from '../file-pieces.ts';
import type { KnownObjects } from '../sending/known-objects.ts';
import { hasVanished } from '../sending/object-gone.ts';
import type { ObjectSender, SendResult } from '../sending/object-sender.ts';
import type { Selection } from '../sending/selection.ts';
import type { StreamWriter } from '../sending/stream-writer.ts';
import { SparseHashes } from '../sparse-hashes.ts';
import { attributeDifferences, LinkGroups } from './comparison.ts';
import type { ReplicaView } from './replica-view.ts';
import type { Surplus } from './surplus.ts';
import { type TreePair, type TreeVisitor, TreeWalk } from './tree-walk.ts';

export interface MirrorProgress {
  /** Bytes of the workload that were looked at, and what became of them. */
  readonly doneBytes: number;
  /** Names of the workload that were looked at, without those of directories. */
  readonly doneFiles: number;
  readonly sentBytes: number;
  readonly skippedBytes: number;
  readonly orphans: number;
}

export interface MirrorParts {
  readonly trees: readonly FileTree[];
  readonly selection: Selection;
  readonly known: KnownObjects;
  readonly sender: ObjectSender;
  readonly writer: StreamWriter;
  readonly replica: ReplicaView;
  readonly method: MirrorMethod;
  readonly surplus: Surplus;
}

export interface MirrorListener {
  /** Everything was looked at; what is only in the replica goes now. */
  removing(): void;
  progress(progress: MirrorProgress): void;
  /** An object of the workload that cannot be read; the mirror goes on and is then not complete. */
  unreadable(root: number, path: RawPath, failure: Failure): void;
  /** A folder that only shows the kernel's own state: the replica gets it empty. */
  unprotected(root: number, path: RawPath): void;
  /** The name became another object's after it was listed: what stands there now is to be sent when the mirror has walked. */
  replaced(root: number, path: RawPath): void;
}

/** Blocks read by the target for one answer: 256 MiB of data. */
const hashesAtOnce = 4096;

export class Mirror implements TreeVisitor {
  readonly #parts: MirrorParts;
  readonly #listener: MirrorListener;
  readonly #scratch = Buffer.allocUnsafe(pieceBytes);
  readonly #links = new LinkGroups();
  /** Directories some of whose entries were changed by this mirror. */
  readonly #touched = new Set<string>();
  #progress = { doneBytes: 0, doneFiles: 0, sentBytes: 0, skippedBytes: 0, orphans: 0 };

  constructor(parts: MirrorParts, listener: MirrorListener) {
    this.#parts = parts;
    this.#listener = listener;
  }

  async run(signal: AbortSignal): Promise<MirrorProgress> {
    const { trees, selection, replica, method } = this.#parts;
    await new TreeWalk(trees, selection, replica, method === 'data-delta').run(this, signal);
    if (!signal.aborted) await this.#removeSurplus();
    return this.#progress;
  }

  async visit(pair: TreePair): Promise<void> {
    if (pair.local?.virtualFileSystem !== undefined) this.#listener.unprotected(pair.root, pair.path);
    try {
      await this.#parts.surplus.see(pair);
      if (pair.local !== undefined) await this.#visitObject(pair, pair.local);
    } catch (thrown) {
      this.#reportUnreadable(pair, thrown);
    }
    if (pair.local !== undefined && pair.local.kind !== 'directory') this.#progress.doneFiles += 1;
    if (pair.local?.kind === 'file') this.#progress.doneBytes += pair.local.size;
    this.#listener.progress(this.#progress);
    await this.#parts.writer.room();
  }

  async leave(pair: TreePair): Promise<void> {
    const { root, path } = pair;
    const key = `${root}:${path}`;
    const touched = this.#touched.delete(key) || path === '';
    const status = await this.#tree(root).status(path);
    if (status?.kind !== 'directory') return;
    try {
      const attributes = await this.#parts.sender.readAttributes(root, path, status);
      if (touched || !this.#sameAttributes(pair, status, attributes)) {
        this.#parts.writer.append({ kind: 'attributes', root, path, attributes });
      }
    } catch (thrown) {
      this.#reportUnreadable(pair, thrown);
    }
  }

  /** Its entries are neither sent nor taken for orphans. */
  unlistable(directory: TreePair, failure: Failure): void {
    this.#reportUnreadable(directory, failure);
  }

  /** Comes last, when it is known that the source itself is not gone. It changes the directories above once more. */
  async #removeSurplus(): Promise<void> {
    this.#listener.removing();
    const above = new Map<string, { readonly root: number; readonly path: RawPath }>();
    await this.#parts.surplus.remove((root, path) => {
      this.#progress.orphans += 1;
      const parent = parentOf(path);
      above.set(`${root}:${parent}`, { root, path: parent });
    });
    for (const { root, path } of above.values()) {
      const local = await this.#tree(root).status(path);
      this.#touched.add(`${root}:${path}`);
      await this.leave({ root, path, local, remote: undefined });
    }
  }

  async #visitObject(pair: TreePair, local: ObjectStatus): Promise<void> {
    const { root, path, remote } = pair;
    const alike = remote !== undefined && remote.kind === local.kind && this.#links.agrees(local, remote);
    const usable = alike && !this.#parts.sender.refuses(root, path, local);
    if (local.kind === 'directory') {
      if (usable) this.#parts.known.remember(local, root, path);
      else this.#count(await this.#parts.sender.sendWhole(root, path, local), pair);
      return;
    }
    if (!usable) {
      this.#links.remade(local);
      // An object that shares its bytes with another name of the replica must not be written into.
      if (remote !== undefined) this.#parts.writer.append({ kind: 'remove', root, path });
      this.#count(await this.#parts.sender.sendWhole(root, path, local), pair);
      return;
    }
    // Both sides have the same object here as under a name that was compared: read twice, it could be two states of it.
    if (this.#links.isCompared(local)) {
      this.#parts.known.addName(local, root, path);
      this.#progress.skippedBytes += local.kind === 'file' ? local.size : 0;
      return;
    }
    // From here on the name may come to stand for another object before that is read.
    this.#parts.known.addOld(local, root, path);
    if (await this.#compare(pair, local, remote)) this.#links.compared(local);
  }

  /** Makes the copy under this name equal to the object. False when the name has become another object's before that. */
  async #compare(pair: TreePair, local: ObjectStatus, remote: ReplicaEntry): Promise<boolean> {
    const { root, path } = pair;
    const { method, known, sender } = this.#parts;
    if (method === 'none') return this.#count(await sender.sendWhole(root, path, local), pair);
    const attributes = await sender.readAttributes(root, path, local);
    const sameAttributes = this.#sameAttributes(pair, local, attributes, await this.#linkText(pair, local));
    if (local.kind === 'file') return this.#compareFile(pair, local, sameAttributes && local.size === remote.size);
    if (!sameAttributes) return this.#count(await sender.sendWhole(root, path, local), pair);
    known.remember(local, root, path);
    return true;
  }

  async #compareFile(pair: TreePair, local: ObjectStatus, looksSame: boolean): Promise<boolean> {
    const { root, path } = pair;
    const { method, known, sender } = this.#parts;
    if (method !== 'data-delta' && looksSame) {
      known.remember(local, root, path);
      this.#progress.skippedBytes += local.size;
      return true;
    }
    if (method === 'attributes-whole') return this.#count(await sender.sendWhole(root, path, local), pair);
    if (local.size <= blockBytes) {
      const same = looksSame && (await this.#sameSmallContent(pair, local));
      if (!same) return this.#count(await sender.sendWhole(root, path, local), pair);
      known.remember(local, root, path);
      this.#progress.skippedBytes += local.size;
      return true;
    }
    const hashes = await this.#remoteHashes(root, path, pair.remote?.size ?? 0);
    if (hashes === undefined) return this.#count(await sender.sendWhole(root, path, local), pair);
    if (!looksSame || !(await this.#sameLargeContent(pair, local, hashes)))
      return this.#count(await sender.sendContent(root, path, local, hashes), pair);
    known.remember(local, root, path);
    known.rememberBlocks(local, hashes);
    this.#progress.skippedBytes += local.size;
    return true;
  }

  async #sameSmallContent({ root, path, remote }: TreePair, local: ObjectStatus): Promise<boolean> {
    if (remote?.contentHash === undefined) return false;
    const file = await this.#tree(root).open(path, 'read', local);
    try {
      const content = await file.read(0, blockBytes + 1, this.#scratch);
      return content.length === remote.size && contentHash(content).equals(remote.contentHash);
    } finally {
      await file.close();
    }
  }

  async #sameLargeContent({ root, path }: TreePair, local: ObjectStatus, hashes: SparseHashes): Promise<boolean> {
    const file = await this.#tree(root).open(path, 'read', local);
    try {
      for await (const { offset, length, isHole } of filePieces(file, 0, local.size)) {
        if (isHole && hashes.countIn(offset / blockBytes, Math.ceil((offset + length) / blockBytes)) === 0) continue;
        if (isHole) return false;
        // A mirror that is paused does not go on reading.
        await this.#parts.writer.room();
        const chunk = await file.read(offset, length, this.#scratch);
        if (chunk.length < length) return false;
        for (let at = 0; at < length; at += blockBytes) {
          const block = chunk.subarray(at, at + blockBytes);
          if (!hashes.isSame((offset + at) / blockBytes, contentHash(block), block.length)) return false;
        }
      }
      return true;
    } finally {
      await file.close();
    }
  }

  async #remoteHashes(root: number, path: RawPath, size: number): Promise<SparseHashes | undefined> {
    const blocks = Math.ceil(size / blockBytes);
    const hashes = new SparseHashes();
    for (let first = 0; first < blocks; ) {
      const answer = await this.#parts.replica.hashes(root, path, first, hashesAtOnce);
      if (answer === undefined) return undefined;
      hashes.addRuns(answer.runs);
      // A file that has become shorter has nothing more to tell.
      if (answer.end <= first) break;
      first = answer.end;
    }
    return hashes;
  }

  async #linkText({ root, path }: TreePair, local: ObjectStatus): Promise<string | undefined> {
    return local.kind === 'symlink' ? this.#tree(root).readLink(path, local) : undefined;
  }

  #sameAttributes(pair: TreePair, status: ObjectStatus, attributes: ObjectAttributes, linkText?: string): boolean {
    return pair.remote !== undefined && attributeDifferences(status, attributes, linkText, pair.remote).length === 0;
  }

  /** False when the name has become another object's, and is to be looked at again. */
  #count(result: SendResult, { root, path }: TreePair): boolean {
    const isSent = result.outcome !== 'vanished';
    if (!isSent) this.#listener.replaced(root, path);
    this.#progress.sentBytes += result.bytes;
    this.#progress.skippedBytes += result.skipped;
    this.#touch(root, path);
    return isSent;
  }

  /** The directory above has a changed entry, so its times must be sent again. */
  #touch(root: number, path: RawPath): void {
    const slash = path.lastIndexOf('/');
    this.#touched.add(`${root}:${slash < 0 ? '' : path.slice(0, slash)}`);
  }

  #reportUnreadable({ root, path }: TreePair, thrown: unknown): void {
    const failure = asFailure(thrown, 'read a protected object', displayPath(path));
    if (hasVanished(failure)) {
      this.#listener.replaced(root, path);
      return;
    }
    if (['LINK-LOST', 'STREAM-ENDED'].includes(failure.code)) throw failure;
    this.#listener.unreadable(root, path, failure);
  }

  #tree(root: number): FileTree {
    const tree = this.#parts.trees[root];
    if (tree === undefined) throw new RangeError(`root ${root} is not one of this job's`);
    return tree;
  }
}
