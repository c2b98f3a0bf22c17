// Where the folders of one mounted file system stand, by the handles in which fanotify names them. Known ones are held in
// a bounded tree; others are asked of the kernel. Folders that are of no interest, or gone for good, are only noted.
//
// A folder that has to be asked for is found where it stands *now*, perhaps after renames that are still queued as events.
// `askedWithin` remembers those until the queue is found empty, so that a rename can tell that what was reported
// under its names may belong elsewhere.
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync } from 'node:fs';
import { isWithin, rawBytes } from '../../../base/raw-path.ts';
import { DirectoryTree } from '../directory-tree.ts';
import { lastError, openByHandle } from '../kernel/watch-calls.ts';
import { handleIn } from './fanotify-records.ts';

const foldersMax = 65_536;
const outsideMax = 262_144;
const askedMax = 4096;
// Making an inode may wait for the disk.
const makingTriesMax = 2000;
const makingRestMs = 1;
const waiting = new Int32Array(new SharedArrayBuffer(4));

/** How a handle is opened: gives a descriptor, or the errno name; and the rest between two attempts. */
export interface HandleCalls {
  readonly open: (mount: number, handle: Buffer) => number | string;
  readonly rest: () => void;
}

const systemCalls: HandleCalls = {
  open: (mount, handle) => {
    const descriptor = openByHandle(mount, handle);
    return descriptor < 0 ? lastError() : descriptor;
  },
  rest: () => void Atomics.wait(waiting, 0, 0, makingRestMs),
};

/**
 * `nameless`: it is there, but no path leads to it that the kernel could tell. `lost`: not even what it is can be told.
 */
export type FileFinding =
  | { readonly kind: 'at'; readonly path: string }
  | { readonly kind: 'nameless'; readonly device: number; readonly inode: bigint }
  | { readonly kind: 'gone' }
  | { readonly kind: 'lost' };

const gone: FileFinding = { kind: 'gone' };
const lost: FileFinding = { kind: 'lost' };

export class FolderHandles {
  readonly mountPoint: string;
  readonly #device: bigint;
  readonly #concerns: (path: string) => boolean;
  readonly #lost: () => void;
  readonly #calls: HandleCalls;
  readonly #tree = new DirectoryTree<string>(foldersMax);
  readonly #outside = new Set<string>();
  readonly #asked = new Set<string>();

  /**
   * @param concerns Whether a folder at this absolute path matters.
   * @param lost Called when a change happened of which the place cannot be told.
   */
  constructor(mountPoint: string, concerns: (path: string) => boolean, lost: () => void, calls = systemCalls) {
    this.mountPoint = mountPoint;
    this.#concerns = concerns;
    this.#lost = lost;
    this.#calls = calls;
    this.#device = lstatSync(rawBytes(mountPoint), { bigint: true }).dev;
  }

  isOutside(key: string): boolean {
    return this.#outside.has(key);
  }

  /** The absolute path of a folder; undefined when it is gone or does not matter. */
  pathOf(key: string): string | undefined {
    const known = this.#tree.find(key);
    if (known !== undefined) return this.#tree.pathOf(known);
    if (this.#outside.has(key)) return undefined;
    const found = this.findFile(key);
    if (found.kind === 'lost' || found.kind === 'nameless') {
      this.#lost();
      return undefined;
    }
    if (found.kind === 'gone' || !this.#sees(found.path)) {
      if (this.#outside.size >= outsideMax) this.#outside.clear();
      this.#outside.add(key);
      return undefined;
    }
    this.#asked.add(found.path);
    this.#tree.place(found.path, key);
    return found.path;
  }

  /** Where the file or folder with this handle stands now. */
  findFile(key: string): FileFinding {
    const mount = this.#openMount();
    if (typeof mount !== 'number') return mount;
    try {
      const descriptor = this.#openWhenMade(mount, handleIn(key));
      if (typeof descriptor === 'string') return descriptor === 'ESTALE' ? gone : lost;
      try {
        return this.#where(descriptor);
      } finally {
        closeSync(descriptor);
      }
    } finally {
      closeSync(mount);
    }
  }

  created(path: string, key: string): void {
    this.#tree.place(path, key);
  }

  /** Forgets what is known at a path and below; it will be asked for again. */
  forget(path: string): void {
    this.#tree.remove(path);
  }

  forgetKey(key: string): void {
    const node = this.#tree.find(key);
    if (node !== undefined) this.#tree.remove(this.#tree.pathOf(node));
  }

  /** A folder came from a place that does not matter: those below it were noted as outside. */
  forgetOutside(): void {
    this.#outside.clear();
  }

  renamed(from: string, to: string, key: string): void {
    const standing = this.#tree.at(from);
    if (standing?.tag !== undefined && standing.tag !== key) this.#tree.remove(from);
    const moved = this.#tree.find(key) ?? this.#tree.at(from);
    const displaced = this.#tree.at(to);
    if (displaced !== undefined && displaced !== moved) this.#tree.remove(to);
    if (moved !== undefined && displaced !== moved) this.#tree.move(moved, to);
    this.#tree.place(to, key);
  }

  /** Whether a folder at or below this path was asked for since the queue was last found empty. */
  askedWithin(path: string): boolean {
    if (this.#asked.size > askedMax) return true;
    for (const asked of this.#asked) if (isWithin(asked, path)) return true;
    return false;
  }

  noteAsked(path: string): void {
    this.#asked.add(path);
  }

  forgetAsked(): void {
    this.#asked.clear();
  }

  clear(): void {
    this.#tree.clear();
    this.#outside.clear();
  }

  // What lies outside of what is mounted here (a bind mount shows a part) has no path here, whatever the kernel writes.
  #sees(path: string): boolean {
    return isWithin(path, this.mountPoint === '/' ? '' : this.mountPoint) && this.#concerns(path);
  }

  // Opened for each question, so that nothing keeps the file system from being unmounted.
  #openMount(): number | FileFinding {
    let mount: number;
    try {
      mount = openSync(rawBytes(this.mountPoint), constants.O_RDONLY | constants.O_DIRECTORY);
    } catch (thrown) {
      return (thrown as NodeJS.ErrnoException).code === 'ENOENT' ? gone : lost;
    }
    if (fstatSync(mount, { bigint: true }).dev === this.#device) return mount;
    closeSync(mount);
    return gone;
  }

  /**
   * While an inode that was freed is made anew for another object, Linux answers ENOMEM to whoever asks for the old one
   * (iget_locked(9) finds it in the making), and a moment later ESTALE.
   */
  #openWhenMade(mount: number, handle: Buffer): number | string {
    for (let tries = 1; ; tries += 1) {
      const opened = this.#calls.open(mount, handle);
      if (opened !== 'ENOMEM' || tries === makingTriesMax) return opened;
      this.#calls.rest();
    }
  }

  #where(descriptor: number): FileFinding {
    const status = fstatSync(descriptor, { bigint: true });
    // Removed, but still held open by somebody.
    if (status.nlink === 0n) return gone;
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`, 'latin1');
      if (status.isDirectory()) return path.startsWith('/') ? { kind: 'at', path } : lost;
      const named = lstatSync(rawBytes(path), { bigint: true });
      if (named.ino === status.ino && named.dev === status.dev) return { kind: 'at', path };
    } catch {
      // Too long to be told, hidden, or of a name that is gone: either way the path is not known.
    }
    return { kind: 'nameless', device: packedDevice(status.dev), inode: status.ino };
  }
}

/** The number of a file system as ObjectStatus packs it, from the kernel's encoding (makedev(3)). */
function packedDevice(encoded: bigint): number {
  const major = ((encoded >> 8n) & 0xfffn) | ((encoded >> 32n) & ~0xfffn);
  const minor = (encoded & 0xffn) | ((encoded >> 12n) & ~0xffn);
  return Number(major) * 2 ** 20 + Number(minor);
}
