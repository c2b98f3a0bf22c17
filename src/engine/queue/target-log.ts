// One log of a target's queue as the queue knows it: what is in it and where it ends (format: DESIGN.md).
import { encodeMark, type LogHeader } from './log-format.ts';

/** As far as it is durable. */
export interface TargetLog {
  readonly name: string;
  /** Counts the logs of a folder, in the order in which they were begun. */
  readonly ordinal: number;
  readonly header: LogHeader;
  readonly headerBytes: number;
  /** Index of the last record; one less than the first when it has none. */
  lastIndex: number;
  checksumAfter: bigint;
  size: number;
  /** The last thing in it is a mark, which tells recovery that all before was durable. */
  isMarked: boolean;
}

export function targetLogName(folder: string, ordinal: number): string {
  return `${folder}/${String(ordinal).padStart(15, '0')}.log`;
}

/** Which sequence in its stream the record with an index has. */
export function sequenceAt(log: TargetLog, index: number): number {
  return log.header.firstSequence + (index - log.header.firstIndex);
}

/** The mark to be written before anything else, behind what is durable; no bytes when it stands there already. */
export function markDue(log: TargetLog): Buffer {
  return log.isMarked ? Buffer.alloc(0) : encodeMark(log.size, log.checksumAfter);
}

/** The mark has been written. */
export function noteMark(log: TargetLog, mark: Buffer): void {
  log.size += mark.length;
  log.isMarked = true;
}
