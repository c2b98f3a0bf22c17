// An answer to a request that is no longer in the loop's memory: a struct fuse_out_header, after a write with a struct fuse_write_out.

import { addressOf } from '../../kernel/memory-address.ts';
import { write } from '../kernel/file-calls.ts';
import { nothingWritten } from '../nodes/waiting-slots.ts';

const headerBytes = 16;
const writtenBytes = 8;

export type LateAnswer = (unique: readonly [low: number, high: number], number: number, written: number) => void;

/** @param device An open /dev/fuse. The kernel refuses an answer to a request that it does not know (any more), which changes nothing. */
export function answerLate(device: number): LateAnswer {
  const bytes = Buffer.alloc(headerBytes + writtenBytes);
  const address = addressOf(bytes);
  return (unique, number, written) => {
    const length = number !== 0 || written === nothingWritten ? headerBytes : headerBytes + writtenBytes;
    bytes.writeUInt32LE(length, 0);
    bytes.writeInt32LE(-number, 4);
    bytes.writeUInt32LE(unique[0], 8);
    bytes.writeUInt32LE(unique[1], 12);
    bytes.writeUInt32LE(written, headerBytes);
    bytes.writeUInt32LE(0, headerBytes + 4);
    write(device, address, length);
  };
}
