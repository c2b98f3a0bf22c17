// Compares the workload with the replica at a barrier in the stream, and reports what differs. Data that changes during
// the comparison is not a difference: each candidate is compared again behind a new barrier, and counts only when it
// still differs and did not change meanwhile. An object that changed in every round gets the verdict `unsettled`, so it
// is reported, too.
import { asFailure, type Failure } from '../../base/failure.ts';
import { displayPath, parentOf, type RawPath } from '../../base/raw-path.ts';
import type { ProgressReport } from '../../model/report.ts';
import type { ObjectAttributes, ObjectStatus } from '../../model/stream/attributes.ts';
import type { BlockHashes, ReplicaEntry } from '../../model/stream/listing.ts';
import type { FileTree } from '../../ports/files.ts';
import { blockBytes, contentHash } from '../content-hash.ts';
import { attributeDifferences } from '../mirror/comparison.ts';
import { orphanParts } from '../mirror/orphans.ts';
import type { ReplicaView } from '../mirror/replica-view.ts';
import { type TreePair, type TreeVisitor, TreeWalk } from '../mirror/tree-walk.ts';
import { hasVanished } from '../sending/object-gone.ts';
import type { ObjectSender } from '../sending/object-sender.ts';
import type { Selection } from '../sending/selection.ts';
import { differingBytes } from './differing-bytes.ts';
import { inWalkOrder, LinkedNames, type NameBelowRoot } from './linked-names.ts';

export interface Difference {
  readonly root: number;
  readonly path: RawPath;
  readonly verdict: 'different' | 'missing' | 'surplus' | 'unsettled' | 'refused';
  readonly kind: ObjectStatus['kind'];
  readonly bytesOutOfSync: number;
  readonly attributes: readonly string[];
  readonly local: ObjectStatus | undefined;
  readonly localMode: ObjectAttributes | undefined;
  readonly remote: ReplicaEntry | undefined;
  /** The job keeps this surplus, because it was there before the first mirror. */
  readonly isKept?: boolean;
}

export interface VerificationTotals {
  directoriesCompared: number;
  filesCompared: number;
  bytesCompared: number;
}

export interface VerificationParts {
  readonly trees: readonly FileTree[];
  readonly selection: Selection;
  readonly sender: ObjectSender;
  readonly replica: ReplicaView;
  /**
   * Brings all changes so far into the stream, and resolves when the target has applied them. Absent when the stream
   * waits for the verification itself: then nothing is compared twice, and objects that changed since are unsettled.
   */
  readonly barrier: (() => Promise<void>) | undefined;
  /** Without a barrier: objects that changed at or after this wall time (milliseconds) may differ without a fault. */
  readonly placeMs?: number;
  readonly unreadable: (path: string, reason: string) => void;
}

/** The file system's clock may be behind the system's by one tick of the kernel. */
const clockSlackMs = 20;

const roundsMax = 3;

/** The number of blocks that the target reads for one answer: 64 MiB of data. */
const blocksAtOnce = 1024;

export class Verification implements TreeVisitor {
  readonly totals: VerificationTotals = { directoriesCompared: 0, filesCompared: 0, bytesCompared: 0 };
  readonly #parts: VerificationParts;
  readonly #scratch = Buffer.allocUnsafe(blockBytes + 1);
  #found: Difference[] = [];
  #links = new LinkedNames();
  /** Directories of the workload that could not be listed. */
  readonly #unlisted: Difference[] = [];
  /** Paths that were reported as unreadable, so that each is reported once. */
  readonly #unreadable = new Set<string>();

  constructor(parts: VerificationParts) {
    this.#parts = parts;
  }

  /** What the first look at everything has compared so far. */
  get done(): Pick<ProgressReport, 'doneBytes' | 'doneFiles'> {
    return { doneBytes: this.totals.bytesCompared, doneFiles: this.totals.filesCompared };
  }

  async run(signal: AbortSignal): Promise<readonly Difference[]> {
    const { trees, selection, replica, barrier } = this.#parts;
    await barrier?.();
    await new TreeWalk(trees, selection, replica, true).run(this, signal);
    let candidates = this.#found;
    for (let round = 1; round < roundsMax && candidates.length > 0 && barrier !== undefined; round += 1) {
      await barrier();
      candidates = await this.#lookAgain(candidates, signal);
    }
    return [...this.#unlisted, ...(await this.#judge(candidates))];
  }

  async visit(pair: TreePair): Promise<void> {
    if (pair.local?.kind === 'directory') this.totals.directoriesCompared += 1;
    else if (pair.local !== undefined) this.totals.filesCompared += 1;
    if (pair.local?.kind === 'file') this.totals.bytesCompared += pair.local.size;
    if (pair.local?.kind === 'directory' && pair.remote?.kind === 'directory') return;
    await this.#compare(pair);
  }

  unlistable(directory: TreePair, { reason }: Failure): void {
    this.#parts.unreadable(displayPath(`${this.#tree(directory.root).location}/${directory.path}`), reason);
    this.#unlisted.push(verdict(directory, directory.local, 'different', 0, ['unreadable']));
  }

  /** A directory's own attributes are compared after its entries, because applying an entry changes them. */
  async leave(pair: TreePair): Promise<void> {
    if (pair.path !== '' && pair.remote?.kind === 'directory') await this.#compare(pair);
  }

  async #compare(pair: TreePair): Promise<void> {
    try {
      const difference = await this.#differenceOf(pair);
      if (difference !== undefined) this.#found.push(difference);
    } catch (thrown) {
      const path = displayPath(`${this.#tree(pair.root).location}/${pair.path}`);
      const failure = asFailure(thrown, 'verify an object', path);
      if (failure.code === 'LINK-LOST' || failure.code === 'STREAM-ENDED') throw failure;
      const gone = hasVanished(failure);
      if (!gone && !this.#unreadable.has(path)) {
        this.#unreadable.add(path);
        this.#parts.unreadable(path, failure.reason);
      }
      this.#found.push(verdict(pair, pair.local, 'different', 0, ['unreadable']));
    }
  }

  async #differenceOf(pair: TreePair): Promise<Difference | undefined> {
    const { root, path, local, remote } = pair;
    const isLinkedAlike = this.#links.agree(pair);
    if (local === undefined) return this.#surplus(pair);
    if (remote === undefined) {
      const isRefused = this.#parts.sender.refuses(root, path, local);
      return verdict(pair, local, isRefused ? 'refused' : 'missing', sizeOf(local), []);
    }
    if (remote.kind !== local.kind) return verdict(pair, local, 'different', sizeOf(local), ['kind']);
    const attributes = await this.#parts.sender.readAttributes(root, path, local);
    const linkText = local.kind === 'symlink' ? await this.#tree(root).readLink(path, local) : undefined;
    const differing: string[] = attributeDifferences(local, attributes, linkText, remote);
    if (!isLinkedAlike) differing.push('hard links');
    const bytes = local.kind === 'file' ? await this.#bytesOutOfSync(pair, local, remote) : 0;
    if (differing.length === 0 && bytes === 0) return undefined;
    return { ...verdict(pair, local, 'different', bytes, differing), localMode: attributes };
  }

  async #surplus(pair: TreePair): Promise<Difference | undefined> {
    const { root, path, remote } = pair;
    if (remote === undefined) return undefined;
    const { selection, replica } = this.#parts;
    const { paths } = await orphanParts({ selection, replica, keeps: false }, root, path, remote);
    if (paths.length === 0) return undefined;
    const mayGo = await orphanParts({ selection, replica, keeps: true }, root, path, remote);
    return { ...verdict(pair, undefined, 'surplus', 0, []), isKept: mayGo.paths.length === 0 };
  }

  /**
   * Bytes of the blocks that differ; a byte present only in the longer file counts (guide, ch. 10, Verification log).
   */
  async #bytesOutOfSync({ root, path }: TreePair, local: ObjectStatus, remote: ReplicaEntry): Promise<number> {
    const file = await this.#tree(root).open(path, 'read', local);
    try {
      if (remote.contentHash !== undefined && local.size <= blockBytes) {
        const content = await file.read(0, blockBytes + 1, this.#scratch);
        const same = content.length === remote.size && contentHash(content).equals(remote.contentHash);
        return same ? 0 : Math.max(content.length, remote.size, 1);
      }
      const ask = (first: number): Promise<BlockHashes | undefined> =>
        this.#parts.replica.hashes(root, path, first, blocksAtOnce);
      return await differingBytes(file, local.size, remote.size, ask);
    } finally {
      await file.close();
    }
  }

  async #lookAgain(candidates: readonly Difference[], signal: AbortSignal): Promise<Difference[]> {
    const before = this.#links;
    this.#links = new LinkedNames();
    this.#found = [];
    const wanted = new Set(candidates.map(keyOf));
    // A wrong link can be judged only together with the name to which it is linked.
    const beside = candidates.flatMap((one) => before.firstNames(one));
    const names = new Map([...candidates, ...beside].map((name) => [keyOf(name), name]));
    const entries = new Map<string, ReadonlyMap<string, ReplicaEntry>>();
    for (const { root, path } of [...names.values()].sort(inWalkOrder)) {
      if (signal.aborted) break;
      const above = keyOf({ root, path: parentOf(path) });
      const remotes = entries.get(above) ?? (await this.#entriesOf(root, parentOf(path)));
      entries.set(above, remotes);
      const local = await this.#tree(root).status(path);
      const pair = { root, path, local, remote: remotes.get(path.slice(path.lastIndexOf('/') + 1)) };
      if (wanted.has(keyOf(pair))) await this.#compare(pair);
      else this.#links.agree(pair);
    }
    return this.#found;
  }

  async #entriesOf(root: number, path: RawPath): Promise<ReadonlyMap<string, ReplicaEntry>> {
    const entries = (await this.#parts.replica.list(root, path, true)) ?? [];
    return new Map(entries.map((entry) => [entry.name, entry]));
  }

  /** A difference of an object that has changed since it was compared becomes unsettled. */
  async #judge(candidates: readonly Difference[]): Promise<Difference[]> {
    const judged: Difference[] = [];
    // A file that changes all the time will have changed again behind another barrier.
    if (candidates.length > 0) await this.#parts.barrier?.();
    for (const one of candidates) {
      const now = await this.#tree(one.root).status(one.path);
      const moved =
        now?.changedNs !== one.local?.changedNs ||
        now?.inode !== one.local?.inode ||
        (await this.#changedSincePlace(one));
      judged.push(moved ? { ...one, verdict: 'unsettled' } : one);
    }
    return judged;
  }

  /** Whether the object, or the directory that holds its name, changed after the place in the stream. */
  async #changedSincePlace({ root, path, local }: Difference): Promise<boolean> {
    const { placeMs } = this.#parts;
    if (placeMs === undefined) return false;
    const above = await this.#tree(root).status(parentOf(path));
    const changedMs = [local, above].map((status) => Number((status?.changedNs ?? 0n) / 1_000_000n));
    return Math.max(...changedMs) >= placeMs - clockSlackMs;
  }

  #tree(root: number): FileTree {
    const tree = this.#parts.trees[root];
    if (tree === undefined) throw new RangeError(`root ${root} is not one of this job's`);
    return tree;
  }
}

function keyOf({ root, path }: NameBelowRoot): string {
  return `${root}:${path}`;
}

function verdict(
  pair: TreePair,
  local: ObjectStatus | undefined,
  word: Difference['verdict'],
  bytesOutOfSync: number,
  attributes: readonly string[],
): Difference {
  const { root, path, remote } = pair;
  const kind = local?.kind ?? remote?.kind ?? 'file';
  return { root, path, verdict: word, kind, bytesOutOfSync, attributes, local, localMode: undefined, remote };
}

function sizeOf(status: ObjectStatus): number {
  return status.kind === 'file' ? status.size : 0;
}
