// Invariant `no silence`: a target that has lost something says so, in an event and at its failover.
import { Broken } from '../world/broken.ts';
import type { ObservedStage, StagedJob } from './observed-stage.ts';

/** The target has taken over although its queue was damaged on its disk, and no mirror has made good for that. */
export function expectLossTold(stage: ObservedStage, job: StagedJob, lossText: string): void {
  const broken = (what: string): Broken => new Broken('no silence', `${job.name}: its queue was damaged, and ${what}`);
  if (!stage.told.some(({ id, server, jobId }) => id === 5111 && server === job.target && jobId === job.jobId))
    throw broken('no event says so');
  if (!lossText.includes('what the queue of this server held was lost'))
    throw broken(`the failover says no more than: ${lossText}`);
}
