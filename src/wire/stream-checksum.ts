// The rolling checksum of a stream: it says in 64 bits which records came before, and in which order.
import { xxh64 } from '@node-rs/xxhash';

/** The checksum after a record, from the one before it; a stream starts with 0. */
export function advance(checksum: bigint, record: Buffer): bigint {
  return xxh64(record, checksum);
}
