// The roots of a job on its source: each is the folder that it was when its protection began, or the job says that it is not.
// Folders are replaced under a running job (moved away and restored from a backup, mounted over, unmounted, a link on the way
// switched), and the tree that a job has open then goes on showing the old one, in which nothing changes any more.
//
// States, and what is true in each
//   right       every path leads to the folder that is open, and `trouble` is empty
//   wrong       a path leads elsewhere, or nowhere; nothing is mirrored, nothing is verified, and the replica stays as it is
// From wrong the way back is `takeUp`: the folder is there again, or another one may be taken in its place (`mayReplace`).
//
// What is protected is remembered over a restart in `roots.json` of the job's folder. Device numbers do not outlive a restart
// of the machine, so only the inode number counts then.
import { asFailure, Failure } from '../../../base/failure.ts';
import { displayPath, rootPath } from '../../../base/raw-path.ts';
import { sleep } from '../../../base/waiting/clock.ts';
import { isSameObject, type ObjectIdentity } from '../../../model/stream/attributes.ts';
import type { FileTree } from '../../../ports/files.ts';
import type { SourceJobParts } from '../source-job-parts.ts';
import { absentTree } from './absent-tree.ts';
import { loadRootsState, storeRootsState } from './roots-state.ts';

type Given = Pick<SourceJobParts, 'specification' | 'files' | 'clock' | 'storage' | 'folder' | 'rootCheckMs' | 'emit'>;

/** What the roots need of their job. */
interface RootsJob {
  /** What is captured of a folder that is not the right one is worth nothing. */
  readonly capture: { failed(reason: string): void };
}

/** What a root would be from now on. */
interface Candidate {
  readonly tree: FileTree;
  readonly identity: ObjectIdentity;
  readonly isSame: boolean;
}

const rootCheckMsDefault = 10_000;
const gone = 'there is no folder at this path; it was moved, removed or unmounted';

export class ProtectedRoots {
  /** Changed in place when another folder is taken up: whoever holds the list sees the trees of the present folders. */
  readonly trees: FileTree[] = [];
  readonly #parts: Given;
  readonly #job: RootsJob;
  /** Absolute paths, byte strings. */
  readonly #locations: readonly string[];
  readonly #protected: ObjectIdentity[] = [];
  readonly #retired: FileTree[] = [];
  #trouble = '';
  #takesAny = false;

  constructor(parts: Given, job: RootsJob) {
    this.#parts = parts;
    this.#job = job;
    this.#locations = parts.specification.roots.map((root) => root.source);
  }

  /** Why a root is not the folder that is protected; empty when all are. */
  get trouble(): string {
    return this.#trouble;
  }

  /** Rejects when a root cannot be opened that was never protected before; otherwise `trouble` may be set afterwards. */
  async open(): Promise<void> {
    const { storage, folder, files } = this.#parts;
    const remembered = await loadRootsState(storage, folder);
    if (remembered === undefined) {
      for (const location of this.#locations) {
        const tree = await files.openTree(location);
        this.trees.push(tree);
        this.#protected.push(await identityOf(tree));
      }
      await storeRootsState(storage, folder, this.#protected);
      return;
    }
    for (const [root, location] of this.#locations.entries()) {
      this.trees.push(absentTree(location));
      const before = remembered[root] ?? { device: -1, inode: -1n };
      const now = await files.identityOf(location).catch(() => undefined);
      this.#protected.push(now?.inode === before.inode ? now : before);
    }
    await this.takeUp();
  }

  /** Looks every now and then, until aborted. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.#parts.clock, this.#parts.rootCheckMs ?? rootCheckMsDefault, signal);
      // What cannot be looked at now is looked at the next time.
      if (!signal.aborted) await this.look().catch(() => undefined);
    }
  }

  /** Whether every path leads to the folder that is open; tells when one is found not to. Rejects when that cannot be told. */
  async look(): Promise<boolean> {
    if (this.#trouble !== '') return false;
    for (const [root, before] of this.#protected.entries()) {
      const now = await this.#parts.files.identityOf(this.#locationOf(root));
      if (now !== undefined && isSameObject(now, before)) continue;
      this.#say(root, now === undefined ? gone : 'another folder stands there');
      this.#job.capture.failed(this.#trouble);
      return false;
    }
    return true;
  }

  /** Throws `ROOT-REPLACED` when a path does not lead to the folder that is protected. */
  async expectRight(operation: string): Promise<void> {
    if (await this.look()) return;
    throw new Failure({
      code: 'ROOT-REPLACED',
      operation,
      subject: this.#locations.map(displayPath).join(', '),
      reason: this.#trouble,
      hint: 'Put the folder back, or begin with the one that is there now: MIRROR START',
    });
  }

  /** An operator wants what is at the paths now, whatever it is. */
  takeAny(): void {
    this.#takesAny = this.#trouble !== '';
  }

  /** Opens what is at the paths now, where it is right or may take the place of what was; gives the trouble that is left. */
  async takeUp(): Promise<string> {
    const found: Candidate[] = [];
    for (const root of this.#protected.keys()) {
      const candidate = await this.#candidateFor(root);
      if (typeof candidate !== 'string') {
        found.push(candidate);
        continue;
      }
      for (const { tree } of found) await tree.close();
      this.#say(root, candidate);
      return this.#trouble;
    }
    for (const [root, { tree, identity, isSame: same }] of found.entries()) {
      const old = this.trees[root];
      if (old !== undefined) this.#retired.push(old);
      this.trees[root] = tree;
      this.#protected[root] = identity;
      if (!same) this.#parts.emit(5151, { path: displayPath(tree.location) });
      else if (this.#trouble !== '') this.#parts.emit(5152, { path: displayPath(tree.location) });
    }
    this.#trouble = '';
    this.#takesAny = false;
    // Capture that cannot begin comes here again and again. A call on a tree takes it at once, so older ones are not in use.
    for (const tree of this.#retired.splice(0, this.#retired.length - this.trees.length)) await tree.close();
    await storeRootsState(this.#parts.storage, this.#parts.folder, this.#protected);
    return '';
  }

  /** A mirror begins: trees of folders that were replaced are read no more once the work that is under way is done. */
  closeRetired(work: { runAlone(close: () => Promise<void>): Promise<void> }): void {
    if (this.#retired.length > 0) void work.runAlone(() => this.#closeRetired());
  }

  async close(): Promise<void> {
    await this.#closeRetired();
    for (const tree of this.trees) await tree.close();
  }

  async #closeRetired(): Promise<void> {
    for (const tree of this.#retired.splice(0)) await tree.close();
  }

  async #candidateFor(root: number): Promise<Candidate | string> {
    const location = this.#locationOf(root);
    let tree: FileTree;
    try {
      tree = await this.#parts.files.openTree(location);
    } catch (thrown) {
      const { code, reason } = asFailure(thrown, 'open the folder', displayPath(location));
      return code === 'ENOENT' || code === 'ENOTDIR' ? gone : `it cannot be opened: ${reason}`;
    }
    try {
      const identity = await identityOf(tree);
      const before = this.#protected[root];
      const same = before !== undefined && isSameObject(identity, before);
      const refusal = same || this.#takesAny ? undefined : await this.#refusal(root, identity, tree);
      if (refusal === undefined) return { tree, identity, isSame: same };
      await tree.close();
      return refusal;
    } catch (thrown) {
      await tree.close();
      throw thrown;
    }
  }

  /**
   * Why another folder is not taken in the place of the one that is protected, unless an operator says so. An empty one may
   * be the place of a mount that is missing, or a restore that has not begun; one on another file system, with another inode
   * number, is what a mount has covered or laid bare. The replica must not become equal to those.
   */
  async #refusal(root: number, now: ObjectIdentity, tree: FileTree): Promise<string | undefined> {
    const before = this.#protected[root];
    if (now.device !== before?.device && now.inode !== before?.inode) {
      return 'a folder of another file system stands there; something was mounted or unmounted';
    }
    if (!(await isEmpty(tree))) return undefined;
    const old = this.trees[root];
    const wasEmpty = old !== undefined && (await isEmpty(old).catch(() => false));
    return wasEmpty ? undefined : 'an empty folder stands there';
  }

  #say(root: number, what: string): void {
    const path = displayPath(this.#locationOf(root));
    const remedy = what === gone ? '' : ', or begin with the one that is there: MIRROR START';
    const text = `the folder ${path} is not the one that is protected: ${what}. The replica is kept. Put the folder back${remedy}`;
    if (text === this.#trouble) return;
    this.#trouble = text;
    this.#parts.emit(5150, { path, reason: what });
  }

  #locationOf(root: number): string {
    return this.#locations[root] ?? '';
  }
}

async function identityOf(tree: FileTree): Promise<ObjectIdentity> {
  const status = await tree.status(rootPath);
  if (status === undefined) throw new RangeError('an open folder has a status');
  return { device: status.device, inode: status.inode };
}

/** A folder that was removed while it was open is no empty one: it is not known what it held. */
async function isEmpty(tree: FileTree): Promise<boolean> {
  const status = await tree.status(rootPath);
  return status !== undefined && status.links > 0 && (await tree.list(rootPath))?.length === 0;
}
