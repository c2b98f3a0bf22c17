import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, encodePart, FrameDecoder, type FrameType, payloadBytesMax } from '../../src/wire/frame-codec.ts';
import { WireFailure } from '../../src/wire/records/wire-failure.ts';
import { bytes } from './arbitraries.ts';

const frameType = fc.constantFrom<FrameType>('hello', 'operations', 'heartbeat', 'bye', 'response');
const frames = fc.array(fc.record({ type: frameType, payload: bytes(2000) }), { maxLength: 8 });

function frameBytes(type: FrameType, payload: Uint8Array | readonly Uint8Array[]): Buffer {
  return Buffer.concat(encodeFrame(type, payload));
}

function portions(whole: Buffer, sizes: readonly number[]): Buffer[] {
  const parts: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    parts.push(whole.subarray(at, at + size));
    at += size;
  }
  return [...parts, whole.subarray(at)];
}

describe('a stream of frames', () => {
  it('gives back every frame, in whatever portions it arrives', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 40 }), (sent, sizes) => {
        const decoder = new FrameDecoder();
        const stream = Buffer.concat(sent.map((frame) => frameBytes(frame.type, frame.payload)));
        expect(portions(stream, sizes).flatMap((portion) => decoder.push(portion))).toEqual(sent);
        decoder.end();
      }),
    );
  });

  it('notices any changed byte', () => {
    fc.assert(
      fc.property(bytes(300), fc.nat(), fc.integer({ min: 1, max: 255 }), (payload, at, difference) => {
        const damaged = frameBytes('request', payload);
        const place = at % damaged.length;
        damaged[place] = (damaged[place] ?? 0) ^ difference;
        const decoder = new FrameDecoder();
        const read = (): unknown => {
          const got = decoder.push(damaged);
          decoder.end();
          return got;
        };
        // The type alone is not under the checksum: then it is another frame, with the same payload.
        if (place === 4) expect(orWireFailure(read)).toBe(true);
        else expect(read).toThrow(WireFailure);
      }),
    );
  });

  it('has a payload of one piece or of several', () => {
    expect(frameBytes('notice', [Buffer.from('ab'), Buffer.from('c')])).toEqual(
      frameBytes('notice', Buffer.from('abc')),
    );
  });

  it('keeps its bytes from version to version', () => {
    expect(frameBytes('operations', Buffer.from('abc')).toString('hex')).toBe('0000000b04000000352441c2616263');
  });

  it('takes a payload of 8 MiB and refuses one byte more before it has arrived', () => {
    const largest = frameBytes('response', Buffer.alloc(payloadBytesMax));
    expect(new FrameDecoder().push(largest)).toHaveLength(1);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(payloadBytesMax + 8 + 1);
    expect(() => new FrameDecoder().push(head)).toThrow('too long');
  });

  it('is over after a bad frame, and when it ends in the middle of one', () => {
    const decoder = new FrameDecoder();
    expect(() => decoder.push(Buffer.alloc(12))).toThrow('too short');
    expect(() => decoder.push(frameBytes('bye', Buffer.alloc(0)))).toThrow('too short');
    const cut = new FrameDecoder();
    expect(cut.push(frameBytes('bye', Buffer.alloc(9)).subarray(0, 20))).toEqual([]);
    expect(() => cut.end()).toThrow('in the middle of a frame');
  });
});

/** True when the call gave something or threw a WireFailure. */
function orWireFailure(call: () => unknown): boolean {
  try {
    call();
    return true;
  } catch (thrown) {
    return thrown instanceof WireFailure;
  }
}

describe('a payload in parts', () => {
  const inParts = (payload: Buffer, partBytes: number): Buffer[] => {
    const count = Math.max(1, Math.ceil(payload.length / partBytes));
    return Array.from({ length: count }, (_, index) => {
      const part = payload.subarray(index * partBytes, (index + 1) * partBytes);
      return Buffer.concat(encodePart([part], index === count - 1));
    });
  };

  it('is one frame again, with others between its parts', () => {
    fc.assert(
      fc.property(bytes(3000), fc.integer({ min: 1, max: 700 }), (payload, partBytes) => {
        const parts = inParts(Buffer.from(payload), partBytes);
        const beat = frameBytes('heartbeat', Buffer.from('beat'));
        const decoder = new FrameDecoder();
        const got = parts.flatMap((part) => [...decoder.push(part), ...decoder.push(beat)]);
        decoder.end();
        expect(got.filter(({ type }) => type === 'operations')).toEqual([
          { type: 'operations', payload: Buffer.from(payload) },
        ]);
        expect(got.filter(({ type }) => type === 'heartbeat').length).toBe(parts.length);
      }),
    );
  });

  it('is nothing when the link ends between its parts', () => {
    const [first = Buffer.alloc(0)] = inParts(Buffer.alloc(100, 1), 60);
    const decoder = new FrameDecoder();
    expect(decoder.push(first)).toEqual([]);
    expect(() => decoder.end()).not.toThrow();
  });

  it('is refused when it grows too long, is empty, or is not of operations', () => {
    const [first = Buffer.alloc(0)] = inParts(Buffer.alloc(100, 1), 60);
    const endless = new FrameDecoder();
    const [large = Buffer.alloc(0)] = inParts(Buffer.alloc(2 * 1024 * 1024 + 1), 2 * 1024 * 1024);
    for (let part = 0; part < 4; part += 1) endless.push(large);
    expect(() => endless.push(first)).toThrow('too long');

    const empty = Buffer.from(frameBytes('operations', Buffer.alloc(0)));
    empty.writeUInt8(1, 5);
    expect(() => new FrameDecoder().push(empty)).toThrow('a part of a payload is empty');

    const other = Buffer.from(first);
    other.writeUInt8(9, 4);
    expect(() => new FrameDecoder().push(other)).toThrow('reserved bits');
  });
});
