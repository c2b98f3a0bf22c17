// Brings the replica back to a snapshot (DESIGN.md, "Revert"). Everything here may be interrupted anywhere and begun anew.
import { Failure } from '../../base/failure.ts';
import { joinRaw, type RawPath, rootPath } from '../../base/raw-path.ts';
import type { ProgressReport } from '../../model/report.ts';
import type { FileTree } from '../../ports/files.ts';
import type { Storage } from '../../ports/storage.ts';
import type { FileSystems, Identity } from '../apply/replica/identity.ts';
import { withOwnerAccess } from '../apply/replica/owner-access.ts';
import { type Area, type Location, Locations } from './locations.ts';
import { restoreContents } from './restore-contents.ts';
import { type Graveyard, moveBetween, revertFolder } from './undo/graveyard.ts';
import { type EntryState, readView, type UndoView } from './undo/undo-view.ts';

export interface RevertOptions {
  readonly trees: readonly FileTree[];
  readonly graveyard: Graveyard;
  readonly fileSystems: FileSystems;
  readonly storage: Storage;
  readonly folder: string;
  /** From the snapshot's own to the newest. */
  readonly segments: readonly number[];
}

export class Revert {
  readonly #options: RevertOptions;
  readonly #view: UndoView;
  readonly #locations: Locations;
  readonly #areas: readonly Area[];
  #doneFiles = 0;

  private constructor(options: RevertOptions, view: UndoView, locations: Locations, areas: readonly Area[]) {
    this.#options = options;
    this.#view = view;
    this.#locations = locations;
    this.#areas = areas;
  }

  /** Changes nothing yet. Throws Failure SNAPSHOT-INCOMPLETE when something that the snapshot needs is gone. */
  static async prepare(options: RevertOptions): Promise<Revert> {
    const { trees, graveyard, storage, folder, segments, fileSystems } = options;
    const view = await readView(storage, folder, segments);
    const wanted = new Set<Identity>(view.objects.keys());
    for (const { directory, object } of view.entries) {
      wanted.add(directory);
      if (object) wanted.add(object);
    }
    const areas: Area[] = trees.map((tree, root) => ({ tree, root, inReplica: true }));
    const graveyards = [...new Set(graveyard.trees)];
    areas.push(...graveyards.map((tree) => ({ tree, root: graveyard.trees.indexOf(tree), inReplica: false })));
    const locations = new Locations();
    for (const area of areas) {
      const starts = area.inReplica ? [rootPath] : [...segments.map(String), revertFolder];
      for (const start of starts) await locations.search(area, start as RawPath, wanted, fileSystems);
    }
    const revert = new Revert(options, view, locations, areas);
    revert.#assertComplete();
    return revert;
  }

  /** Each remembered name is looked at twice: taken away where it is wrong, then put where it belongs. */
  get progress(): ProgressReport {
    const totalFiles = this.#view.entries.length;
    return { doneBytes: 0, totalBytes: null, doneFiles: Math.floor(this.#doneFiles / 2), totalFiles };
  }

  /** Resolves when the replica is what it was, durably. What is not part of it waits in the graveyard to be removed. */
  async run(): Promise<void> {
    const { trees, graveyard, storage, folder, segments } = this.#options;
    for (const entry of this.#view.entries) {
      await this.#detach(entry);
      this.#doneFiles += 1;
    }
    await this.#attachDirectories();
    await this.#attachOthers();
    await restoreContents({ view: this.#view, locations: this.#locations, storage, folder, segments });
    await graveyard.sync();
    for (const tree of trees) await tree.sync();
  }

  #assertComplete(): void {
    for (const { directory, name, object } of this.#view.entries) {
      if (object === undefined || !this.#locations.of(directory) || this.#locations.of(object)) continue;
      throw new Failure({
        code: 'SNAPSHOT-INCOMPLETE',
        operation: 'revert to a snapshot',
        subject: name,
        reason: 'it is neither in the replica nor in the graveyard: somebody else removed it',
        hint: 'nothing was changed; use another snapshot, or mirror',
      });
    }
  }

  /** Takes away what has a name now but should not. */
  async #detach({ directory, name, object }: EntryState): Promise<void> {
    const place = this.#placeOf(directory, name);
    if (place === undefined) return;
    const { area, path } = place;
    const status = await area.tree.status(path);
    if (status === undefined) return;
    const current = this.#options.fileSystems.identityOf(status);
    if (current === object) return;
    const { graveyard } = this.#options;
    const to = await graveyard.bury(area.tree, area.root, path, current, revertFolder);
    const tree = graveyard.treeOf(area.root);
    const into = this.#areas.find((one) => one.tree === tree) ?? area;
    this.#locations.moved(current, { area, path, kind: status.kind }, into, to);
  }

  /** Directories first: they bring with them what is below them. One that has several records goes where the earliest says. */
  async #attachDirectories(): Promise<void> {
    const attached = new Set<Identity>();
    for (const { directory, name, object } of this.#view.entries) {
      const location = object && this.#locations.of(object);
      const place = this.#placeOf(directory, name);
      if (!object || location?.kind !== 'directory' || !place || attached.has(object)) continue;
      attached.add(object);
      if (location.area === place.area && location.path === place.path) continue;
      await this.#move(object, location, place);
    }
  }

  async #attachOthers(): Promise<void> {
    for (const { directory, name, object } of this.#view.entries) {
      this.#doneFiles += 1;
      const location = object && this.#locations.of(object);
      const place = this.#placeOf(directory, name);
      if (!object || !location || location.kind === 'directory' || !place?.area.inReplica) continue;
      const { area, path } = place;
      const status = await area.tree.status(path);
      if (status && this.#options.fileSystems.identityOf(status) === object) continue;
      if (location.area === area) {
        await withOwnerAccess(area.tree, [path], 'names', stays, () => area.tree.link(location.path, path));
        this.#locations.add(object, { area, path, kind: location.kind });
      } else {
        await this.#move(object, location, place);
      }
    }
  }

  async #move(object: Identity, from: Location, { area, path }: { readonly area: Area; readonly path: RawPath }) {
    const move = (): Promise<void> => moveBetween(from.area.tree, from.path, area.tree, path);
    await withOwnerAccess(from.area.tree, [from.path], 'names', stays, () =>
      withOwnerAccess(area.tree, [path], 'names', stays, move),
    );
    this.#locations.moved(object, from, area, path);
  }

  /** Where a recorded name is now; undefined when its directory was not part of the snapshot after all. */
  #placeOf(directory: Identity, name: string): { readonly area: Area; readonly path: RawPath } | undefined {
    const location = this.#locations.of(directory);
    return location && { area: location.area, path: joinRaw(location.path, name) };
  }
}

function stays(path: RawPath): RawPath {
  return path;
}
