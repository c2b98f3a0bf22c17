// A witness that is cut off from one side, and a monitor that may take over at any time: only one side may have the word of the witness.
import type { ObservedStage, StagedJob } from '../../invariants/observed-stage.ts';
import { Broken } from '../../world/broken.ts';
import type { Stage } from '../stage.ts';
import { makeMonitor } from './watched-source.ts';

export const witnessChanges = 'cut|lose-answers|heal SERVER';

export function changeWitness(stage: Stage, [what, server = '']: readonly string[]): void {
  const { witness } = stage.world;
  if (witness === undefined) throw new Error('this world has no witness');
  if (what === 'cut') witness.cut(server);
  else if (what === 'lose-answers') witness.loseAnswers(server);
  else witness.heal(server);
}

/** A monitor whose source may be gone: it may take over, if the witness says so. */
export async function guard(stage: Stage, job: StagedJob, totalMs: number): Promise<void> {
  job.guarded = true;
  await makeMonitor(stage, job, totalMs);
}

/** The target has taken over by its monitor, and the source has the word of the witness at the same time. */
export async function lookForTwoWords(stage: Pick<ObservedStage, 'report'>, job: StagedJob): Promise<void> {
  if (job.guarded !== true) return;
  if ((await stage.report(job, 'target'))?.failedOver !== true) return;
  const remarks = (await stage.report(job, 'source'))?.remarks ?? [];
  if (!remarks.some((one) => one.startsWith('the witness says') && one.endsWith('alone may be written to'))) return;
  throw new Broken('one writer', `${job.name}: the source and the target have the word of the witness at once`);
}
