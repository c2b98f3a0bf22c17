// A program that writes into a folder at a steady rate, without waiting for anything but its own writes, until SIGTERM; then
// it says how long its writes have waited.
//
//   node test/e2e/memory/load-writer.ts FOLDER SEED BYTES-PER-SECOND
//
// Three writes of 64 KiB to one of 4 KiB, at random places of files that together take no more than 1 GiB. A write is due
// at its time whatever the one before it did: when one has waited, those behind it follow without a rest.
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { numbers } from '../../support/numbers.ts';

export interface LoadReport {
  readonly seconds: number;
  readonly writes: number;
  readonly bytes: number;
  /** Milliseconds that single writes took. */
  readonly longestMs: number;
  readonly p999Ms: number;
  readonly p50Ms: number;
}

const filesMax = 16;
const fileBytes = 64 * 1024 * 1024;
const bucketMs = 0.01;
const bucketsMax = 6_000_000;

const [folder, seed, rate] = process.argv.slice(2);
if (folder === undefined || rate === undefined) throw new Error('usage: load-writer.ts FOLDER SEED BYTES-PER-SECOND');

const below = numbers(Number(seed));
const bytesPerMs = Number(rate) / 1000;
const [large, small] = [Buffer.alloc(65_536), Buffer.alloc(4096)];
const files = Array.from({ length: filesMax }, (_, number) => openSync(join(folder, `data ${number}`), 'w'));
/** How many writes took so long, in hundredths of a millisecond. */
const waits = new Uint32Array(bucketsMax);
let [writes, bytes, longestMs] = [0, 0, 0];
let isOver = false;
process.on('SIGTERM', () => {
  isOver = true;
});

function writeOnce(): void {
  const content = below(4) === 0 ? small : large;
  // Bytes that no compression makes small, and that are others each time.
  for (let at = 0; at < content.length; at += 8) content.writeUInt32LE(below(2 ** 31), at);
  const place = below((fileBytes - content.length) / 4096) * 4096;
  const startMs = performance.now();
  writeSync(files[below(filesMax)] ?? 0, content, 0, content.length, place);
  const waitMs = performance.now() - startMs;
  const bucket = Math.min(bucketsMax - 1, Math.floor(waitMs / bucketMs));
  waits[bucket] = (waits[bucket] ?? 0) + 1;
  longestMs = Math.max(longestMs, waitMs);
  writes += 1;
  bytes += content.length;
}

function waitOf(share: number): number {
  let left = writes * share;
  const bucket = waits.findIndex((count) => {
    left -= count;
    return left <= 0;
  });
  return bucket * bucketMs;
}

const startMs = performance.now();
process.stdout.write('writing\n');
while (!isOver) {
  const dueBytes = (performance.now() - startMs) * bytesPerMs;
  for (let made = 0; bytes < dueBytes && made < 64; made += 1) writeOnce();
  await sleep(bytes < dueBytes ? 0 : 1);
}
for (const file of files) closeSync(file);
const seconds = (performance.now() - startMs) / 1000;
const report: LoadReport = { seconds, writes, bytes, longestMs, p999Ms: waitOf(0.999), p50Ms: waitOf(0.5) };
process.stdout.write(`${JSON.stringify(report)}\n`);
