// Turns the present state of one object of the workload into operations. Content is read while it may be changing: what is
// torn by that is reported by capture afterwards and sent again. Attributes are read after the content and sent last, so a
// replica whose times are right has the content that belongs to them.
//
// A name may become another object's between the look at it and the reading. What was looked at is therefore read by its
// identity; where another object stands there by then nothing of that one is sent, and the outcome is `vanished`: the caller
// looks again. A name that is another object's each time is a place that cannot be read.
import type { RawPath } from '../../base/raw-path.ts';
import { isSameObject, type ObjectAttributes, type ObjectStatus } from '../../model/stream/attributes.ts';
import { contentBytesMax } from '../../model/stream/operation.ts';
import type { FileTree, OpenFile } from '../../ports/files.ts';
import { blockBytes, contentHash } from '../content-hash.ts';
import { filePieces, pieceBytes } from '../file-pieces.ts';
import { SparseHashes } from '../sparse-hashes.ts';
import { ChangingNames } from './changing-names.ts';
import { KeptObjects } from './kept-objects.ts';
import type { KnownObjects } from './known-objects.ts';
import { hasVanished, isAnotherObject } from './object-gone.ts';
import type { StreamWriter } from './stream-writer.ts';

/** `linked`: as another name of a known file. `vanished`: the object was gone, or another one, before it was read whole. */
export type SendOutcome = 'sent' | 'linked' | 'vanished';

export interface SendResult {
  readonly outcome: SendOutcome;
  readonly bytes: number;
  /** Bytes that were compared and not sent. */
  readonly skipped: number;
}

const vanished: SendResult = { outcome: 'vanished', bytes: 0, skipped: 0 };

export class ObjectSender {
  readonly #trees: readonly FileTree[];
  readonly #known: KnownObjects;
  readonly #writer: StreamWriter;
  /** Whether the stream may not have this name as the source has it now. */
  readonly #isDirty: (root: number, path: RawPath) => boolean;
  readonly #kept: KeptObjects;
  /** Whether programs may change the file without its times, until its pages are made clean. */
  readonly #isMapped: (status: ObjectStatus) => boolean;
  /** What is read is in the stream, or hashed, before the next is: one object is sent at a time. */
  readonly #scratch = Buffer.allocUnsafe(pieceBytes);
  readonly #changing = new ChangingNames();

  constructor(
    trees: readonly FileTree[],
    known: KnownObjects,
    writer: StreamWriter,
    isDirty: (root: number, path: RawPath) => boolean = () => false,
    kept = new KeptObjects(),
    isMapped: (status: ObjectStatus) => boolean = () => false,
  ) {
    this.#kept = kept;
    this.#trees = trees;
    this.#known = known;
    this.#writer = writer;
    this.#isDirty = isDirty;
    this.#isMapped = isMapped;
  }

  /**
   * Sends the object whole, whatever the replica has at its path; of a directory itself, not its entries. A second name of
   * a file that the stream knows becomes a hard link.
   */
  async sendWhole(root: number, path: RawPath, status: ObjectStatus): Promise<SendResult> {
    return this.#unlessVanished(root, path, async () => {
      if (this.refuses(root, path, status)) return this.#sendNothing(root, path);
      if (await this.#sendAsLink(root, path, status)) return { outcome: 'linked', bytes: 0, skipped: 0 };
      if (status.kind === 'file') return this.#sendFile(root, path, status, undefined);
      const attributes = await this.readAttributes(root, path, status);
      if (status.kind === 'directory') this.#writer.append({ kind: 'directory', root, path, attributes });
      else if (status.kind === 'symlink') {
        const target = await this.#tree(root).readLink(path, status);
        this.#writer.append({ kind: 'symlink', root, path, target, attributes });
      } else {
        const device = status.specialDevice;
        this.#writer.append({ kind: 'special', root, path, special: status.kind, device, attributes });
      }
      this.#known.remember(status, root, path);
      return { outcome: 'sent', bytes: 0, skipped: 0 };
    });
  }

  /**
   * Sends what differs from `blocks`, the hashes of the file's blocks in the replica, and then the attributes; without them
   * all of the content. The file stays the one that it is there.
   */
  async sendContent(
    root: number,
    path: RawPath,
    status: ObjectStatus,
    blocks: SparseHashes | undefined,
  ): Promise<SendResult> {
    return this.#unlessVanished(root, path, () => this.#sendFile(root, path, status, blocks));
  }

  async sendAttributes(root: number, path: RawPath, status: ObjectStatus): Promise<SendResult> {
    return this.#unlessVanished(root, path, async () => {
      const attributes = await this.readAttributes(root, path, status);
      this.#writer.append({ kind: 'attributes', root, path, attributes });
      return { outcome: 'sent', bytes: 0, skipped: 0 };
    });
  }

  /** Whether the target does not take such an object. */
  refuses(root: number, path: RawPath, { kind }: ObjectStatus): boolean {
    return this.#kept.refuses(root, path, kind);
  }

  /** The target does not take the object: at its name there is nothing, whatever there was. */
  #sendNothing(root: number, path: RawPath): SendResult {
    this.#writer.append({ kind: 'remove', root, path });
    return { outcome: 'sent', bytes: 0, skipped: 0 };
  }

  /** As the replica is to have them. Rejects with `ESTALE` when the name has become another object's. */
  async readAttributes(root: number, path: RawPath, status: ObjectStatus): Promise<ObjectAttributes> {
    const extended = await this.#tree(root).extended(path, status);
    return this.#kept.attributes(status.kind, {
      mode: status.mode,
      userId: status.userId,
      groupId: status.groupId,
      modifiedNs: status.modifiedNs,
      extended,
    });
  }

  /** Whether the object is another name of one that the stream knows, and was sent as such. */
  async #sendAsLink(root: number, path: RawPath, status: ObjectStatus): Promise<boolean> {
    if (status.links < 2 || status.kind === 'directory') return false;
    if (!this.#known.isSent(status)) return false;
    for (const name of this.#known.namesOf(status)) {
      if (name.root !== root || name.path === path || this.#isDirty(root, name.path)) continue;
      const there = await this.#tree(root).status(name.path);
      if (there === undefined || !isSameObject(there, status)) continue;
      this.#writer.append({ kind: 'link', root, path, existing: name.path });
      this.#known.addName(status, root, path);
      return true;
    }
    return false;
  }

  async #sendFile(
    root: number,
    path: RawPath,
    looked: ObjectStatus,
    blocks: SparseHashes | undefined,
  ): Promise<SendResult> {
    const file = await this.#tree(root).open(path, 'read', looked);
    try {
      // What is remembered of the file is how it stood before it was read: what changes meanwhile is a change.
      const status = await file.status();
      if (this.#isMapped(status)) await file.sync();
      return status.size <= contentBytesMax
        ? await this.#sendSmall(file, root, path, status, blocks)
        : await this.#sendLarge(file, root, path, status, blocks);
    } finally {
      await file.close();
    }
  }

  async #sendSmall(
    file: OpenFile,
    root: number,
    path: RawPath,
    before: ObjectStatus,
    blocks: SparseHashes | undefined,
  ): Promise<SendResult> {
    const content = await file.read(0, contentBytesMax, this.#scratch);
    const status = await file.status();
    if (status.size > contentBytesMax) {
      return this.#sendLarge(file, root, path, { ...before, size: status.size }, blocks);
    }
    const attributes = await this.readAttributes(root, path, status);
    const hole = status.allocatedBytes === 0 && content.every((byte) => byte === 0);
    const size = content.length;
    this.#writer.append({ kind: 'file', root, path, size, content: hole ? Buffer.alloc(0) : content, attributes });
    this.#known.remember(before, root, path);
    return { outcome: 'sent', bytes: hole ? 0 : content.length, skipped: 0 };
  }

  async #sendLarge(
    file: OpenFile,
    root: number,
    path: RawPath,
    before: ObjectStatus,
    blocks: SparseHashes | undefined,
  ): Promise<SendResult> {
    const { size } = before;
    const hashes = new SparseHashes();
    let bytes = 0;
    let skipped = 0;
    this.#writer.append({ kind: 'file', root, path, size, content: Buffer.alloc(0) });
    for await (const { offset, length, isHole } of filePieces(file, 0, size)) {
      if (isHole) {
        // The replica may hold anything there, unless it is known to hold zeros.
        if (blocks?.countIn(offset / blockBytes, Math.ceil((offset + length) / blockBytes)) === 0) skipped += length;
        else this.#writer.append({ kind: 'hole', root, path, offset, length });
        continue;
      }
      const chunk = await file.read(offset, length, this.#scratch);
      if (chunk.length === 0) break;
      for (let at = 0; at < chunk.length; at += blockBytes) {
        const data = chunk.subarray(at, at + blockBytes);
        const block = (offset + at) / blockBytes;
        const hash = contentHash(data);
        hashes.add(block, hash, data.length);
        if (blocks?.isSame(block, hash, data.length)) {
          skipped += data.length;
          continue;
        }
        this.#writer.append({ kind: 'write', root, path, offset: offset + at, data });
        bytes += data.length;
      }
      await this.#writer.room();
    }
    const after = await file.status();
    const attributes = await this.readAttributes(root, path, after);
    this.#writer.append({ kind: 'attributes', root, path, attributes });
    this.#known.remember(before, root, path);
    this.#known.rememberBlocks(before, hashes);
    return { outcome: 'sent', bytes, skipped };
  }

  async #unlessVanished(root: number, path: RawPath, send: () => Promise<SendResult>): Promise<SendResult> {
    try {
      const result = await send();
      this.#changing.held(root, path);
      return result;
    } catch (thrown) {
      if (!hasVanished(thrown)) throw thrown;
      if (isAnotherObject(thrown)) this.#changing.missed(root, path);
      return vanished;
    }
  }

  #tree(root: number): FileTree {
    const tree = this.#trees[root];
    if (tree === undefined) throw new RangeError(`root ${root} is not one of this job's`);
    return tree;
  }
}
