// What changed of an object without a record of its own: the time of a file that is being written, the time of a folder whose
// entries change. A record for each write or entry would double the stream, so they are remembered, and one record of attributes
// follows when the file is closed or synced, when a while has passed, or when somebody wants all of it in the stream.
import { isWithin, type RawPath } from '../../../base/raw-path.ts';
import type { ChangedName, ChangedObject } from '../change-listener.ts';

export class UnsentTimes {
  readonly #files = new Set<ChangedObject>();
  /** By root and path. */
  readonly #folders = new Map<string, ChangedName>();
  #sinceMs = 0;

  /** When the oldest came in, by the clock that `add` was given; undefined when there is none. */
  get sinceMs(): number | undefined {
    return this.#files.size === 0 && this.#folders.size === 0 ? undefined : this.#sinceMs;
  }

  addFile(object: ChangedObject, nowMs: number): void {
    if (this.#files.has(object)) return;
    this.#note(nowMs);
    this.#files.add(object);
  }

  addFolder(root: number, path: RawPath, nowMs: number): void {
    const key = `${root}:${path}`;
    if (this.#folders.has(key)) return;
    this.#note(nowMs);
    this.#folders.set(key, { root, path });
  }

  /** Whether it was there. */
  takeFile(object: ChangedObject): boolean {
    return this.#files.delete(object);
  }

  /** What has no name any more has nothing to be sent under. */
  removed(name: ChangedName): void {
    for (const [key, folder] of this.#folders) if (isBelow(folder, name)) this.#folders.delete(key);
  }

  /** Whether the name of a remembered folder would be another one after this rename. */
  isAffectedBy(name: ChangedName): boolean {
    for (const folder of this.#folders.values()) if (isBelow(folder, name)) return true;
    return false;
  }

  /** All of it: files first, then the folders, the deepest first. */
  takeAll(): readonly ChangedName[] {
    const folders = [...this.#folders.values()].sort((one, other) => other.path.length - one.path.length);
    const all = [...this.#files, ...folders];
    this.#files.clear();
    this.#folders.clear();
    return all;
  }

  #note(nowMs: number): void {
    if (this.sinceMs === undefined) this.#sinceMs = nowMs;
  }
}

function isBelow(folder: ChangedName, name: ChangedName): boolean {
  return folder.root === name.root && isWithin(folder.path, name.path);
}
