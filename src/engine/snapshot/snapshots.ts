// The snapshots of one replica: what is held, taking, removing, reverting. Format and rules are in DESIGN.md beside this
// file. One caller at a time, and nothing is applied meanwhile.
import { Failure } from '../../base/failure.ts';
import { rootPath } from '../../base/raw-path.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { ProgressReport } from '../../model/report.ts';
import type { FileTree } from '../../ports/files.ts';
import type { Storage } from '../../ports/storage.ts';
import { FileSystems } from '../apply/replica/identity.ts';
import type { UndoGuard } from '../apply/undo-guard.ts';
import { Revert } from './revert.ts';
import {
  decodeSnapshotList,
  emptyList,
  encodeSnapshotList,
  type HeldSnapshot,
  revertedTo,
  type Snapshot,
  type SnapshotList,
  withoutSnapshot,
  withSnapshot,
} from './snapshot-list.ts';
import { Graveyard } from './undo/graveyard.ts';
import { UndoJournal } from './undo/undo-journal.ts';
import { segmentName } from './undo/undo-segment.ts';
import { readView } from './undo/undo-view.ts';

export interface SnapshotsOptions {
  /** One per job root, in the job's order. */
  readonly trees: readonly FileTree[];
  /** One per job root: a folder outside the replica on the same file system, ours alone, for removed objects. May repeat. */
  readonly graveyards: readonly FileTree[];
  readonly storage: Storage;
  /** Folder in the storage, ours alone. */
  readonly folder: string;
  readonly clock: Clock;
}

export interface LostSnapshots {
  readonly snapshots: readonly Snapshot[];
  readonly reason: string;
}

export class Snapshots {
  readonly #options: SnapshotsOptions;
  readonly #fileSystems: FileSystems;
  readonly #graveyard: Graveyard;
  readonly #journal: UndoJournal;
  #list: SnapshotList;
  #reverting: Revert | undefined;
  /** The snapshots that were lost because `open` found the journal damaged. */
  lost: LostSnapshots | undefined;

  private constructor(options: SnapshotsOptions, fileSystems: FileSystems, list: SnapshotList) {
    this.#options = options;
    this.#fileSystems = fileSystems;
    this.#graveyard = new Graveyard(options.graveyards, fileSystems);
    this.#journal = new UndoJournal({ ...options, graveyard: this.#graveyard, fileSystems });
    this.#list = list;
  }

  /**
   * Recovers the journal, and completes a revert or removal that was interrupted. Every snapshot needs what was recorded last: if
   * that is damaged all are `lost`, and the replica can have new ones. Throws JOURNAL-DAMAGED for an interrupted revert alone.
   */
  static async open(options: SnapshotsOptions): Promise<Snapshots> {
    const name = listName(options.folder);
    const bytes = await options.storage.read(name);
    const list = bytes ? decodeSnapshotList(bytes, name) : emptyList;
    const snapshots = new Snapshots(options, await FileSystems.of(options.trees), list);
    if (list.reverting !== undefined) await snapshots.#completeRevert(list.reverting);
    else await snapshots.#settleOrLose();
    return snapshots;
  }

  async replicaIsEmpty(): Promise<boolean> {
    for (const tree of this.#options.trees) if (((await tree.list(rootPath)) ?? []).length > 0) return false;
    return true;
  }

  async #settleOrLose(): Promise<void> {
    try {
      await this.#settle();
    } catch (thrown) {
      if (!(thrown instanceof Failure && thrown.code === 'JOURNAL-DAMAGED')) throw thrown;
      this.lost = { snapshots: this.list(), reason: thrown.message };
      await this.#store({ ...this.#list, held: [] });
      await this.#settle();
    }
  }

  /** To be given to Applier.open. */
  get undo(): UndoGuard {
    return this.#journal;
  }

  /** Oldest first. */
  list(): readonly Snapshot[] {
    return this.#list.held.map(({ snapshot }) => snapshot);
  }

  /**
   * The replica as it is now. Call right after Applier.checkpoint. A new automatic snapshot replaces the old one; at the
   * limit (snapshotsMax) the oldest goes. Throws Failure GRAVEYARD-ELSEWHERE where a snapshot would forbid every deletion.
   * @param beforeCommit May throw, which leaves everything as it was; afterwards the snapshot is taken.
   */
  async take(
    taken: Pick<Snapshot, 'id' | 'name' | 'type' | 'position'>,
    beforeCommit: () => void = () => undefined,
  ): Promise<Snapshot> {
    await this.#graveyard.expectNear(this.#options.trees);
    await this.#journal.finishInterval();
    await this.#graveyard.sync();
    for (const tree of this.#options.trees) await tree.sync();
    const snapshot: Snapshot = { ...taken, takenMs: this.#options.clock.wallMs() };
    const before = this.#list;
    const after = withSnapshot(before, snapshot);
    beforeCommit();
    await this.#store(after);
    await this.#settle(before);
    return snapshot;
  }

  /** Gives every snapshot another name. Durable when it resolves. */
  async rename(nameFor: (name: string) => string): Promise<void> {
    const held = this.#list.held.map(({ snapshot, segments }) => ({
      snapshot: { ...snapshot, name: nameFor(snapshot.name) },
      segments,
    }));
    await this.#store({ ...this.#list, held });
  }

  /** Throws Failure SNAPSHOT-MISSING. */
  async remove(id: string): Promise<void> {
    this.#find(id);
    await this.#journal.finishInterval();
    const before = this.#list;
    await this.#store(withoutSnapshot(before, id));
    await this.#settle(before);
  }

  /**
   * The replica becomes what it was when the snapshot was taken; newer snapshots are gone, this one stays. Throws
   * Failure SNAPSHOT-MISSING, or SNAPSHOT-INCOMPLETE before anything is changed. When the system refuses something in
   * the middle, reverting again goes on; so does the next `open`.
   */
  async revert(id: string): Promise<Snapshot> {
    this.#find(id);
    await this.#journal.finishInterval();
    return await this.#completeRevert(id);
  }

  /** How far the revert that runs is. */
  get revertProgress(): ProgressReport | undefined {
    return this.#reverting?.progress;
  }

  /** A revert has begun and was refused in the middle: the replica is no state that it ever had, until it is completed. */
  get isHalfReverted(): boolean {
    return this.#list.reverting !== undefined;
  }

  /** The snapshot that a revert led to, durable until acknowledged: its position is where the replica stands. */
  get reverted(): Snapshot | undefined {
    return this.#list.reverted;
  }

  async acknowledgeRevert(): Promise<void> {
    const { reverted: _, ...rest } = this.#list;
    await this.#store(rest);
  }

  async close(): Promise<void> {
    await this.#journal.finishInterval();
    await this.#journal.close();
  }

  async #completeRevert(id: string): Promise<Snapshot> {
    const { snapshot } = this.#find(id);
    const { trees, storage, folder } = this.#options;
    const index = this.#list.held.findIndex((one) => one.snapshot.id === id);
    const segments = this.#list.held.slice(index).flatMap((one) => one.segments);
    const revert = await Revert.prepare({
      trees,
      graveyard: this.#graveyard,
      fileSystems: this.#fileSystems,
      storage,
      folder,
      segments,
    });
    await this.#store({ ...this.#list, reverting: id });
    this.#reverting = revert;
    try {
      await revert.run();
    } finally {
      this.#reverting = undefined;
    }
    await this.#store(revertedTo(this.#list, id));
    await this.#settle();
    return snapshot;
  }

  /** Makes the journal, its files and the graveyard what the list says. */
  async #settle(before?: SnapshotList): Promise<void> {
    await this.#journal.continueWith(this.#list.held.at(-1)?.segments ?? []);
    if (before) await this.#releaseBorn(before);
    const { storage, folder } = this.#options;
    const segments = this.#list.held.flatMap((one) => one.segments);
    const named = new Set([listName(folder), ...segments.map((segment) => segmentName(folder, segment))]);
    for (const name of await storage.list(folder)) {
      if (!named.has(name)) await storage.remove(name);
    }
    await this.#graveyard.keepOnly(new Set(segments.map(String)));
  }

  /**
   * Where an interval has taken over segments, the graveyard may hold what was born earlier in that interval: only the
   * removed snapshot needed it. Interrupted, it costs space until the interval goes.
   */
  async #releaseBorn(before: SnapshotList): Promise<void> {
    const { storage, folder } = this.#options;
    for (const { snapshot, segments } of this.#list.held) {
      const own = before.held.find((one) => one.snapshot.id === snapshot.id)?.segments ?? segments;
      const takenOver = segments.slice(own.length);
      if (takenOver.length === 0) continue;
      const { born } = await readView(storage, folder, own);
      for (const segment of takenOver) {
        for await (const buried of this.#graveyard.contents(String(segment))) {
          if (!born.has(this.#fileSystems.identityOf(buried.status))) continue;
          const tree = this.#graveyard.treeOf(buried.root);
          await this.#graveyard.discard(tree, buried, String(segment), (object) => born.has(object));
        }
      }
    }
  }

  #find(id: string): HeldSnapshot {
    const found = this.#list.held.find((one) => one.snapshot.id === id);
    if (found) return found;
    throw new Failure({
      code: 'SNAPSHOT-MISSING',
      operation: 'use a snapshot',
      subject: id,
      reason: 'there is none with this id',
      hint: 'list the snapshots; the oldest go when there are too many',
    });
  }

  async #store(list: SnapshotList): Promise<void> {
    await this.#options.storage.replace(listName(this.#options.folder), encodeSnapshotList(list));
    this.#list = list;
  }
}

function listName(folder: string): string {
  return `${folder}/snapshots.json`;
}
