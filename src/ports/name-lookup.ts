// Questions to DNS, as any client of it asks them: by the machine's own name servers, which find the answer, or by one of them.
//
// Failure semantics: everything is a Failure. `DNS-TIMEOUT` and `DNS-UNREACHABLE` (both retryable), `DNS-REFUSED` with what the
// server said in the reason (SERVFAIL is retryable), `DNS-BAD-ANSWER`, `DNS-BAD-RECORD` for a name that no record can have,
// `DNS-BAD-SERVER` for a server that is not given by its address.

export const lookupTypes = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SRV', 'TXT'] as const;
export type LookupType = (typeof lookupTypes)[number];

export interface NameQuestion {
  /** Fully qualified: no search list is applied. */
  readonly name: string;
  readonly type: LookupType;
  /** Absent: the name servers that the machine is configured with. */
  readonly server?: { readonly host: string; readonly port: number };
}

export interface NameLookup {
  /**
   * The values of the records, in no order: addresses; names without the final dot; the parts of a TXT record as one text;
   * `10 mail.example` for MX, `10 5 443 shop.example` for SRV. Empty when DNS says that there is no such name, or no such
   * record. Aliases are followed, except for CNAME. Aborting the signal ends the question; what it then rejects with does
   * not matter.
   */
  lookUp(question: NameQuestion, signal: AbortSignal): Promise<string[]>;
}
