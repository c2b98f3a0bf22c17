// What the stream has already said about the workload's files, by their identity on the source (device and inode): under
// which path each was last sent, and, of a file of more than one block, the hash of every block as it was sent. It makes a
// second name a hard link, and a change of a large file cost its changed blocks.
//
// It is a memory, never the truth: forgetting anything costs bytes, not correctness. Hashes are bounded in memory; the
// oldest are forgotten first. Paths follow renames of directories lazily: each entry knows how many it has seen.
import { isWithin, type RawPath } from '../../base/raw-path.ts';
import type { ObjectStatus } from '../../model/attributes.ts';

export interface KnownObject {
  readonly root: number;
  path: RawPath;
  /** How many directory renames `path` takes into account. */
  renamesSeen: number;
}

interface DirectoryRename {
  readonly root: number;
  readonly from: RawPath;
  readonly to: RawPath;
}

const renamesMax = 10_000;

export class KnownObjects {
  readonly #objects = new Map<string, KnownObject>();
  readonly #blocks = new Map<string, Buffer>();
  readonly #blockBytesMax: number;
  #blockBytes = 0;
  #renames: DirectoryRename[] = [];

  constructor(blockBytesMax = 256 * 1024 * 1024) {
    this.#blockBytesMax = blockBytesMax;
  }

  clear(): void {
    this.#objects.clear();
    this.#blocks.clear();
    this.#blockBytes = 0;
    this.#renames = [];
  }

  /** Where the stream last put this object, or undefined. */
  find(status: ObjectStatus): { readonly root: number; readonly path: RawPath } | undefined {
    const known = this.#objects.get(keyOf(status));
    if (known === undefined) return undefined;
    this.#follow(known);
    return known;
  }

  remember(status: ObjectStatus, root: number, path: RawPath): void {
    this.#objects.set(keyOf(status), { root, path, renamesSeen: this.#renames.length });
  }

  blocksOf(status: ObjectStatus): Buffer | undefined {
    return this.#blocks.get(keyOf(status));
  }

  rememberBlocks(status: ObjectStatus, hashes: Buffer): void {
    const key = keyOf(status);
    this.#dropBlocks(key);
    this.#blocks.set(key, hashes);
    this.#blockBytes += hashes.length;
    for (const oldest of this.#blocks.keys()) {
      if (this.#blockBytes <= this.#blockBytesMax) break;
      this.#dropBlocks(oldest);
    }
  }

  forget(status: ObjectStatus): void {
    this.#objects.delete(keyOf(status));
    this.#dropBlocks(keyOf(status));
  }

  /** Everything at or below `from` is now at or below `to`. */
  renamed(root: number, from: RawPath, to: RawPath): void {
    this.#renames.push({ root, from, to });
    if (this.#renames.length < renamesMax) return;
    for (const known of this.#objects.values()) {
      this.#follow(known);
      known.renamesSeen = 0;
    }
    this.#renames = [];
  }

  #follow(known: KnownObject): void {
    for (; known.renamesSeen < this.#renames.length; known.renamesSeen += 1) {
      const rename = this.#renames[known.renamesSeen];
      if (rename !== undefined && rename.root === known.root && isWithin(known.path, rename.from)) {
        known.path = (rename.to + known.path.slice(rename.from.length)) as RawPath;
      }
    }
  }

  #dropBlocks(key: string): void {
    this.#blockBytes -= this.#blocks.get(key)?.length ?? 0;
    this.#blocks.delete(key);
  }
}

function keyOf(status: ObjectStatus): string {
  return `${status.device}:${status.inode}`;
}
