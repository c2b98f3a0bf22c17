// Times that the file system of a replica cannot hold. The kernel then keeps the nearest that it can (ext4 ends in 2446, or in
// 2038 with small inodes; both begin in 1901), and says nothing, so we look what became of a time that may be one of those.
import { displayPath, type RawPath } from '../../../base/raw-path.ts';
import type { EventId } from '../../../model/event-catalogue.ts';
import type { FileTree } from '../../../ports/files.ts';

const nsPerSecond = 1_000_000_000n;
/** From 1970 on until 2038: what every file system holds, and so nearly every file has. */
const surelyHeld = { fromNs: 0n, untilNs: 2n ** 31n * nsPerSecond };

/** The ends of what file systems hold, in seconds since 1970: 32 bits with a sign, ext4, XFS, 32 bits without a sign (NFS 3). */
const ends = {
  first: [-(2n ** 31n)],
  last: [2n ** 31n - 1n, 2n ** 32n - 1n, 15_032_385_535n, 16_299_260_424n],
} as const;

/** Whether a copy has the time of its original, or the end of what its file system holds when that does not reach as far. */
export function isTimeKept(originalNs: bigint, copyNs: bigint): boolean {
  if (originalNs === copyNs) return true;
  const isEnd = (end: bigint): boolean => copyNs === end * nsPerSecond;
  return (originalNs > copyNs && ends.last.some(isEnd)) || (originalNs < copyNs && ends.first.some(isEnd));
}

export type EmitEvent = (id: EventId, parameters: Readonly<Record<string, string>>) => void;

/** Tells of the first time in each tree that was kept as another one. */
export class KeptTimes {
  readonly #told = new Set<FileTree>();
  readonly #emit: EmitEvent;

  constructor(emit: EmitEvent) {
    this.#emit = emit;
  }

  /** Call when the time of an object was set. */
  async check(tree: FileTree, path: RawPath, wantedNs: bigint): Promise<void> {
    if (wantedNs >= surelyHeld.fromNs && wantedNs < surelyHeld.untilNs) return;
    if (this.#told.has(tree)) return;
    const keptNs = (await tree.status(path))?.modifiedNs;
    if (keptNs === undefined || keptNs === wantedNs) return;
    this.#told.add(tree);
    const kept = new Date(Number(keptNs / 1_000_000n));
    const text = Number.isNaN(kept.getTime()) ? `${keptNs} nanoseconds after 1970` : kept.toISOString();
    this.#emit(5153, { path: displayPath(`${tree.location}/${path}`), kept: text });
  }
}
