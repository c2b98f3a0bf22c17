// Which addresses a name has after a change: the new address replaces one of the old ones (guide, ch. 3, Failover
// Identity: one mapping for each source address). The other addresses of the name stay.
import { Failure } from '../../base/failure.ts';
import type { DnsChange } from '../../model/report.ts';

export interface AddressMapping {
  /** All addresses that the name has afterwards. */
  readonly addresses: readonly string[];
  /** The address that the new one replaces; undefined when it replaces none. */
  readonly gone: string | undefined;
}

/**
 * `present` are the addresses that the name has. Throws `DNS-ADDRESS-UNKNOWN` when the address to be replaced is not
 * among them, and `DNS-ADDRESS-UNCLEAR` when there are several and the change does not say which to replace.
 */
export function mapAddress(present: readonly string[], { name, address, from }: DnsChange): AddressMapping {
  const others = present.filter((one) => one !== address);
  if (from === undefined) {
    if (others.length === 0) return { addresses: [address], gone: undefined };
    const [only] = others;
    if (present.length === 1) return { addresses: [address], gone: only };
    throw refused('DNS-ADDRESS-UNCLEAR', name, `it has the addresses ${present.join(', ')}`, [
      'Say which one goes:',
      `DNS UPDATE "${name}" TO "${address}" FROM "${only}"`,
    ]);
  }
  const isDone = present.length === 0 || present.includes(address);
  if (!present.includes(from) && !isDone) {
    throw refused('DNS-ADDRESS-UNKNOWN', name, `it has not the address ${from}, but ${present.join(', ')}`, [
      'Give FROM one of the addresses that it has.',
    ]);
  }
  const kept = others.filter((one) => one !== from);
  // `gone` also names an address that is gone already, because its PTR record may still be there.
  return { addresses: [...kept, address], gone: from === address ? undefined : from };
}

function refused(code: string, subject: string, reason: string, hint: readonly string[]): Failure {
  return new Failure({ code, operation: 'update DNS', subject, reason, hint: hint.join(' ') });
}
