// The roots of a job on its source. Each root must be the same folder as when its protection began; otherwise the job
// reports that it is not. A folder may be replaced under a running job (moved away and restored from a backup, mounted
// over, unmounted, or a link on the path switched). The open tree then still shows the old folder, in which nothing
// changes any more.
//
// States, and what is true in each
//   right       every path leads to the folder that is open, and `trouble` is empty
//   wrong       a path leads elsewhere, or nowhere; nothing is mirrored or verified, and the replica stays as it is
// `takeUp` leads from wrong back to right: when the folder is there again, or another folder may take its place.
//
// The identities of the protected folders are kept over a restart in `roots.json` of the job's folder. Device numbers
// do not outlive a restart of the machine, so after a restart only the inode number counts.
import { asFailure, Failure } from '../../../base/failure.ts';
import { displayPath, rootPath } from '../../../base/raw-path.ts';
import { sleep } from '../../../base/waiting/clock.ts';
import { isSameObject, type ObjectIdentity } from '../../../model/stream/attributes.ts';
import type { FileTree } from '../../../ports/files.ts';
import type { SourceJobParts } from '../source-job-parts.ts';
import { absentTree } from './absent-tree.ts';
import { loadRootsState, storeRootsState } from './roots-state.ts';

type Given = Pick<SourceJobParts, 'specification' | 'files' | 'clock' | 'storage' | 'folder' | 'rootCheckMs' | 'emit'>;

/** The part of the job that the roots use. */
interface RootsJob {
  /** Told to fail when a root is not the right folder, because changes captured from a wrong folder are useless. */
  readonly capture: { failed(reason: string): void };
}

/** The folder that would be a root from now on. */
interface Candidate {
  readonly tree: FileTree;
  readonly identity: ObjectIdentity;
  readonly isSame: boolean;
}

const rootCheckMsDefault = 10_000;
const gone = 'there is no folder at this path; it was moved, removed or unmounted';

export class ProtectedRoots {
  /** Changed in place when another folder is taken up, so that every holder of the list sees the present trees. */
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

  /** Why a root is not the protected folder; empty when all roots are right. */
  get trouble(): string {
    return this.#trouble;
  }

  /** Rejects when a root that was never protected before cannot be opened. For other roots it sets `trouble`. */
  async open(): Promise<void> {
    const { storage, folder, files } = this.#parts;
    const remembered = await loadRootsState(storage, folder);
    if (remembered === undefined) {
      for (const location of this.#locations) {
        const tree = await files.openTree(location, { beneathFilter: true });
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

  /** Checks the roots from time to time, until aborted. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.#parts.clock, this.#parts.rootCheckMs ?? rootCheckMsDefault, signal);
      // A check that fails is repeated the next time.
      if (!signal.aborted) await this.look().catch(() => undefined);
    }
  }

  /** Whether every path leads to the open folder; emits an event when one does not. Rejects when the check fails. */
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

  /** Throws `ROOT-REPLACED` when a path does not lead to the protected folder. */
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

  /** The operator allows any folder that is at the paths now. */
  takeAny(): void {
    this.#takesAny = this.#trouble !== '';
  }

  /** Opens the present folders that are right or may replace the old ones; returns the trouble that is left. */
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
    // While capture cannot begin, this code runs again and again. Callers take a tree anew for each call, so no older
    // tree is in use.
    for (const tree of this.#retired.splice(0, this.#retired.length - this.trees.length)) await tree.close();
    await storeRootsState(this.#parts.storage, this.#parts.folder, this.#protected);
    return '';
  }

  /** Called when a mirror begins: closes the trees of replaced folders after the work that is under way. */
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
      tree = await this.#parts.files.openTree(location, { beneathFilter: true });
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
   * Why another folder may not replace the protected one without the operator's word. An empty folder may be the place
   * of a missing mount, or a restore that has not begun; a folder on another file system, with another inode number,
   * appears when a file system is mounted or unmounted. The replica must not become equal to such folders.
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

/** A folder that was removed while it was open does not count as empty, because nobody knows what it held. */
async function isEmpty(tree: FileTree): Promise<boolean> {
  const status = await tree.status(rootPath);
  return status !== undefined && status.links > 0 && (await tree.list(rootPath))?.length === 0;
}
