// What the stream has already said about the workload's objects, by their identity on the source (device and inode): under
// which path each was last sent, and, of a file of more than one block, the hash of every block as it was sent. It makes a
// second name a hard link, and a change of a large file cost its changed blocks.
//
// It is a memory, never the truth: forgetting anything costs bytes, not correctness. Hashes are bounded in memory; the
// oldest are forgotten first. Paths follow renames of directories lazily: each entry knows how many it has seen.
import { isWithin, parentOf, type RawPath } from '../../base/raw-path.ts';
import type { ObjectStatus } from '../../model/attributes.ts';

export interface KnownObject {
  readonly root: number;
  path: RawPath;
  /** How many directory renames `path` takes into account. */
  renamesSeen: number;
  /** The object's time of change when it was sent: while it stands, the stream has said everything about it. */
  readonly changedNs: bigint;
  /** How many removals the stream had carried when the object was sent. */
  readonly removalsSeen: number;
}

interface ObjectName {
  readonly root: number;
  readonly path: RawPath;
}

interface Removal {
  readonly name: ObjectName;
  readonly number: number;
  /** Something was sent to this name afterwards. */
  restored: boolean;
}

interface DirectoryRename {
  readonly root: number;
  readonly from: RawPath;
  readonly to: RawPath;
}

const renamesMax = 10_000;
const removalsMax = 1000;

export class KnownObjects {
  readonly #objects = new Map<string, KnownObject>();
  readonly #blocks = new Map<string, Buffer>();
  /** Of objects with several names: every name they were sent under, and the object of each. */
  readonly #names = new Map<string, Map<string, ObjectName>>();
  readonly #objectOfName = new Map<string, string>();
  readonly #blockBytesMax: number;
  #blockBytes = 0;
  #renames: DirectoryRename[] = [];
  /** Names that the stream has removed: what was below is in the replica no more. */
  readonly #removals = new Map<string, Removal>();
  #removalCount = 0;
  /** Removals up to this number are not remembered one by one. */
  #removalsForgotten = 0;

  constructor(blockBytesMax = 256 * 1024 * 1024) {
    this.#blockBytesMax = blockBytesMax;
  }

  clear(): void {
    this.#objects.clear();
    this.#blocks.clear();
    this.#blockBytes = 0;
    this.#renames = [];
    this.#names.clear();
    this.#objectOfName.clear();
    this.#removals.clear();
  }

  /** Where the stream last put this object, or undefined. */
  find(status: ObjectStatus): Readonly<Pick<KnownObject, 'root' | 'path'>> | undefined {
    const known = this.#objects.get(keyOf(status));
    if (known === undefined) return undefined;
    this.#follow(known);
    return known;
  }

  /** Where the stream last put the object with this identity, or undefined. */
  findTouched(device: number, inode: bigint): { readonly root: number; readonly path: RawPath } | undefined {
    const known = this.#objects.get(`${device}:${inode}`);
    if (known !== undefined) this.#follow(known);
    return known;
  }

  /** The stream has put the object here, as it is now. What was known of its blocks is of another content. */
  remember(status: ObjectStatus, root: number, path: RawPath): void {
    this.#dropBlocks(keyOf(status));
    const [renamesSeen, removalsSeen] = [this.#renames.length, this.#removalCount];
    this.#objects.set(keyOf(status), { root, path, renamesSeen, changedNs: status.changedNs, removalsSeen });
    if (status.links > 1 && status.kind !== 'directory') this.addName(status, root, path);
    this.#restore(root, path);
  }

  /** Whether the stream put this object under this name, perhaps among others. */
  isAt(status: ObjectStatus, root: number, path: RawPath): boolean {
    const known = this.find(status);
    if (known?.root === root && known.path === path) return true;
    return this.#names.get(keyOf(status))?.has(nameKey({ root, path })) ?? false;
  }

  /** Whether the replica has this object under this name, exactly as it is: nothing has happened to it or to the name since. */
  isCurrent(status: ObjectStatus, root: number, path: RawPath): boolean {
    const known = this.#objects.get(keyOf(status));
    if (known?.changedNs !== status.changedNs) return false;
    this.#follow(known);
    if (known.root !== root || known.path !== path) return false;
    if (known.removalsSeen < this.#removalsForgotten) return false;
    for (let name = path; ; name = parentOf(name)) {
      const removal = this.#removals.get(nameKey({ root, path: name }));
      if (removal !== undefined && removal.number > known.removalsSeen) return false;
      if (name === '') return true;
    }
  }

  /** The stream removed this name, with everything below it. */
  removed(root: number, path: RawPath): void {
    this.#removalCount += 1;
    this.#removals.set(nameKey({ root, path }), { name: { root, path }, number: this.#removalCount, restored: false });
    if (this.#removals.size <= removalsMax) return;
    this.#removals.clear();
    this.#removalsForgotten = this.#removalCount;
  }

  /** Whether the stream has removed this name, or one above it, and put nothing there since. */
  isGone(root: number, path: RawPath): boolean {
    if (this.#removals.size === 0) return false;
    for (let name = path; name !== ''; name = parentOf(name)) {
      if (this.#removals.get(nameKey({ root, path: name }))?.restored === false) return true;
    }
    return false;
  }

  /** The stream made this a name of a known object, besides the one it was sent under. */
  addName(status: ObjectStatus, root: number, path: RawPath): void {
    const object = keyOf(status);
    const names = this.#names.get(object) ?? new Map<string, ObjectName>();
    const first = this.find(status);
    for (const name of [{ root, path }, ...(first === undefined ? [] : [first])]) {
      const key = nameKey(name);
      names.set(key, { root: name.root, path: name.path });
      this.#objectOfName.set(key, object);
    }
    this.#names.set(object, names);
    this.#restore(root, path);
  }

  /** All names, as far as known, of an object that was sent under several. */
  namesOf(status: ObjectStatus): readonly ObjectName[] {
    return [...(this.#names.get(keyOf(status))?.values() ?? [])];
  }

  /** The name stands for this object no more. */
  forgetName(root: number, path: RawPath): void {
    const key = nameKey({ root, path });
    this.#names.get(this.#objectOfName.get(key) ?? '')?.delete(key);
    this.#objectOfName.delete(key);
  }

  /** Other names, as far as known, of the object that this name stood for; none when it had but one. */
  otherNames(root: number, path: RawPath): readonly ObjectName[] {
    const own = nameKey({ root, path });
    const names = this.#names.get(this.#objectOfName.get(own) ?? '');
    return names === undefined ? [] : [...names].flatMap(([key, name]) => (key === own ? [] : [name]));
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

  /** Its content has to be sent anew. Its name stays known: what is sent then has to be linked to it again. */
  forget(status: ObjectStatus): void {
    const known = this.find(status);
    if (known !== undefined && status.links > 1 && status.kind !== 'directory') {
      this.addName(status, known.root, known.path);
    }
    this.#objects.delete(keyOf(status));
    this.#dropBlocks(keyOf(status));
  }

  /** Everything at or below `from` is now at or below `to`. */
  renamed(root: number, from: RawPath, to: RawPath): void {
    this.#renames.push({ root, from, to });
    this.#renameNames(root, from, to);
    this.#renameRemovals(root, from, to);
    this.#restore(root, to);
    if (this.#renames.length < renamesMax) return;
    for (const known of this.#objects.values()) {
      this.#follow(known);
      known.renamesSeen = 0;
    }
    this.#renames = [];
  }

  #renameNames(root: number, from: RawPath, to: RawPath): void {
    for (const [key, object] of [...this.#objectOfName]) {
      const names = this.#names.get(object);
      const name = names?.get(key);
      if (names === undefined || name === undefined || name.root !== root || !isWithin(name.path, from)) continue;
      const moved = { root, path: (to + name.path.slice(from.length)) as RawPath };
      names.delete(key);
      names.set(nameKey(moved), moved);
      this.#objectOfName.delete(key);
      this.#objectOfName.set(nameKey(moved), object);
    }
  }

  #restore(root: number, path: RawPath): void {
    const removal = this.#removals.size === 0 ? undefined : this.#removals.get(nameKey({ root, path }));
    if (removal !== undefined) removal.restored = true;
  }

  #renameRemovals(root: number, from: RawPath, to: RawPath): void {
    for (const { name, number, restored } of [...this.#removals.values()]) {
      if (name.root !== root || !isWithin(name.path, from)) continue;
      const moved = { root, path: (to + name.path.slice(from.length)) as RawPath };
      this.#removals.set(nameKey(moved), { name: moved, number, restored });
    }
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

function nameKey({ root, path }: ObjectName): string {
  return `${root}:${path}`;
}
