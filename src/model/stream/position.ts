// A place in the replication stream: which stream, how many operations of it, and the rolling
// checksum over their bytes. Two sides that agree on a position agree on history.

export interface StreamPosition {
  /** A fresh identifier (UUIDv7) for every stream. */
  readonly streamId: string;
  /** The number of the last operation before this place; the first operation of a stream is number 1, so 0 is its start. */
  readonly sequence: number;
  /** XXH64 chained over the records up to and including `sequence`; 0 at the start. */
  readonly checksum: bigint;
}
