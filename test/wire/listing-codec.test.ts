import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReplicaEntry } from '../../src/model/stream/listing.ts';
import {
  decodeBlockHashes,
  decodeListing,
  encodeBlockHashes,
  encodeListing,
} from '../../src/wire/records/listing-codec.ts';
import { WireFailure } from '../../src/wire/records/wire-failure.ts';
import { entry } from './arbitraries.ts';

const entries = fc.array(entry, { maxLength: 12 });

describe('a directory listing', () => {
  it('gives back every entry, in as many parts as it takes', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 5000 }), (sent, bytesMax) => {
        const got: ReplicaEntry[] = [];
        let next = 0;
        do {
          const part = encodeListing(sent, next, bytesMax);
          const decoded = decodeListing(part.bytes);
          expect(part.bytes.length <= bytesMax || decoded.length <= 1).toBe(true);
          got.push(...decoded);
          next = part.next;
        } while (next < sent.length);
        expect(got).toEqual(sent);
      }),
    );
  });

  it('is refused or is another listing when it is damaged', () => {
    const change = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
    fc.assert(
      fc.property(entries, change, fc.nat(10), (sent, changes, cut) => {
        const { bytes: whole } = encodeListing(sent, 0, 1e6);
        for (const [at, value] of changes) whole[at % whole.length] = value;
        const damaged = whole.subarray(0, whole.length - Math.min(cut, whole.length));
        try {
          for (const one of decodeListing(damaged)) expect(one.name).not.toMatch(/^\.{0,2}$|\/|\0/);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(WireFailure);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('block hashes', () => {
  it('come back as they were, and only whole', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.tuple(fc.nat(1000), fc.integer({ min: 1, max: 5 })), { maxLength: 6 }),
        (fileSize, some) => {
          let end = 0;
          const runs = some.map(([skipped, count]) => {
            const first = end + skipped;
            end = first + count;
            return { first, hashes: Buffer.alloc(16 * count, count) };
          });
          const encoded = encodeBlockHashes({ fileSize, end, runs });
          expect(decodeBlockHashes(encoded)).toEqual({ fileSize, end, runs });
          expect(() => decodeBlockHashes(encoded.subarray(0, -1))).toThrow(WireFailure);
          expect(() => decodeBlockHashes(Buffer.concat([encoded, Buffer.alloc(1)]))).toThrow(WireFailure);
        },
      ),
    );
  });

  it('are refused when their runs are not in order, or reach behind the end', () => {
    const run = (first: number) => ({ first, hashes: Buffer.alloc(32) });
    for (const runs of [[run(4), run(5)], [run(9)]]) {
      const encoded = encodeBlockHashes({ fileSize: 1, end: 10, runs });
      expect(() => decodeBlockHashes(encoded)).toThrow(WireFailure);
    }
  });
});
