// A reply of FUSE as it is built in memory: struct fuse_out_header (16 bytes), then the structure of its opcode or data
// (<linux/fuse.h>). The memory may be shared with another process: the length is written last, so that a reply with a length is whole.
import { type Address, addressOf } from '../../kernel/memory-address.ts';
import { dataBytesMax } from './request-view.ts';
import type { StatusView } from './status-view.ts';

export const replyHeaderBytes = 16;
/** The room of a reply. A folder's entries and a file's data are never more than what was asked for. */
export const replyBytesMax = dataBytesMax + 4096;

const attributesBytes = 88;
export const entryBytes = 40 + attributesBytes;
export const openedBytes = 16;

/** How long the kernel may rely on what it was told, in seconds. */
const forever = 0x7fffffff;

export class ReplyView {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
  /** Where data begins. */
  readonly data: Buffer;
  readonly address: Address;
  readonly dataAddress: Address;

  /** @param memory At least `replyBytesMax` bytes from `start`, which is a multiple of eight. */
  constructor(memory: ArrayBufferLike, start = 0) {
    this.bytes = Buffer.from(memory as ArrayBuffer, start, replyBytesMax);
    this.words = new Uint32Array(memory, start, replyBytesMax / 4);
    this.data = this.bytes.subarray(replyHeaderBytes);
    this.address = addressOf(this.bytes);
    this.dataAddress = this.address + replyHeaderBytes;
  }

  /** Makes it the unfinished reply to a request. */
  begin(request: Uint32Array): void {
    const words = this.words;
    words[0] = 0;
    words[2] = request[2] as number;
    words[3] = request[3] as number;
  }

  get length(): number {
    return this.words[0] as number;
  }

  /** Ends a reply with so many bytes after the header. */
  finish(dataBytes: number): void {
    this.words[1] = 0;
    this.words[0] = replyHeaderBytes + dataBytes;
  }

  /** @param number Of the error, positive. */
  fail(number: number): void {
    this.words[1] = -number;
    this.words[0] = replyHeaderBytes;
  }

  /** An unsigned number of 64 bits at a byte that is a multiple of four. */
  setNumber64(at: number, value: number): void {
    this.words[at >> 2] = value;
    this.words[(at >> 2) + 1] = value / 2 ** 32;
  }

  setWord(at: number, value: number): void {
    this.words[at >> 2] = value;
  }

  /** struct fuse_entry_out at a byte. A node of 0 says that there is nothing, which the kernel may keep in mind, too. */
  entry(at: number, node: number, status: StatusView, isLasting: boolean): void {
    const words = this.words;
    const first = at >> 2;
    const valid = isLasting ? forever : 0;
    words[first] = node;
    words[first + 1] = 0;
    words[first + 2] = 0;
    words[first + 3] = 0;
    words[first + 4] = valid;
    words[first + 5] = 0;
    words[first + 6] = valid;
    words[first + 7] = 0;
    words[first + 8] = 0;
    words[first + 9] = 0;
    status.writeAttributes(words, first + 10);
  }

  /** struct fuse_attr_out, the whole reply. */
  attributes(status: StatusView, isLasting: boolean): void {
    const words = this.words;
    words[4] = isLasting ? forever : 0;
    words[5] = 0;
    words[6] = 0;
    words[7] = 0;
    status.writeAttributes(words, 8);
    this.finish(16 + attributesBytes);
  }

  /** struct fuse_open_out at a byte. */
  opened(at: number, flags: number): void {
    const words = this.words;
    const first = at >> 2;
    words[first] = 0;
    words[first + 1] = 0;
    words[first + 2] = flags;
    words[first + 3] = 0;
  }
}

/** struct fuse_open_out: flags. */
export const openedFlag = { keepCache: 2, cacheFolder: 8 } as const;
