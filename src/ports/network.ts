// Byte links between servers. Each end knows for certain which server the other end is.
//
// Failure semantics
//   - Bytes arrive in order and unchanged, or the link closes. Then the last bytes sent may or may not have arrived.
//   - `closed` is reported exactly once, also after `close` by this side; no data is delivered after it.
//   - A peer that is not trusted never yields a link: `connect` rejects with `PEER-NOT-TRUSTED`, and the listening side
//     reports it to `onRefused`. Other refusals: `LINK-REFUSED`, `LINK-TIMEOUT`, `ADDRESS-UNKNOWN`, all retryable.
import type { PeerRole } from '../model/peer-role.ts';

/**
 * The server at the other end: the name under which it is trusted here, and the SHA-256 fingerprint of its certificate.
 */
export interface Peer {
  readonly name: string;
  readonly fingerprint: string;
  /** What the peer may do here; absent inside a process, where every server may do everything. */
  readonly roles?: readonly PeerRole[];
  /** Where the peer was reached; absent when the peer made the link, and inside a process. */
  readonly address?: { readonly host: string; readonly port: number };
}

export interface LinkListener {
  /** Bytes as they come, cut anywhere. The listener may keep the buffer. */
  data(bytes: Buffer): void;
  /** The link is gone; reason in words. */
  closed(reason: string): void;
}

export interface Link {
  readonly peer: Peer;
  /** Call once, before anything is delivered. */
  listen(listener: LinkListener): void;
  /**
   * Queues bytes for sending; they must not be changed afterwards. Returns false when the sender should wait for
   * `drained` before it sends more (nothing is lost when it does not).
   */
  send(bytes: Uint8Array): boolean;
  /** Resolves when more can be sent without growing the buffer, or when the link has closed. */
  drained(): Promise<void>;
  close(reason: string): void;
}

export interface Network {
  /**
   * `peerName` must be trusted, and must have the role when one is given. The link is returned only when the other end
   * proves to be that peer. `address` is where to reach it, HOST or HOST:PORT; without one, where it was when it was paired.
   */
  connect(peerName: string, role?: PeerRole, address?: string): Promise<Link>;
  /**
   * HOST:PORT to which `connect` would go for this address of the peer, without asking anybody; undefined when it is not
   * known. Rejects with `ADDRESS-FORM`. Absent where servers have no addresses.
   */
  addressOf?(peerName: string, address?: string): Promise<string | undefined>;
  /**
   * Tries a plain TCP connection to any host and closes it at once: undefined when it was made, otherwise why not.
   * Never rejects. For probes of services of other programs.
   */
  reach(host: string, port: number): Promise<string | undefined>;
  /** Accepts links from trusted peers until the returned function is called. */
  listen(
    accept: (link: Link) => void,
    onRefused: (address: string, reason: string) => void,
  ): Promise<() => Promise<void>>;
}
