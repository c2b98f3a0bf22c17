// The places of the workload that the stream is still wrong about, in the order in which they were first reported. Repeated
// reports of one place are one entry, so the memory is bounded by the number of places and not by the number of changes.
// Directories of which only the attributes changed wait apart: their times are right only after their entries are.
import { isWithin, parentOf, type RawPath } from '../../base/raw-path.ts';
import type { ChangeOperation } from '../../model/stream/operation.ts';
import type { WorkloadChange } from '../../ports/capture.ts';
import { recordKind } from '../../wire/records/operation-codec.ts';

/** Why a place is dirty; a bit set. */
export const dirt = {
  /** Bytes or size of a file. */
  content: 1,
  /** Mode, owner, times, extended attributes. */
  attributes: 2,
  /** The name is new, or stands for another object than the stream knows: send it whole. */
  appeared: 4,
  /** With `appeared`, of a directory: everything below it has to be looked at as well. */
  scan: 8,
  /** The name was gone for a while: the replica must not keep what it has there. */
  vanished: 16,
  /** The notification that explains the place was waited for once. */
  awaited: 32,
  /** It was looked at before a rename was told: the object that the stream has here may be another one (RecentLooks). */
  doubtful: 64,
  /** The directory above was sent first because of this place; that is done once. */
  parentSent: 128,
} as const;

/** Nothing of what the replica has here and below counts: it is sent again. */
export const everything = dirt.appeared | dirt.scan | dirt.vanished;

/** What a captured operation (but a rename) makes dirty at its path. */
export function dirtOf({ kind }: ChangeOperation): number {
  if (kind === 'write' || kind === 'truncate' || kind === 'hole') return dirt.content;
  if (kind === 'attributes') return dirt.attributes;
  return kind === 'remove' ? dirt.vanished : dirt.appeared;
}

export interface DirtyPath {
  readonly root: number;
  readonly path: RawPath;
  flags: number;
}

export class DirtyPaths {
  readonly #places = new Map<string, DirtyPath>();
  readonly #directories = new Map<string, DirtyPath>();
  #taken = 0;

  get size(): number {
    return this.#places.size + this.#directories.size;
  }

  /** With those that were taken and are not `done`. */
  get unfinished(): number {
    return this.size + this.#taken;
  }

  /** What was taken is in the stream, or was reported. */
  done(): void {
    this.#taken = 0;
  }

  /** Entries that are not directories waiting for their entries. */
  get placeCount(): number {
    return this.#places.size;
  }

  clear(): void {
    this.#places.clear();
    this.#directories.clear();
  }

  add(root: number, path: RawPath, flags: number): void {
    const key = keyOf(root, path);
    const place = this.#places.get(key);
    if (place === undefined) this.#places.set(key, { root, path, flags });
    else place.flags |= flags;
  }

  /** A directory whose attributes are to be sent once nothing else is dirty below it. */
  addDirectory(root: number, path: RawPath): void {
    this.#directories.set(keyOf(root, path), { root, path, flags: dirt.attributes });
  }

  flagsOf(root: number, path: RawPath): number {
    return this.#places.get(keyOf(root, path))?.flags ?? 0;
  }

  /** The places in order; those removed while iterating are skipped, those added are seen. */
  places(): IterableIterator<DirtyPath> {
    return this.#places.values();
  }

  /** Takes the highest dirty place at or above this one that decides whether the path exists in the replica at all. */
  takeTopmost(place: DirtyPath): DirtyPath {
    // It may have been added anew, for other reasons, since the caller got it.
    let top = this.#places.get(keyOf(place.root, place.path)) ?? place;
    for (let above = place.path; above !== ''; ) {
      above = parentOf(above);
      const entry = this.#places.get(keyOf(place.root, above));
      if (entry !== undefined && (entry.flags & (dirt.appeared | dirt.vanished | dirt.doubtful)) !== 0) top = entry;
    }
    this.#places.delete(keyOf(top.root, top.path));
    this.#taken = 1;
    return top;
  }

  takeDirectories(): DirtyPath[] {
    const all = [...this.#directories.values()];
    this.#directories.clear();
    this.#taken = all.length;
    return all;
  }

  /** Everything dirty at or below `from` is now dirty at or below `to`; what was dirty there belonged to what is gone. */
  rename(root: number, from: RawPath, to: RawPath): void {
    for (const set of [this.#places, this.#directories]) {
      const moved: DirtyPath[] = [];
      for (const [key, place] of set) {
        if (place.root !== root) continue;
        const inFrom = isWithin(place.path, from);
        if (!inFrom && !isWithin(place.path, to)) continue;
        set.delete(key);
        if (inFrom) moved.push({ ...place, path: (to + place.path.slice(from.length)) as RawPath });
      }
      for (const place of moved) set.set(keyOf(root, place.path), place);
    }
  }
}

function keyOf(root: number, path: RawPath): string {
  return `${root}:${path}`;
}

/** Whether changes were missed, or will be, that only a mirror can find. */
export function isLossOfTrack(change: WorkloadChange): boolean {
  return change.kind === 'overflow' && (change.path === '' || change.isMount === true);
}

/**
 * Whether a mirror may end although this came while its last places were read. A captured operation may when it does the same to an
 * object whatever state the object is in: then it does not matter whether it has been read already.
 */
export function mayEndMirror(change: WorkloadChange): boolean {
  if (change.kind !== 'operation') return change.kind !== 'overflow';
  return ['write', 'truncate', 'hole', 'attributes'].includes(recordKind(change.record));
}
