// Opens the queue of a target again and checks it against the job's own state: the place up to which the replica was
// applied, and whether there was a queue at all. A queue that has lost durable operations is given up as a whole,
// together with that place, after the owner has stored the loss durably. The source then finds no common position, and
// mirrors.
import { asFailure, type Failure } from '../../../base/failure.ts';
import { appliedRecordName, readAppliedRecord } from '../../apply/applied-record.ts';
import { unreadableLog } from '../../queue/log-format.ts';
import { TargetQueue, type TargetQueueOptions } from '../../queue/target-queue.ts';
import type { JobParts } from '../job-parts.ts';

type QueueOwner = Pick<JobParts, 'storage' | 'folder' | 'queueLimits' | 'queueMemory' | 'emit'> & {
  readonly state: { readonly number: number };
};

export interface QueueRecovery {
  /** The job has received a record before, so there must be a queue. */
  readonly wasBegun: boolean;
  readonly ended: (failure: Failure) => void;
  /** Called before anything is removed. */
  readonly lost: () => Promise<void>;
}

interface Recovery extends TargetQueueOptions {
  /** The folder of the job. */
  readonly jobFolder: string;
  readonly wasBegun: boolean;
}

/** Returns the old queue, or a new one after a loss; throws other failures. */
export async function recoverQueue(
  { storage, folder: jobFolder, queueLimits: limits, queueMemory: memory, emit, state }: QueueOwner,
  { wasBegun, ended, lost }: QueueRecovery,
): Promise<TargetQueue> {
  const folder = `${jobFolder}/target-queue`;
  const alert = (percent: number): void => emit(5110, { connection: state.number, percent });
  const recovery: Recovery = { storage, folder, jobFolder, wasBegun, limits, memory, events: { alert, ended } };
  const found = await openWhole(recovery);
  if (found instanceof TargetQueue) return found;
  emit(5111, { connection: state.number, reason: found.reason });
  await lost();
  for (const name of await storage.list(folder)) await storage.remove(name);
  await storage.remove(appliedRecordName(jobFolder));
  return TargetQueue.open(recovery);
}

/** The queue, or a failure that shows that durable operations are missing in it. */
async function openWhole(recovery: Recovery): Promise<TargetQueue | Failure> {
  const { storage, folder, jobFolder, wasBegun } = recovery;
  // The last log of a queue is never deleted.
  if (wasBegun && (await storage.list(folder)).length === 0) return unreadableLog(folder, 'it is gone');
  let queue: TargetQueue;
  try {
    queue = await TargetQueue.open(recovery);
  } catch (thrown) {
    const failure = asFailure(thrown, 'open the queue', folder);
    if (failure.code === 'QUEUE-UNREADABLE') return failure;
    throw thrown;
  }
  const applied = (await readAppliedRecord(storage, jobFolder))?.place?.index ?? 0;
  const { head } = queue.state;
  if (applied <= head) return queue;
  await queue.close();
  return unreadableLog(folder, `it ends at ${head}, and ${applied} was applied`);
}
