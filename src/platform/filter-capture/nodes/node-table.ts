// Which object each node number of the kernel stands for. A node lives from the first LOOKUP (or CREATE, …) that told its number
// until the kernel has forgotten it as often as it was told.
//
// Invariants: a node with names is found by each of them in `children` of its folder, and its path is the way up by the first;
// objects with several hard links have one node, so that the kernel keeps one copy of their pages; a node without names that somebody
// may still use has a descriptor of its own.
import { joinRaw, type RawPath, rootPath } from '../../../base/raw-path.ts';
import type { ChangedObject } from '../change-listener.ts';
import type { StatusView } from '../protocol/status-view.ts';
import { type NodeJournal, recordKind } from './node-journal.ts';

export const noDescriptor = -1;
/** What a node's descriptor is good for. */
export const access = { none: 0, path: 1, read: 2, readWrite: 3 } as const;
export type Access = (typeof access)[keyof typeof access];

const typeBits = 0o170000;
const folderType = 0o040000;

export interface NodeName {
  readonly folder: Node;
  readonly name: string;
}

export class Node implements ChangedObject {
  readonly id: number;
  readonly root: number;
  /** Of the inode; undefined for the folder above all roots. */
  readonly key: InodeKey | undefined;
  /** Of the mode. */
  readonly type: number;
  /** As the kernel has been told and has not forgotten. */
  lookups = 0;
  /** As it was last seen, and counted since. */
  links: number;
  folder: Node | undefined;
  name = '';
  /** Further hard links. */
  otherNames: NodeName[] | undefined;
  children: Map<string, Node> | undefined;
  /** How many times it is open in programs. */
  opens = 0;
  /** How many times for reading and writing, so that a shared map can change it; as far as that is known, at most. */
  mappers = 0;
  descriptor = noDescriptor;
  access: Access = access.none;
  /** When its descriptor was last used, for folders. */
  used = 0;
  attachment: unknown;
  /** Whether it is known to have no capabilities of its own (security.capability), for which the kernel asks before a first write. */
  isWithoutCapability = false;
  /** Whether its inode number may be another object's by now. */
  isEnded = false;
  /** Whether the guard has a descriptor of it, too. */
  isKept = false;
  /** Whether the listener knows that it changes under a name that is not known here. */
  isUnnamedTold = false;
  readonly #table: NodeTable;
  #path: RawPath = rootPath;
  #pathAge = -1;

  constructor(table: NodeTable, id: number, root: number, key: InodeKey | undefined, mode: number, links: number) {
    this.#table = table;
    this.id = id;
    this.root = root;
    this.key = key;
    this.type = mode & typeBits;
    this.links = links;
  }

  get isFolder(): boolean {
    return this.type === folderType;
  }

  get isNamed(): boolean {
    return this.folder !== undefined;
  }

  /** By its first name. Kept until a name of a folder changes. */
  get path(): RawPath {
    if (this.#pathAge !== this.#table.age) {
      const above = this.folder;
      this.#path = above === undefined || above.id === topNode ? rootPath : joinRaw(above.path, this.name);
      this.#pathAge = this.#table.age;
    }
    return this.#path;
  }

  forgetPath(): void {
    this.#pathAge = -1;
  }
}

/** An inode on the roots' file systems: its number alone on the first of them, as a string with the device on others. */
export type InodeKey = number | string;

/** The folder above all roots, which nobody sees: the node number with which a mount begins (FUSE_ROOT_ID). */
export const topNode = 1;

/** How often the kernel has been told of a root: so often that it never forgets it. */
export const foreverLookups = 2 ** 31;

export class NodeTable {
  /** Counts up with each change of a folder's name: paths that were made before may be wrong. */
  age = 0;
  /** Where changes of the table are recorded; none while they are done again. */
  journal: NodeJournal | undefined;
  /** Called for a node that is about to be dropped, for what else is kept of it. */
  onDropped: (node: Node) => void = () => undefined;
  top: Node;
  #nodes: (Node | undefined)[] = [undefined];
  #free: number[] = [];
  readonly #byKey = new Map<InodeKey, Node>();
  readonly #firstDevice: number;

  constructor(firstDevice: number) {
    this.#firstDevice = firstDevice;
    this.top = this.#add(topNode, 0, undefined, folderType, 2);
  }

  get(id: number): Node | undefined {
    return this.#nodes[id];
  }

  keyOf(status: StatusView): InodeKey {
    const inode = status.inode;
    if (status.device === this.#firstDevice && inode <= Number.MAX_SAFE_INTEGER) return inode;
    return `${status.device}:${status.words[9]}:${status.words[8]}`;
  }

  /**
   * The node that now has this name, a new one if need be, which the kernel is told of. What had the name before has it no longer.
   * @param id The number of a new node, when a change is done again.
   */
  tell(folder: Node, name: string, status: StatusView, root: number, id?: number): Node {
    const key = this.keyOf(status);
    let node = this.#byKey.get(key);
    // An inode number that was given again to something else, although its old node was never seen to end.
    if (node !== undefined && node.type !== (status.mode & typeBits)) {
      this.#endInode(node);
      node = undefined;
    }
    if (node === undefined) {
      node = this.#add(id ?? this.#free.pop() ?? this.#nodes.length, root, key, status.mode, status.links);
      this.#byKey.set(key, node);
    } else node.links = status.links;
    if (this.journal !== undefined) recordTell(this.journal, folder, node, status, name);
    node.lookups++;
    const before = folder.children?.get(name);
    if (before === node) return node;
    if (before !== undefined) this.#removeName(folder, name, before);
    this.#addName(node, folder, name);
    return node;
  }

  removeName(folder: Node, name: string, node: Node): void {
    this.#record(recordKind.removeName, folder.id, node.id, name);
    this.#removeName(folder, name, node);
  }

  /** What is at `from` is now at `to`. What was at `to` has lost that name. */
  move(fromFolder: Node, from: string, toFolder: Node, to: string): void {
    this.#record(recordKind.move, fromFolder.id, toFolder.id, from, to);
    const node = fromFolder.children?.get(from);
    const replaced = toFolder.children?.get(to);
    if (replaced !== undefined) this.#removeName(toFolder, to, replaced);
    if (node !== undefined) this.#rename(node, fromFolder, from, toFolder, to);
  }

  exchange(oneFolder: Node, one: string, otherFolder: Node, other: string): void {
    this.#record(recordKind.exchange, oneFolder.id, otherFolder.id, one, other);
    const first = oneFolder.children?.get(one);
    const second = otherFolder.children?.get(other);
    oneFolder.children?.delete(one);
    otherFolder.children?.delete(other);
    if (first !== undefined) this.#rename(first, oneFolder, one, otherFolder, other);
    if (second !== undefined) this.#rename(second, otherFolder, other, oneFolder, one);
  }

  /** The object has lost a name that it had. With the last one its inode number may be given again to something else. */
  loseName(folder: Node, name: string, node: Node): void {
    this.#record(recordKind.loseName, folder.id, node.id, name);
    node.links = Math.max(0, node.links - 1);
    if (node.isFolder || node.links <= 0) this.#endInode(node);
    this.#removeName(folder, name, node);
  }

  opened(node: Node): void {
    this.#record(recordKind.opened, node.id);
    node.opens++;
  }

  closed(node: Node): void {
    this.#record(recordKind.closed, node.id);
    node.opens = Math.max(0, node.opens - 1);
    this.#dropUnused(node);
  }

  forget(node: Node, count: number): void {
    this.#record(recordKind.forget, node.id, count);
    node.lookups = Math.max(0, node.lookups - count);
    this.#dropUnused(node);
  }

  /** Begins a table that is made again from records: nothing is known. */
  reset(): void {
    this.#nodes = [undefined];
    this.#byKey.clear();
    this.top = this.#add(topNode, 0, undefined, folderType, 2);
  }

  /** A node of a table that is made again. */
  restore(id: number, root: number, key: InodeKey, mode: number, links: number, isEnded: boolean): Node {
    const node = this.#add(id, root, key, mode, links);
    node.isEnded = isEnded;
    if (!isEnded) this.#byKey.set(key, node);
    return node;
  }

  restoreName(node: Node, folder: Node, name: string): void {
    this.#addName(node, folder, name);
  }

  /** Ends the making of a table from records. */
  restored(): void {
    this.#free = [];
    for (let id = this.#nodes.length - 1; id > topNode; id--) if (this.#nodes[id] === undefined) this.#free.push(id);
  }

  *all(): Generator<Node> {
    for (const node of this.#nodes) if (node !== undefined && node.id !== topNode) yield node;
  }

  #addName(node: Node, folder: Node, name: string): void {
    if (node.isFolder && node.folder !== undefined) this.#removeName(node.folder, node.name, node);
    folder.children ??= new Map();
    folder.children.set(name, node);
    if (node.folder === undefined) {
      node.folder = folder;
      node.name = name;
      node.forgetPath();
    } else {
      node.otherNames ??= [];
      node.otherNames.push({ folder, name });
    }
    if (node.isFolder) this.age++;
  }

  #removeName(folder: Node, name: string, node: Node): void {
    if (folder.children?.get(name) === node) folder.children.delete(name);
    if (node.folder === folder && node.name === name) {
      const next = node.otherNames?.pop();
      node.folder = next?.folder;
      node.name = next?.name ?? '';
      node.forgetPath();
      if (node.isFolder) this.age++;
    } else if (node.otherNames !== undefined) {
      const at = node.otherNames.findIndex((one) => one.folder === folder && one.name === name);
      if (at >= 0) node.otherNames.splice(at, 1);
    }
    this.#dropUnused(node);
  }

  #endInode(node: Node): void {
    if (node.isEnded || node.key === undefined) return;
    node.isEnded = true;
    this.#byKey.delete(node.key);
  }

  #rename(node: Node, fromFolder: Node, from: string, toFolder: Node, to: string): void {
    if (fromFolder.children?.get(from) === node) fromFolder.children.delete(from);
    toFolder.children ??= new Map();
    toFolder.children.set(to, node);
    if (node.folder === fromFolder && node.name === from) {
      node.folder = toFolder;
      node.name = to;
      node.forgetPath();
    } else {
      const at = node.otherNames?.findIndex((one) => one.folder === fromFolder && one.name === from) ?? -1;
      if (at >= 0) node.otherNames?.splice(at, 1, { folder: toFolder, name: to });
    }
    if (node.isFolder) this.age++;
    this.#dropUnused(fromFolder);
  }

  #add(id: number, root: number, key: InodeKey | undefined, mode: number, links: number): Node {
    const node = new Node(this, id, root, key, mode, links);
    this.#nodes[id] = node;
    return node;
  }

  /** A folder stays as long as something below it is known: its name is needed for their paths. */
  #dropUnused(node: Node): void {
    if (node.lookups > 0 || node.opens > 0 || (node.children?.size ?? 0) > 0 || node.id === topNode) return;
    if (this.#nodes[node.id] !== node) return;
    this.#nodes[node.id] = undefined;
    this.#free.push(node.id);
    this.#endInode(node);
    this.onDropped(node);
    const { folder, name, otherNames } = node;
    node.folder = undefined;
    node.otherNames = undefined;
    if (folder !== undefined) this.#dropName(folder, name, node);
    for (const other of otherNames ?? []) this.#dropName(other.folder, other.name, node);
  }

  #dropName(folder: Node, name: string, node: Node): void {
    if (folder.children?.get(name) === node) folder.children.delete(name);
    this.#dropUnused(folder);
  }

  #record(kind: number, one: number, other?: number, first?: string, second?: string): void {
    const { journal } = this;
    if (journal === undefined) return;
    journal.begin(kind);
    journal.put(one);
    if (other !== undefined) journal.put(other);
    if (first === undefined) journal.end();
    else journal.endNamed(first, second);
  }
}

function recordTell(journal: NodeJournal, folder: Node, node: Node, { words, mode }: StatusView, name: string): void {
  journal.begin(recordKind.tell);
  journal.put(folder.id);
  journal.put(node.id);
  // Inode, device, type and permissions with the root, links.
  journal.put(words[8] as number);
  journal.put(words[9] as number);
  journal.put(words[34] as number);
  journal.put(words[35] as number);
  journal.put(mode + node.root * 2 ** 16);
  journal.put(words[4] as number);
  journal.endNamed(name);
}
