// Going back to a snapshot of a job: what it leads to must be a state that the source had, and stay until a mirror begins.
import { differences } from '../../../invariants/differences.ts';
import { fingerprintOf } from '../../../invariants/fingerprint.ts';
import type { StagedJob } from '../../../invariants/observed-stage.ts';
import { Broken } from '../../../world/broken.ts';
import type { Stage } from '../../stage.ts';

/** Longer than the pause between two tries of an operation. */
const watchedMs = 4000;

export async function takeSnapshot(stage: Stage, job: StagedJob, name: string): Promise<void> {
  const server = stage.world.server(job.target);
  if (server === undefined || job.jobId === undefined) return;
  const before = replicaOf(stage, job);
  const taken = await stage.command('snapshot', server.snapshots.take(job.jobId, name, 'manual'));
  if (taken !== undefined && replicaOf(stage, job) === before) stage.atSnapshot.set(taken.snapshotId, before);
}

/** To the newest good snapshot of the name; then a mirror makes the replica the present state again. */
export async function revert(stage: Stage, job: StagedJob, name: string): Promise<void> {
  const server = stage.world.server(job.target);
  if (server === undefined || job.jobId === undefined || job.failedOver || job.takingOver) return;
  const held = await stage.command('list snapshots', server.snapshots.list(job.jobId));
  const wanted = held?.findLast((one) => one.name === name && one.state === 'good');
  if (wanted === undefined) return;
  const call = server.snapshots.revert(job.jobId, wanted.snapshotId).then(() => true);
  const isDone = await stage.command('revert', call);
  stage.replicas.reverted(job);
  if (isDone !== true) return;
  const kept = replicaOf(stage, job);
  if (job.states !== undefined && !job.doctored && !job.isPassed && job.states.find(kept, 0) === undefined) {
    const differing = differences(stage, job, 'none').join(', ');
    throw new Broken('prefix', `${job.name}: snapshot ${name} is no state that the source was in: [${differing}]`);
  }
  if (!job.doctored && kept !== (stage.atSnapshot.get(wanted.snapshotId) ?? kept))
    throw new Broken('prefix', `${job.name}: the replica is not what it was when snapshot ${name} was taken`);
  await stage.turn(watchedMs);
  const report = await stage.report(job, 'target');
  if (report?.targetState === 'Snapshot Reverted' && !job.doctored && replicaOf(stage, job) !== kept)
    throw new Broken('prefix', `${job.name}: the replica changed after it was reverted`);
  const source = stage.world.server(job.source);
  if (source !== undefined) await stage.command('mirror', source.mirrors.start(job.jobId, 'data-delta'));
}

function replicaOf(stage: Stage, job: StagedJob): string {
  const { disk } = stage.world.machine(job.target).files;
  return fingerprintOf(disk, disk.resolve(job.replicaRoot, true));
}
