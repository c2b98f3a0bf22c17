// Walks the workload and the replica side by side, depth first, names sorted by bytes, and shows every name that is on
// either side once. It only looks; mirror and verification decide what follows. The memory it takes grows with the depth of
// the tree and the width of the directories on the way, not with the number of files. The replica's directories ahead are
// asked for in advance, so that the link's latency does not stand between one directory and the next.
import { asFailure, type Failure } from '../../base/failure.ts';
import { displayPath, joinRaw, type RawPath, rootPath } from '../../base/raw-path.ts';
import type { ObjectStatus } from '../../model/stream/attributes.ts';
import type { ReplicaEntry } from '../../model/stream/listing.ts';
import type { DirectoryEntry, FileTree } from '../../ports/files.ts';
import type { Selection } from '../sending/selection.ts';
import type { ReplicaView } from './replica-view.ts';

export interface TreePair {
  readonly root: number;
  readonly path: RawPath;
  /** On the source, if it is there and part of the workload. */
  readonly local: ObjectStatus | undefined;
  /** On the target, if it is there. */
  readonly remote: ReplicaEntry | undefined;
}

export interface TreeVisitor {
  /** Every name; of directories before their entries. Roots are not shown. */
  visit(pair: TreePair): Promise<void>;
  /** A directory of the workload whose entries have all been shown; the root (empty path) last, without `remote`. */
  leave(pair: TreePair): Promise<void>;
  /** A directory of the workload whose entries cannot be told; none of either side is shown. */
  unlistable(directory: TreePair, failure: Failure): void;
}

interface Level {
  readonly pair: TreePair;
  readonly pairs: readonly TreePair[];
  next: number;
  nextAhead: number;
}

/** Directories of one level that are asked for before their turn. */
const aheadMax = 8;

type Listing = Promise<readonly TreePair[]>;

export class TreeWalk {
  readonly #trees: readonly FileTree[];
  readonly #selection: Selection;
  readonly #replica: ReplicaView;
  readonly #hashed: boolean;
  readonly #ahead = new Map<TreePair, Listing>();
  #unlistable: TreeVisitor['unlistable'] = () => undefined;

  constructor(trees: readonly FileTree[], selection: Selection, replica: ReplicaView, hashed: boolean) {
    this.#trees = trees;
    this.#selection = selection;
    this.#replica = replica;
    this.#hashed = hashed;
  }

  /** Visits all roots; stops early, between two visits, when the signal is aborted. */
  async run(visitor: TreeVisitor, signal: AbortSignal): Promise<void> {
    this.#unlistable = (directory, failure) => visitor.unlistable(directory, failure);
    try {
      for (const [root, tree] of this.#trees.entries()) {
        const local = await tree.status(rootPath);
        const pair: TreePair = { root, path: rootPath, local, remote: undefined };
        await this.#runRoot(pair, visitor, signal);
      }
    } finally {
      await Promise.allSettled(this.#ahead.values());
      this.#ahead.clear();
    }
  }

  async #runRoot(rootPair: TreePair, visitor: TreeVisitor, signal: AbortSignal): Promise<void> {
    const levels: Level[] = [await this.#enter(rootPair)];
    for (let level = levels.at(-1); level !== undefined && !signal.aborted; level = levels.at(-1)) {
      const pair = level.pairs[level.next];
      level.next += 1;
      if (pair === undefined) {
        levels.pop();
        await visitor.leave(level.pair);
        continue;
      }
      this.#lookAhead(level);
      await visitor.visit(pair);
      if (pair.local?.kind === 'directory') levels.push(await this.#enter(pair));
    }
  }

  async #enter(pair: TreePair): Promise<Level> {
    const listing = this.#ahead.get(pair) ?? this.#pairsOf(pair);
    this.#ahead.delete(pair);
    return { pair, pairs: await listing, next: 0, nextAhead: 0 };
  }

  #lookAhead(level: Level): void {
    level.nextAhead = Math.max(level.nextAhead, level.next - 1);
    while (level.nextAhead < level.pairs.length && this.#ahead.size < aheadMax) {
      const pair = level.pairs[level.nextAhead];
      level.nextAhead += 1;
      if (pair?.local?.kind !== 'directory' || this.#ahead.has(pair)) continue;
      const listing = this.#pairsOf(pair);
      listing.catch(() => undefined);
      this.#ahead.set(pair, listing);
    }
  }

  async #pairsOf(directory: TreePair): Promise<readonly TreePair[]> {
    const { root, path } = directory;
    const asks = path === '' || directory.remote?.kind === 'directory';
    const [local, remote] = await Promise.all([
      this.#list(directory),
      asks ? this.#replica.list(root, path, this.#hashed) : undefined,
    ]);
    if (local === 'unlistable') return [];
    const remotes = new Map((remote ?? []).map((entry) => [entry.name, entry]));
    const pairs: TreePair[] = [];
    for (const entry of local ?? []) {
      const below = joinRaw(path, entry.name);
      if (!this.#selection.includes(root, below, entry.status.kind === 'directory')) continue;
      pairs.push({ root, path: below, local: entry.status, remote: remotes.get(entry.name) });
      remotes.delete(entry.name);
    }
    for (const [name, entry] of remotes) {
      const below = joinRaw(path, name);
      // What a rule excludes by pattern is shielded: not the workload's, and no orphan either (guide, ch. 3, wildcards).
      if (this.#selection.shields(root, below)) continue;
      pairs.push({ root, path: below, local: undefined, remote: entry });
    }
    return pairs.sort((left, right) => (left.path < right.path ? -1 : 1));
  }

  async #list(directory: TreePair): Promise<readonly DirectoryEntry[] | undefined | 'unlistable'> {
    const tree = this.#trees[directory.root];
    try {
      return await tree?.list(directory.path);
    } catch (thrown) {
      const path = displayPath(`${tree?.location}/${directory.path}`);
      this.#unlistable(directory, asFailure(thrown, 'list a protected folder', path));
      return 'unlistable';
    }
  }
}
