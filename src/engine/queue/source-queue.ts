// The queue of a source. (Signatures; the work follows.)
import { AssertionFailure } from '../../base/failure.ts';
import type { Storage } from '../../ports/storage.ts';
import type { RecordBatch } from '../../wire/operations-frame.ts';
import type { QueueEvents, QueueLimits } from './queue-limits.ts';

export interface SourceQueueOptions {
  readonly storage: Storage;
  /** Of this queue alone; whatever lies in it is removed at opening. Names the target and the connection (guide, ch. 10). */
  readonly folder: string;
  readonly streamId: string;
  readonly limits: QueueLimits;
  readonly events: QueueEvents;
}

export interface SourceQueueState {
  /** Sequence of the last record appended; 0 when there was none. */
  readonly head: number;
  /** Everything up to this sequence was acknowledged and is gone. */
  readonly acknowledged: number;
  readonly operations: number;
  /** Of the records still queued. */
  readonly bytes: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** False once the queue ended: exhausted, failed or closed. */
  readonly open: boolean;
}

export class SourceQueue {
  readonly streamId: string = '';

  /** Removes what an earlier run left in the folder. */
  static open(_options: SourceQueueOptions): Promise<SourceQueue> {
    throw new AssertionFailure('not built yet');
  }

  get state(): SourceQueueState {
    throw new AssertionFailure('not built yet');
  }

  /** Takes a record; gives its sequence, or undefined when the queue is over (`ended` has said why). */
  append(_record: Buffer): number | undefined {
    throw new AssertionFailure('not built yet');
  }

  /**
   * Consecutive records that follow `afterSequence`, at least one, together at most `bytesMax` when more than one.
   * undefined when there is none to be had now: nothing new, or what follows waits on disk for room in memory.
   */
  read(_afterSequence: number, _bytesMax: number): Promise<RecordBatch | undefined> {
    throw new AssertionFailure('not built yet');
  }

  /** Resolves with true once `read` would give something, with false when the queue is over. */
  waitForMore(_afterSequence: number): Promise<boolean> {
    throw new AssertionFailure('not built yet');
  }

  /** Lets go of everything up to this sequence. */
  acknowledge(_sequence: number): void {
    throw new AssertionFailure('not built yet');
  }

  /** The rolling checksum after a record; undefined for one that is gone, not there yet, or was never given out by `read`. */
  checksumAt(_sequence: number): bigint | undefined {
    throw new AssertionFailure('not built yet');
  }

  /** Ends the queue and removes its logs. `ended` is not called. */
  close(): Promise<void> {
    throw new AssertionFailure('not built yet');
  }
}
