// The names that a mirror finds in the replica and not on the source, and whether they may go.
//
// None is removed before everything was looked at, because only then can a source that lost these names be told from a source
// that is gone itself: a volume that is not mounted is an empty folder. Such a source must not empty the replica. So a root's
// deletions are held back, all of them, when
//   - the root holds nothing of the workload, while the replica would lose something;
//   - or none of the names in the root folder of the replica is on the source any more, and they are `strangersMin` or more;
//   - or `sharePercent` of all names of the replica would go, and they are `shareNamesMin` or more;
//   - or some lie where a file system was mounted or unmounted since the replica was whole: they went with it, or are covered by it;
//   - or they were held back by the mirror before, and of the names that were missing then none has come back.
// The operator's ORPHANS DELETE removes them all the same. What was deleted while capture ran is removed by the stream, not here.
import { displayPath, isWithin, type RawPath } from '../../base/raw-path.ts';
import type { OrphanChoice } from '../../model/job.ts';
import type { FileTree } from '../../ports/files.ts';
import type { Selection } from '../sending/selection.ts';
import type { StreamWriter } from '../sending/stream-writer.ts';
import { orphanParts } from './orphans.ts';
import type { ReplicaView } from './replica-view.ts';
import type { TreePair } from './tree-walk.ts';

const strangersMin = 10;
const sharePercent = 90;
const shareNamesMin = 1000;
const mountReason = 'a file system was mounted or unmounted where they were';
/** How many of the missing names are remembered, to notice that the source's data is back. */
const missingMax = 100;

export interface HeldDeletions {
  readonly root: number;
  /** Absolute, for people. */
  readonly location: string;
  /** How many names would have gone. */
  readonly names: number;
  /** Some of the names that the source no longer has. */
  readonly missing: readonly RawPath[];
  readonly reason: string;
}

export interface SurplusParts {
  readonly trees: readonly FileTree[];
  readonly selection: Selection;
  readonly replica: ReplicaView;
  readonly writer: StreamWriter;
  /** `keep`: what was there before the first mirror stays; `all`: a person wants all surplus gone, whatever speaks against it. */
  readonly orphans: OrphanChoice | 'all';
  /** With `keep`: the target knows what was there before. Without that everything stays. */
  readonly beforeIsKnown: boolean;
  /** For each root: where something else is mounted than when the replica was whole. */
  readonly mountsChanged: readonly (readonly RawPath[])[];
  /** By the mirror before. */
  readonly held: readonly HeldDeletions[];
}

interface RootSurplus {
  /** Names of the workload on the source. */
  here: number;
  /** Of these, on the replica too. */
  common: number;
  commonAtTop: number;
  surplusAtTop: number;
  names: number;
  readonly paths: RawPath[];
}

export class Surplus {
  readonly #parts: SurplusParts;
  readonly #roots: readonly RootSurplus[];
  /** Topmost places that stay because the job keeps them. */
  #kept = 0;

  constructor(parts: SurplusParts) {
    this.#parts = parts;
    this.#roots = parts.trees.map(() => ({
      here: 0,
      common: 0,
      commonAtTop: 0,
      surplusAtTop: 0,
      names: 0,
      paths: [],
    }));
  }

  /** Every name that the walk shows. */
  async see({ root, path, local, remote }: TreePair): Promise<void> {
    const counts = this.#roots[root];
    if (counts === undefined) return;
    // Many file systems have a `lost+found` by themselves, so that name does not tell which one is mounted.
    const isTop = !path.includes('/') && path !== 'lost+found';
    if (local !== undefined) {
      counts.here += 1;
      if (remote === undefined) return;
      counts.common += 1;
      if (isTop) counts.commonAtTop += 1;
    } else if (remote !== undefined) {
      const { orphans, beforeIsKnown } = this.#parts;
      if (orphans === 'keep' && !beforeIsKnown) {
        this.#kept += 1;
        return;
      }
      const { paths, names, kept } = await orphanParts(
        { ...this.#parts, keeps: orphans === 'keep' },
        root,
        path,
        remote,
      );
      this.#kept += kept;
      for (const part of paths) counts.paths.push(part);
      counts.names += names;
      if (isTop && paths.length > 0) counts.surplusAtTop += 1;
    }
  }

  /** Call when everything was seen: removes what may go, calling `removed` for each. */
  async remove(removed: (root: number, path: RawPath) => void): Promise<void> {
    const { writer } = this.#parts;
    for (const [root, { paths }] of this.#roots.entries()) {
      if (this.#heldAt(root) !== undefined) continue;
      for (const path of paths) {
        writer.append({ kind: 'remove', root, path });
        removed(root, path);
        await writer.room();
      }
    }
  }

  held(): readonly HeldDeletions[] {
    return this.#roots.flatMap((_, root) => this.#heldAt(root) ?? []);
  }

  get kept(): number {
    return this.#kept;
  }

  get deletesAll(): boolean {
    return this.#parts.orphans === 'all';
  }

  /** Topmost names that stay, because they are kept or held back. */
  get left(): number {
    return this.#roots.reduce(
      (sum, { paths }, root) => sum + (this.#heldAt(root) === undefined ? 0 : paths.length),
      this.#kept,
    );
  }

  #heldAt(root: number): HeldDeletions | undefined {
    const counts = this.#roots[root];
    const tree = this.#parts.trees[root];
    if (counts === undefined || tree === undefined || counts.names === 0 || this.#parts.orphans === 'all')
      return undefined;
    const wentWithMount = counts.paths.filter((path) => this.#isAtMount(root, path));
    const reason = wentWithMount.length > 0 ? mountReason : this.#reason(root, counts);
    if (reason === undefined) return undefined;
    // The names that went with a mount come back with it, even if others are gone for good.
    const missing = (wentWithMount.length > 0 ? wentWithMount : counts.paths).slice(0, missingMax);
    return { root, location: displayPath(tree.location), names: counts.names, missing, reason };
  }

  /** Whether it lies below a changed mount. The mount point itself does not: if that is gone, somebody removed it. */
  #isAtMount(root: number, path: RawPath): boolean {
    const places = this.#parts.mountsChanged[root] ?? [];
    return places.some((place) => path !== place && isWithin(path, place));
  }

  #reason(root: number, counts: RootSurplus): string | undefined {
    if (counts.here === 0) return 'the folder holds nothing of the workload';
    if (counts.commonAtTop === 0 && counts.surplusAtTop >= strangersMin)
      return `none of the ${counts.surplusAtTop} names that the replica has in this folder is there`;
    const share = Math.floor((100 * counts.names) / (counts.names + counts.common));
    if (counts.names >= shareNamesMin && share >= sharePercent)
      return `${share} % of the names of the replica are not there`;
    const before = this.#parts.held.find((one) => one.root === root);
    const still = new Set(counts.paths);
    if (before?.missing.every((path) => still.has(path))) return before.reason;
    return undefined;
  }
}
