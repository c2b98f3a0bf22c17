// Where the workload of a job and its replica differ at this moment, as only somebody outside of both can see it.
import type { Stage, StagedJob } from '../scenario/stage.ts';
import { differingPaths, linesOf } from './fingerprint.ts';

/** Paths below the root, which itself is `.`; in order. */
export function differences(
  stage: Stage,
  job: StagedJob,
  folders: 'with folder times' | 'without folder times' = 'without folder times',
): string[] {
  const source = stage.world.machine(job.source).files.disk;
  const target = stage.world.machine(job.target).files.disk;
  return differingPaths(
    linesOf(source, source.resolve(job.sourceRoot, true), folders),
    linesOf(target, target.resolve(job.replicaRoot, true), folders),
  ).map((path) => path || '.');
}
