// Where a node is, for a call into C: a descriptor and a name below it. Folders are reached by descriptors that are kept open, the
// most recently used ones; each is opened below that of the folder above it and follows no symbolic link, so that
// nothing leads out of a root, whatever is swapped beneath.
import { cString, descriptorPath, openFlags } from '../../kernel/libc.ts';
import { type Address, addressOf, emptyName } from '../../kernel/memory-address.ts';
import { close, errno, openat } from '../kernel/file-calls.ts';
import { errorNumber } from '../protocol/opcodes.ts';
import { type Access, access, type Node, noDescriptor } from './node-table.ts';

const foldersMax = 1024;
const nameBytesMax = 256;

const folderFlags = openFlags.readOnly | openFlags.directory | openFlags.noFollow | openFlags.closeOnExec;
const pathFlags = openFlags.pathOnly | openFlags.noFollow | openFlags.closeOnExec;
/** What a file is opened with: it must not wait for anybody, should something else have come to stand there. */
const fileFlags = openFlags.noFollow | openFlags.closeOnExec | openFlags.nonBlocking;

/** A path for a call that takes no descriptor. */
export interface PathPlace {
  readonly path: Buffer;
  /** Whether it is a link of the kernel to the object, so that the last name must be followed. */
  readonly isLink: boolean;
}

export class Places {
  /** The name that belongs to the descriptor of the last `find`: `emptyName` when the descriptor is the object itself. */
  name: Address = emptyName;
  readonly #nameBytes = Buffer.alloc(nameBytesMax);
  readonly #nameAddress = addressOf(this.#nameBytes);
  readonly #open = new Set<Node>();
  #tick = 0;

  /** A descriptor below which `name` is the object; negative, and `failure` says why, when there is none. */
  find(node: Node): number {
    const { folder } = node;
    if (node.descriptor !== noDescriptor || folder === undefined) {
      this.name = emptyName;
      if (node.descriptor === noDescriptor) this.failure = errorNumber.ESTALE;
      else if (node.isFolder) node.used = ++this.#tick;
      return node.descriptor;
    }
    const above = this.openFolder(folder);
    if (above >= 0) this.setName(node.name);
    return above;
  }

  /** Why `find` or an opening gave no descriptor, as the kernel's number. */
  failure = 0;

  setName(name: string): void {
    this.#nameBytes[this.#nameBytes.write(name, 0, nameBytesMax - 1, 'latin1')] = 0;
    this.name = this.#nameAddress;
  }

  /** A descriptor of a folder that can be listed; it stays open at least until two others were opened. */
  openFolder(node: Node): number {
    node.used = ++this.#tick;
    if (node.descriptor !== noDescriptor && node.access !== access.path) return node.descriptor;
    const opened = this.#openAt(node, folderFlags);
    if (opened < 0) return opened;
    this.#replace(node, opened, access.read);
    this.#open.add(node);
    if (this.#open.size > foldersMax) this.#closeOldest();
    return opened;
  }

  /** A descriptor of a file that can be read, or read and written. */
  openFile(node: Node, isForWriting: boolean): number {
    const wanted = isForWriting ? access.readWrite : access.read;
    if (node.access >= wanted) return node.descriptor;
    let opened = this.#openAt(node, fileFlags | (isForWriting ? openFlags.readWrite : openFlags.readOnly));
    // A file that may only grow (chattr +a) can be opened in no other way.
    if (opened < 0 && isForWriting && this.failure === errorNumber.EPERM)
      opened = this.#openAt(node, fileFlags | openFlags.readWrite | openFlags.append);
    if (opened >= 0) this.#replace(node, opened, wanted);
    return opened;
  }

  /** Takes over a descriptor. @param to What it is good for, at least. */
  adopt(node: Node, descriptor: number, to: Access): void {
    this.#replace(node, descriptor, to);
  }

  /** Gives an object a descriptor that will still lead to it when it has lost its name. */
  hold(node: Node): void {
    if (node.descriptor !== noDescriptor) return;
    const opened = this.#openAt(node, pathFlags);
    if (opened >= 0) this.#replace(node, opened, access.path);
  }

  release(node: Node): void {
    if (node.descriptor === noDescriptor) return;
    close(node.descriptor);
    node.descriptor = noDescriptor;
    node.access = access.none;
    if (node.isFolder) this.#open.delete(node);
  }

  /** A path by which the object is reached without a descriptor: for calls that take nothing else. */
  pathOf(node: Node): PathPlace | undefined {
    const at = this.find(node);
    if (at < 0) return undefined;
    if (this.name === emptyName) return { path: cString(descriptorPath(at)), isLink: true };
    return { path: cString(`${descriptorPath(at)}/${node.name}`), isLink: false };
  }

  #openAt(node: Node, flags: number): number {
    const at = this.find(node);
    if (at < 0) return at;
    // The path of a descriptor is a link that the kernel itself follows.
    const isItself = this.name === emptyName;
    if (isItself) this.setName(descriptorPath(at));
    const opened = openat(at, this.name, isItself ? flags & ~openFlags.noFollow : flags, 0);
    if (opened < 0) this.failure = errno();
    return opened;
  }

  #replace(node: Node, descriptor: number, to: Access): void {
    if (node.descriptor !== noDescriptor) close(node.descriptor);
    node.descriptor = descriptor;
    node.access = to;
  }

  /** The half that was used least recently: so the next many openings close nothing. */
  #closeOldest(): void {
    const closable = [...this.#open].filter((node) => node.isNamed);
    closable.sort((one, other) => one.used - other.used);
    for (const node of closable.slice(0, closable.length >> 1)) this.release(node);
  }
}
