// The undo of a failover, and what must be true of it: what was written to the live copy is kept before the replica is given
// back, nothing stays live, and the source goes on by itself. An undo that a crash interrupts is said once more.
import type { StagedJob } from '../../../invariants/observed-stage.ts';
import { Broken } from '../../../world/broken.ts';
import type { Stage } from '../../stage.ts';

const patienceMs = 120_000;

/** Somebody works with the live copy; what it leaves is no state of the source. */
export async function workLive(stage: Stage, job: StagedJob, choice: number): Promise<void> {
  if (!job.isTakenOver || (await stage.report(job, 'target'))?.failedOver !== true) return;
  const { files } = stage.world.machine(job.target);
  const { disk } = files;
  for (const [name, entry] of disk.resolve(job.replicaRoot, true).entries) {
    if (entry.kind !== 'file' || entry.content.size === 0) continue;
    const kept = entry.modifiedNs;
    disk.write(
      entry,
      0,
      Buffer.from([entry.content.read(0, 1).readUInt8(0) ^ (1 + (choice % 255))]),
      `${job.replicaRoot}/${name}`,
    );
    // The worst case for a mirror: equal sizes and times.
    disk.setAttributes(entry, { modifiedNs: kept });
  }
  files.becomeDurable();
  stage.replicas.powerFailed(job);
}

export async function undo(stage: Stage, job: StagedJob): Promise<void> {
  if (job.takingOver || !job.failedOver) return;
  job.isUndoing = true;
  await undoOnce(stage, job);
}

/** After an undo that did not answer: its target is failed over still, or has undone it, and one more UNDO settles that. */
export async function settleUndo(stage: Stage, job: StagedJob): Promise<void> {
  if (!job.isUndoing) return;
  await stage.until(() => undoOnce(stage, job), patienceMs, 1000);
}

/** True when the undo is over, or is refused for good. */
async function undoOnce(stage: Stage, job: StagedJob): Promise<boolean> {
  const server = stage.world.server(job.target);
  const before = await stage.report(job, 'target');
  if (server === undefined || before === undefined || job.jobId === undefined) return false;
  job.isTakenOver = false;
  if (before.failedOver) {
    const report = await stage.command('undo', server.jobs.undoFailover(job.jobId));
    if (report === undefined) return endRefused(stage, job);
    expectGrown(job, before.epoch, report.epoch);
  }
  // A server that ended since says nothing any more; the next try looks again.
  if (stage.world.server(job.target) !== server) return false;
  await expectUndone(stage, job);
  if (stage.world.server(job.target) !== server) return false;
  job.failedOver = false;
  job.isUndoing = false;
  return true;
}

/** A target whose source has given the job up refuses an undo for good, and changes nothing. */
async function endRefused(stage: Stage, job: StagedJob): Promise<boolean> {
  const isLeft = stage.told.some(({ id, jobId }) => id === 5077 && jobId === job.jobId);
  const report = await stage.report(job, 'target');
  if (!isLeft || report?.failedOver !== true) return false;
  job.isTakenOver = true;
  job.isUndoing = false;
  return true;
}

function expectGrown({ name }: StagedJob, before: number, after: number): void {
  if (after > before) return;
  throw new Broken('one writer', `${name}: the undo left epoch ${before}, so what is older than it may get through`);
}

async function expectUndone(stage: Stage, job: StagedJob): Promise<void> {
  const server = stage.world.server(job.target);
  const report = await stage.report(job, 'target');
  if (server === undefined || report === undefined) return;
  const [live, snapshots] = [await server.live.list(), await server.snapshots.list(job.jobId ?? '')];
  if (live.some(({ jobId }) => jobId === job.jobId))
    throw new Broken('one writer', `${job.name}: the undo is over, and its replica is live`);
  // A journal that lost its snapshots has told so.
  const isLost = stage.told.some(({ id, jobId }) => id === 5051 && jobId === job.jobId);
  if (!isLost && !snapshots.some(({ name, state }) => state === 'good' && name.startsWith('live copy')))
    throw new Broken('no silence', `${job.name}: what was written to the live copy is in no snapshot`);
}
