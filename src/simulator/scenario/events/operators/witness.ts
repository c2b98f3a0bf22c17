// A witness that is cut off from one side, and a monitor that may take over at any time (two-words.ts).
import type { StagedJob } from '../../../invariants/observed-stage.ts';
import type { Stage } from '../../stage.ts';
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
