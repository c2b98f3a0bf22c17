import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rootPath } from '../../src/base/raw-path.ts';
import type { Operation } from '../../src/model/stream/operation.ts';
import {
  decodeOperation,
  encodeOperation,
  isMarker,
  recordEnd,
  recordKind,
} from '../../src/wire/records/operation-codec.ts';
import { WireFailure } from '../../src/wire/records/wire-failure.ts';
import { operation, wallMs } from './arbitraries.ts';

const write: Operation = { kind: 'write', root: 3, path: rootPath, offset: 5, data: Buffer.from('hello') };

/** A record of a kind with this path and nothing behind it. */
function recordWithPath(path: string): Buffer {
  const body = Buffer.from(`${'\x0a\x00'}${'\0'.repeat(6)}\0\0${String.fromCharCode(0, path.length)}${path}`, 'latin1');
  const record = Buffer.alloc(4 + body.length);
  record.writeUInt32BE(body.length);
  body.copy(record, 4);
  return record;
}

describe('a record', () => {
  it('gives back every operation as it was', () => {
    fc.assert(
      fc.property(operation, wallMs, (original, time) => {
        const record = encodeOperation(original, time);
        expect(decodeOperation(record)).toEqual({ operation: original, wallMs: time });
        expect(recordKind(record)).toBe(original.kind);
        expect(isMarker(record)).toBe(original.kind === 'marker');
        expect(recordEnd(Buffer.concat([record, Buffer.from('more')]), 0)).toBe(record.length);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps its bytes from version to version', () => {
    expect(encodeOperation(write, 0x0102).toString('hex')).toBe(
      '00000019020000000000010200030000000000000000000568656c6c6f',
    );
  });

  it('holds every time that the kernel can say, to the nanosecond', () => {
    const seconds = [
      0n,
      -1n,
      9_223_372_036n,
      9_223_372_037n,
      -11_676_096_000n,
      10_413_792_000n,
      2n ** 63n - 1n,
      -(2n ** 63n),
    ];
    for (const modifiedNs of seconds.flatMap((one) => [one * 1_000_000_000n, one * 1_000_000_000n + 999_999_999n])) {
      const attributes = { mode: 0o644, userId: 0, groupId: 0, modifiedNs, extended: [] };
      const change: Operation = { kind: 'attributes', root: 0, path: rootPath, attributes };
      expect(decodeOperation(encodeOperation(change, 0)).operation).toEqual(change);
    }
  });

  it('is read as the first version wrote it, from a log of that time', () => {
    const extended = [{ name: 'user.a', value: Buffer.from('v') }];
    const attributes = { mode: 0o644, userId: 1, groupId: 2, modifiedNs: -5n, extended };
    for (const [bytes, operation] of [
      [
        '0000002d0b00000000000102000100016601a40000000100000002fffffffffffffffb000106757365722e610000000176',
        { kind: 'attributes', root: 1, path: 'f', attributes },
      ],
      [
        '0000003701010000000001020001000166000000000000000201a40000000100000002fffffffffffffffb000106757365722e6100000001766869',
        { kind: 'file', root: 1, path: 'f', size: 2, content: Buffer.from('hi'), attributes },
      ],
    ] as const) {
      expect(decodeOperation(Buffer.from(bytes, 'hex'))).toEqual({ operation, wallMs: 0x0102 });
    }
  });

  it('gives its content as a view', () => {
    const record = encodeOperation(write, 1);
    const decoded = decodeOperation(record).operation;
    record.write('HELLO', record.length - 5);
    expect(decoded.kind === 'write' && Buffer.from(decoded.data).toString()).toBe('HELLO');
  });

  it('is refused when any byte of it is cut off, and never read behind its end', () => {
    fc.assert(
      fc.property(operation, fc.nat(), (original, at) => {
        const record = encodeOperation(original, 0);
        const cut = record.subarray(0, at % record.length);
        expect(() => decodeOperation(cut)).toThrow(WireFailure);
        const lying = Buffer.from(cut);
        if (lying.length >= 12) {
          lying.writeUInt32BE(lying.length - 4);
          decodeOrRefuse(lying);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is refused or read as another operation, but does nothing else, when bytes of it change', () => {
    fc.assert(
      fc.property(
        operation,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (original, changes) => {
          const record = encodeOperation(original, 0);
          for (const [at, value] of changes) record[at % record.length] = value;
          decodeOrRefuse(record);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each(['..', 'a/../b', '/etc/passwd', 'a//b', 'a/', './a', 'nul\0'])('never carries the path %j', (path) => {
    expect(decodeOperation(recordWithPath('fine')).operation).toMatchObject({ kind: 'remove', path: 'fine' });
    expect(() => decodeOperation(recordWithPath(path))).toThrow('a path is not well formed');
  });

  it('is refused when it carries more content than an operation may', () => {
    const record = Buffer.concat([encodeOperation(write, 0), Buffer.alloc(1024 * 1024)]);
    record.writeUInt32BE(record.length - 4);
    expect(() => decodeOperation(record)).toThrow('too much content');
  });

  it('is refused when it has a kind or flags of a later version', () => {
    const record = encodeOperation(write, 0);
    record[5] = 1;
    expect(() => decodeOperation(record)).toThrow('flags');
    record[4] = 99;
    expect(() => decodeOperation(record)).toThrow('kind 99 is unknown');
  });

  it('is not made of an object with far too many extended attributes', () => {
    const extended = Array.from({ length: 200 }, (_, index) => ({
      name: `user.${String(index).padStart(3, '0')}`,
      value: Buffer.alloc(65_536),
    }));
    const attributes = { mode: 0o644, userId: 0, groupId: 0, modifiedNs: 0n, extended };
    const huge: Operation = { kind: 'attributes', root: 0, path: rootPath, attributes };
    expect(() => encodeOperation(huge, 0)).toThrow(expect.objectContaining({ code: 'OPERATION-TOO-LARGE' }));
    expect(decodeOperation(encodeOperation(write, 0)).operation).toEqual(write);
  });
});

/** What the decoder takes must be an operation that encodes again; anything else must be a WireFailure. */
function decodeOrRefuse(record: Buffer): void {
  let decoded: ReturnType<typeof decodeOperation>;
  try {
    decoded = decodeOperation(record);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(WireFailure);
    return;
  }
  const again = encodeOperation(decoded.operation, decoded.wallMs);
  expect(decodeOperation(again)).toEqual(decoded);
}
