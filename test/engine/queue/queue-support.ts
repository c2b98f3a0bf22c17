// Records and limits for tests of the queues.
import type { Failure } from '../../../src/base/failure.ts';
import { rootPath } from '../../../src/base/raw-path.ts';
import type { QueueEvents, QueueLimits } from '../../../src/engine/queue/queue-limits.ts';
import type { RecordBatch } from '../../../src/wire/operations-frame.ts';
import { encodeOperation } from '../../../src/wire/records/operation-codec.ts';
import { advance } from '../../../src/wire/stream-checksum.ts';

/** A record that says its number, with so many bytes of data. */
export function recordOf(number: number, dataBytes = 100): Buffer {
  return encodeOperation(
    { kind: 'write', root: 0, path: rootPath, offset: number, data: Buffer.alloc(dataBytes, number) },
    number,
  );
}

/** Consecutive records of one stream, made on demand. */
export class TestStream {
  sequence = 0;
  checksum = 0n;

  batch(count: number, dataBytes = 100): RecordBatch {
    const firstSequence = this.sequence + 1;
    const records = Array.from({ length: count }, () => {
      this.sequence += 1;
      const record = recordOf(this.sequence, dataBytes);
      this.checksum = advance(this.checksum, record);
      return record;
    });
    return { firstSequence, records, checksumAfter: this.checksum };
  }
}

/** Small limits: logs of 4 KiB. */
export function limitsOf(changes: Partial<QueueLimits> = {}): QueueLimits {
  return {
    memoryBytesMax: 120 * 1024,
    disk: 'unlimited',
    minimumFreeBytes: 0,
    alertPercent: 50,
    logBytesMax: 4096,
    ...changes,
  };
}

export class RecordedEvents implements QueueEvents {
  readonly alerts: number[] = [];
  readonly failures: Failure[] = [];

  alert(percent: number): void {
    this.alerts.push(percent);
  }

  ended(failure: Failure): void {
    this.failures.push(failure);
  }
}

/** Lets everything happen that waits for nothing but the in-memory storage. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
