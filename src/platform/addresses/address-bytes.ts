// An IP address as its bytes, for the kernel and the network.
import { ipBytes } from '../../base/addresses/ip-address.ts';
import { Failure } from '../../base/failure.ts';

/** Four bytes or sixteen. Throws ADDRESS-REFUSED for what is no address. */
export function addressBytes(address: string): Buffer {
  const bytes = ipBytes(address);
  if (bytes !== undefined) return bytes;
  throw new Failure({
    code: 'ADDRESS-REFUSED',
    operation: 'use an address',
    subject: address,
    reason: 'it is neither an IPv4 nor an IPv6 address',
    hint: 'Write it like 10.0.0.1 or 2001:db8::1.',
  });
}
