// Where file systems are mounted below the roots of a job. What is in one comes and goes with it, and covers what is below: that
// is no deletion, and the replica is not to lose it for that.
//
// Known is where something was mounted when the replica was last whole. While something else is mounted now, or capture has told of
// a change since, the deletions of that root are held back if they lie in such a place (mirror/surplus.ts). Kept over a restart in
// `mounts.json` of the job's folder.
import { z } from 'zod';
import type { RawPath } from '../../../base/raw-path.ts';
import type { FileTree } from '../../../ports/files.ts';
import { loadState, storeState } from '../../state-file.ts';
import type { JobParts } from '../job-parts.ts';

type Given = Pick<JobParts, 'files' | 'storage' | 'folder'>;

/** For each root, relative to it. */
type Places = readonly (readonly RawPath[])[];

const schema = z.strictObject({ version: z.literal(1), roots: z.array(z.array(z.string())) });

export class MountedPlaces {
  readonly #parts: Given;
  readonly #trees: readonly FileTree[];
  #known: Places | undefined;
  #stored: Places | undefined;
  /** Told by capture since the replica was last whole. */
  #told = new Map<number, Set<RawPath>>();

  /** `trees` are those of the roots, as they are at each look. */
  constructor(parts: Given, trees: readonly FileTree[]) {
    this.#parts = parts;
    this.#trees = trees;
  }

  /** Something was mounted or unmounted at a place in which the stream has something. */
  told(root: number, path: RawPath): void {
    const places = this.#told.get(root) ?? new Set();
    this.#told.set(root, places.add(path));
  }

  /** Where something else is mounted than when the replica was last whole; `remember` makes what is mounted now the known places. */
  async changed(): Promise<{ readonly places: Places; readonly remember: () => Promise<void> }> {
    const now = await this.#look();
    this.#stored ??= await this.#load();
    this.#known ??= this.#stored ?? now;
    const known = this.#known;
    const told = this.#told;
    const places = now.map((present, root) => {
      const before = known[root] ?? [];
      const all = new Set([...present, ...before, ...(told.get(root) ?? [])]);
      return [...all].filter((path) => told.get(root)?.has(path) || present.includes(path) !== before.includes(path));
    });
    const remember = async (): Promise<void> => {
      // What was told meanwhile has a mirror of its own.
      if (this.#told === told) this.#told = new Map();
      await this.#store(now);
    };
    return { places, remember };
  }

  /** Nothing is missing in the replica, and nothing that was mounted or unmounted has made a difference. */
  async note(): Promise<void> {
    await this.#store(await this.#look());
  }

  async #look(): Promise<Places> {
    const places: RawPath[][] = [];
    for (const { location } of this.#trees) {
      const { regions } = await this.#parts.files.place(location);
      places.push(regions.map(({ at }) => at).filter((at) => at !== ''));
    }
    return places;
  }

  async #load(): Promise<Places | undefined> {
    const state = await loadState(this.#parts.storage, `${this.#parts.folder}/mounts.json`, schema);
    return state?.roots.map((places) => places as RawPath[]);
  }

  async #store(now: Places): Promise<void> {
    this.#known = now;
    if (JSON.stringify(now) === JSON.stringify(this.#stored)) return;
    await storeState(this.#parts.storage, `${this.#parts.folder}/mounts.json`, { roots: now });
    this.#stored = now;
  }
}
