// The hash by which two sides compare content: XXH3 with 128 bits, per block of 64 KiB. Not cryptographic: it guards
// against chance, not against a peer that is trusted with the data anyway.
import { xxh3 } from '@node-rs/xxhash';

export const blockBytes = 65_536;
export const hashBytes = 16;

export function contentHash(bytes: Uint8Array): Buffer {
  const value = xxh3.xxh128(bytes);
  const hash = Buffer.allocUnsafe(hashBytes);
  hash.writeBigUInt64LE(value & 0xffff_ffff_ffff_ffffn, 0);
  hash.writeBigUInt64LE(value >> 64n, 8);
  return hash;
}

/** Whether block `index` of two hash lists is the same; a block missing from either differs. */
export function sameBlock(left: Buffer, right: Buffer, index: number): boolean {
  const start = index * hashBytes;
  const end = start + hashBytes;
  return end <= left.length && end <= right.length && left.compare(right, start, end, start, end) === 0;
}

const zeroHashes = new Map<number, Buffer>();

/** The hash of `length` zero bytes. */
export function zeroHash(length: number): Buffer {
  let hash = zeroHashes.get(length);
  if (hash === undefined) {
    hash = contentHash(Buffer.alloc(length));
    if (zeroHashes.size < 64) zeroHashes.set(length, hash);
  }
  return hash;
}
