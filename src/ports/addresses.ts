// The addresses of this machine's network interfaces. A target takes over those of its source, and a source that has lost
// its job gives them up (guide, ch. 3, Failover Identity).
//
// Failure semantics: everything is a Failure. `ADDRESS-REFUSED` with the kernel's word in the reason (EPERM: the process has not
// CAP_NET_ADMIN and CAP_NET_RAW), `INTERFACE-MISSING`. A call that failed changed nothing.

/** An address where it is, or would be. */
export interface PlacedAddress {
  /** IPv4 or IPv6, as Node.js writes it. */
  readonly address: string;
  /** Length of the network's part of the address, in bits. */
  readonly prefixBits: number;
  readonly interfaceName: string;
}

export interface Addresses {
  /** Of the interfaces that are up. */
  list(): Promise<readonly PlacedAddress[]>;
  /**
   * Asks the network of the interface who has this address (RFC 5227, 2.1.1; RFC 4862, 5.4.2), without having it. Gives the
   * hardware address of who answers within a tenth of a second; undefined when nobody does, or when the network is of a kind that knows
   * no such question.
   */
  holder(place: PlacedAddress): Promise<string | undefined>;
  /** An address that is there stays. */
  add(place: PlacedAddress): Promise<void>;
  /** An address that is not there is not missed. */
  remove(place: PlacedAddress): Promise<void>;
  /** Tells everybody on the network that the address is here now (RFC 5227, 2.3; RFC 4861, 7.2.6). */
  announce(place: PlacedAddress): Promise<void>;
}
