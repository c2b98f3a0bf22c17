// The open links of a network, held against the trusted servers for as long as they last: when the trust in a server ends, or
// it loses a role that a link was made with, its links end at once, with what was still to be sent. The file is looked at again and
// again, because other processes and the operator's editor change it too; a look costs one call of the system, and without an
// open link there is none.
//
// When the file cannot be read nobody can say that the trust has ended, and the links stay; a new one is not let in meanwhile.
import type { CancelTimer, Clock } from '../../base/waiting/clock.ts';
import type { TrustStore } from '../identity/trust-store.ts';
import type { TlsLink } from './tls-link.ts';

/** The longest that a link outlives the trust in its peer. */
const lookMs = 250;

export class TrustedLinks {
  readonly #trust: TrustStore;
  readonly #clock: Clock;
  readonly #onTrustEnded: (peerName: string, links: number) => void;
  readonly #open = new Set<TlsLink>();
  /** Of the file as it was when every open link was held against it; undefined when one has not been yet. */
  #stamp: string | undefined;
  #cancelLook: CancelTimer | undefined;

  constructor(trust: TrustStore, clock: Clock, onTrustEnded: (peerName: string, links: number) => void) {
    this.#trust = trust;
    this.#clock = clock;
    this.#onTrustEnded = onTrustEnded;
  }

  /** Watches over a link until it closes: it lasts while its peer has every role with which it was made. */
  admit(link: TlsLink): TlsLink {
    this.#open.add(link);
    link.onGone(() => {
      this.#open.delete(link);
      if (this.#open.size > 0) return;
      this.#cancelLook?.();
      this.#cancelLook = undefined;
    });
    // The trust may have ended between the look that let it in and now.
    this.#stamp = undefined;
    if (this.#cancelLook === undefined) this.#lookLater();
    return link;
  }

  #lookLater(): void {
    this.#cancelLook = this.#clock.after(lookMs, () => {
      void this.#look()
        .catch(() => undefined)
        .then(() => {
          if (this.#open.size > 0) this.#lookLater();
          else this.#cancelLook = undefined;
        });
    });
  }

  async #look(): Promise<void> {
    const stamp = await this.#trust.stamp();
    if (stamp === this.#stamp) return;
    const looked = [...this.#open];
    const peers = await this.#trust.peers();
    const trusted = new Map(peers.map(({ fingerprint, roles }) => [fingerprint, roles]));
    const ended = new Map<string, number>();
    for (const link of looked) {
      const { name, fingerprint, roles = [] } = link.peer;
      const present = trusted.get(fingerprint);
      if (present !== undefined && roles.every((role) => present.includes(role))) continue;
      link.cut(present === undefined ? `${name} is not trusted any more` : `${name} is not trusted as before any more`);
      ended.set(name, (ended.get(name) ?? 0) + 1);
    }
    for (const [name, count] of ended) this.#onTrustEnded(name, count);
    if ([...this.#open].every((one) => looked.includes(one))) this.#stamp = stamp;
  }
}
