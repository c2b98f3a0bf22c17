// Hard links: a change of a file is reported under the name by which it was made. When that name goes, or becomes another
// object's, before the change was sent, it still has to reach the file's other names. The same holds for a
// name that the stream removed because a look found it gone, before the notification of the change came, and for a change
// whose reading failed.
import type { RawPath } from '../../base/raw-path.ts';
import type { ObjectStatus } from '../../model/stream/attributes.ts';
import type { KnownObjects, PartedName } from '../sending/known-objects.ts';
import { type DirtyPath, type DirtyPaths, dirt } from './dirty-paths.ts';
import type { RecentLooks } from './recent-looks.ts';

const ofTheObject = dirt.content | dirt.attributes;

export class OtherNames {
  readonly #dirty: DirtyPaths;
  readonly #known: KnownObjects;
  readonly #looks: RecentLooks;
  readonly #unread: DirtyPaths;

  /** @param unread What could not be read, by its present names. */
  constructor(dirty: DirtyPaths, known: KnownObjects, looks: RecentLooks, unread: DirtyPaths) {
    this.#dirty = dirty;
    this.#known = known;
    this.#looks = looks;
    this.#unread = unread;
  }

  /** This name has stopped being the object's: what was reported under it is now reported under the object's other names. */
  passOn({ root, path, flags }: DirtyPath): void {
    const lost = (flags | this.#unread.flagsOf(root, path)) & ofTheObject;
    if (lost === 0) return;
    const others = [...this.#known.otherNames(root, path), ...this.#looks.partedFrom(root, path)];
    // Otherwise two names of one object that are both gone would pass it on to each other for ever.
    this.#known.forgetName(root, path);
    for (const name of others) this.#dirty.add(name.root, name.path, lost);
  }

  /** The stream removed this name, with everything below it. */
  removed(root: number, path: RawPath): void {
    const parted = this.#known.removed(root, path);
    for (const name of parted) this.#looks.noteParted(name);
    this.#passOnAround(parted, () => undefined);
  }

  /** The stream renamed; what was at `to` is gone. */
  renamed(root: number, from: RawPath, to: RawPath): void {
    this.#passOnAround(this.#known.renamed(root, from, to), () => {
      this.#dirty.rename(root, from, to);
      this.#unread.rename(root, from, to);
    });
  }

  /** A new copy of the object was sent: the replica still has the old one under its other names. */
  relink(status: ObjectStatus, root: number, path: RawPath): void {
    for (const name of this.#known.namesOf(status)) {
      if (name.root === root && name.path !== path) this.#dirty.add(root, name.path, dirt.appeared);
    }
  }

  /** Before `move`, gathers what was reported, or not read, under the names that went; after it, adds that to the others. */
  #passOnAround(parted: readonly PartedName[], move: () => void): void {
    const left = parted.map(({ root, path, others }) => ({
      others,
      flags: (this.#dirty.flagsOf(root, path) | this.#unread.flagsOf(root, path)) & ofTheObject,
    }));
    move();
    for (const { others, flags } of left) {
      if (flags === 0) continue;
      for (const name of others()) this.#dirty.add(name.root, name.path, flags);
    }
  }
}
