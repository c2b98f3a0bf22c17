// The way of records from the loop to the server: bytes wait in one buffer and go into a socket that never blocks.
//
// The loop must not wait for the server. What the socket does not take waits here, up to a limit; only behind that does the
// loop wait, as long as the server goes on reading. When it has read nothing for `patienceMs`, what waits is kept, in
// order, and what comes is refused: the recorder says so in the stream as soon as there is room again.
//
// What may go wrong: the server may be gone at any moment (EPIPE, ECONNRESET). Then the pipe is broken for good.
import { poll } from '../../kernel/libc.ts';
import { addressOf } from '../../kernel/memory-address.ts';
import { errno, write } from '../kernel/file-calls.ts';

export interface RecordPipeOptions {
  /** A connected socket, not blocking; the pipe does not close it. */
  readonly descriptor: number;
  /** Bytes that may wait before the loop does. */
  readonly waitingBytesMax: number;
  /** How long the server may read nothing while the loop waits. */
  readonly patienceMs: number;
}

const initialBytes = 4 * 1024 * 1024;
/** <asm-generic/errno-base.h> */
const interrupted = 4;
const tryAgain = 11;
/** <poll.h> */
const pollOut = 4;

export class RecordPipe {
  readonly #options: RecordPipeOptions;
  readonly #pollRequest = Buffer.alloc(8);
  #bytes = Buffer.allocUnsafeSlow(initialBytes);
  #address = addressOf(this.#bytes);
  #start = 0;
  #end = 0;
  #isBroken = false;

  constructor(options: RecordPipeOptions) {
    this.#options = options;
    this.#pollRequest.writeInt32LE(options.descriptor, 0);
    this.#pollRequest.writeInt16LE(pollOut, 4);
  }

  /** The server is gone. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  get waitingBytes(): number {
    return this.#end - this.#start;
  }

  /** Where `reserve` has made room. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Makes room for so many bytes in one piece; gives where, or undefined when the server does not read. */
  reserve(length: number): number | undefined {
    if (this.#isBroken) return undefined;
    if (this.waitingBytes + length > this.#options.waitingBytesMax && !this.#waitFor(length)) return undefined;
    if (this.#end + length > this.#bytes.length) this.#makeRoom(length);
    return this.#end;
  }

  /** What was written where `reserve` said goes behind what waits. */
  commit(length: number): void {
    this.#end += length;
  }

  /** Hands the socket what it takes without waiting. */
  push(): void {
    while (this.#start < this.#end && !this.#isBroken) {
      const sent = write(this.#options.descriptor, this.#address + this.#start, this.#end - this.#start);
      if (sent > 0) {
        this.#start += sent;
        continue;
      }
      const code = errno();
      if (code === interrupted) continue;
      if (code !== tryAgain) this.#break();
      return;
    }
    this.#start = 0;
    this.#end = 0;
  }

  #waitFor(length: number): boolean {
    const { waitingBytesMax, patienceMs } = this.#options;
    for (;;) {
      const before = this.waitingBytes;
      this.push();
      if (this.#isBroken) return false;
      if (this.waitingBytes === 0 || this.waitingBytes + length <= waitingBytesMax) return true;
      if (this.waitingBytes === before && poll(this.#pollRequest, 1, patienceMs) <= 0) return false;
    }
  }

  #makeRoom(length: number): void {
    const waiting = this.waitingBytes;
    const needed = waiting + length;
    const target =
      needed > this.#bytes.length / 2 ? Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2)) : this.#bytes;
    this.#bytes.copy(target, 0, this.#start, this.#end);
    this.#bytes = target;
    this.#address = addressOf(target);
    this.#start = 0;
    this.#end = waiting;
  }

  #break(): void {
    this.#isBroken = true;
    this.#start = 0;
    this.#end = 0;
  }
}
