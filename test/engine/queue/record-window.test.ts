// What records in memory really take: no more than the window says.
import { expect, test } from 'vitest';
import { RecordWindow } from '../../../src/engine/queue/memory/record-window.ts';

const pieceBytes = 65_536;

/** A record as the link makes it: a view of a piece of memory with much beside it. */
function viewed(length: number, fill: number): Buffer {
  return Buffer.from(new ArrayBuffer(pieceBytes), 100, length).fill(fill);
}

/** The bytes of all pieces of memory that the records keep. */
function keptBytes(window: RecordWindow): number {
  const { records } = window.slice(window.first, Number.POSITIVE_INFINITY) ?? { records: [] };
  const pieces = new Set(records.map(({ buffer }) => buffer));
  return [...pieces].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

test('small records do not keep what lies beside them', () => {
  const window = new RecordWindow(1, 0n);
  for (let at = 0; at < 2000; at++) window.push(viewed(150 + (at % 7), at % 256), 0n);
  expect(keptBytes(window)).toBeLessThan(window.memoryBytes + pieceBytes);
  const { records } = window.slice(1, Number.POSITIVE_INFINITY) ?? { records: [] };
  expect(records.map((record, at) => record.equals(viewed(150 + (at % 7), at % 256)))).not.toContain(false);
});

test('nor when they move to another window, nor when older ones are gone', () => {
  const [from, to] = [new RecordWindow(1, 0n), new RecordWindow(1, 0n)];
  for (let at = 0; at < 2000; at++) from.push(viewed(150, at % 256), 0n);
  for (let at = 0; at < 2000; at++) from.moveFirst(to);
  to.dropThrough(1500);
  expect(keptBytes(to)).toBeLessThan(to.memoryBytes + 2 * pieceBytes);
  expect(to.slice(2000, 1)?.records).toEqual([viewed(150, 1999 % 256)]);
});

test('a large record is not copied', () => {
  const window = new RecordWindow(1, 0n);
  const record = viewed(pieceBytes - 100, 1);
  window.push(record, 0n);
  expect(window.slice(1, 1)?.records[0]).toBe(record);
});

test('records that came together in one block stay there, but not those from the pool of small buffers', () => {
  const window = new RecordWindow(1, 0n, true);
  const block = Buffer.allocUnsafeSlow(4 * pieceBytes);
  const together = block.subarray(100, 300);
  const pooled = Buffer.from('small');
  for (const record of [together, pooled]) window.push(record, 0n);
  const [first, second] = window.slice(1, 1000)?.records ?? [];
  expect(first).toBe(together);
  expect(second?.buffer).not.toBe(pooled.buffer);
  expect(second).toEqual(pooled);
});
