// Echo requests and replies as bytes (RFC 792, RFC 4443 section 4): type, code, checksum, identifier, sequence number, then a
// token by which a reply is known. Pure.
export type AddressFamily = 4 | 6;

const requestTypes = { 4: 8, 6: 128 } as const;
const replyTypes = { 4: 0, 6: 129 } as const;
const headerBytes = 8;

/** The kernel sets the identifier of a ping socket, and the checksum of ICMPv6, which covers addresses. */
export function echoRequest(family: AddressFamily, sequence: number, token: Buffer): Buffer {
  const packet = Buffer.concat([Buffer.alloc(headerBytes), token]);
  packet.writeUInt8(requestTypes[family], 0);
  packet.writeUInt16BE(sequence & 0xffff, 6);
  if (family === 4) packet.writeUInt16BE(checksum(packet), 2);
  return packet;
}

/** Whether these bytes are the reply to a request with this token. With `hasHeader` an IPv4 header stands before it. */
export function isEchoReply(family: AddressFamily, bytes: Buffer, token: Buffer, hasHeader: boolean): boolean {
  const packet = hasHeader ? bytes.subarray(((bytes[0] ?? 0) & 0x0f) * 4) : bytes;
  if (packet.length < headerBytes + token.length) return false;
  return packet[0] === replyTypes[family] && packet.subarray(headerBytes, headerBytes + token.length).equals(token);
}

/** RFC 1071 */
function checksum(packet: Buffer): number {
  let sum = 0;
  for (let at = 0; at < packet.length; at += 2) sum += (packet[at] ?? 0) * 256 + (packet[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
