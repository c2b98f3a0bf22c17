// A DNS server that a server may update, as an operator names it.
export const keyAlgorithms = ['hmac-sha256', 'hmac-sha384', 'hmac-sha512'] as const;

export interface DnsServerSpecification {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Zones without the final dot; an update goes to the longest zone that holds the name. */
  readonly zones: readonly string[];
  readonly key: DnsKey | null;
}

/** A TSIG key; its secret as it is, or as the name of the credential of the same server that holds it. */
export type DnsKey = {
  readonly name: string;
  readonly algorithm: (typeof keyAlgorithms)[number];
} & ({ readonly secret: string } | { readonly credential: string });
