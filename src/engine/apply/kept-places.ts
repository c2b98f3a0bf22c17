// The places of a replica that were there before the first mirror of a job that keeps orphans (ORPHANS KEEP). They stay; all
// other surplus is what the source had and lost. A place stands for everything in it. When the source makes a name in such
// a place, the list names the rest of the folder entry by entry instead.
//
// Kept in `kept.json` in the job's folder, version 1: the places, and whether all of them are told. Changes are stored before
// each checkpoint, so that what is applied again after a crash meets a list that is no older than the checkpoint; to take a
// name off it twice changes nothing.
import { z } from 'zod';
import { isWithin, joinRaw, parentOf, type RawPath } from '../../base/raw-path.ts';
import type { KeptPlace, Marker } from '../../model/stream/marker.ts';
import type { ChangeOperation, RemoveOperation } from '../../model/stream/operation.ts';
import type { FileTree } from '../../ports/files.ts';
import type { Storage } from '../../ports/storage.ts';
import { loadState, storeState } from '../state-file.ts';

const stateSchema = z.strictObject({
  version: z.literal(1),
  whole: z.boolean(),
  places: z.array(z.tuple([z.int().nonnegative(), z.string()])),
});

export class KeptPlaces {
  readonly #storage: Storage;
  readonly #fileName: string;
  readonly #trees: readonly FileTree[];
  readonly #places = new Map<string, KeptPlace>();
  /** How many places lie below a folder. */
  readonly #below = new Map<string, number>();
  #whole = false;
  #changed = false;

  private constructor(storage: Storage, folder: string, trees: readonly FileTree[]) {
    this.#storage = storage;
    this.#fileName = `${folder}/kept.json`;
    this.#trees = trees;
  }

  /** Throws `FORMAT-NEWER` or `JOB-UNREADABLE`. */
  static async open(storage: Storage, folder: string, trees: readonly FileTree[]): Promise<KeptPlaces> {
    const kept = new KeptPlaces(storage, folder, trees);
    const found = await loadState(storage, kept.#fileName, stateSchema);
    for (const [root, path] of found?.places ?? []) kept.#add(root, path as RawPath);
    kept.#whole = found?.whole ?? false;
    kept.#changed = false;
    return kept;
  }

  /** How many there are; null while they were not told. */
  get count(): number | null {
    return this.#whole ? this.#places.size : null;
  }

  isKept(root: number, path: RawPath): boolean {
    return this.#places.size > 0 && this.#holderOf(root, path) !== undefined;
  }

  /** Durable when this resolves. */
  async take({ places, first, last }: Extract<Marker, { type: 'kept' }>): Promise<void> {
    if (first) {
      this.#places.clear();
      this.#below.clear();
    }
    for (const { root, path } of places) if (root < this.#trees.length) this.#add(root, path);
    this.#whole = last;
    this.#changed = true;
    await this.store();
  }

  async store(): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const places = [...this.#places.values()].map(({ root, path }) => [root, path]);
    await storeState(this.#storage, this.#fileName, { whole: this.#whole, places });
  }

  /** Whether removing this would take kept places with it. */
  hasBelow(root: number, path: RawPath): boolean {
    return this.#below.has(keyOf(root, path));
  }

  /** A removal that would take kept places with it, as removals of everything around them. */
  around({ root, path }: RemoveOperation): Promise<readonly RemoveOperation[]> {
    return this.#partsAround(root, path);
  }

  /** The operation is applied: what it says of names holds for the list too. */
  async note(operation: ChangeOperation): Promise<void> {
    if (this.#places.size === 0) return;
    const { root, path } = operation;
    if (operation.kind === 'remove') this.#dropWithin(root, path);
    else if (operation.kind === 'rename') {
      this.#dropWithin(root, operation.to);
      await this.#claim(root, operation.to, false);
      for (const moved of this.#dropWithin(root, path)) {
        this.#add(root, `${operation.to}${moved.slice(path.length)}` as RawPath);
      }
    } else {
      await this.#claim(root, path, operation.kind === 'directory' || operation.kind === 'attributes');
      if (!['directory', 'attributes'].includes(operation.kind)) this.#dropWithin(root, path);
    }
  }

  /** The name is the source's: the folders down to it are no longer kept whole, only what else is in them. */
  async #claim(root: number, path: RawPath, keepsInside: boolean): Promise<void> {
    const holder = this.#holderOf(root, path);
    if (holder === undefined) return;
    this.#drop(root, holder);
    let folder = holder;
    while (folder !== path) {
      const rest = path.slice(folder === '' ? 0 : folder.length + 1);
      const next = joinRaw(folder, rest.split('/', 1)[0] ?? '');
      await this.#addInside(root, folder, next);
      folder = next;
    }
    if (keepsInside) await this.#addInside(root, path, undefined);
  }

  async #addInside(root: number, folder: RawPath, but: RawPath | undefined): Promise<void> {
    const tree = this.#trees[root];
    if ((await tree?.status(folder))?.kind !== 'directory') return;
    for (const { name } of (await tree?.list(folder)) ?? []) {
      const inside = joinRaw(folder, name);
      if (inside !== but) this.#add(root, inside);
    }
  }

  async #partsAround(root: number, folder: RawPath): Promise<RemoveOperation[]> {
    const parts: RemoveOperation[] = [];
    for (const { name } of (await this.#trees[root]?.list(folder)) ?? []) {
      const path = joinRaw(folder, name);
      if (this.#places.has(keyOf(root, path))) continue;
      if (this.#below.has(keyOf(root, path))) parts.push(...(await this.#partsAround(root, path)));
      else parts.push({ kind: 'remove', root, path });
    }
    return parts;
  }

  #holderOf(root: number, path: RawPath): RawPath | undefined {
    for (let at = path; at !== ''; at = parentOf(at)) if (this.#places.has(keyOf(root, at))) return at;
    return undefined;
  }

  #add(root: number, path: RawPath): void {
    const key = keyOf(root, path);
    if (path === '' || this.#places.has(key)) return;
    this.#places.set(key, { root, path });
    this.#changed = true;
    this.#countAbove(root, path, 1);
  }

  #drop(root: number, path: RawPath): void {
    if (!this.#places.delete(keyOf(root, path))) return;
    this.#changed = true;
    this.#countAbove(root, path, -1);
  }

  /** The place itself and all below it. */
  #dropWithin(root: number, path: RawPath): RawPath[] {
    const key = keyOf(root, path);
    if (!this.#places.has(key) && !this.#below.has(key)) return [];
    const within = [...this.#places.values()].filter((one) => one.root === root && isWithin(one.path, path));
    for (const one of within) this.#drop(root, one.path);
    return within.map((one) => one.path);
  }

  #countAbove(root: number, path: RawPath, by: 1 | -1): void {
    for (let above = path; above !== ''; ) {
      above = parentOf(above);
      const key = keyOf(root, above);
      const count = (this.#below.get(key) ?? 0) + by;
      if (count === 0) this.#below.delete(key);
      else this.#below.set(key, count);
    }
  }
}

function keyOf(root: number, path: RawPath): string {
  return `${root}:${path}`;
}
