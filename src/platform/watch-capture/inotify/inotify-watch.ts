// Changes by inotify: one watch on each folder (inotify(7)). For where fanotify cannot be had.
//
// What has to be known about it
//   - A watch is set by path, at a moment of its own: renames that are still queued may have moved the folder by then. So
//     when a folder was renamed in the same stretch (until the queue was found empty) in which a watch was set, what stands
//     at its new name is gone through once more at the end.
//   - A new folder gets its watch first and is then gone through, so what was made in it before is found by `scan`.
//   - A rename comes in two halves. One without the other leads out of the roots, or into them.
//   - Two renames onto one name are told as the first alone when the second comes from outside: the kernel compares neither
//     cookies nor objects. A folder that was replaced so loses its watch, and then its place is gone through once more.
//   - When the kernel's queue overflowed, renames were missed: everything is set up anew before `overflow` is said.
import { closeSync } from 'node:fs';
import { displayPath } from '../../../base/raw-path.ts';
import type { ChangeCollector } from '../change-collector.ts';
import { BoundFiles, isBoundFile, tellMount } from '../kernel/bound-files.ts';
import type { KernelWatch } from '../kernel/kernel-watch.ts';
import type { Mount } from '../kernel/mount-table.ts';
import { inotifyAddWatch, lastFailure, readableBytes, readQueue } from '../kernel/watch-calls.ts';
import { type InotifyRecord, ino, inotifyRecords } from './inotify-records.ts';
import { WatchedFolders } from './watched-folders.ts';

const bufferBytes = 256 * 1024;
const readsMax = 16;

interface HalfRename {
  readonly path: string;
  readonly isFolder: boolean;
  /** The queue was found empty since. */
  waited: boolean;
}

export class InotifyWatch implements KernelWatch {
  readonly #roots: readonly string[];
  readonly #collector: ChangeCollector;
  readonly #buffer = Buffer.alloc(bufferBytes);
  readonly #folders: WatchedFolders;
  /** Mounts of single files, and the watches that they have. */
  readonly #boundPaths = new Set<string>();
  readonly #boundFiles = new BoundFiles<number>();
  #consumed = 0;
  readonly #halves = new Map<number, HalfRename>();
  /** Absolute paths to go through once more when the queue is empty. */
  readonly #doubtful = new Set<string>();

  /** Throws a Failure when a root cannot be watched, or there are too few watches for its folders. */
  constructor(
    roots: readonly string[],
    mounts: readonly Mount[],
    isVirtualMount: (path: string) => boolean,
    collector: ChangeCollector,
  ) {
    this.#roots = roots;
    this.#collector = collector;
    this.#folders = new WatchedFolders(isVirtualMount, {
      unreadable: (path) => collector.overflow(path),
      doubtful: (path) => this.#doubtful.add(path),
    });
    try {
      this.#folders.watchRoots(roots);
      for (const mount of mounts) this.#watchIfFile(mount);
    } catch (thrown) {
      this.close();
      throw thrown;
    }
  }

  get descriptor(): number {
    return this.#folders.descriptor;
  }

  get consumedBytes(): number {
    return this.#consumed;
  }

  queuedBytes(): number {
    return readableBytes(this.descriptor);
  }

  drain(): boolean {
    for (let reads = 0; reads < readsMax; reads += 1) {
      const length = readQueue(this.descriptor, this.#buffer);
      if (length === 0) return true;
      this.#consumed += length;
      for (const record of inotifyRecords(this.#buffer, length)) {
        if ((record.mask & ino.overflow) !== 0) {
          this.#startOver();
          return false;
        }
        this.#handle(record);
      }
    }
    return false;
  }

  settle(empty: boolean, now: boolean): boolean {
    if (empty) {
      for (const half of [...this.#halves.values()]) {
        if (half.waited || now) this.#movedOut(half.path);
        else half.waited = true;
      }
      this.#folders.settingsSeen();
    }
    for (const path of this.#doubtful) {
      this.#doubtful.delete(path);
      this.#lookAgain(path);
    }
    return this.#halves.size > 0 || this.#doubtful.size > 0 || this.#folders.setSinceEmpty;
  }

  mounted(mount: Mount): void {
    this.#folders.forget(mount.mountPoint);
    this.#folders.watchTree(mount.mountPoint);
    this.#watchIfFile(mount);
    tellMount(mount, this.#collector);
  }

  unmounted(mount: Mount): void {
    this.#boundPaths.delete(mount.mountPoint);
    this.#boundFiles.remove(mount.mountPoint);
    this.#folders.forget(mount.mountPoint);
    this.#folders.watchTree(mount.mountPoint);
    tellMount(mount, this.#collector);
  }

  close(): void {
    closeSync(this.descriptor);
  }

  #startOver(): void {
    this.#halves.clear();
    this.#doubtful.clear();
    this.#consumed += this.queuedBytes();
    this.#folders.startOver();
    this.#folders.watchRoots(this.#roots);
    this.#boundFiles.clear();
    for (const path of this.#boundPaths) this.#watchFile(path);
    this.#collector.overflowAll();
  }

  #watchIfFile(mount: Mount): void {
    if (!isBoundFile(mount)) return;
    this.#boundPaths.add(mount.mountPoint);
    this.#watchFile(mount.mountPoint);
  }

  #watchFile(path: string): void {
    const watch = inotifyAddWatch(this.descriptor, path, ino.modify | ino.attributes | ino.closeWrite);
    if (watch < 0) throw lastFailure('watch a mounted file', path);
    this.#boundFiles.add(watch, path);
  }

  #handle(record: InotifyRecord): void {
    const { mask, name } = record;
    for (const path of this.#boundFiles.at(record.watch)) {
      if ((mask & (ino.modify | ino.closeWrite)) !== 0) this.#collector.changed(path, 'content');
      if ((mask & ino.attributes) !== 0) this.#collector.changed(path, 'attributes');
    }
    const folder = this.#folders.pathOf(record.watch);
    if (folder === undefined) return;
    if ((mask & (ino.deleteSelf | ino.moveSelf | ino.unmounted)) !== 0) this.#selfGone(folder);
    if ((mask & ino.ignored) !== 0) {
      this.#folders.ended(record.watch);
      this.#doubtful.add(folder);
      return;
    }
    const path = named(folder, name);
    const isFolder = (mask & ino.folder) !== 0;
    if ((mask & (ino.create | ino.delete | ino.movedFrom | ino.movedTo)) !== 0) this.#endHalfAt(path, record.cookie);
    if ((mask & ino.create) !== 0) this.#appeared(path, isFolder);
    if ((mask & ino.delete) !== 0) this.#vanished(path, isFolder);
    if ((mask & ino.movedFrom) !== 0) this.#halves.set(record.cookie, { path, isFolder, waited: false });
    if ((mask & ino.movedTo) !== 0) this.#movedTo(path, record.cookie, isFolder);
    if ((mask & (ino.modify | ino.closeWrite)) !== 0) this.#collector.changed(path, 'content');
    if ((mask & ino.attributes) !== 0) this.#attributesChanged(path, isFolder);
  }

  #appeared(path: string, isFolder: boolean): void {
    this.#collector.appeared(path, isFolder && this.#folders.watchTree(path));
  }

  #vanished(path: string, isFolder: boolean): void {
    if (isFolder) this.#folders.forget(path);
    this.#collector.vanished(path);
  }

  #movedOut(path: string): void {
    for (const [cookie, half] of this.#halves) if (half.path === path) this.#halves.delete(cookie);
    this.#vanished(path, true);
    // The other half may have been read for a watch that was set anew since; then another folder can stand here by now.
    this.#doubtful.add(path);
  }

  #movedTo(path: string, cookie: number, isFolder: boolean): void {
    const half = this.#halves.get(cookie);
    this.#halves.delete(cookie);
    if (half === undefined) {
      if (isFolder) this.#folders.forget(path);
      this.#appeared(path, isFolder);
      return;
    }
    if (isFolder && this.#folders.renamed(half.path, path)) this.#doubtful.add(path);
    if (this.#collector.renamed(half.path, path, isFolder)) {
      for (const exchanged of [half.path, path]) {
        this.#folders.forget(exchanged);
        this.#folders.watchTree(exchanged);
      }
    }
  }

  /** A name that is spoken of again no longer waits for the other half of its rename. */
  #endHalfAt(path: string, cookie: number): void {
    if (this.#halves.size === 0) return;
    for (const [held, half] of this.#halves) if (held !== cookie && half.path === path) this.#movedOut(path);
  }

  #attributesChanged(path: string, isFolder: boolean): void {
    this.#collector.changed(path, 'attributes');
    // A folder that could not be read may have become readable.
    if (isFolder && !this.#folders.isWatched(path) && this.#folders.watchTree(path))
      this.#collector.appeared(path, true);
  }

  #selfGone(folder: string): void {
    if (this.#folders.isRootOrAbove(folder)) {
      this.#collector.fail(`the folder ${displayPath(folder)} was removed, renamed or unmounted`);
    } else this.#collector.overflow(folder);
  }

  #lookAgain(path: string): void {
    if (this.#folders.watchTree(path)) this.#collector.appeared(path, true);
  }
}

function named(folder: string, name: string): string {
  if (name === '') return folder;
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}
