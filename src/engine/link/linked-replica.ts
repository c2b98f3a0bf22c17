// The replica as a source sees it over whatever link it has at the moment: a question that a lost link leaves unanswered is
// asked again over the next one, as long as the stream lasts.
import { Failure } from '../../base/failure.ts';
import type { RawPath } from '../../base/raw-path.ts';
import type { Signal } from '../../base/waiting/signal.ts';
import type { BlockHashes, ReplicaEntry } from '../../model/stream/listing.ts';
import type { Peer } from '../../ports/network.ts';
import type { ReplicaView } from '../mirror/replica-view.ts';
import type { SourceLink } from './source-link.ts';

/** The target behind the link (target-side.ts). */
interface LinkedTarget {
  /** Notified when what follows may have changed. */
  readonly signal: Signal;
  readonly link: SourceLink | undefined;
  readonly isGivenUp: boolean;
}

export class LinkedReplica implements ReplicaView {
  readonly #target: LinkedTarget;
  readonly #stream: { readonly isOpen: boolean };
  readonly #after: number;

  /** The questions belong to the stream; answers are of the replica with everything up to `after` applied. */
  constructor(target: LinkedTarget, stream: { readonly isOpen: boolean }, after: number) {
    this.#target = target;
    this.#stream = stream;
    this.#after = after;
  }

  /** Where the target was reached, while there is a link over a network. */
  get address(): Peer['address'] {
    return this.#target.link?.peer.address;
  }

  list(root: number, path: RawPath, hashed: boolean): Promise<readonly ReplicaEntry[] | undefined> {
    return this.#ask((link) => link.list(this.#after, root, path, hashed));
  }

  hashes(root: number, path: RawPath, first: number, count: number): Promise<BlockHashes | undefined> {
    return this.#ask((link) => link.hashes(this.#after, root, path, first, count));
  }

  get #lasts(): boolean {
    return this.#stream.isOpen && !this.#target.isGivenUp;
  }

  async #ask<T>(question: (link: SourceLink) => Promise<T>): Promise<T> {
    const target = this.#target;
    for (;;) {
      await target.signal.until(() => target.link !== undefined || !this.#lasts);
      const { link } = target;
      if (!this.#lasts) {
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
