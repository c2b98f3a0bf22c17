// An IP address as its bytes.
import { isIPv4, isIPv6 } from 'node:net';
import { Failure } from '../../base/failure.ts';

/** Four bytes or sixteen. Throws ADDRESS-REFUSED for what is no address. */
export function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (!isIPv6(address) || address.includes('%')) {
    throw new Failure({
      code: 'ADDRESS-REFUSED',
      operation: 'use an address',
      subject: address,
      reason: 'it is neither an IPv4 nor an IPv6 address',
      hint: 'Write it like 10.0.0.1 or 2001:db8::1.',
    });
  }
  const [head = '', tail] = withoutDots(address).split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [first, last] = [groups(head), tail === undefined ? [] : groups(tail)];
  const bytes = Buffer.alloc(16);
  for (const [index, group] of first.entries()) bytes.writeUInt16BE(group, 2 * index);
  for (const [index, group] of last.entries()) bytes.writeUInt16BE(group, 16 - 2 * (last.length - index));
  return bytes;
}

/** `::ffff:10.0.0.1` with its last 32 bits as two groups. */
function withoutDots(address: string): string {
  const at = address.lastIndexOf(':') + 1;
  const last = address.slice(at);
  if (!last.includes('.')) return address;
  const [a = 0, b = 0, c = 0, d = 0] = last.split('.').map(Number);
  return `${address.slice(0, at)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
