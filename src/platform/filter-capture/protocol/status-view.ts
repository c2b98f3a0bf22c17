// What statx(2) said of an object, as it lies in memory (struct statx, 256 bytes), and the same as struct fuse_attr.
import type { ObjectStatus } from '../../../model/stream/attributes.ts';
import { type Address, addressOf } from '../../kernel/memory-address.ts';
import { kindOf } from '../../kernel/object-kind.ts';

export const statusBytes = 256;
/** STATX_BASIC_STATS, STATX_BTIME. */
export const basicStatistics = 0x7ff;
export const birthTime = 0x800;

export class StatusView {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
  readonly address: Address;

  constructor() {
    const memory = new ArrayBuffer(statusBytes);
    this.bytes = Buffer.from(memory);
    this.words = new Uint32Array(memory);
    this.address = addressOf(this.bytes);
  }

  get links(): number {
    return this.words[4] as number;
  }

  get userId(): number {
    return this.words[5] as number;
  }

  get groupId(): number {
    return this.words[6] as number;
  }

  /** Type and permissions. */
  get mode(): number {
    return (this.words[7] as number) & 0xffff;
  }

  get size(): number {
    return this.number64(10);
  }

  /** Milliseconds since the epoch; infinite when the file system does not keep it, or was not asked. */
  get bornMs(): number {
    if (((this.words[0] as number) & birthTime) === 0) return Number.POSITIVE_INFINITY;
    return this.number64(20) * 1000 + (this.words[22] as number) / 1e6;
  }

  /** Exact up to 2^53; beyond, the table of nodes knows it by its words. */
  get inode(): number {
    return this.number64(8);
  }

  /** Major and minor number, packed as `major * 2^20 + minor`. */
  get device(): number {
    return (this.words[34] as number) * 2 ** 20 + (this.words[35] as number);
  }

  number64(at: number): number {
    return (this.words[at + 1] as number) * 2 ** 32 + (this.words[at] as number);
  }

  toObjectStatus(): ObjectStatus {
    const { words } = this;
    return {
      kind: kindOf(this.mode),
      mode: this.mode & 0o7777,
      userId: this.userId,
      groupId: this.groupId,
      size: this.size,
      allocatedBytes: this.number64(12) * 512,
      modifiedNs: this.#timeNs(28),
      changedNs: this.#timeNs(24),
      device: this.device,
      inode: (BigInt(words[9] as number) << 32n) | BigInt(words[8] as number),
      links: this.links,
      specialDevice: (words[32] as number) * 2 ** 20 + (words[33] as number),
    };
  }

  /** struct statx_timestamp: signed seconds, then nanoseconds that always count forward. */
  #timeNs(at: number): bigint {
    const { words } = this;
    const seconds = BigInt.asIntN(64, (BigInt(words[at + 1] as number) << 32n) | BigInt(words[at] as number));
    return seconds * 1_000_000_000n + BigInt(words[at + 2] as number);
  }

  /** struct fuse_attr (22 words) at a word. */
  writeAttributes(to: Uint32Array, at: number): void {
    const from = this.words;
    // ino, size and blocks stand in the same order.
    for (let word = 0; word < 6; word++) to[at + word] = from[8 + word] as number;
    to[at + 6] = from[16] as number;
    to[at + 7] = from[17] as number;
    to[at + 8] = from[28] as number;
    to[at + 9] = from[29] as number;
    to[at + 10] = from[24] as number;
    to[at + 11] = from[25] as number;
    to[at + 12] = from[18] as number;
    to[at + 13] = from[30] as number;
    to[at + 14] = from[26] as number;
    to[at + 15] = (from[7] as number) & 0xffff;
    to[at + 16] = from[4] as number;
    to[at + 17] = from[5] as number;
    to[at + 18] = from[6] as number;
    const minor = from[33] as number;
    to[at + 19] = (minor & 0xff) | ((from[32] as number) << 8) | ((minor & ~0xff) << 12);
    to[at + 20] = from[1] as number;
    to[at + 21] = 0;
  }
}
