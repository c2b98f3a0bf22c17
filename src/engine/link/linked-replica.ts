// The replica as a source sees it over whatever link it has at the moment: a question that a lost link leaves unanswered is
// asked again over the next one, as long as the stream lasts.
import { Failure } from '../../base/failure.ts';
import type { RawPath } from '../../base/raw-path.ts';
import type { Signal } from '../../base/waiting/signal.ts';
import type { BlockHashes, ReplicaEntry } from '../../model/stream/listing.ts';
import type { Peer } from '../../ports/network.ts';
import type { ReplicaView } from '../mirror/replica-view.ts';
import type { SourceLink } from './source-link.ts';

export interface LinkedReplicaParts {
  /** Notified when `link` or `lasts` may have changed. */
  readonly signal: Signal;
  readonly link: () => SourceLink | undefined;
  /** False once the stream that the questions belong to has ended. */
  readonly lasts: () => boolean;
  /** Answers are of the replica with everything up to this sequence applied; 0 for as it stands. */
  readonly after: number;
}

export class LinkedReplica implements ReplicaView {
  readonly #parts: LinkedReplicaParts;

  constructor(parts: LinkedReplicaParts) {
    this.#parts = parts;
  }

  /** Where the target was reached, while there is a link over a network. */
  get address(): Peer['address'] {
    return this.#parts.link()?.peer.address;
  }

  list(root: number, path: RawPath, hashed: boolean): Promise<readonly ReplicaEntry[] | undefined> {
    return this.#ask((link) => link.list(this.#parts.after, root, path, hashed));
  }

  hashes(root: number, path: RawPath, first: number, count: number): Promise<BlockHashes | undefined> {
    return this.#ask((link) => link.hashes(this.#parts.after, root, path, first, count));
  }

  async #ask<T>(question: (link: SourceLink) => Promise<T>): Promise<T> {
    const { signal, link: linkNow, lasts } = this.#parts;
    for (;;) {
      await signal.until(() => linkNow() !== undefined || !lasts());
      const link = linkNow();
      if (!lasts()) {
        throw new Failure({
          code: 'STREAM-ENDED',
          operation: 'look at the replica',
          subject: 'the stream of this connection',
          reason: 'it has ended',
          retryable: true,
        });
      }
      // It may have been lost again since the signal.
      if (link === undefined) continue;
      try {
        return await question(link);
      } catch (thrown) {
        if (!(thrown instanceof Failure && thrown.code === 'LINK-LOST')) throw thrown;
      }
    }
  }
}
