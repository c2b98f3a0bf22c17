// Counts the files and bytes of a workload by a walk through its folders, as before a mirror.
import { workloadSize } from '../../engine/mirror/workload-size.ts';
import { Selection } from '../../engine/sending/selection.ts';
import type { JobSpecification } from '../../model/job.ts';
import type { WorkloadReport } from '../../model/report.ts';
import type { Files, FileTree } from '../../ports/files.ts';

/** Rejects with the failure of the system for a folder that cannot be opened or listed. */
export async function calculateWorkload(
  { roots, rules }: Pick<JobSpecification, 'roots' | 'rules'>,
  files: Files,
): Promise<WorkloadReport> {
  const trees: FileTree[] = [];
  try {
    for (const { source } of roots) trees.push(await files.openTree(source));
    const size = await workloadSize(trees, new Selection(rules), new AbortController().signal);
    return size ?? { bytes: 0, files: 0, directories: 0 };
  } finally {
    for (const tree of trees) await tree.close();
  }
}
