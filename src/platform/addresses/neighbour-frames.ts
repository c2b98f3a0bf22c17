// Frames of Ethernet in which hosts ask who has an address, and say who has it: ARP for IPv4 (RFC 826, RFC 5227), neighbour
// solicitation and advertisement for IPv6 (RFC 4861, 4.3 and 4.4). Only bytes; no I/O.
import { isIPv4 } from 'node:net';
import { addressBytes } from './address-bytes.ts';

const arpType = 0x0806;
const ipv6Type = 0x86dd;
const arpRequest = 1;
const arpReply = 2;
const icmpv6 = 58;
const solicitation = 135;
const advertisement = 136;
/** RFC 4861, 4.4: the sender is no router, nobody asked, and what is said overrides what was known. */
const overrides = 0x20;
/** RFC 4861, 4.3: a receiver takes nothing that has passed a router. */
const hopLimit = 255;
const targetLinkAddress = 2;

const everybody = Buffer.from('ffffffffffff', 'hex');
const nobody = Buffer.alloc(6);
const allNodes = addressBytes('ff02::1');
const unspecified = Buffer.alloc(16);

/** The type of the frames about an address of this kind, as a packet socket wants it. */
export function frameTypeFor(address: string): number {
  return isIPv4(address) ? arpType : ipv6Type;
}

/** A question who has the address, from a host that does not have it. `own`: six bytes of the interface. */
export function probeFrame(address: string, own: Buffer): Buffer {
  const wanted = addressBytes(address);
  if (wanted.length === 4) return arpFrame(arpRequest, own, Buffer.alloc(4), nobody, wanted);
  // RFC 4291, 2.7.1: the group of all hosts whose address ends like this one.
  const group = Buffer.concat([addressBytes('ff02::1:ff00:0').subarray(0, 13), wanted.subarray(13)]);
  return ipv6Frame(own, unspecified, group, icmpMessage(solicitation, 0, wanted, Buffer.alloc(0)));
}

/** What is said when the address has come to this host: for IPv4 as a question and as an answer, since some hear only one of them. */
export function announcementFrames(address: string, own: Buffer): readonly Buffer[] {
  const here = addressBytes(address);
  if (here.length === 4)
    return [arpFrame(arpRequest, own, here, nobody, here), arpFrame(arpReply, own, here, everybody, here)];
  const option = Buffer.concat([Buffer.from([targetLinkAddress, 1]), own]);
  return [ipv6Frame(own, here, allNodes, icmpMessage(advertisement, overrides, here, option))];
}

/** The hardware address of a host that says in this frame that it has the address; undefined when nobody does. */
export function claimantIn(frame: Buffer, address: string): string | undefined {
  const wanted = addressBytes(address);
  if (wanted.length === 4) {
    const isArp = frame.length >= 42 && frame.readUInt16BE(12) === arpType && frame.readUInt16BE(16) === 0x0800;
    return isArp && frame.subarray(28, 32).equals(wanted) ? hardwareText(frame.subarray(22, 28)) : undefined;
  }
  const isAdvertisement =
    frame.length >= 78 && frame.readUInt16BE(12) === ipv6Type && frame[20] === icmpv6 && frame[54] === advertisement;
  return isAdvertisement && frame.subarray(62, 78).equals(wanted) ? hardwareText(frame.subarray(6, 12)) : undefined;
}

/** `02:00:00:00:00:01` */
export function hardwareText(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function arpFrame(operation: number, own: Buffer, sender: Buffer, targetHardware: Buffer, target: Buffer): Buffer {
  const head = Buffer.from('0806000108000604', 'hex');
  const code = Buffer.from([0, operation]);
  return Buffer.concat([everybody, own, head, code, own, sender, targetHardware, target]);
}

function icmpMessage(type: number, flags: number, target: Buffer, option: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, 0, 0, 0, flags, 0, 0, 0]), target, option]);
}

/** To a group of hosts (RFC 2464, 7). */
function ipv6Frame(own: Buffer, from: Buffer, group: Buffer, message: Buffer): Buffer {
  const hardwareGroup = Buffer.concat([Buffer.from([0x33, 0x33]), group.subarray(12)]);
  const type = Buffer.alloc(2);
  type.writeUInt16BE(ipv6Type);
  const head = Buffer.alloc(8);
  head.writeUInt8(0x60, 0);
  head.writeUInt16BE(message.length, 4);
  head.writeUInt8(icmpv6, 6);
  head.writeUInt8(hopLimit, 7);
  message.writeUInt16BE(checksumOf(from, group, message), 2);
  return Buffer.concat([hardwareGroup, own, type, head, from, group, message]);
}

/** RFC 4443, 2.3: over a head of addresses, length and protocol, and the message. */
function checksumOf(from: Buffer, to: Buffer, message: Buffer): number {
  const tail = Buffer.alloc(8);
  tail.writeUInt32BE(message.length, 0);
  tail.writeUInt32BE(icmpv6, 4);
  const all = Buffer.concat([from, to, tail, message, Buffer.alloc(message.length % 2)]);
  let sum = 0;
  for (let at = 0; at < all.length; at += 2) sum += all.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
