// Where a connection comes from, as limits and reports count it: the IPv4 address, or the first 64 bits of an IPv6 address,
// because whoever has one of those has all the addresses that begin with it (RFC 6177).

/** Of `host:port`, `[host]:port` or a host alone. What is no address is its own origin. */
export function originOf(address: string): string {
  const host = /^\[([^\]]*)\]/.exec(address)?.[1] ?? address.replace(/^([^:]*):\d+$/, '$1');
  const mapped = host.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!/^[0-9a-f:]+(%.*)?$/i.test(mapped) || !mapped.includes(':')) return mapped;
  const [front = '', back] = mapped.split('::');
  const groups = front === '' ? [] : front.split(':');
  const behind = back === undefined || back === '' ? [] : back.split(':');
  const zeros = back === undefined ? [] : Array.from({ length: 8 - groups.length - behind.length }, () => '0');
  const first = [...groups, ...zeros, ...behind]
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''));
  return `${first.join(':')}::/64`;
}
