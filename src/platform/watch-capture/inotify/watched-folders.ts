// The inotify watches of all folders below the roots, and where each of these folders stands.
//
// Invariants: a folder gets its watch before it is listed, so nothing made in it stays unknown; a folder below the roots
// without a watch is unreadable (said at once), gone, or noted as doubtful.
import { closeSync, readdirSync } from 'node:fs';
import { Failure } from '../../../base/failure.ts';
import { isWithin, rawBytes } from '../../../base/raw-path.ts';
import { DirectoryTree } from '../directory-tree.ts';
import { inotifyAddWatch, inotifyInit, inotifyRemoveWatch, lastError, lastFailure } from '../kernel/watch-calls.ts';
import { ino } from './inotify-records.ts';

const interest = ino.create | ino.delete | ino.movedFrom | ino.movedTo | ino.modify | ino.attributes | ino.closeWrite;
const place = ino.onlyFolder | ino.dontFollow;
const ownFate = ino.deleteSelf | ino.moveSelf;

export interface FolderDoubts {
  /** Cannot be watched, for want of permission or because its path is too long. */
  unreadable(path: string): void;
  /** Another folder was found to stand at what was believed of this path. */
  doubtful(path: string): void;
}

export class WatchedFolders {
  #descriptor: number;
  readonly #isVirtualMount: (path: string) => boolean;
  readonly #doubts: FolderDoubts;
  readonly #tree = new DirectoryTree<number>();
  #roots: readonly string[] = [];
  #setSinceEmpty = false;

  constructor(isVirtualMount: (path: string) => boolean, doubts: FolderDoubts) {
    this.#isVirtualMount = isVirtualMount;
    this.#doubts = doubts;
    this.#descriptor = open();
  }

  get descriptor(): number {
    return this.#descriptor;
  }

  /** Whether a watch was set since the queue was last found empty. */
  get setSinceEmpty(): boolean {
    return this.#setSinceEmpty;
  }

  /** The queue was found empty: renames that happened before the watches were set have been read. */
  settingsSeen(): void {
    this.#setSinceEmpty = false;
  }

  /** Ends every watch; `watchRoots` has to follow. */
  startOver(): void {
    closeSync(this.#descriptor);
    this.#tree.clear();
    this.#descriptor = open();
  }

  watchRoots(roots: readonly string[]): void {
    this.#roots = roots;
    for (const root of roots) {
      this.watchTree(root);
      if (this.#tree.at(root)?.tag === undefined) throw lastFailure('watch a folder', root);
      for (let path = root; path !== '/'; path = above(path)) this.#watchFate(path);
    }
  }

  pathOf(watch: number): string | undefined {
    const node = this.#tree.find(watch);
    return node === undefined ? undefined : this.#tree.pathOf(node);
  }

  isWatched(path: string): boolean {
    return this.#tree.at(path)?.tag !== undefined;
  }

  isRootOrAbove(path: string): boolean {
    return this.#roots.some((root) => isWithin(root, path));
  }

  /** Sets watches on a folder and all below it. Returns whether any was new, so that things may have come unnoticed. */
  watchTree(top: string): boolean {
    let anyNew = false;
    const stack = [top];
    for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
      if (this.#isVirtualMount(path)) continue;
      const watch = this.#set(path);
      if (watch === undefined) continue;
      const knownAt = this.pathOf(watch);
      if (knownAt !== path) {
        anyNew = true;
        if (knownAt !== undefined) this.#foundElsewhere(watch, knownAt, path);
        this.#tree.place(path, watch);
      }
      for (const name of foldersIn(path)) stack.push(path === '/' ? `/${name}` : `${path}/${name}`);
    }
    return anyNew;
  }

  /** Ends the watches of a folder and all below it. */
  forget(path: string): void {
    for (const watch of this.#tree.remove(path)) inotifyRemoveWatch(this.#descriptor, watch);
  }

  /** The kernel ended a watch. */
  ended(watch: number): void {
    const node = this.#tree.find(watch);
    if (node !== undefined) this.#tree.untag(node);
  }

  /** Returns whether watches below may have been set elsewhere, because some were set while the rename was queued. */
  renamed(from: string, to: string): boolean {
    const node = this.#tree.at(from);
    this.forget(to);
    if (node !== undefined) this.#tree.move(node, to);
    return this.#setSinceEmpty || node === undefined;
  }

  #set(path: string): number | undefined {
    this.#setSinceEmpty = true;
    const watch = inotifyAddWatch(
      this.#descriptor,
      path,
      interest | place | (this.#roots.includes(path) ? ownFate : 0),
    );
    if (watch >= 0) return watch;
    const code = lastError();
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    if (code === 'EACCES' || code === 'ENAMETOOLONG') {
      this.#doubts.unreadable(path);
      return undefined;
    }
    if (code !== 'ENOSPC') throw lastFailure('watch a folder', path);
    throw new Failure({
      code,
      operation: 'watch a folder',
      subject: path,
      reason: 'the limit of watches of this account (fs.inotify.max_user_watches) is reached',
      hint: 'raise it: sysctl fs.inotify.max_user_watches=1048576, or run as root, where no watch per folder is needed',
    });
  }

  #watchFate(path: string): void {
    const watch = inotifyAddWatch(this.#descriptor, path, ownFate | place | ino.addToMask);
    if (watch >= 0 && this.#tree.find(watch) === undefined) this.#tree.place(path, watch);
  }

  /** One folder, two paths: either it was moved and the event is still queued, or it is mounted twice. */
  #foundElsewhere(watch: number, knownAt: string, path: string): void {
    if (this.#set(knownAt) === watch && this.#set(path) === watch) {
      throw new Failure({
        code: 'FOLDER-MOUNTED-TWICE',
        operation: 'watch a folder',
        subject: path,
        reason: `it is the same folder as ${knownAt}`,
        hint: 'capture only one of the two, or run as root, where both can be told apart',
      });
    }
    this.#doubts.doubtful(knownAt);
  }
}

function open(): number {
  const descriptor = inotifyInit();
  if (descriptor >= 0) return descriptor;
  throw lastFailure(
    'ask for change notification',
    'inotify',
    'raise the limit: sysctl fs.inotify.max_user_instances=1024',
  );
}

function above(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === 0 ? '/' : path.slice(0, slash);
}

function foldersIn(path: string): string[] {
  try {
    const entries = readdirSync(rawBytes(path), { withFileTypes: true, encoding: 'latin1' as 'utf8' });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw thrown;
  }
}
