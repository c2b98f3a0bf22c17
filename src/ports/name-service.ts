// DNS dynamic updates (RFC 2136) with transaction signatures (TSIG, RFC 8945).
//
// Failure semantics: everything is a Failure. `DNS-REFUSED` with the server's response code in the reason (REFUSED,
// NOTAUTH with BADKEY or BADSIG, NXRRSET, …), `DNS-TIMEOUT` and `DNS-UNREACHABLE` (both retryable), `DNS-BAD-ANSWER`,
// and `DNS-BAD-RECORD` for a name or an address that no record can have. A refused update changed nothing. After
// `DNS-TIMEOUT` or `DNS-BAD-ANSWER` the update may have been done; to repeat it does no harm.

export interface NameServer {
  readonly host: string;
  readonly port: number;
  /** Absent: updates are sent unsigned. */
  readonly key?: {
    readonly name: string;
    readonly algorithm: 'hmac-sha256' | 'hmac-sha384' | 'hmac-sha512';
    /** Base64, as in a BIND key file. */
    readonly secret: string;
  };
}

export interface AddressRecord {
  readonly type: 'A' | 'PTR';
  /** Absolute name without the final dot. */
  readonly name: string;
  /** An IPv4 address, or the name a PTR record points to. */
  readonly value: string;
  readonly ttlSeconds: number;
}

export interface NameService {
  /**
   * The zone of this server that holds the name, which an update must name (RFC 2136); `DNS-REFUSED` when it serves
   * none.
   */
  zoneOf(server: NameServer, name: string): Promise<string>;
  /** The records of this type at this name, asked of this server without recursion; none is an empty list. */
  query(server: NameServer, name: string, type: 'A' | 'PTR'): Promise<AddressRecord[]>;
  /**
   * In one atomic update of one zone, replaces all records of the type at each name by the given ones; without any,
   * deletes them. With `expected`, the update happens only if every such name has exactly these values at that moment;
   * otherwise nothing changes, and the call rejects with `DNS-CHANGED` (retryable).
   */
  replace(
    server: NameServer,
    zone: string,
    changes: readonly {
      readonly type: 'A' | 'PTR';
      readonly name: string;
      readonly records: readonly AddressRecord[];
      readonly expected?: readonly AddressRecord[];
    }[],
  ): Promise<void>;
}

/** The name of an IPv4 or IPv6 address in the reverse tree (RFC 3596, 2.5, for IPv6); undefined for what is no address. */
export function reverseNameOf(address: string): string | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return reverseName(address);
  if (!/^[\da-f:]*:[\da-f:]*$/i.test(address)) return undefined;
  const parts = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const [head = [], tail = []] = parts;
  const missing = 8 - head.length - tail.length;
  const isWhole = parts.length === 2 ? missing >= 0 : missing === 0;
  const groups = [...head, ...Array<string>(Math.max(0, missing)).fill('0'), ...tail];
  if (parts.length > 2 || !isWhole || groups.some((group) => group.length > 4)) return undefined;
  const digits = groups.map((group) => group.padStart(4, '0')).join('');
  return `${[...digits.toLowerCase()].toReversed().join('.')}.ip6.arpa`;
}

/** The name of an IPv4 address in the reverse tree (RFC 1035, 3.5): `10.0.0.2` gives `2.0.0.10.in-addr.arpa`. */
export function reverseName(address: string): string {
  return `${address.split('.').toReversed().join('.')}.in-addr.arpa`;
}
