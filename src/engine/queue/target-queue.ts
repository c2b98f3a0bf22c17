// The durable queue of a target. (Signatures; the work follows.)
import { AssertionFailure } from '../../base/failure.ts';
import type { StreamPosition } from '../../model/position.ts';
import type { Storage } from '../../ports/storage.ts';
import type { RecordBatch } from '../../wire/operations-frame.ts';
import type { QueueEvents, QueueLimits } from './queue-limits.ts';

export interface TargetQueueOptions {
  readonly storage: Storage;
  /** Of this queue alone. Names the source and the connection (guide, ch. 10). */
  readonly folder: string;
  /** `none` for the disk means: no more on disk than memory would hold, since a target's queue is always durable. */
  readonly limits: QueueLimits;
  readonly events: QueueEvents;
}

/** Consecutive records of one stream, as they lie in the queue. */
export interface QueuedBatch extends RecordBatch {
  readonly streamId: string;
  /**
   * Place of the first record in the queue, counted over all its streams from 1 and never used twice, also after a restart.
   * The record with `firstIndex + n` has the sequence `firstSequence + n`.
   */
  readonly firstIndex: number;
}

export interface TargetQueueState {
  /** Index of the last durable record; 0 when there was none. */
  readonly head: number;
  /** Everything up to this index was released. */
  readonly released: number;
  readonly operations: number;
  /** Of the records not yet released. */
  readonly bytes: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly open: boolean;
}

export class TargetQueue {
  /**
   * Recovers what is durable. Throws `QUEUE-UNREADABLE` when durable bytes are damaged, `FORMAT-NEWER` when a newer
   * program wrote them. `released` starts just before the oldest record found; release what was applied after opening.
   */
  static open(_options: TargetQueueOptions): Promise<TargetQueue> {
    throw new AssertionFailure('not built yet');
  }

  get state(): TargetQueueState {
    throw new AssertionFailure('not built yet');
  }

  /** The last durable place; undefined when the queue belongs to no stream (new, or discarded). */
  position(): StreamPosition | undefined {
    throw new AssertionFailure('not built yet');
  }

  /** Begins a new stream behind what is queued. Resolves when that is durable. */
  begin(_streamId: string): Promise<void> {
    throw new AssertionFailure('not built yet');
  }

  /**
   * `durable`: every record survives a crash. `full`: nothing of this batch was taken, nor of any that was handed in
   * after it; append them again, in order, when `waitForRoom` resolves or after a while. Rejects with `STREAM-BROKEN`
   * when the batch does not follow on what came before (wrong sequence or checksum): nothing was taken, the link must go.
   */
  append(_batch: RecordBatch): Promise<'durable' | 'full'> {
    throw new AssertionFailure('not built yet');
  }

  /** Resolves when something was released since the last `full`, or the queue ended. */
  waitForRoom(): Promise<void> {
    throw new AssertionFailure('not built yet');
  }

  /** Durable records that follow `afterIndex`, at least one; together at most `bytesMax` when more than one. undefined: none. */
  read(_afterIndex: number, _bytesMax: number): Promise<QueuedBatch | undefined> {
    throw new AssertionFailure('not built yet');
  }

  /** Resolves with true once there is a durable record after this index, with false when the queue is over. */
  waitForMore(_afterIndex: number): Promise<boolean> {
    throw new AssertionFailure('not built yet');
  }

  /** Says that everything up to this index is applied for good; logs that hold nothing else are deleted. */
  release(_index: number): void {
    throw new AssertionFailure('not built yet');
  }

  /** Drops everything that was not released; the queue belongs to no stream until the next `begin`. Indexes go on. */
  discard(): Promise<void> {
    throw new AssertionFailure('not built yet');
  }

  /** Lets what was appended become durable and closes the log; the queue can be opened again. */
  close(): Promise<void> {
    throw new AssertionFailure('not built yet');
  }
}
