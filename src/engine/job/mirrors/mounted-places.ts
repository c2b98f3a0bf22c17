// The places below the roots of a job where file systems are mounted. When a file system is unmounted, its files
// disappear, and when it is mounted, it covers the files below. Neither is a deletion, so the replica must keep these
// files.
//
// The known places are those where a file system was mounted when the replica was last whole. A place is changed when
// the mounts there now differ, or capture has told of a change since; deletions in a changed place are held back
// (mirror/surplus.ts). The known places are kept over a restart in `mounts.json` of the job's folder.
import { z } from 'zod';
import type { RawPath } from '../../../base/raw-path.ts';
import type { FileTree } from '../../../ports/files.ts';
import { loadState, storeState } from '../../state-file.ts';
import type { JobParts } from '../job-parts.ts';

type Given = Pick<JobParts, 'files' | 'storage' | 'folder'>;

/** For each root its places, as paths relative to the root. */
type Places = readonly (readonly RawPath[])[];

const schema = z.strictObject({ version: z.literal(1), roots: z.array(z.array(z.string())) });

export class MountedPlaces {
  readonly #parts: Given;
  readonly #trees: readonly FileTree[];
  #known: Places | undefined;
  #stored: Places | undefined;
  /** Changes of mounts that capture has told since the replica was last whole. */
  #told = new Map<number, Set<RawPath>>();

  /** `trees` are the trees of the roots; each look uses the present ones. */
  constructor(parts: Given, trees: readonly FileTree[]) {
    this.#parts = parts;
    this.#trees = trees;
  }

  /** A file system was mounted or unmounted at a place in which the stream has objects. */
  told(root: number, path: RawPath): void {
    const places = this.#told.get(root) ?? new Set();
    this.#told.set(root, places.add(path));
  }

  /** The changed places; `remember` makes the present mounts the known places. */
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
      // Changes that were told meanwhile bring a mirror of their own.
      if (this.#told === told) this.#told = new Map();
      await this.#store(now);
    };
    return { places, remember };
  }

  /** Stores the present mounts; for changes of mounts after which nothing is missing in the replica. */
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
