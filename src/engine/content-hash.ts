// The hash by which two sides compare content, per block of 64 KiB: XXH64 with two seeds, 128 bits together. Not
// cryptographic: it guards against chance, not against a peer that is trusted with the data anyway. (The library's XXH3 is
// half as fast as the two together.)
import { xxh64 } from '@node-rs/xxhash';

export const blockBytes = 65_536;
export const hashBytes = 16;

const seeds = [0x756e_6465_7273_7475n, 0x6479_2074_7769_6365n] as const;

export function contentHash(bytes: Uint8Array): Buffer {
  const hash = Buffer.allocUnsafe(hashBytes);
  hash.writeBigUInt64LE(xxh64(bytes, seeds[0]), 0);
  hash.writeBigUInt64LE(xxh64(bytes, seeds[1]), 8);
  return hash;
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
