// IP addresses as their bytes, and the networks that they are in.

/** Four bytes or sixteen; undefined for what is neither an IPv4 nor an IPv6 address (RFC 4291, 2.2). */
export function ipBytes(address: string): Buffer | undefined {
  return address.includes(':') ? ipv6Bytes(address) : ipv4Bytes(address);
}

/** Whether `other` is in the network that begins with these bits of `address`; never one of another kind. */
export function isInNetwork(address: string, prefixBits: number, other: string): boolean {
  const [own, asked] = [ipBytes(address), ipBytes(other)];
  if (own === undefined || asked === undefined || own.length !== asked.length) return false;
  for (let bit = 0; bit < prefixBits; bit += 1) {
    const mask = 0x80 >>> (bit % 8);
    if (((own[bit >>> 3] ?? 0) & mask) !== ((asked[bit >>> 3] ?? 0) & mask)) return false;
  }
  return true;
}

function ipv4Bytes(address: string): Buffer | undefined {
  const parts = address.split('.');
  const isNumber = (part: string): boolean => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255;
  return parts.length === 4 && parts.every(isNumber) ? Buffer.from(parts.map(Number)) : undefined;
}

function ipv6Bytes(address: string): Buffer | undefined {
  const [head = '', tail, ...more] = withoutDots(address).split('::');
  const groupsOf = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const [first, last] = [groupsOf(head), groupsOf(tail ?? '')];
  const missing = 8 - first.length - last.length;
  if (more.length > 0 || (tail === undefined ? missing !== 0 : missing < 1)) return undefined;
  const groups = [...first, ...Array<string>(missing).fill('0'), ...last];
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  const bytes = Buffer.alloc(16);
  for (const [index, group] of groups.entries()) bytes.writeUInt16BE(Number.parseInt(group, 16), 2 * index);
  return bytes;
}

/** `::ffff:10.0.0.1` with its last 32 bits as two groups. */
function withoutDots(address: string): string {
  const at = address.lastIndexOf(':') + 1;
  const last = ipv4Bytes(address.slice(at));
  return last === undefined
    ? address
    : `${address.slice(0, at)}${last.readUInt16BE(0).toString(16)}:${last.readUInt16BE(2).toString(16)}`;
}
