// Invariant `no silence`, for mirrors that an operator holds: from the answer on, over every restart, neither side calls the data
// good until they are let go.
import { Broken } from '../world/broken.ts';
import type { ObservedStage } from './observed-stage.ts';

export async function lookAtHeldMirrors(stage: ObservedStage): Promise<void> {
  for (const job of stage.jobs.values()) {
    const { mirrorsHeld: held, name } = job;
    if (held === undefined || held.jobId !== job.jobId || job.failedOver || job.takingOver) continue;
    const source = await stage.report(job, 'source');
    // A job that is stopped, or waits for its folder, says so itself.
    if (source === undefined || source.notOpen !== undefined || source.streamId === '') continue;
    const [wanted, status] =
      held.what === 'pause' ? ['Paused', source.mirror.status] : ['Stopped', source.replication.status];
    const isSaid = status === wanted || status === 'Failed';
    if (!isSaid || source.targetState === 'OK')
      throw new Broken(
        'no silence',
        `${name}: mirrors are held (${held.what}), and its source says ${status}, ${source.targetState}`,
      );
    const { applied, head } = source.sequence;
    if (source.connectedSinceMs === null || applied !== head) continue;
    const target = await stage.report(job, 'target');
    if (target?.targetState === 'OK' && target.streamId === source.streamId)
      throw new Broken('no silence', `${name}: mirrors are held (${held.what}), and its target calls the data good`);
  }
}
