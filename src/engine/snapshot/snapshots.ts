// The snapshots of one replica. Format and rules are in DESIGN.md beside this file.
import type { Clock } from '../../base/clock.ts';
import type { SnapshotType } from '../../model/marker.ts';
import type { StreamPosition } from '../../model/position.ts';
import type { FileTree } from '../../ports/files.ts';
import type { Storage } from '../../ports/storage.ts';
import type { UndoGuard } from '../apply/undo-guard.ts';

export interface Snapshot {
  readonly id: string;
  readonly name: string;
  readonly type: SnapshotType;
  /** Where in the stream the replica stood. */
  readonly position: StreamPosition;
  readonly takenMs: number;
}

export interface SnapshotsOptions {
  /** One per job root, in the job's order. */
  readonly trees: readonly FileTree[];
  /** One per job root: a folder outside the replica on the same file system, where removed objects are kept. May repeat. */
  readonly graveyards: readonly FileTree[];
  readonly storage: Storage;
  /** Folder in the storage, ours alone. */
  readonly folder: string;
  readonly clock: Clock;
}

export declare class Snapshots {
  /** Recovers the journal, and completes a revert or removal that was interrupted. */
  static open(options: SnapshotsOptions): Promise<Snapshots>;
  /** To be given to Applier.open. */
  readonly undo: UndoGuard;
  /** Oldest first. */
  list(): readonly Snapshot[];
  /** Call right after Applier.checkpoint, while nothing is applied. */
  take(snapshot: Pick<Snapshot, 'id' | 'name' | 'type' | 'position'>): Promise<Snapshot>;
  /** Throws Failure SNAPSHOT-MISSING. */
  remove(id: string): Promise<void>;
  /** The replica becomes what it was when the snapshot was taken; the newer snapshots are gone, this one stays. */
  revert(id: string): Promise<Snapshot>;
  /** The snapshot a revert led to, durable until acknowledged: the place to start from has to be set from it. */
  get reverted(): Snapshot | undefined;
  acknowledgeRevert(): Promise<void>;
  close(): Promise<void>;
}
