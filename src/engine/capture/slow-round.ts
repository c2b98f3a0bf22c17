// Looks for changes of which no notification came (platform/watch-capture/DESIGN.md, "The slow round"), by comparing what the
// file system says of a file now with what it said when the file was sent: first the files that some program holds open for
// writing, every few seconds, then all of them, at a pace. What it finds is told as capture would tell it.
//
// What has to be known about times
//   - A write moves the times when it begins, and asynchronous I/O may reach the file later: a file that changed lately is
//     looked at once more, a whole period after its times stood still.
//   - A store into a mapped page moves the times only when the page was clean. So a mapped file is made clean before it is read
//     (`isMapped` tells the sender), and its times count from before that. One that was read before it was known to be mapped
//     is read again. Where stores never move the times (tmpfs) it is read in every period.
//
// While a mirror walks nothing is compared: what the stream has is known only at its end. Nor while capture fails: the trees that
// are open may then show folders that are not protected any more, and a mirror follows anyway.
import { joinRaw, type RawPath, rootPath } from '../../base/raw-path.ts';
import { type Clock, sleep } from '../../base/waiting/clock.ts';
import { type ObjectStatus, objectKey } from '../../model/stream/attributes.ts';
import type { HeldFile, WorkloadChange } from '../../ports/capture.ts';
import type { DirectoryEntry, FileTree } from '../../ports/files.ts';
import type { KnownIdentity, KnownObjects } from '../sending/known-objects.ts';
import type { Selection } from '../sending/selection.ts';

export interface RoundPace {
  /** Between two looks at the files that are held open for writing. */
  readonly heldEveryMs: number;
  /** In the round over all files; 0 leaves it out. */
  readonly filesPerSecond: number;
}

export const defaultRoundPace: RoundPace = { heldEveryMs: 5000, filesPerSecond: 500 };

export interface SlowRoundParts {
  readonly clock: Clock;
  readonly pace: RoundPace;
  readonly trees: readonly FileTree[];
  readonly selection: Selection;
  readonly known: KnownObjects;
  /** undefined when nothing can go unnoticed, or nothing is captured at present. */
  readonly heldFiles: () => Promise<readonly HeldFile[] | undefined>;
  /** Capture's: resolves when everything that happened before the call was delivered. */
  readonly flush: () => Promise<void>;
  readonly isHolding: () => boolean;
  /** Every name that comes or goes is captured, so only what is held can change unnoticed. */
  readonly seesAll: () => boolean;
  readonly tell: (changes: readonly WorkloadChange[]) => void;
}

/** A round over all files begins so long after the one before has ended, at least. */
const allEveryMs = 60_000;
/** So many refused names are remembered; beyond that all are forgotten, and told once more. */
const refusedMax = 100_000;
/** Names are compared for so long at a time. */
const restEveryMs = 250;

export class SlowRound {
  readonly #parts: SlowRoundParts;
  /** What was held at the last look, and whether it was mapped. */
  #held = new Map<string, boolean>();
  /** Names that were told as new and that the stream did not take (it cannot read them, or the target refuses them), as they were. */
  #refused = new Map<string, bigint>();
  #lastMs: number;

  constructor(parts: SlowRoundParts) {
    this.#parts = parts;
    this.#lastMs = parts.clock.wallMs();
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#goOnWithHeld(signal), this.#goOnWithAll(signal)]);
  }

  /** Whether pages of the file may change without its times: they have to be made clean before it is read. */
  isMapped(status: ObjectStatus): boolean {
    return this.#held.get(objectKey(status)) === true;
  }

  /** Compares the files that are held open for writing; what has changed is told when it resolves. */
  async lookAtHeld(): Promise<void> {
    const { clock, heldFiles, isHolding } = this.#parts;
    const nowMs = clock.wallMs();
    const files = isHolding() ? undefined : await unlessRefused(heldFiles());
    if (files === undefined || isHolding()) {
      this.#held.clear();
      return;
    }
    const before = this.#held;
    const changes: WorkloadChange[] = [];
    const held = new Map<string, boolean>();
    for (const file of files) {
      for (const object of this.#parts.known.withInode(file.inode)) {
        held.set(object.key, file.isMapped);
        const mustRead = (file.isMapped && before.get(object.key) !== true) || !file.timesTell;
        changes.push(...(await this.#compare(object, mustRead)));
      }
    }
    // A program that let go of a file may have changed it until then.
    for (const [key, wasMapped] of before) {
      const object = held.has(key) ? undefined : this.#parts.known.withKey(key);
      if (object !== undefined) changes.push(...(await this.#compare(object, wasMapped)));
    }
    if (isHolding()) return;
    this.#held = held;
    this.#lastMs = nowMs;
    if (changes.length > 0) this.#parts.tell(changes);
  }

  async #compare(object: KnownIdentity, mustRead: boolean): Promise<WorkloadChange[]> {
    for (const { root, path } of object.names) {
      const status = await unlessRefused(this.#tree(root).status(path));
      if (status?.kind !== 'file' || objectKey(status) !== object.key) continue;
      const changed = mustRead || !this.#parts.known.isAsSent(status) || this.#changedLately(status);
      return changed ? [{ kind: 'changed', root, path, what: 'content' }] : [];
    }
    return [];
  }

  #changedLately({ changedNs }: ObjectStatus): boolean {
    return Number(changedNs / 1_000_000n) >= this.#lastMs - this.#parts.pace.heldEveryMs;
  }

  async #goOnWithHeld(signal: AbortSignal): Promise<void> {
    const { clock, pace } = this.#parts;
    while (!signal.aborted) {
      await sleep(clock, pace.heldEveryMs, signal);
      if (!signal.aborted) await this.lookAtHeld();
    }
  }

  async #goOnWithAll(signal: AbortSignal): Promise<void> {
    const { clock, pace, trees } = this.#parts;
    while (!signal.aborted && pace.filesPerSecond > 0) {
      await sleep(clock, allEveryMs, signal);
      for (const root of trees.keys()) await this.#goThrough(root, signal);
    }
  }

  async #goThrough(root: number, signal: AbortSignal): Promise<void> {
    const { clock, pace, tell, flush, seesAll } = this.#parts;
    const isHolding = (): boolean => seesAll() || this.#parts.isHolding();
    const left: RawPath[] = [rootPath];
    let owedMs = 0;
    for (let path = left.pop(); path !== undefined; path = left.pop()) {
      const entries = await this.#list(root, path);
      if (entries === undefined) continue;
      owedMs += (1000 * Math.max(1, entries.length)) / pace.filesPerSecond;
      if (!isHolding() && this.#differences(root, path, entries).length > 0) {
        // What was notified meanwhile is told by capture, and most of it explains itself.
        await unlessRefused(flush());
        const again = await this.#list(root, path);
        if (again !== undefined && !isHolding() && !signal.aborted) {
          tell(this.#differences(root, path, again));
          this.#noteNew(root, path, again);
        }
      }
      for (const { name, status } of entries) if (status.kind === 'directory') left.push(joinRaw(path, name));
      if (owedMs >= restEveryMs) {
        await sleep(clock, owedMs, signal);
        owedMs = 0;
      }
      if (signal.aborted || isHolding()) return;
    }
  }

  #differences(root: number, path: RawPath, entries: readonly DirectoryEntry[]): WorkloadChange[] {
    const { known } = this.#parts;
    const missing = new Set(known.entriesOf(root, path));
    const changes: WorkloadChange[] = [];
    for (const { name, status } of entries) {
      missing.delete(name);
      const below = joinRaw(path, name);
      if (this.#refused.get(`${root}:${below}`) === status.changedNs) continue;
      if (!known.isAt(status, root, below)) changes.push({ kind: 'appeared', root, path: below, scan: true });
      else if (status.kind === 'file' && !known.isAsSent(status))
        changes.push({ kind: 'changed', root, path: below, what: 'content' });
    }
    for (const name of missing) changes.push({ kind: 'vanished', root, path: joinRaw(path, name) });
    return changes;
  }

  /** What was told as new is not told again until it changes. */
  #noteNew(root: number, path: RawPath, entries: readonly DirectoryEntry[]): void {
    if (this.#refused.size > refusedMax) this.#refused = new Map();
    for (const { name, status } of entries) {
      const below = joinRaw(path, name);
      if (!this.#parts.known.isAt(status, root, below)) this.#refused.set(`${root}:${below}`, status.changedNs);
    }
  }

  /** Without what is not selected; undefined when it cannot be told, which is no difference. */
  async #list(root: number, path: RawPath): Promise<readonly DirectoryEntry[] | undefined> {
    const entries = await unlessRefused(this.#tree(root).list(path));
    const { selection } = this.#parts;
    return entries?.filter(({ name, status }) =>
      selection.includes(root, joinRaw(path, name), status.kind === 'directory'),
    );
  }

  #tree(root: number): FileTree {
    const tree = this.#parts.trees[root];
    if (tree === undefined) throw new RangeError(`root ${root} is not one of this job's`);
    return tree;
  }
}

/** The answer, or undefined when the system refuses it: the next round asks again. */
async function unlessRefused<Result>(answer: Promise<Result>): Promise<Result | undefined> {
  try {
    return await answer;
  } catch {
    return undefined;
  }
}
