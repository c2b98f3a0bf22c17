// Where the workload of a job and its replica differ at this moment. No server can know that; the simulator sees both disks.
import { differingPaths, linesOf, type TimesThatCount } from './fingerprint.ts';
import type { ObservedStage, StagedJob } from './observed-stage.ts';

/** Paths below the root, which itself is `.`; in order. */
export function differences(stage: ObservedStage, job: StagedJob, times: TimesThatCount): string[] {
  const source = stage.world.machine(job.source).files.disk;
  const target = stage.world.machine(job.target).files.disk;
  return differingPaths(
    linesOf(source, source.resolve(job.sourceRoot, true), times),
    linesOf(target, target.resolve(job.replicaRoot, true), times),
  ).map((path) => path || '.');
}
