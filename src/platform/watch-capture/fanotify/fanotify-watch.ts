// Changes by fanotify: one mark on the whole file system of each root and of each mount below it (fanotify(7)).
//
// What has to be known about it
//   - The kernel merges an event into an equal one that still waits, however far ahead: three renames of one file there, back
//     and there again are read as "there, back". So a name with more than one event before the queue was found empty is
//     reported once more at the end, as `appeared`, and the listener looks what really is there.
//   - An event without a folder is a change through a handle (an NFS export), or a change of a link count, which is followed
//     by the event of the name. The second is dropped; for the first the path is asked for, and if there is none
//     everything may have changed.
//   - A write is told with the name by which its file was opened. Whether that is still a name of the file is asked before the
//     capture says so (told-objects.ts): the name may have gone, or never been one (O_TMPFILE), while another stays.
//   - A handle that is stale is no loss: its folder is gone, which is an event in the folder above.
import { closeSync } from 'node:fs';
import { Failure } from '../../../base/failure.ts';
import type { ChangeCollector } from '../change-collector.ts';
import { BoundFiles, isBoundFile, tellMount } from '../kernel/bound-files.ts';
import type { KernelWatch } from '../kernel/kernel-watch.ts';
import type { Mount } from '../kernel/mount-table.ts';
import {
  fanotifyInit,
  fanotifyMark,
  fileSystemId,
  handleOf,
  lastFailure,
  readableBytes,
  readQueue,
} from '../kernel/watch-calls.ts';
import {
  type FanotifyRecord,
  fan,
  fanotifyRecords,
  fileSystemOf,
  keyOf,
  type NameInFolder,
} from './fanotify-records.ts';
import { FolderHandles } from './folder-handles.ts';
import { ToldObjects } from './told-objects.ts';

const initFlags = {
  closeOnExec: 1,
  doNotBlock: 2,
  unlimitedQueue: 0x10,
  object: 0x200,
  folderName: 0xc00,
  target: 0x1000,
};
const markAdd = 1;
const markFileSystem = 0x100;
const interest = fan.create | fan.delete | fan.rename | fan.modify | fan.attributes | fan.closeWrite | fan.folder;

/** Of a single file, by a mark of its own. */
const fileInterest = fan.modify | fan.attributes | fan.closeWrite;

const countedBytes = 24; // What FIONREAD counts for an event.
const bufferBytes = 256 * 1024;
const readsMax = 16;
const namesMax = 1_000_000;
const linkedMax = 65_536;

export class FanotifyWatch implements KernelWatch {
  readonly descriptor: number;
  readonly #collector: ChangeCollector;
  readonly #buffer = Buffer.alloc(bufferBytes);
  #consumed = 0;
  /** By file system id; several when one file system is mounted at several places that matter. */
  readonly #views = new Map<string, FolderHandles[]>();
  readonly #boundFiles = new BoundFiles<string>();
  /** Events of each name since the queue was found empty. */
  readonly #names = new Map<string, number>();
  readonly #repeated = new Set<string>();
  /** Objects whose attributes changed without a known name, and whether the queue was found empty since. */
  readonly #nameless = new Map<string, boolean>();
  /** Objects that were given another name, and whether their content changed since. */
  readonly #linked = new Map<string, boolean>();

  readonly #told = new ToldObjects();

  /** Throws a Failure with an errno name as code when fanotify cannot be had here. */
  constructor(mounts: readonly Mount[], unlimitedQueue: boolean, collector: ChangeCollector) {
    const flags =
      initFlags.closeOnExec | initFlags.doNotBlock | initFlags.object | initFlags.folderName | initFlags.target;
    this.descriptor = fanotifyInit(flags | (unlimitedQueue ? initFlags.unlimitedQueue : 0));
    if (this.descriptor < 0) throw lastFailure('ask for change notification of whole file systems', 'fanotify');
    this.#collector = collector;
    try {
      for (const mount of mounts) this.#mark(mount);
    } catch (thrown) {
      this.close();
      throw thrown;
    }
  }

  get consumedBytes(): number {
    return this.#consumed;
  }

  queuedBytes(): number {
    return readableBytes(this.descriptor);
  }

  drain(): boolean {
    const skip = (folder: string): boolean =>
      this.#nameless.size === 0 && this.#boundFiles.isEmpty && this.#isOutside(folder);
    for (let reads = 0; reads < readsMax; reads += 1) {
      const length = readQueue(this.descriptor, this.#buffer);
      if (length === 0) return true;
      for (const record of fanotifyRecords(this.#buffer, length, skip)) this.#handle(record);
      for (let offset = 0; offset < length; offset += this.#buffer.readUInt32LE(offset)) this.#consumed += countedBytes;
    }
    return false;
  }

  settle(empty: boolean, now: boolean): boolean {
    for (const [key, waited] of this.#nameless) {
      if (waited || now) {
        this.#nameless.delete(key);
        this.#namelessChange(key, 'attributes');
      } else if (empty) this.#nameless.set(key, true);
    }
    for (const path of this.#repeated) {
      this.#collector.appeared(path, true);
      for (const view of this.#allViews()) view.forget(path);
    }
    for (const object of this.#told.takeElsewhere()) this.#namelessChange(object, 'content');
    if (empty) {
      this.#forgetNames();
      for (const view of this.#allViews()) view.forgetAsked();
    }
    return this.#nameless.size > 0;
  }

  mounted(mount: Mount): void {
    this.#mark(mount);
    tellMount(mount, this.#collector);
  }

  unmounted(mount: Mount): void {
    for (const [id, views] of this.#views) {
      this.#views.set(
        id,
        views.filter((view) => view.mountPoint !== mount.mountPoint),
      );
    }
    this.#boundFiles.remove(mount.mountPoint);
    tellMount(mount, this.#collector);
  }

  close(): void {
    closeSync(this.descriptor);
  }

  #mark(mount: Mount): void {
    const path = mount.mountPoint;
    if (isBoundFile(mount)) {
      this.#markFile(path);
      return;
    }
    const operation = 'watch a whole file system';
    if (fanotifyMark(this.descriptor, markAdd | markFileSystem, interest, path) < 0) throw lastFailure(operation, path);
    const id = fileSystemId(path);
    const handle = handleOf(path);
    if (id === undefined || handle === undefined) throw lastFailure(operation, path);
    const view = new FolderHandles(
      path,
      (folder) => this.#collector.concerns(folder),
      () => this.#missedAll(),
    );
    // Opening by handle needs a privilege of its own; without it no event could be placed.
    if (view.findFile(keyOf(id, handle)).kind !== 'at') {
      throw new Failure({ code: 'EPERM', operation, subject: path, reason: 'its file handles cannot be opened' });
    }
    this.#views.set(id, [...(this.#views.get(id) ?? []), view]);
  }

  #markFile(path: string): void {
    const id = fileSystemId(path);
    const handle = handleOf(path);
    const marked = fanotifyMark(this.descriptor, markAdd, fileInterest, path) >= 0;
    if (!marked || id === undefined || handle === undefined) throw lastFailure('watch a mounted file', path);
    this.#boundFiles.add(keyOf(id, handle), path);
  }

  *#allViews(): Generator<FolderHandles> {
    for (const views of this.#views.values()) yield* views;
  }

  #viewsOf(key: string): readonly FolderHandles[] {
    return this.#views.get(fileSystemOf(key)) ?? [];
  }

  #isOutside(key: string): boolean {
    return this.#viewsOf(key).every((view) => view.isOutside(key));
  }

  #handle(record: FanotifyRecord): void {
    const { mask, at, to, object } = record;
    if ((mask & fan.overflow) !== 0) {
      this.#missedAll();
      return;
    }
    if (object !== undefined) this.#boundFileChanged(object, mask);
    const naming = (mask & (fan.create | fan.delete | fan.rename)) !== 0;
    if (object !== undefined) this.#followLinks(mask, object);
    if (naming && object !== undefined) this.#nameless.delete(object);
    if (at === undefined) {
      if (object === undefined) this.#missedAll();
      else if ((mask & (fan.modify | fan.closeWrite)) !== 0) this.#namelessChange(object, 'content');
      else this.#nameless.set(object, false);
      return;
    }
    // What was written through a name that goes again may never be looked at under it: the object is asked for by handle.
    if ((mask & fan.delete) !== 0 && object !== undefined && this.#linked.get(object))
      this.#nameless.set(object, false);
    for (const view of this.#viewsOf(at.folder)) {
      if (to !== undefined) this.#renamed(view, at, to, object ?? '', (mask & fan.folder) !== 0);
      else this.#event(view, at, mask, object ?? '');
    }
  }

  #boundFileChanged(object: string, mask: number): void {
    for (const path of this.#boundFiles.at(object)) {
      if ((mask & (fan.modify | fan.closeWrite)) !== 0) this.#collector.changed(path, 'content');
      if ((mask & fan.attributes) !== 0) this.#collector.changed(path, 'attributes');
    }
  }

  /** A link is a change of the link count right before the new name; a new file has none. */
  #followLinks(mask: number, object: string): void {
    if ((mask & fan.create) !== 0 && this.#nameless.has(object)) this.#linked.set(object, false);
    if ((mask & (fan.modify | fan.closeWrite)) !== 0 && this.#linked.has(object)) this.#linked.set(object, true);
    if (this.#linked.size <= linkedMax) return;
    for (const oldest of this.#linked.keys()) {
      this.#linked.delete(oldest);
      return;
    }
  }

  #event(view: FolderHandles, at: NameInFolder, mask: number, object: string): void {
    const path = pathIn(view, at);
    if (path === undefined) return;
    const isFolder = (mask & fan.folder) !== 0;
    const created = (mask & fan.create) !== 0;
    const removed = (mask & fan.delete) !== 0;
    if (created || removed) this.#note(path, created && removed ? 2 : 1);
    if (removed && isFolder) {
      view.forgetKey(object);
      view.forget(path);
    }
    // Both in one event: in which order is not known, so the listener has to look.
    if (created) this.#collector.appeared(path, isFolder && removed);
    else if (removed) {
      this.#collector.vanished(path);
      return;
    }
    if (created && !removed && isFolder && this.#collector.concerns(path)) view.created(path, object);
    if ((mask & (fan.modify | fan.closeWrite)) !== 0) this.#collector.changed(path, 'content');
    if ((mask & fan.attributes) !== 0) this.#collector.changed(path, 'attributes');
    if (!isFolder && !created && object !== '' && this.#collector.covers(path)) this.#told.note(path, object);
  }

  #renamed(view: FolderHandles, at: NameInFolder, to: NameInFolder, object: string, isFolder: boolean): void {
    const before = pathIn(view, at);
    const after = pathIn(view, to);
    if (before !== undefined) this.#note(before, 1);
    if (after !== undefined) this.#note(after, 1);
    if (isFolder) this.#folderRenamed(view, before, after, object);
    else if (before !== undefined && after !== undefined) this.#collector.renamed(before, after, false);
    else if (before !== undefined) this.#collector.vanished(before);
    else if (after !== undefined) this.#collector.appeared(after, false);
  }

  #folderRenamed(view: FolderHandles, before: string | undefined, after: string | undefined, object: string): void {
    if (before === undefined || !this.#collector.covers(before)) view.forgetOutside();
    if (
      before !== undefined &&
      after !== undefined &&
      this.#collector.covers(before) &&
      this.#collector.covers(after)
    ) {
      this.#movedWithin(view, before, after, object);
      return;
    }
    view.forgetKey(object);
    for (const path of [before, after]) if (path !== undefined) view.forget(path);
    if (before !== undefined && after !== undefined) this.#collector.renamed(before, after, true);
    else if (before !== undefined) this.#collector.vanished(before);
    else if (after !== undefined) this.#collector.appeared(after, true);
  }

  #movedWithin(view: FolderHandles, before: string, after: string, object: string): void {
    const doubtful = view.askedWithin(before) || view.askedWithin(after);
    view.renamed(before, after, object);
    const exchanged = this.#collector.renamed(before, after, true);
    if (exchanged) {
      view.forget(before);
      view.forget(after);
    }
    if (doubtful) {
      // Something reported under one of these names may have been reported before its time.
      this.#collector.overflow(after);
      view.noteAsked(after);
    }
  }

  /** A change of an object of which no folder is known. */
  #namelessChange(object: string, what: 'content' | 'attributes'): void {
    for (const view of this.#viewsOf(object)) {
      const found = view.findFile(object);
      if (found.kind === 'at') this.#collector.changed(found.path, what);
      if (found.kind === 'nameless') this.#collector.touched(found.device, found.inode, what);
      if (found.kind === 'lost') this.#collector.overflowAll();
    }
  }

  #note(path: string, events: number): void {
    if (!this.#collector.covers(path)) return;
    const count = (this.#names.get(path) ?? 0) + events;
    this.#names.set(path, count);
    if (count > 1) this.#repeated.add(path);
    if (this.#names.size > namesMax) this.#missedAll();
  }

  #forgetNames(): void {
    this.#names.clear();
    this.#repeated.clear();
  }

  #missedAll(): void {
    for (const view of this.#allViews()) view.clear();
    this.#forgetNames();
    this.#nameless.clear();
    this.#told.clear();
    this.#collector.overflowAll();
  }
}

function pathIn(view: FolderHandles, at: NameInFolder): string | undefined {
  const folder = view.pathOf(at.folder);
  if (folder === undefined || at.name === '.') return folder;
  return folder === '/' ? `/${at.name}` : `${folder}/${at.name}`;
}
