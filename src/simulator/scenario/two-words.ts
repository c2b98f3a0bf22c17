// Only one side may have the word of the witness: a target that took over by its monitor, or its source.

import type { ObservedStage, StagedJob } from '../invariants/observed-stage.ts';
import { Broken } from '../world/broken.ts';

/** The target has taken over by its monitor, and the source has the word of the witness at the same time. */
export async function lookForTwoWords(stage: Pick<ObservedStage, 'report'>, job: StagedJob): Promise<void> {
  if (job.guarded !== true) return;
  if ((await stage.report(job, 'target'))?.failedOver !== true) return;
  const remarks = (await stage.report(job, 'source'))?.remarks ?? [];
  if (!remarks.some((one) => one.startsWith('the witness says') && one.endsWith('alone may be written to'))) return;
  throw new Broken('one writer', `${job.name}: the source and the target have the word of the witness at once`);
}
