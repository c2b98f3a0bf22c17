// What an operator says of the mirrors of a job and of its replication: MIRROR PAUSE and RESUME, REPLICATION STOP and START; and
// the end of all that.
import type { StagedJob } from '../../../invariants/observed-stage.ts';
import type { Stage } from '../../stage.ts';

export const heldMirrorChanges = 'pause|resume|stop|start';

/** `mirrors JOB …`. What the watch then expects of the reports follows from the answer; a failure changes nothing. */
export async function holdMirrors(stage: Stage, job: StagedJob, what: string): Promise<void> {
  const { jobId } = job;
  const mirrors = stage.world.server(job.source)?.mirrors;
  if (jobId === undefined || mirrors === undefined) return;
  const calls: Readonly<Record<string, () => Promise<void>>> = {
    pause: () => mirrors.pause(jobId),
    resume: () => mirrors.resume(jobId),
    stop: () => mirrors.stopReplication(jobId),
    start: () => mirrors.startReplication(jobId),
  };
  const call = calls[what];
  if (call === undefined) throw new Error(`mirrors are held by ${heldMirrorChanges}`);
  // Whatever becomes of the call: only its answer says that mirrors are held.
  job.mirrorsHeld = undefined;
  const isDone = await stage.command(
    `mirrors ${what}`,
    call().then(() => true),
  );
  if (what === 'resume' || what === 'start') return;
  job.wasHeld = true;
  if (isDone === true && job.jobId === jobId) job.mirrorsHeld = { what, jobId };
}

/** Nothing is held any more. */
export async function endHeldMirrors(stage: Stage, job: StagedJob): Promise<void> {
  if (!job.wasHeld) return;
  for (const what of ['resume', 'start']) await holdMirrors(stage, job, what);
}
