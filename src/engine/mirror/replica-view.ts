// The replica as the source can look at it: questions over the link, answered by the target.
import type { RawPath } from '../../base/raw-path.ts';
import type { BlockHashes, ReplicaEntry } from '../../model/stream/listing.ts';

export interface ReplicaView {
  /**
   * The entries of a directory of the replica, undefined when it is none. With `hashed` the entries of files of at most one
   * block carry the hash of their content. Survives a loss of the link: the question is asked again on the next one.
   */
  list(root: number, path: RawPath, hashed: boolean): Promise<readonly ReplicaEntry[] | undefined>;
  /**
   * The hashes of a stretch of a regular file from block `first` on, for which the target reads about `count` blocks and no
   * hole; undefined when it is none.
   */
  hashes(root: number, path: RawPath, first: number, count: number): Promise<BlockHashes | undefined>;
}
