// Undoes a live failover on its target (guide, ch. 7, Undo Failover), step by step:
//   1  the older snapshots are marked as bad: the undo journal has not seen what programs wrote to the replica since
//   2  the replica as it is now is kept as a snapshot, since the mirror that follows overwrites it
//   3  what is left in the queue is passed without being applied: it belongs to an older epoch
//   4  the epoch grows once more, durably, and the job counts as failed over no more: from here on the failover is undone,
//      and the source may go on, from a new stream with a mirror
// After a crash before step 4 the job is failed over, and may be undone once more. After one behind it, the start of the
// server removes the live mark (runtime/jobs/live/live-paths.ts).
import type { EventId } from '../../model/event-catalogue.ts';
import type { UndoReport } from '../../model/report.ts';
import type { StreamPosition } from '../../model/stream/position.ts';
import type { Applier } from '../apply/applier.ts';
import type { ApplyLoop } from '../apply/apply-loop.ts';
import type { TargetQueue } from '../queue/target-queue.ts';

/** The job that was taken over. Nothing is applied meanwhile. */
export interface UndoneJob {
  readonly emit: (id: EventId, parameters: Readonly<Record<string, string | number>>) => void;
  readonly state: {
    readonly now: { readonly number: number };
    /** Makes it durable that the replica belongs to the source again, and returns the epoch that holds since. */
    takeBack(): Promise<number>;
  };
  readonly queue: Pick<TargetQueue, 'state' | 'position'>;
  readonly applier: Pick<Applier, 'advance'>;
  readonly loop: Pick<ApplyLoop, 'checkpoint'>;
  readonly snapshots: {
    /** Keeps the replica as it is; the older snapshots are bad from now on. Returns the name. Once, also after a crash. */
    keepTakenOver(): Promise<string>;
  };
  readonly tasks: { cancelQueued(reason: string): Promise<void> };
}

export async function undoTakeover(job: UndoneJob): Promise<UndoReport> {
  const snapshot = await job.snapshots.keepTakenOver();
  await job.tasks.cancelQueued('the failover was undone');
  const position = job.queue.position();
  if (position !== undefined) await passQueue(job, position);
  const epoch = await job.state.takeBack();
  job.emit(5075, { connection: job.state.now.number, epoch, snapshot });
  return { epoch, snapshot };
}

/** Lets the queue go up to its end, where `position` is. */
async function passQueue({ queue, applier, loop }: UndoneJob, position: StreamPosition): Promise<void> {
  applier.advance({ index: queue.state.head, position });
  await loop.checkpoint();
}
