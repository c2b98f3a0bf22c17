// The bytes that a source has sent: those of mirrors, those of changes, before and after compression.
import { describe, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import { SentBytes } from '../../../src/engine/job/stream/sent-bytes.ts';
import type { RecordBatch } from '../../../src/wire/operations-frame.ts';
import { encodeOperation } from '../../../src/wire/records/operation-codec.ts';

const write = encodeOperation(
  { kind: 'write', root: 0, path: 'file' as RawPath, offset: 0, data: Buffer.alloc(1000, 1) },
  0,
);
const size = write.length;

function batch(firstSequence: number, count: number): RecordBatch {
  return { firstSequence, records: Array.from({ length: count }, () => write), checksumAfter: 0n };
}

function counted(sent: SentBytes): { readonly mirrors: number; readonly changes: number } {
  return { mirrors: sent.mirrors.sentBytes / size, changes: sent.changes.sentBytes / size };
}

describe('records', () => {
  test('of a walk are the mirror’s, all others are changes, and each counts once', () => {
    const sent = new SentBytes();
    sent.walkBegins('one', 1);
    sent.walkEnds(3);
    sent.take('one', batch(2, 4), 4 * size);
    sent.take('one', batch(4, 3), 3 * size);
    expect(counted(sent)).toEqual({ mirrors: 2, changes: 3 });
  });

  test('of a first mirror stay its own when a second one begins before they are sent', () => {
    const sent = new SentBytes();
    sent.walkBegins('old', 0);
    sent.take('old', batch(1, 1), size);
    sent.walkBegins('one', 1);
    sent.walkEnds(3);
    sent.walkBegins('one', 4);
    sent.walkEnds(5);
    sent.take('one', batch(2, 4), 4 * size);
    expect(counted(sent)).toEqual({ mirrors: 4, changes: 1 });
  });

  test('behind a walk that failed are changes once another mirror has walked', () => {
    const sent = new SentBytes();
    sent.walkBegins('one', 0);
    sent.walkBegins('one', 2);
    sent.walkEnds(3);
    sent.take('one', batch(1, 5), 5 * size);
    expect(counted(sent)).toEqual({ mirrors: 3, changes: 2 });
  });
});

test('what a batch took on the wire is shared by its records', () => {
  const sent = new SentBytes();
  sent.walkBegins('one', 0);
  sent.walkEnds(1);
  sent.take('one', batch(1, 4), size);
  expect([sent.mirrors.transmittedBytes, sent.changes.transmittedBytes]).toEqual([
    Math.round(size / 4),
    Math.round((3 * size) / 4),
  ]);
});
