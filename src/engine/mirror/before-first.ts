// Finds what a replica holds before the first mirror of a job that keeps orphans, and the workload does not. It stays there for
// good; any surplus name that comes later is one that the source had and lost. Only names are looked at.
import type { KeptPlace } from '../../model/stream/marker.ts';
import type { FileTree } from '../../ports/files.ts';
import type { Selection } from '../sending/selection.ts';
import type { ReplicaView } from './replica-view.ts';
import { TreeWalk } from './tree-walk.ts';

/** The topmost places; undefined when it cannot be told (a folder that cannot be listed, or the signal was aborted). */
export async function surplusBefore(
  trees: readonly FileTree[],
  selection: Selection,
  replica: ReplicaView,
  signal: AbortSignal,
): Promise<readonly KeptPlace[] | undefined> {
  const places: KeptPlace[] = [];
  let isWhole = true;
  await new TreeWalk(trees, selection, replica, false).run(
    {
      visit: async ({ root, path, local }) => {
        if (local === undefined) places.push({ root, path });
      },
      leave: async () => undefined,
      unlistable: () => {
        isWhole = false;
      },
    },
    signal,
  );
  return isWhole && !signal.aborted ? places : undefined;
}
