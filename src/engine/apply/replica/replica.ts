// Makes operations true in the replica's trees, one at a time. Nothing here depends on which operations came before,
// but for one open file kept between writes, and for what has to be settled before something is taken away (DESIGN.md,
// "Hard links are the exception").
import { Failure } from '../../../base/failure.ts';
import { displayPath, isWithin, joinRaw, parentOf, type RawPath } from '../../../base/raw-path.ts';
import { keepsAll, keptAttributes, type ReplicaPolicy, refusesKind } from '../../../model/replica-policy.ts';
import type { ObjectAttributes, ObjectStatus } from '../../../model/stream/attributes.ts';
import type {
  AttributesOperation,
  ChangeOperation,
  DirectoryOperation,
  FileOperation,
  LinkOperation,
  RemoveOperation,
  RenameOperation,
  SpecialOperation,
  SymlinkOperation,
} from '../../../model/stream/operation.ts';
import type { FileTree } from '../../../ports/files.ts';
import { NameSet, nameOf } from '../entangled-names.ts';
import { Mismatch, mismatch } from '../mismatch.ts';
import { durably } from '../sync-failure.ts';
import type { UndoGuard } from '../undo-guard.ts';
import { FileContent } from './file-content.ts';
import { FileSystems, type Identity } from './identity.ts';
import type { KeptTimes } from './kept-times.ts';
import { setAllAttributes } from './object-attributes.ts';
import { withOwnerAccess } from './owner-access.ts';
import { removeTree } from './removal.ts';
import { makesAll, type ReplicaRules } from './replica-rules.ts';

/** What the system says when the replica does not hold what an operation builds on. */
const mismatchCodes: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

export class Replica {
  readonly #trees: readonly FileTree[];
  readonly #undo: UndoGuard | undefined;
  readonly #rules: ReplicaRules;
  readonly #policy: ReplicaPolicy;
  readonly #times: KeptTimes | undefined;
  readonly #fileSystems: FileSystems;
  readonly #content: FileContent;
  /** Names of renames and links that are not durable yet. */
  readonly #unsettledNames = new NameSet();
  /** Whether an object with several names was changed and is not durable yet. True at first: a previous run may have left one. */
  #unsettledLinks = true;

  private constructor(
    trees: readonly FileTree[],
    fileSystems: FileSystems,
    undo: UndoGuard | undefined,
    rules: ReplicaRules,
    times: KeptTimes | undefined,
  ) {
    this.#rules = rules;
    this.#policy = rules.policy ?? keepsAll;
    this.#times = times;
    this.#trees = trees;
    this.#fileSystems = fileSystems;
    this.#undo = undo;
    this.#content = new FileContent(() => {
      this.#unsettledLinks = true;
    });
  }

  static async open(
    trees: readonly FileTree[],
    undo?: UndoGuard,
    rules = makesAll,
    times?: KeptTimes,
  ): Promise<Replica> {
    return new Replica(trees, await FileSystems.of(trees), undo, rules, times);
  }

  /** Resolves with why the operation does not fit the replica, or undefined when it is true now. Throws what the system refuses. */
  async apply(operation: ChangeOperation): Promise<Mismatch | undefined> {
    const tree = this.#tree(operation.root);
    try {
      await withOwnerAccess(
        tree,
        pathsOf(operation),
        changesNamesOnly(operation) ? 'names' : 'contents',
        (path) => pathAfter(operation, path),
        () => this.#make(tree, operation),
      );
      return undefined;
    } catch (error) {
      await this.release();
      if (error instanceof Mismatch) return error;
      if (error instanceof Failure && mismatchCodes.has(error.code)) return new Mismatch(error.reason);
      throw error;
    }
  }

  async identityAt(root: number, path: RawPath): Promise<Identity | undefined> {
    const status = await this.#tree(root).status(path);
    return status && this.#fileSystems.identityOf(status);
  }

  /** Renames and links were done at these names: they are settled before anything is taken away from there. */
  noteUnsettled(names: readonly string[]): void {
    for (const name of names) this.#unsettledNames.add(name);
  }

  /** Lets go of the files that are kept open. */
  async release(): Promise<void> {
    await this.#content.release();
  }

  async sync(): Promise<void> {
    await this.release();
    await durably('the kept objects', this.#undo?.syncKept() ?? Promise.resolve());
    for (const tree of this.#trees) await durably(displayPath(tree.location), tree.sync());
    this.#unsettledLinks = false;
    this.#unsettledNames.clear();
  }

  async #make(tree: FileTree, operation: ChangeOperation): Promise<void> {
    switch (operation.kind) {
      case 'write':
        return this.#content.write(tree, operation);
      case 'hole':
        return this.#content.punch(tree, operation);
      case 'truncate':
        return this.#content.truncate(tree, operation);
      case 'attributes':
        return this.#attributes(tree, operation);
      default:
        await this.release();
    }
    switch (operation.kind) {
      case 'file':
        return this.#file(tree, operation);
      case 'directory':
        return this.#directory(tree, operation);
      case 'symlink':
        return this.#symlink(tree, operation);
      case 'special':
        return this.#special(tree, operation);
      case 'link':
        return this.#link(tree, operation);
      case 'rename':
        return this.#rename(tree, operation);
      case 'remove':
        return this.#remove(tree, operation);
    }
  }

  async #file(tree: FileTree, operation: FileOperation): Promise<void> {
    const { root, path } = operation;
    let status = await tree.status(path);
    if (status?.kind !== 'file') {
      await this.#makeRoom(tree, root, path, status);
      const file = await tree.create(path, 0o600);
      await file.close();
      status = await this.#made(tree, root, path);
    }
    await this.#content.setWhole(tree, operation);
    if (operation.attributes) await this.#setAttributes(tree, path, status, operation.attributes);
  }

  async #directory(tree: FileTree, { root, path, attributes }: DirectoryOperation): Promise<void> {
    let status = await tree.status(path);
    if (status?.kind !== 'directory') {
      await this.#makeRoom(tree, root, path, status);
      await tree.makeDirectory(path, 0o700);
      status = await this.#made(tree, root, path);
    }
    await this.#setAttributes(tree, path, status, attributes);
  }

  async #symlink(tree: FileTree, { root, path, target, attributes }: SymlinkOperation): Promise<void> {
    let status = await tree.status(path);
    if (status?.kind !== 'symlink' || (await tree.readLink(path)) !== target) {
      await this.#makeRoom(tree, root, path, status);
      await tree.makeSymlink(path, target);
      status = await this.#made(tree, root, path);
    }
    await this.#setAttributes(tree, path, status, attributes);
  }

  async #special(tree: FileTree, { root, path, special, device, attributes }: SpecialOperation): Promise<void> {
    let status = await tree.status(path);
    if (refusesKind(this.#policy, special)) {
      await this.#makeRoom(tree, root, path, status);
      this.#rules.refused(path);
      return;
    }
    if (status?.kind !== special || status.specialDevice !== device) {
      await this.#makeRoom(tree, root, path, status);
      await tree.makeSpecial(path, special, 0o600, device);
      status = await this.#made(tree, root, path);
    }
    await this.#setAttributes(tree, path, status, attributes);
  }

  async #link(tree: FileTree, { root, path, existing }: LinkOperation): Promise<void> {
    if (path === existing) return;
    const status = await tree.status(existing);
    if (status === undefined) mismatch('there is nothing to link');
    if (status.kind === 'directory') mismatch('a directory cannot be linked');
    if (isWithin(existing, path)) mismatch('a link cannot replace a directory above its own file');
    const replaced = await tree.status(path);
    if (replaced && this.#isSame(replaced, status)) return;
    await this.#makeRoom(tree, root, path, replaced);
    await tree.link(existing, path);
  }

  async #rename(tree: FileTree, { root, path, to }: RenameOperation): Promise<void> {
    const status = await tree.status(path);
    if (status === undefined) mismatch('there is nothing to rename');
    if (path === to) return;
    if (isWithin(to, path) || isWithin(path, to)) mismatch('a directory cannot be moved into itself or over itself');
    if ((await tree.status(parentOf(to)))?.kind !== 'directory') mismatch('the directory to move it to is missing');
    const replaced = await tree.status(to);
    if (replaced) {
      await this.#settle(root, to);
      const atOnce = status.kind !== 'directory' && replaced.kind !== 'directory' && !this.#isSame(status, replaced);
      if (!atOnce || this.#undo?.active) await this.#discard(tree, root, to, replaced);
    }
    await tree.rename(path, to);
  }

  async #remove(tree: FileTree, { root, path }: RemoveOperation): Promise<void> {
    if (path !== '') {
      await this.#makeRoom(tree, root, path, await tree.status(path));
      return;
    }
    for (const entry of (await tree.list(path)) ?? []) {
      await this.#makeRoom(tree, root, joinRaw(path, entry.name), entry.status);
    }
  }

  async #attributes(tree: FileTree, { path, attributes }: AttributesOperation): Promise<void> {
    const status = await tree.status(path);
    if (status === undefined) mismatch('there is nothing to set attributes of');
    await this.#setAttributes(tree, path, status, attributes);
  }

  async #setAttributes(tree: FileTree, path: RawPath, status: ObjectStatus, attributes: ObjectAttributes) {
    if (status.kind !== 'directory' && status.links > 1) this.#unsettledLinks = true;
    await setAllAttributes(tree, path, status, keptAttributes(this.#policy, status.kind, attributes));
    await this.#times?.check(tree, path, attributes.modifiedNs);
  }

  /** Takes away what is at a path, if anything. */
  async #makeRoom(tree: FileTree, root: number, path: RawPath, status: ObjectStatus | undefined): Promise<void> {
    if (status === undefined) return;
    if (path === '') mismatch('the root of the replica can only be a directory');
    await this.#settle(root, path);
    await this.#discard(tree, root, path, status);
  }

  async #discard(tree: FileTree, root: number, path: RawPath, status: ObjectStatus): Promise<void> {
    if (this.#undo?.active) await this.#undo.discard(root, path, status);
    else await removeTree(tree, path, status);
  }

  /** DESIGN.md, the settling rule: call before an object is taken away from a name. */
  async #settle(root: number, path: RawPath): Promise<void> {
    if (this.#unsettledLinks || this.#unsettledNames.entangled(nameOf(root, path))) await this.sync();
  }

  async #made(tree: FileTree, root: number, path: RawPath): Promise<ObjectStatus> {
    if (this.#undo?.active) await this.#undo.created(root, path);
    const status = await tree.status(path);
    if (status === undefined) mismatch('somebody else removed what was just made');
    return status;
  }

  #isSame(left: ObjectStatus, right: ObjectStatus): boolean {
    return left.inode === right.inode && left.device === right.device;
  }

  #tree(root: number): FileTree {
    const tree = this.#trees[root];
    // Frames are checked against the job's roots before they are queued; this one came from elsewhere.
    if (tree === undefined) throw new Failure({ ...unknownRoot, subject: `root ${root}` });
    return tree;
  }
}

const unknownRoot = {
  code: 'ROOT-UNKNOWN',
  operation: 'apply an operation',
  reason: 'the job has no such root',
  hint: 'the two servers disagree about the job: delete it and create it again',
};

function pathsOf(operation: ChangeOperation): RawPath[] {
  if (operation.kind === 'rename') return [operation.path, operation.to];
  return operation.kind === 'link' ? [operation.path, operation.existing] : [operation.path];
}

function changesNamesOnly({ kind }: ChangeOperation): boolean {
  return kind === 'remove' || kind === 'rename' || kind === 'link';
}

/** Where what was at `path` is after the operation; undefined when the operation itself set its mode or took it away. */
function pathAfter(operation: ChangeOperation, path: RawPath): RawPath | undefined {
  if (operation.kind === 'rename') {
    if (path === operation.path) return operation.to;
    return path === operation.to ? undefined : path;
  }
  const setsMode = 'attributes' in operation && operation.attributes !== undefined;
  return setsMode && path === operation.path ? undefined : path;
}
