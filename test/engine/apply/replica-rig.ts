// A replica in memory with everything that belongs to it, for tests of apply and of snapshots.
import { Applier } from '../../../src/engine/apply/applier.ts';
import type { ApplyMode, ApplyReport, Place, QueuedOperation } from '../../../src/engine/apply/apply-report.ts';
import { Snapshots } from '../../../src/engine/snapshot/snapshots.ts';
import type { ChangeOperation } from '../../../src/model/stream/operation.ts';
import type { FileTree } from '../../../src/ports/files.ts';
import type { Storage } from '../../../src/ports/storage.ts';
import { MemoryFiles } from '../../../src/simulator/memory/memory-files.ts';
import { MemoryStorage } from '../../../src/simulator/memory/memory-storage.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';

export interface ReplicaGround {
  readonly tree: FileTree;
  readonly graveyard: FileTree;
  readonly storage: Storage;
}

export interface ReplicaRig {
  readonly applier: Applier;
  readonly snapshots: Snapshots;
  /** Operation number n of a stream has index n. */
  apply(operations: readonly ChangeOperation[], mode?: ApplyMode, firstIndex?: number): Promise<ApplyReport>;
  take(id: string): Promise<void>;
}

export async function memoryGround(): Promise<ReplicaGround> {
  const files = new MemoryFiles();
  return {
    tree: await files.openTree('/replica', { create: true }),
    graveyard: await files.openTree('/graveyard', { create: true }),
    storage: new MemoryStorage(),
  };
}

export function placeAt(index: number): Place {
  return { index, position: { streamId: 'stream', sequence: index, checksum: BigInt(index) } };
}

export async function openReplica({ tree, graveyard, storage }: ReplicaGround): Promise<ReplicaRig> {
  const clock = new ManualClock();
  const snapshots = await Snapshots.open({
    trees: [tree],
    graveyards: [graveyard],
    storage,
    folder: 'undo',
    clock,
  });
  const applier = await Applier.open({ trees: [tree], storage, folder: 'apply', undo: snapshots.undo });
  let next = (applier.recovered?.index ?? 0) + 1;
  return {
    applier,
    snapshots,
    apply: (operations, mode = 'normal', firstIndex = next) => {
      const queued: QueuedOperation[] = operations.map((operation, at) => ({
        operation,
        place: placeAt(firstIndex + at),
      }));
      next = firstIndex + operations.length;
      return applier.apply(queued, mode);
    },
    take: async (id) => {
      await applier.checkpoint();
      await snapshots.take({ id, name: id, type: 'manual', position: placeAt(next - 1).position });
    },
  };
}
