// Requests and replies of FUSE, by bytes that are laid out as <linux/fuse.h> has them.
import { describe, expect, it } from 'vitest';
import { agree } from '../../../src/platform/filter-capture/protocol/agreement.ts';
import { ReplyView, replyBytesMax } from '../../../src/platform/filter-capture/protocol/reply-view.ts';
import {
  field,
  nameAt,
  RequestView,
  requestBytesMax,
} from '../../../src/platform/filter-capture/protocol/request-view.ts';
import { StatusView } from '../../../src/platform/filter-capture/protocol/status-view.ts';
import { kindOf } from '../../../src/platform/kernel/object-kind.ts';

function requestOf(opcode: number, body: Uint8Array): RequestView {
  const request = new RequestView(new ArrayBuffer(requestBytesMax));
  const { bytes } = request;
  bytes.writeUInt32LE(40 + body.length, 0);
  bytes.writeUInt32LE(opcode, 4);
  bytes.writeBigUInt64LE(0x8000_0000_0000_0123n, 8);
  bytes.writeBigUInt64LE(7n, 16);
  bytes.writeUInt32LE(1000, 24);
  bytes.writeUInt32LE(2000, 28);
  bytes.set(body, 40);
  return request;
}

const newReply = (): ReplyView => new ReplyView(new ArrayBuffer(replyBytesMax));

/** struct fuse_init_in. */
function initBody(minor: number, flags: number, flags2: number): Buffer {
  const body = Buffer.alloc(64);
  for (const [index, word] of [7, minor, 131_072, flags, flags2].entries()) body.writeUInt32LE(word >>> 0, 4 * index);
  return body;
}

describe('a request', () => {
  it('has a header', () => {
    const request = requestOf(1, Buffer.from('name\0'));
    expect([request.opcode, request.node, request.userId, request.groupId]).toEqual([1, 7, 1000, 2000]);
    expect(request.lastName(nameAt.plain)).toBe('name');
  });

  it('has two names, of bytes that need be no text', () => {
    const request = requestOf(6, Buffer.from('na\xffme\0../target\0', 'latin1'));
    const { name, next } = request.firstName(nameAt.plain);
    expect([name, request.lastName(next)]).toEqual(['na\xffme', '../target']);
    expect(request.nameAddress(nameAt.plain) - request.address).toBe(40);
  });

  it('has numbers of 64 bits', () => {
    const body = Buffer.alloc(40);
    body.writeBigUInt64LE(2n ** 52n + 5n, 8);
    body.writeUInt32LE(4096, 16);
    const request = requestOf(16, body);
    expect([request.number64(field.offset), request.word(field.size)]).toEqual([2 ** 52 + 5, 4096]);
  });
});

describe('a reply', () => {
  it('is for its request, and has a length only when it is whole', () => {
    const reply = newReply();
    reply.begin(requestOf(3, new Uint8Array()).words);
    expect([reply.length, reply.bytes.readBigUInt64LE(8)]).toEqual([0, 0x8000_0000_0000_0123n]);
    reply.fail(2);
    expect([reply.length, reply.bytes.readInt32LE(4)]).toEqual([16, -2]);
    reply.finish(8);
    expect([reply.length, reply.bytes.readInt32LE(4)]).toEqual([24, 0]);
  });

  it('tells the attributes of an object', () => {
    const status = new StatusView();
    const { bytes } = status;
    bytes.writeUInt32LE(4096, 4);
    bytes.writeUInt32LE(3, 16);
    bytes.writeUInt32LE(10, 20);
    bytes.writeUInt32LE(20, 24);
    bytes.writeUInt16LE(0o060640, 28);
    bytes.writeBigUInt64LE(99n, 32);
    bytes.writeBigUInt64LE(2n ** 40n, 40);
    bytes.writeBigUInt64LE(8n, 48);
    for (const [at, seconds] of [
      [64, 1n],
      [96, 2n],
      [112, -3n],
    ] as const) {
      bytes.writeBigInt64LE(seconds, at);
      bytes.writeUInt32LE(Math.abs(Number(seconds)) * 7, at + 8);
    }
    bytes.writeUInt32LE(259, 128);
    bytes.writeUInt32LE(70_000, 132);
    const reply = newReply();
    reply.attributes(status, true);
    const at = 32;
    const numbers = [0, 8, 16, 24].map((offset) => reply.bytes.readBigUInt64LE(at + offset));
    expect(numbers).toEqual([99n, 2n ** 40n, 8n, 1n]);
    expect([reply.bytes.readBigInt64LE(at + 32), reply.bytes.readBigInt64LE(at + 40)]).toEqual([-3n, 2n]);
    const words = Array.from({ length: 10 }, (_, index) => reply.bytes.readUInt32LE(at + 48 + 4 * index));
    // As the kernel packs a device number into 32 bits (new_encode_dev).
    const device = (70_000 & 0xff) | (259 << 8) | ((70_000 & ~0xff) << 12);
    expect(words).toEqual([7, 21, 14, 0o060640, 3, 10, 20, device >>> 0, 4096, 0]);
    expect(reply.length).toBe(16 + 104);
    expect(status.toObjectStatus()).toMatchObject({ kind: 'block', size: 2 ** 40, modifiedNs: -2_999_999_979n });
  });
});

describe('the agreement', () => {
  const all = 0x7fff_ffff;

  it('takes neither the write-back cache nor passthrough, whatever is offered', () => {
    const reply = newReply();
    agree(requestOf(26, initBody(45, all, all)), reply);
    const [flags, flags2] = [reply.bytes.readUInt32LE(16 + 12), reply.bytes.readUInt32LE(16 + 32)];
    expect(flags & (1 << 16)).toBe(0);
    // FUSE_PASSTHROUGH is bit 37.
    expect(flags2).toBe(0);
    expect(reply.bytes.readUInt32LE(16 + 20)).toBe(1024 * 1024);
    expect(reply.length).toBe(16 + 64);
  });

  it.each([
    ['a protocol that is too old', initBody(31, all, all)],
    ['no ACLs', initBody(45, all & ~(1 << 20), all)],
  ])('is refused with %s', (_what, body) => {
    expect(() => agree(requestOf(26, body), newReply())).toThrow(/the kernel/);
  });
});

it('a mode says what an object is', () => {
  expect([0o100644, 0o040755, 0o120777, 0o010600].map(kindOf)).toEqual(['file', 'directory', 'symlink', 'fifo']);
});
