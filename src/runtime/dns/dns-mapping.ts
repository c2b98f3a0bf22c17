// What becomes of the addresses of a name when it is pointed elsewhere: one address takes the place of one other (guide, ch. 3,
// Failover Identity: one mapping for each source address). The others of the name stay.
import { Failure } from '../../base/failure.ts';
import type { DnsChange } from '../../model/report.ts';

export interface AddressMapping {
  /** All that the name has afterwards. */
  readonly addresses: readonly string[];
  /** The address that it has no more; undefined where it had none in its place. */
  readonly gone: string | undefined;
}

/**
 * `present` are the addresses that the name has. Throws `DNS-ADDRESS-UNKNOWN` when it has not the one that is to go, and
 * `DNS-ADDRESS-UNCLEAR` when it has several and nobody said which.
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
  // Also when it is gone already: its PTR record may not be.
  return { addresses: [...kept, address], gone: from === address ? undefined : from };
}

function refused(code: string, subject: string, reason: string, hint: readonly string[]): Failure {
  return new Failure({ code, operation: 'update DNS', subject, reason, hint: hint.join(' ') });
}
