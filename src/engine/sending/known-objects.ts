// What the stream has already said about the workload: which object (by device and inode on the source) it has put under
// which name, and, of a file of more than one block, the hash of every block as it was sent. It makes a second name a hard
// link, a change of a large file cost its changed blocks, and tells whether a rename is one of something that the replica has.
//
// Invariants
//   - The names are exactly those of the stream: what it removes or replaces is forgotten with everything below it, what it
//     renames moves with everything below it.
//   - Hashes are bounded in memory; the oldest are forgotten first, which costs bytes and nothing else.
import { baseName, joinRaw, parentOf, type RawPath, rootPath } from '../../base/raw-path.ts';
import { type ObjectStatus, objectKey } from '../../model/stream/attributes.ts';
import type { SparseHashes } from '../sparse-hashes.ts';

export interface ObjectName {
  readonly root: number;
  readonly path: RawPath;
}

/** An object by its identity, with the names under which the stream has it. */
export interface KnownIdentity {
  /** Device and inode, as in `device:inode`. */
  readonly key: string;
  readonly names: readonly ObjectName[];
}

/** A name that went, of an object that the stream still has under others. */
export interface PartedName extends ObjectName {
  /** The others, as they are by then. */
  readonly others: () => readonly ObjectName[];
}

interface NameNode {
  name: string;
  /** undefined for a root of the job, whose number is its name. */
  parent: NameNode | undefined;
  children: Map<string, NameNode> | undefined;
  object: KnownObject | undefined;
}

interface KnownObject {
  readonly key: string;
  /** Every name under which the stream has it, or an older copy of it. */
  readonly nodes: Set<NameNode>;
  /** The name under which it was last sent. */
  latest: NameNode | undefined;
  /** The object's time of change when it was sent: while it stands, the stream has said everything about it. */
  changedNs: bigint;
  /** Time and length of its content by then. */
  modifiedNs: bigint;
  size: number;
  /** It had more names than one when it was sent. */
  isLinked: boolean;
  /** What was sent of it can no longer be relied on. */
  stale: boolean;
}

interface Parted extends ObjectName {
  readonly object: KnownObject;
}

export class KnownObjects {
  readonly #objects = new Map<string, KnownObject>();
  readonly #roots = new Map<number, NameNode>();
  /** The file systems of which there ever was an object. */
  readonly #devices = new Set<number>();
  readonly #blocks = new Map<string, { readonly hashes: SparseHashes; readonly bytes: number }>();
  readonly #blockBytesMax: number;
  #blockBytes = 0;

  constructor(blockBytesMax = 256 * 1024 * 1024) {
    this.#blockBytesMax = blockBytesMax;
  }

  clear(): void {
    this.#objects.clear();
    this.#roots.clear();
    this.#blocks.clear();
    this.#blockBytes = 0;
  }

  /** The stream has put the object here, as it is now. What was known of its blocks is of another content. */
  remember(status: ObjectStatus, root: number, path: RawPath): void {
    const key = objectKey(status);
    this.#dropBlocks(key);
    const object = this.#addName(status, root, path);
    object.latest = this.#nodeAt(root, path);
    object.changedNs = status.changedNs;
    object.modifiedNs = status.modifiedNs;
    object.size = status.size;
    object.isLinked = status.links > 1;
    object.stale = false;
  }

  /** The stream made this a name of a known object, besides those that it has. */
  addName(status: ObjectStatus, root: number, path: RawPath): void {
    this.#addName(status, root, path);
  }

  /**
   * The replica has a copy of the object here that was not compared yet, and perhaps cannot be. Nothing may rely on it. It is
   * noted because the copy may have other names, which matters when something else is put here.
   */
  addOld(status: ObjectStatus, root: number, path: RawPath): void {
    const isNew = !this.#objects.has(objectKey(status));
    const object = this.#addName(status, root, path);
    if (isNew) object.stale = true;
  }

  /** Whether the stream has anything under this name. */
  has(root: number, path: RawPath): boolean {
    return path === rootPath || this.#nodeAt(root, path) !== undefined;
  }

  /** The names that the stream has in a directory. */
  entriesOf(root: number, path: RawPath): readonly string[] {
    return [...(this.#nodeAt(root, path)?.children?.keys() ?? [])];
  }

  /** Whether the stream put this object under this name, perhaps among others. */
  isAt(status: ObjectStatus, root: number, path: RawPath): boolean {
    const object = this.#nodeAt(root, path)?.object;
    return object?.key === objectKey(status) && !object.stale;
  }

  /** Whether the replica has this object under this name, exactly as it is: nothing has happened to it or to the name since. */
  isCurrent(status: ObjectStatus, root: number, path: RawPath): boolean {
    const node = this.#nodeAt(root, path);
    const object = node?.object;
    return this.isAt(status, root, path) && object?.latest === node && object?.changedNs === status.changedNs;
  }

  /** Whether nothing speaks for another content than the one that was sent. */
  looksSent(status: ObjectStatus): boolean {
    const object = this.#objects.get(objectKey(status));
    return object?.modifiedNs === status.modifiedNs && object.size === status.size;
  }

  /** Whether nothing has moved the size and the times of the object since it was sent. */
  isAsSent(status: ObjectStatus): boolean {
    const object = this.#objects.get(objectKey(status));
    return object?.stale === false && object.changedNs === status.changedNs && this.looksSent(status);
  }

  /** The objects with this number, on whatever file system. */
  withInode(inode: bigint): readonly KnownIdentity[] {
    return [...this.#devices].flatMap((device) => this.withKey(objectKey({ device, inode })) ?? []);
  }

  withKey(key: string): KnownIdentity | undefined {
    const object = this.#objects.get(key);
    return object && { key, names: [...object.nodes].map(nameOf) };
  }

  /** The objects that had more names than one when they were sent, or have by now. */
  linked(): readonly KnownIdentity[] {
    const objects = [...this.#objects.values()].filter(({ isLinked, nodes }) => isLinked || nodes.size > 1);
    return objects.map(({ key, nodes }) => ({ key, names: [...nodes].map(nameOf) }));
  }

  /** Whether the stream has the object as it was sent, so that other names can be linked to it. */
  isSent(status: ObjectStatus): boolean {
    return this.#objects.get(objectKey(status))?.stale === false;
  }

  /** The name under which the stream last put the object with this identity, or undefined. */
  findTouched(device: number, inode: bigint): ObjectName | undefined {
    const object = this.#objects.get(objectKey({ device, inode }));
    const [first] = object?.nodes ?? [];
    const node = object?.latest ?? first;
    return node && nameOf(node);
  }

  /** Every name under which the stream has the object; the one under which it was last sent comes first. */
  namesOf(status: ObjectStatus): readonly ObjectName[] {
    const object = this.#objects.get(objectKey(status));
    if (object === undefined) return [];
    const { latest, nodes } = object;
    return (latest === undefined ? [...nodes] : [...new Set([latest, ...nodes])]).map(nameOf);
  }

  /** Other names of the object that the stream has under this name. */
  otherNames(root: number, path: RawPath): readonly ObjectName[] {
    const node = this.#nodeAt(root, path);
    return [...(node?.object?.nodes ?? [])].filter((other) => other !== node).map(nameOf);
  }

  /** The name stands for its object no more. */
  forgetName(root: number, path: RawPath): void {
    const node = this.#nodeAt(root, path);
    if (node === undefined) return;
    this.#detach(node);
    prune(node);
  }

  /** Its content has to be sent anew. Its names stay known: what is sent then has to be linked to them again. */
  forget(status: ObjectStatus): void {
    const object = this.#objects.get(objectKey(status));
    if (object !== undefined) object.stale = true;
    this.#dropBlocks(objectKey(status));
  }

  /** The stream removed this name, with everything below it. */
  removed(root: number, path: RawPath): readonly PartedName[] {
    return named(this.#remove(root, path));
  }

  /** Everything at or below `from` is now at or below `to`; what was there is gone. Neither is within the other. */
  renamed(root: number, from: RawPath, to: RawPath): readonly PartedName[] {
    if (from === to) return [];
    const parted = this.#remove(root, to);
    const node = this.#nodeAt(root, from);
    if (node?.parent !== undefined) this.#move(node, node.parent, root, to);
    return named(parted);
  }

  blocksOf(status: ObjectStatus): SparseHashes | undefined {
    return this.#blocks.get(objectKey(status))?.hashes;
  }

  rememberBlocks(status: ObjectStatus, hashes: SparseHashes): void {
    const key = objectKey(status);
    this.#dropBlocks(key);
    const { bytes } = hashes;
    this.#blocks.set(key, { hashes, bytes });
    this.#blockBytes += bytes;
    for (const oldest of this.#blocks.keys()) {
      if (this.#blockBytes <= this.#blockBytesMax) break;
      this.#dropBlocks(oldest);
    }
  }

  #addName(status: ObjectStatus, root: number, path: RawPath): KnownObject {
    const key = objectKey(status);
    const node = this.#ensure(root, path);
    if (node.object?.key === key) return node.object;
    if (status.kind !== 'directory') this.#removeBelow(node, path);
    this.#detach(node);
    this.#devices.add(status.device);
    const known = this.#objects.get(key);
    const { changedNs, modifiedNs, size, links } = status;
    const times = { changedNs, modifiedNs, size, isLinked: links > 1 };
    const object = known ?? { key, nodes: new Set(), latest: node, ...times, stale: false };
    if (known === undefined) this.#objects.set(key, object);
    object.nodes.add(node);
    node.object = object;
    return object;
  }

  /** An object without a name is forgotten. */
  #detach(node: NameNode): void {
    const object = node.object;
    if (object === undefined) return;
    node.object = undefined;
    object.nodes.delete(node);
    if (object.latest === node) object.latest = undefined;
    if (object.nodes.size > 0) return;
    this.#objects.delete(object.key);
    this.#dropBlocks(object.key);
  }

  #remove(root: number, path: RawPath): readonly Parted[] {
    const top = this.#nodeAt(root, path);
    if (top === undefined) return [];
    const parted = this.#removeBelow(top, path);
    const object = top.object;
    this.#detach(top);
    prune(top);
    if (object !== undefined) parted.push({ root, path, object });
    return parted;
  }

  #removeBelow(top: NameNode, path: RawPath): Parted[] {
    const parted: Parted[] = [];
    const { root } = nameOf(top);
    const stack = [{ node: top, path }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { node, path: above } = next;
      for (const child of node.children?.values() ?? []) {
        const below = joinRaw(above, child.name);
        if (child.object !== undefined && child.object.nodes.size > 1) {
          parted.push({ root, path: below, object: child.object });
        }
        this.#detach(child);
        stack.push({ node: child, path: below });
      }
      node.children = undefined;
    }
    return parted;
  }

  #move(node: NameNode, before: NameNode, root: number, to: RawPath): void {
    before.children?.delete(node.name);
    const above = this.#ensure(root, parentOf(to));
    node.name = baseName(to);
    node.parent = above;
    above.children ??= new Map();
    above.children.set(node.name, node);
    prune(before);
  }

  #nodeAt(root: number, path: RawPath): NameNode | undefined {
    let node = this.#roots.get(root);
    for (const name of namesIn(path)) node = node?.children?.get(name);
    return node;
  }

  #ensure(root: number, path: RawPath): NameNode {
    let node = this.#roots.get(root);
    if (node === undefined) {
      node = { name: String(root), parent: undefined, children: undefined, object: undefined };
      this.#roots.set(root, node);
    }
    for (const name of namesIn(path)) {
      node.children ??= new Map();
      let child: NameNode | undefined = node.children.get(name);
      if (child === undefined) {
        child = { name, parent: node, children: undefined, object: undefined };
        node.children.set(name, child);
      }
      node = child;
    }
    return node;
  }

  #dropBlocks(key: string): void {
    this.#blockBytes -= this.#blocks.get(key)?.bytes ?? 0;
    this.#blocks.delete(key);
  }
}

function named(parted: readonly Parted[]): readonly PartedName[] {
  return parted.flatMap(({ root, path, object }) =>
    object.nodes.size === 0 ? [] : [{ root, path, others: () => [...object.nodes].map(nameOf) }],
  );
}

/** Removes nodes that have neither an object nor children, from this one upwards. */
function prune(from: NameNode): void {
  let node = from;
  while (node.parent !== undefined && node.object === undefined && (node.children?.size ?? 0) === 0) {
    node.parent.children?.delete(node.name);
    node = node.parent;
  }
}

function nameOf(node: NameNode): ObjectName {
  const names: string[] = [];
  let at = node;
  for (; at.parent !== undefined; at = at.parent) names.push(at.name);
  return { root: Number(at.name), path: names.reverse().join('/') as RawPath };
}

function namesIn(path: RawPath): readonly string[] {
  return path === '' ? [] : path.split('/');
}
