// The pipe between the loop and the server, over a real socket: order, what waits, and what happens when nobody reads.
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RecordPipe } from '../../../src/platform/filter-capture/records/record-pipe.ts';

let folder: string;
let server: Server;
let reader: Socket;
let writer: Socket;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-pipe-'));
  const path = join(folder, 'socket');
  const accepted = new Promise<Socket>((resolve) => {
    server = createServer({ pauseOnConnect: true }, resolve).listen(path);
  });
  await new Promise<void>((resolve) => server.once('listening', resolve));
  reader = connect(path);
  reader.pause();
  writer = await accepted;
  writer.on('error', () => undefined);
});

afterEach(async () => {
  reader.destroy();
  writer.destroy();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

function pipe(waitingBytesMax: number, patienceMs: number): RecordPipe {
  const { fd } = (writer as unknown as { _handle: { fd: number } })._handle;
  return new RecordPipe({ descriptor: fd, waitingBytesMax, patienceMs });
}

function put(to: RecordPipe, bytes: Buffer): boolean {
  const at = to.reserve(bytes.length);
  if (at === undefined) return false;
  bytes.copy(to.bytes, at);
  to.commit(bytes.length);
  return true;
}

async function readAll(length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let read = 0;
  return new Promise((resolve) => {
    reader.on('data', (piece: Buffer) => {
      pieces.push(piece);
      read += piece.length;
      if (read >= length) resolve(Buffer.concat(pieces));
    });
    reader.resume();
  });
}

/** Bytes that tell where they stand. */
function numbered(from: number, count: number): Buffer {
  const bytes = Buffer.alloc(count * 4);
  for (let number = 0; number < count; number += 1) bytes.writeUInt32LE(from + number, number * 4);
  return bytes;
}

test('what waits arrives in order, however little the socket takes at once', async () => {
  const to = pipe(64 * 1024 * 1024, 1000);
  const pieces = 2000;
  for (let piece = 0; piece < pieces; piece += 1) {
    expect(put(to, numbered(piece * 1000, 1000))).toBe(true);
    if (piece % 7 === 0) to.push();
  }
  expect(to.waitingBytes).toBeGreaterThan(4_000_000);
  const all = readAll(pieces * 4000);
  while (to.waitingBytes > 0) {
    to.push();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(numbered(0, pieces * 1000).equals(await all)).toBe(true);
});

test('what nobody reads is kept, and what comes then is refused', () => {
  const to = pipe(100_000, 1);
  let taken = 0;
  while (put(to, numbered(taken * 250, 250))) taken += 1;
  expect(to.waitingBytes).toBeGreaterThan(98_000);
  expect(to.waitingBytes).toBeLessThanOrEqual(100_000);
  expect(to.isBroken).toBe(false);
});

test('one piece that is larger than what may wait goes when nothing else waits', () => {
  expect(put(pipe(1000, 1), numbered(0, 1000))).toBe(true);
});

test('a server that is gone breaks the pipe', async () => {
  const to = pipe(1000, 1);
  const closed = new Promise((resolve) => reader.once('close', resolve));
  reader.destroy();
  await closed;
  put(to, numbered(0, 100));
  to.push();
  expect(to.isBroken).toBe(true);
  expect(put(to, numbered(0, 1000))).toBe(false);
});
