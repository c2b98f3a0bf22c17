// Whether a source can know already that the folder it protects was replaced by another one; before that it is not blamed.
import type { ObservedStage, StagedJob } from './observed-stage.ts';

const noticedIds: ReadonlySet<number> = new Set([5150, 5151, 5152]);

/** The source cannot know yet that its folder is another one. */
export function isReplacedUnnoticed({ told }: Pick<ObservedStage, 'told'>, job: StagedJob): boolean {
  if (job.replacedAt === undefined) return false;
  const isNoticed = told.slice(job.replacedAt).some(({ id, jobId }) => noticedIds.has(id) && jobId === job.jobId);
  if (isNoticed) job.replacedAt = undefined;
  return !isNoticed;
}
