// The size of the protected data, for the percentage of a mirror (guide, ch. 3, Calculate size of protected data).
import { joinRaw, type RawPath, rootPath } from '../../base/raw-path.ts';
import type { WorkloadReport } from '../../model/report.ts';
import type { FileTree } from '../../ports/files.ts';
import type { Selection } from '../sending/selection.ts';

/** Bytes are those of all regular files of the workload; undefined when the signal was aborted before they were counted. */
export async function workloadSize(
  trees: readonly FileTree[],
  selection: Selection,
  signal: AbortSignal,
): Promise<WorkloadReport | undefined> {
  let [bytes, files, directories] = [0, 0, 0];
  for (const [root, tree] of trees.entries()) {
    const left: RawPath[] = [rootPath];
    for (let path = left.pop(); path !== undefined; path = left.pop()) {
      if (signal.aborted) return undefined;
      for (const entry of (await tree.list(path)) ?? []) {
        const below = joinRaw(path, entry.name);
        const isDirectory = entry.status.kind === 'directory';
        if (!selection.includes(root, below, isDirectory)) continue;
        if (isDirectory) {
          left.push(below);
          directories += 1;
        } else files += 1;
        if (entry.status.kind === 'file') bytes += entry.status.size;
      }
    }
  }
  return { bytes, files, directories };
}
