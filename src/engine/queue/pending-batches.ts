// Batches that a target's queue has taken and not yet made durable, oldest first, and what they will take. A batch that is
// being written is still counted until `forget`.
import { Failure } from '../../base/failure.ts';
import type { StreamPosition } from '../../model/stream/position.ts';
import type { RecordBatch } from '../../wire/operations-frame.ts';
import { advance } from '../../wire/stream-checksum.ts';
import { entryOverheadBytes } from './log-format.ts';
import { recordOverheadBytes } from './memory/record-window.ts';

export type AppendAnswer = 'durable' | 'full';

export interface PendingBatch {
  readonly records: readonly Buffer[];
  /** The rolling checksum after each record. */
  readonly checksums: readonly bigint[];
  /** In a log. */
  readonly entryBytes: number;
  readonly memoryBytes: number;
  readonly answer: PromiseWithResolvers<AppendAnswer>;
}

export class PendingBatches {
  #batches: PendingBatch[] = [];
  #entryBytes = 0;
  #memoryBytes = 0;

  /** Batches that are not yet being written. */
  get count(): number {
    return this.#batches.length;
  }

  get first(): PendingBatch | undefined {
    return this.#batches[0];
  }

  get entryBytes(): number {
    return this.#entryBytes;
  }

  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  add(batch: PendingBatch): void {
    this.#batches.push(batch);
    this.#entryBytes += batch.entryBytes;
    this.#memoryBytes += batch.memoryBytes;
  }

  /** Takes the first batch for writing, and those behind it as long as all together take no more than `entryBytesMax`. */
  takeGroup(entryBytesMax: number): PendingBatch[] {
    let bytes = 0;
    let count = 0;
    for (const batch of this.#batches) {
      bytes += batch.entryBytes;
      if (count > 0 && bytes > entryBytesMax) break;
      count += 1;
    }
    return this.#batches.splice(0, count);
  }

  /** Puts a group back that was not written. */
  putBack(group: readonly PendingBatch[]): void {
    this.#batches.unshift(...group);
  }

  /** Stops counting a batch that was taken and is done with. */
  forget(batch: PendingBatch): void {
    this.#entryBytes -= batch.entryBytes;
    this.#memoryBytes -= batch.memoryBytes;
  }

  /** Takes all of them away. */
  drain(): PendingBatch[] {
    const all = this.#batches.splice(0);
    for (const batch of all) this.forget(batch);
    return all;
  }
}

/** A batch with its checksums. Throws `STREAM-BROKEN` when it does not follow on `taken`; `subject` names the queue. */
export function followingBatch(batch: RecordBatch, taken: StreamPosition | undefined, subject: string): PendingBatch {
  if (taken === undefined) throw broken(subject, 'no stream has begun');
  if (batch.firstSequence !== taken.sequence + 1) {
    throw broken(subject, `operation ${taken.sequence + 1} was expected, and ${batch.firstSequence} came`);
  }
  const checksums: bigint[] = [];
  let checksum = taken.checksum;
  let bytes = 0;
  for (const record of batch.records) {
    checksum = advance(checksum, record);
    checksums.push(checksum);
    bytes += record.length;
  }
  if (checksum !== batch.checksumAfter) throw broken(subject, 'the rolling checksum is wrong');
  return {
    records: batch.records,
    checksums,
    entryBytes: bytes + checksums.length * entryOverheadBytes,
    memoryBytes: bytes + checksums.length * recordOverheadBytes,
    answer: Promise.withResolvers<AppendAnswer>(),
  };
}

function broken(subject: string, reason: string): Failure {
  return new Failure({
    code: 'STREAM-BROKEN',
    operation: 'take operations into the queue',
    subject,
    reason,
    hint: 'the link is closed, and made again from the last common position',
    retryable: true,
  });
}
