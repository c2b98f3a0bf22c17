// What the queues of a server may use, each on disk and all together in memory, and how one says that it used it up (guide,
// ch. 10, "Double-Take queue").
import { assert, type Failure } from '../../base/failure.ts';

export interface QueueLimits {
  /** Bytes of records in memory, what the objects around them take included, of all queues together. At least four logs. */
  readonly memoryBytesMax: number;
  /** `none`: memory alone; `unlimited`: as much as the volume holds; otherwise bytes. */
  readonly disk: 'none' | 'unlimited' | number;
  /** Bytes that stay free on the queue's volume; works together with `disk`. */
  readonly minimumFreeBytes: number;
  /** The alert is given once each time that this share of what the queue may use is passed, in percent. */
  readonly alertPercent: number;
  /** Where one transaction log ends and the next begins. */
  readonly logBytesMax: number;
}

/** The guide's defaults; the alert's percentage is the one of its table of defaults. */
export const defaultQueueLimits: QueueLimits = {
  memoryBytesMax: 1023 * 1024 * 1024,
  disk: 'unlimited',
  minimumFreeBytes: 250 * 1024 * 1024,
  alertPercent: 50,
  logBytesMax: 5 * 1024 * 1024,
};

/** What a queue tells its owner. Called synchronously; must not throw and must not call the queue. */
export interface QueueEvents {
  /** The usage passed the limit's alert percentage upwards. */
  alert(percent: number): void;
  /**
   * The queue is over. A source's has dropped everything it held; a target's keeps on disk what is durable, and can be
   * opened again. Codes: `QUEUE-EXHAUSTED`, a limit was reached where nothing else is left (source only);
   * `QUEUE-UNREADABLE`, a log lost its bytes; otherwise an errno name, of a read, write or sync. Called at most once.
   */
  ended(failure: Failure): void;
}

/** States that limits leave a queue room to work. */
export function assertLimits(limits: QueueLimits): void {
  assert(limits.memoryBytesMax >= 4 * limits.logBytesMax, 'the memory of the queues must hold four logs');
  assert(
    typeof limits.disk === 'string' || limits.disk >= 4 * limits.logBytesMax,
    'the disk of a queue must hold four of its logs',
  );
}
