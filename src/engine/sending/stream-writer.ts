// The end of the stream at which operations enter it.
import type { Operation } from '../../model/stream/operation.ts';

export interface StreamWriter {
  /**
   * Puts one operation at the end of the stream and returns its sequence number. Never waits. Its bytes are the caller's
   * again when it returns.
   */
  append(operation: Operation): number;
  /** As `append`, with a record that capture has made; the stream keeps it, and may raise its wall time. */
  appendRecord(record: Buffer): number;
  /** Resolves when the queue has room for more; rejects when the stream has ended. */
  room(): Promise<void>;
}
