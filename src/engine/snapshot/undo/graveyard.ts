// Where objects go that the replica removes while a snapshot still knows them: `<segment>/<identity>` in a folder on the
// replica's file system. There they keep their identity, so going back is one rename.
import { assert, Failure } from '../../../base/failure.ts';
import { joinRaw, type RawPath, rootPath } from '../../../base/raw-path.ts';
import type { ObjectStatus } from '../../../model/stream/attributes.ts';
import type { FileTree } from '../../../ports/files.ts';
import type { FileSystems, Identity } from '../../apply/replica/identity.ts';
import { withOwnerAccess } from '../../apply/replica/owner-access.ts';
import { removeFolder, removeTree } from '../../apply/replica/removal.ts';

/** Where a revert puts what is in its way. */
export const revertFolder = 'revert';

/** A name that no object has. */
const probe = '.understudy-is-it-near' as RawPath;

interface Discarded {
  readonly root: number;
  readonly path: RawPath;
  readonly status: ObjectStatus;
}

export class Graveyard {
  /** One per job root. */
  readonly trees: readonly FileTree[];
  readonly #fileSystems: FileSystems;
  readonly #folders = new Set<string>();

  constructor(trees: readonly FileTree[], fileSystems: FileSystems) {
    this.trees = trees;
    this.#fileSystems = fileSystems;
  }

  /** Throws `GRAVEYARD-ELSEWHERE` when nothing can be moved here from a tree: removed objects would have to stay in the replica. */
  async expectNear(trees: readonly FileTree[]): Promise<void> {
    for (const [root, tree] of trees.entries()) {
      try {
        // The system compares the file systems, and where they are mounted, before it looks for the name.
        await moveBetween(tree, probe, this.treeOf(root), probe);
      } catch (error) {
        if (error instanceof Failure && error.code === 'EXDEV') throw otherFileSystem(this.treeOf(root), rootPath);
      }
    }
  }

  /** Takes an object out of a tree that belongs to `root`: what was born is removed, everything else is buried. */
  async discard(
    from: FileTree,
    { root, path, status }: Discarded,
    folder: string,
    isBorn: (object: Identity) => boolean,
  ): Promise<void> {
    const removeEntry = async (entry: RawPath, entryStatus: ObjectStatus): Promise<'removed' | 'descend'> => {
      const object = this.#fileSystems.identityOf(entryStatus);
      if (!isBorn(object)) {
        await this.bury(from, root, entry, object, folder);
        return 'removed';
      }
      if (entryStatus.kind === 'directory') return 'descend';
      await from.unlink(entry);
      return 'removed';
    };
    if ((await removeEntry(path, status)) === 'descend') await removeFolder(from, path, status, removeEntry);
  }

  /** Moves an object out of a tree that belongs to `root`; a further name of one that is there already is removed. */
  async bury(from: FileTree, root: number, path: RawPath, object: Identity, folder: string): Promise<RawPath> {
    const tree = this.treeOf(root);
    const place = joinRaw(await this.#folder(tree, root, folder), object);
    try {
      // A directory may deny its owner to move it; its mode before was recorded when it was first moved or removed.
      await withOwnerAccess(from, [path], 'names', stays, () => moveBetween(from, path, tree, place));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.code === 'EXDEV') throw otherFileSystem(tree, path);
      if (error.code !== 'EEXIST') throw error;
      await withOwnerAccess(from, [path], 'names', stays, () => from.unlink(path));
    }
    return place;
  }

  /** Removes every folder but these. */
  async keepOnly(folders: ReadonlySet<string>): Promise<void> {
    this.#folders.clear();
    for (const tree of new Set(this.trees)) {
      for (const entry of (await tree.list(rootPath)) ?? []) {
        if (!folders.has(entry.name)) await removeTree(tree, entry.name as RawPath, entry.status);
      }
    }
  }

  /** What lies in a folder, for each graveyard tree with its root; nothing when it was never made. */
  async *contents(folder: string): AsyncGenerator<Discarded> {
    for (const [root, tree] of this.trees.entries()) {
      if (this.trees.indexOf(tree) !== root) continue;
      for (const { name, status } of (await tree.list(folder as RawPath)) ?? []) {
        yield { root, path: joinRaw(folder, name), status };
      }
    }
  }

  async sync(): Promise<void> {
    for (const tree of new Set(this.trees)) await tree.sync();
  }

  treeOf(root: number): FileTree {
    const tree = this.trees[root];
    assert(tree !== undefined, `root ${root} has no graveyard`);
    return tree;
  }

  async #folder(tree: FileTree, root: number, folder: string): Promise<RawPath> {
    const path = folder as RawPath;
    const key = `${root}/${folder}`;
    if (this.#folders.has(key)) return path;
    if ((await tree.status(path)) === undefined) await tree.makeDirectory(path, 0o700);
    this.#folders.add(key);
    return path;
  }
}

/** `EEXIST` when anything is at `to`. */
export async function moveBetween(from: FileTree, path: RawPath, into: FileTree, to: RawPath): Promise<void> {
  if (from !== into) return from.moveTo(path, into, to);
  if ((await into.status(to)) !== undefined) {
    throw new Failure({ code: 'EEXIST', operation: 'move', subject: to, reason: 'something is there already' });
  }
  return from.rename(path, to);
}

function stays(path: RawPath): RawPath {
  return path;
}

function otherFileSystem(tree: FileTree, path: RawPath): Failure {
  return new Failure({
    code: 'GRAVEYARD-ELSEWHERE',
    operation: 'keep a removed object for the snapshots',
    subject: path === rootPath ? 'the replica' : path,
    reason: `it lies on another file system than ${tree.location}`,
    hint: 'a replica can have snapshots when it is a folder in a file system, not where one is mounted; those it has go with SNAPSHOT DELETE',
  });
}
