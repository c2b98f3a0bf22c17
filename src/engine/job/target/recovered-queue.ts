// Opens the queue of a target again and holds it against what else the job knows: how far the replica is, and that there was a
// queue at all. What is found to have lost durable operations is given up whole, together with the place up to which the
// replica was applied, after its owner has made durable that it was lost: the source finds its place gone, and mirrors.
import { asFailure, type Failure } from '../../../base/failure.ts';
import { appliedRecordName, readAppliedRecord } from '../../apply/applied-record.ts';
import { unreadableLog } from '../../queue/log-format.ts';
import { TargetQueue, type TargetQueueOptions } from '../../queue/target-queue.ts';
import type { JobParts } from '../job-parts.ts';

type QueueOwner = Pick<JobParts, 'storage' | 'folder' | 'queueLimits' | 'emit'> & {
  readonly state: { readonly number: number };
};

export interface QueueRecovery {
  /** The job has received something, and so has a queue. */
  readonly wasBegun: boolean;
  readonly ended: (failure: Failure) => void;
  /** Called before anything is removed. */
  readonly lost: () => Promise<void>;
}

interface Recovery extends TargetQueueOptions {
  /** Of the job. */
  readonly jobFolder: string;
  readonly wasBegun: boolean;
}

/** Throws what is neither a queue nor the loss of one. */
export async function recoverQueue(
  { storage, folder: jobFolder, queueLimits: limits, emit, state }: QueueOwner,
  { wasBegun, ended, lost }: QueueRecovery,
): Promise<TargetQueue> {
  const folder = `${jobFolder}/target-queue`;
  const alert = (percent: number): void => emit(5110, { connection: state.number, percent });
  const recovery: Recovery = { storage, folder, jobFolder, wasBegun, limits, events: { alert, ended } };
  const found = await openWhole(recovery);
  if (found instanceof TargetQueue) return found;
  emit(5111, { connection: state.number, reason: found.reason });
  await lost();
  for (const name of await storage.list(folder)) await storage.remove(name);
  await storage.remove(appliedRecordName(jobFolder));
  return TargetQueue.open(recovery);
}

/** The queue, or what shows that durable operations are missing in it. */
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
