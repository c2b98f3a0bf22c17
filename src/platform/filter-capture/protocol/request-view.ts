// A request of FUSE as it lies in memory: struct fuse_in_header (40 bytes), then the structure of its opcode, then names that end in
// NUL or data (<linux/fuse.h>). Everything is little-endian, as x86-64 and arm64 are. Nothing is copied: fields are words of
// the buffer, and names and data are handed on by their address.
//
// Invariant: at most one request is in the buffer.
import { type Address, addressOf } from '../../kernel/memory-address.ts';

/** The largest data of one request, and of one reply: what INIT agrees on. */
export const dataBytesMax = 1024 * 1024;
/** Room for the headers before the data: the kernel wants at least this much beyond the data (FUSE_BUFFER_HEADER_SIZE). */
const headersBytes = 4096;
export const requestBytesMax = dataBytesMax + headersBytes;

export const headerBytes = 40;
const headerWords = headerBytes / 4;

/** Where the structure of an opcode has its fields, in words of four bytes from the beginning of the request. */
export const field = {
  forgetCount: headerWords,
  batchCount: headerWords,
  batchFirst: headerWords + 2,
  makeNodeMode: headerWords,
  makeNodeDevice: headerWords + 1,
  makeNodeUmask: headerWords + 2,
  makeFolderMode: headerWords,
  makeFolderUmask: headerWords + 1,
  renameFolder: headerWords,
  renameFlags: headerWords + 2,
  linkNode: headerWords,
  openFlags: headerWords,
  openExtra: headerWords + 1,
  createMode: headerWords + 1,
  createUmask: headerWords + 2,
  createExtra: headerWords + 3,
  releaseFlags: headerWords + 2,
  offset: headerWords + 2,
  size: headerWords + 4,
  writeFlags: headerWords + 5,
  writeOpenFlags: headerWords + 8,
  syncFlags: headerWords + 2,
  allocateLength: headerWords + 4,
  allocateMode: headerWords + 6,
  seekWhence: headerWords + 4,
  extendedSize: headerWords,
  setExtendedFlags: headerWords + 1,
  setExtendedExtra: headerWords + 2,
  valid: headerWords,
  setSize: headerWords + 4,
  setAccessed: headerWords + 8,
  setModified: headerWords + 10,
  setAccessedNs: headerWords + 14,
  setModifiedNs: headerWords + 15,
  setMode: headerWords + 17,
  setUser: headerWords + 19,
  setGroup: headerWords + 20,
  initMinor: headerWords + 1,
  initReadAhead: headerWords + 2,
  initFlags: headerWords + 3,
} as const;

/** Where the first name of a request begins, in bytes. */
export const nameAt = { plain: 40, folder: 48, node: 56 } as const;
export type NameAt = (typeof nameAt)[keyof typeof nameAt];
export const writeDataAt = 80;

export class RequestView {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
  readonly address: Address;
  #lastName = '';

  /** @param memory At least `requestBytesMax` bytes from `start`, which is a multiple of eight. */
  constructor(memory: ArrayBufferLike, start = 0) {
    this.bytes = Buffer.from(memory as ArrayBuffer, start, requestBytesMax);
    this.words = new Uint32Array(memory, start, requestBytesMax / 4);
    this.address = addressOf(this.bytes);
  }

  get opcode(): number {
    return this.words[1] as number;
  }

  /** Node numbers are given by the filter and fit into one word. */
  get node(): number {
    return this.words[4] as number;
  }

  get userId(): number {
    return this.words[6] as number;
  }

  get groupId(): number {
    return this.words[7] as number;
  }

  /** The thread that asks; 0 when the kernel asks by itself. */
  get processId(): number {
    return this.words[8] as number;
  }

  /** An unsigned number of 64 bits; exact up to 2^53, which no file's size or offset passes. */
  number64(at: number): number {
    return (this.words[at + 1] as number) * 2 ** 32 + (this.words[at] as number);
  }

  word(at: number): number {
    return this.words[at] as number;
  }

  /** Of a name, for a call into C. */
  nameAddress(at: NameAt): Address {
    return this.address + at;
  }

  /** Of the data of a write. */
  get writeDataAddress(): Address {
    return this.address + writeDataAt;
  }

  /** A name that ends where the request does. A name that is looked up is often the next request's, too, so its string is kept. */
  lastName(at: number): string {
    if (!this.isLastName(at, this.#lastName))
      this.#lastName = this.bytes.toString('latin1', at, (this.words[0] as number) - 1);
    return this.#lastName;
  }

  /** Whether the name that ends where the request does is this one. */
  isLastName(at: number, name: string): boolean {
    const { bytes } = this;
    const { length } = name;
    if (at + length + 1 !== this.words[0]) return false;
    for (let index = 0; index < length; index++) if (bytes[at + index] !== name.charCodeAt(index)) return false;
    return true;
  }

  /** A name that something follows: as bytes, and where the next byte after its NUL is. */
  firstName(at: number): { readonly name: string; readonly next: number } {
    const end = this.bytes.indexOf(0, at);
    return { name: this.bytes.toString('latin1', at, end), next: end + 1 };
  }
}
