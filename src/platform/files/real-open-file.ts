// A regular file on a disk, open. Reading and writing go to the page cache and are done at once, on this thread; only
// `sync`, which waits for the disk, is done elsewhere.
import { closeSync, fdatasync, ftruncateSync, readSync, writeSync } from 'node:fs';
import { systemFailure } from '../../base/system-failure.ts';
import type { ObjectStatus } from '../../model/stream/attributes.ts';
import type { DataRange, OpenFile } from '../../ports/files.ts';
import { eventLoopTurn } from '../event-loop-turns.ts';
import {
  atEmptyPath,
  emptyPath,
  errnoName,
  fallocate,
  lseek,
  punchHoleKeepSize,
  seekData,
  seekHole,
} from '../kernel/libc.ts';
import { nodeErrorName } from '../kernel/node-error-name.ts';
import { readStatus } from './object-status.ts';

const zeros = Buffer.alloc(65_536);

export class RealOpenFile implements OpenFile {
  readonly #openDescriptor: number;
  /** For messages only. */
  readonly #subject: string;
  #closed = false;

  constructor(descriptor: number, subject: string) {
    this.#openDescriptor = descriptor;
    this.#subject = subject;
  }

  async status(): Promise<ObjectStatus> {
    await eventLoopTurn();
    return this.#statusNow();
  }

  async read(offset: number, length: number, into?: Buffer): Promise<Buffer> {
    await eventLoopTurn();
    const descriptor = this.#descriptor();
    const bytes = into?.subarray(0, length) ?? Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const count = this.#try('read the file', () =>
        readSync(descriptor, bytes, filled, length - filled, offset + filled),
      );
      if (count === 0) return into ? bytes.subarray(0, filled) : Buffer.from(bytes.subarray(0, filled));
      filled += count;
    }
    return bytes;
  }

  async write(offset: number, data: Uint8Array): Promise<void> {
    await eventLoopTurn();
    this.#writeNow(offset, data);
  }

  async truncate(size: number): Promise<void> {
    await eventLoopTurn();
    const descriptor = this.#descriptor();
    this.#try('change the size of the file', () => ftruncateSync(descriptor, size));
  }

  async punch(offset: number, length: number): Promise<void> {
    await eventLoopTurn();
    if (length === 0) return;
    if (fallocate(this.#descriptor(), punchHoleKeepSize, offset, length) === 0) return;
    const code = errnoName();
    if (code !== 'EOPNOTSUPP') throw systemFailure(code, 'make a hole in the file', this.#subject);
    const end = Math.min(offset + length, this.#statusNow().size);
    for (let at = offset; at < end; at += zeros.length) {
      await eventLoopTurn();
      this.#writeNow(at, zeros.subarray(0, Math.min(zeros.length, end - at)));
    }
  }

  async dataRanges(): Promise<DataRange[]> {
    const ranges: DataRange[] = [];
    const { size } = this.#statusNow();
    for (let range = this.#dataFrom(0, size); range; range = this.#dataFrom(range.offset + range.length, size)) {
      ranges.push(range);
      await eventLoopTurn();
    }
    return ranges;
  }

  async nextData(offset: number): Promise<DataRange | undefined> {
    await eventLoopTurn();
    return this.#dataFrom(offset, this.#statusNow().size);
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#descriptor(), (error) => {
        if (error) reject(systemFailure(nodeErrorName(error), 'make the file durable', this.#subject));
        else resolve();
      });
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      closeSync(this.#openDescriptor);
    } catch {
      // Linux has closed it all the same; whether the data reached the disk only `sync` can tell.
    }
  }

  #dataFrom(from: number, size: number): DataRange | undefined {
    if (from >= size) return undefined;
    const descriptor = this.#descriptor();
    const offset: number = lseek(descriptor, from, seekData);
    if (offset < 0) {
      const code = errnoName();
      if (code === 'ENXIO') return undefined;
      if (code === 'EINVAL') return { offset: from, length: size - from };
      throw systemFailure(code, 'look for holes in the file', this.#subject);
    }
    // The file may shrink meanwhile: the end of data is then not behind its beginning any more, and the rest is gone.
    const end: number = Math.min(lseek(descriptor, offset, seekHole), size);
    return end > offset ? { offset, length: end - offset } : undefined;
  }

  #statusNow(): ObjectStatus {
    const status = readStatus(this.#descriptor(), emptyPath, atEmptyPath);
    if (status === undefined) throw systemFailure(errnoName(), 'look at the file', this.#subject);
    return status;
  }

  #writeNow(offset: number, data: Uint8Array): void {
    const descriptor = this.#descriptor();
    for (let written = 0; written < data.length; ) {
      written += this.#try('write to the file', () =>
        writeSync(descriptor, data, written, data.length - written, offset + written),
      );
    }
  }

  /** The number of a closed descriptor may already belong to another file: it must never be used again. */
  #descriptor(): number {
    if (this.#closed) throw systemFailure('EBADF', 'use the file', this.#subject);
    return this.#openDescriptor;
  }

  #try<Result>(operation: string, call: () => Result): Result {
    try {
      return call();
    } catch (error) {
      throw systemFailure(nodeErrorName(error), operation, this.#subject);
    }
  }
}
