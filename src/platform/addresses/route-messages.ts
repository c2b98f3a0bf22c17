// Messages to the kernel that add and remove an address of an interface (rtnetlink(7)), and its answers. Only bytes; no I/O.
// Numbers stand in the machine's own order, which is little endian wherever this runs.
import { addressBytes } from './address-bytes.ts';

// <linux/rtnetlink.h>, <linux/netlink.h>, <linux/if_addr.h>
const newAddress = 20;
const deleteAddress = 21;
const errorMessage = 2;
const request = 0x001;
const acknowledge = 0x004;
const exclusive = 0x200;
const create = 0x400;
const wholeAddress = 1;
const localAddress = 2;
const broadcastAddress = 4;
const familyOf = { 4: 2, 16: 10 } as const;
/** The kernel need not look for a duplicate of an IPv6 address: that was done before. */
const noDuplicateDetection = 0x02;
const headBytes = 16;
const addressHeadBytes = 8;

export interface AddressMessage {
  readonly change: 'add' | 'remove';
  readonly address: string;
  readonly prefixBits: number;
  /** Of the interface; if_nametoindex(3). */
  readonly index: number;
  /** The answer has the same. */
  readonly number: number;
}

export function encodeAddressMessage({ change, address, prefixBits, index, number }: AddressMessage): Buffer {
  const bytes = addressBytes(address);
  const isIpv4 = bytes.length === 4;
  const head = Buffer.alloc(headBytes + addressHeadBytes);
  head.writeUInt16LE(change === 'add' ? newAddress : deleteAddress, 4);
  head.writeUInt16LE(request | acknowledge | (change === 'add' ? create | exclusive : 0), 6);
  head.writeUInt32LE(number, 8);
  head.writeUInt8(familyOf[isIpv4 ? 4 : 16], headBytes);
  head.writeUInt8(prefixBits, headBytes + 1);
  head.writeUInt8(isIpv4 ? 0 : noDuplicateDetection, headBytes + 2);
  head.writeUInt32LE(index, headBytes + 4);
  const attributes = [attribute(localAddress, bytes), attribute(wholeAddress, bytes)];
  if (isIpv4 && prefixBits < 31) attributes.push(attribute(broadcastAddress, broadcastOf(bytes, prefixBits)));
  const message = Buffer.concat([head, ...attributes]);
  message.writeUInt32LE(message.length, 0);
  return message;
}

/** The error number in the answer to a message, 0 for none; undefined when these bytes are no answer to it. */
export function answerIn(bytes: Buffer, number: number): number | undefined {
  const isAnswer =
    bytes.length >= headBytes + 4 && bytes.readUInt16LE(4) === errorMessage && bytes.readUInt32LE(8) === number;
  return isAnswer ? Math.abs(bytes.readInt32LE(headBytes)) : undefined;
}

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(4 + value.length, 0);
  head.writeUInt16LE(type, 2);
  return Buffer.concat([head, value]);
}

function broadcastOf(address: Buffer, prefixBits: number): Buffer {
  const bytes = Buffer.alloc(4);
  const hostPart = 2 ** (32 - prefixBits) - 1;
  bytes.writeUInt32BE((address.readUInt32BE(0) | hostPart) >>> 0);
  return bytes;
}
