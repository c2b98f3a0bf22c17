// Where objects are now, by identity. Found by walking the replica and a part of the graveyard once; kept right while a
// revert moves things about.
import { isWithin, joinRaw, type RawPath } from '../../base/raw-path.ts';
import type { ObjectKind } from '../../model/stream/attributes.ts';
import type { FileTree } from '../../ports/files.ts';
import type { FileSystems, Identity } from '../apply/replica/identity.ts';

/** A tree with the job root that it belongs to. */
export interface Area {
  readonly tree: FileTree;
  readonly root: number;
  readonly inReplica: boolean;
}

export interface Location {
  readonly area: Area;
  readonly path: RawPath;
  readonly kind: ObjectKind;
}

export class Locations {
  /** A file may have several names. */
  readonly #found = new Map<Identity, Location[]>();

  /** Looks below `start` for everything that is wanted. */
  async search(area: Area, start: RawPath, wanted: ReadonlySet<Identity>, fileSystems: FileSystems): Promise<void> {
    const status = await area.tree.status(start);
    if (status === undefined) return;
    const note = (path: RawPath, object: Identity, kind: ObjectKind): void => {
      if (wanted.has(object)) this.add(object, { area, path, kind });
    };
    note(start, fileSystems.identityOf(status), status.kind);
    const folders: RawPath[] = [start];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const entry of (await area.tree.list(folder)) ?? []) {
        const path = joinRaw(folder, entry.name);
        note(path, fileSystems.identityOf(entry.status), entry.status.kind);
        if (entry.status.kind === 'directory') folders.push(path);
      }
    }
  }

  add(object: Identity, location: Location): void {
    const known = this.#found.get(object);
    if (known) known.push(location);
    else this.#found.set(object, [location]);
  }

  /** One place where the object is, in the replica if there is one there. */
  of(object: Identity): Location | undefined {
    const known = this.#found.get(object) ?? [];
    return known.find((location) => location.area.inReplica) ?? known[0];
  }

  /** An object was moved from one place to another. Only a directory takes others with it. */
  moved(object: Identity, from: Location, area: Area, path: RawPath): void {
    const follow = (known: readonly Location[]): Location[] =>
      known.map((location) => {
        if (location.area !== from.area || !isWithin(location.path, from.path)) return location;
        return { ...location, area, path: `${path}${location.path.slice(from.path.length)}` as RawPath };
      });
    const concerned = from.kind === 'directory' ? [...this.#found] : [[object, this.#found.get(object) ?? []] as const];
    for (const [one, known] of concerned) {
      if (known.some((location) => location.area === from.area && isWithin(location.path, from.path))) {
        this.#found.set(one, follow(known));
      }
    }
  }
}
