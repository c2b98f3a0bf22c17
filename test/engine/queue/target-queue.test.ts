import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeEntries, encodeLogHeader, markBytes } from '../../../src/engine/queue/log-format.ts';
import { QueueMemory } from '../../../src/engine/queue/memory/queue-memory.ts';
import type { QueueLimits } from '../../../src/engine/queue/queue-limits.ts';
import { TargetQueue } from '../../../src/engine/queue/target-queue.ts';
import { MemoryStorage } from '../../../src/simulator/memory/memory-storage.ts';
import { advance } from '../../../src/wire/stream-checksum.ts';
import { limitsOf, RecordedEvents, recordOf, settle, TestStream } from './queue-support.ts';

const folder = 'queue/job';
let events = new RecordedEvents();

async function openQueue(storage = new MemoryStorage(), changes: Partial<QueueLimits> = {}): Promise<TargetQueue> {
  const limits = limitsOf(changes);
  return await TargetQueue.open({ storage, folder, limits, memory: new QueueMemory(limits), events });
}

/** Reads from an index to the end; checks that indexes join. */
async function readAll(queue: TargetQueue, afterIndex: number, bytesMax = 1000) {
  const found: { readonly streamId: string; readonly sequence: number; readonly record: Buffer }[] = [];
  let index = afterIndex;
  for (;;) {
    const batch = await queue.read(index, bytesMax);
    if (batch === undefined) return found;
    expect(batch.firstIndex).toBe(index + 1);
    for (const [place, record] of batch.records.entries()) {
      found.push({ streamId: batch.streamId, sequence: batch.firstSequence + place, record });
    }
    index += batch.records.length;
  }
}

async function damage(storage: MemoryStorage, name: string | undefined, at: number): Promise<void> {
  const bytes = name === undefined ? undefined : await storage.read(name);
  if (name === undefined || bytes === undefined) throw new Error('there must be a log');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await storage.replace(name, bytes);
}

/** From now on no sync of a log comes to its end. */
function holdSyncs(storage: MemoryStorage): void {
  const openLog = storage.openLog.bind(storage);
  storage.openLog = async (name, options) => {
    const log = await openLog(name, options);
    log.sync = () => new Promise(() => undefined);
    return log;
  };
}

/** How many bytes of a tail a power failure keeps, and from where on these are zeros. */
function tears(bytes: number): [number, number][] {
  const all: [number, number][] = [];
  for (let kept = 1; kept <= bytes; kept += 53) {
    for (let zeroed = 0; zeroed < kept; zeroed += 61) all.push([kept, zeroed]);
  }
  return all;
}

/** Counts the syncs of a storage. */
function countSyncs(storage: MemoryStorage): () => number {
  let syncs = 0;
  const openLog = storage.openLog.bind(storage);
  storage.openLog = async (name, options) => {
    const log = await openLog(name, options);
    const sync = log.sync;
    log.sync = () => {
      syncs += 1;
      return sync();
    };
    return log;
  };
  return () => syncs;
}

afterEach(() => {
  events = new RecordedEvents();
});

describe('the queue of a target', () => {
  it('gives durable records in order, and knows the position', async () => {
    const queue = await openQueue();
    expect(queue.position()).toBeUndefined();
    await queue.begin('first');
    expect(queue.position()).toEqual({ streamId: 'first', sequence: 0, checksum: 0n });
    const stream = new TestStream();
    expect(await queue.append(stream.batch(10))).toBe('durable');
    expect(queue.position()).toEqual({ streamId: 'first', sequence: 10, checksum: stream.checksum });
    const read = await readAll(queue, 0, 300);
    expect(read.map((one) => one.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(read.every((one) => one.record.equals(recordOf(one.sequence)))).toBe(true);
    expect(await queue.read(10, 1000)).toBeUndefined();
  });

  it('gives nothing that is not durable, and wakes the reader when it is', async () => {
    const queue = await openQueue();
    await queue.begin('first');
    let woken = false;
    const more = queue.waitForMore(0).then((answer) => {
      woken = answer;
    });
    const appended = queue.append(new TestStream().batch(1));
    expect(await queue.read(0, 1000)).toBeUndefined();
    expect(woken).toBe(false);
    await appended;
    await more;
    expect(woken).toBe(true);
  });

  it('shares one sync among the batches that arrive while another runs', async () => {
    const storage = new MemoryStorage();
    const syncs = countSyncs(storage);
    const queue = await openQueue(storage, { logBytesMax: 16_384 });
    await queue.begin('first');
    const before = syncs();
    const stream = new TestStream();
    await Promise.all(Array.from({ length: 50 }, () => queue.append(stream.batch(1))));
    expect(syncs() - before).toBeLessThanOrEqual(2);
  });

  it('goes on after a restart where it was, position included when everything was released', async () => {
    const storage = new MemoryStorage();
    const first = await openQueue(storage);
    await first.begin('first');
    const stream = new TestStream();
    for (let count = 0; count < 20; count++) await first.append(stream.batch(10));
    first.release(200);
    await settle();
    expect(await storage.list(folder)).toHaveLength(1);
    await first.close();
    storage.crash();
    const second = await openQueue(storage);
    expect(second.position()).toEqual({ streamId: 'first', sequence: 200, checksum: stream.checksum });
    second.release(200);
    await second.append(stream.batch(5));
    expect((await readAll(second, 200)).map((one) => one.sequence)).toEqual([201, 202, 203, 204, 205]);
  });

  it('serves a reader that is far behind from its logs, within its memory', async () => {
    const storage = new MemoryStorage();
    const queue = await openQueue(storage);
    await queue.begin('first');
    const stream = new TestStream();
    for (let count = 0; count < 100; count++) {
      await queue.append(stream.batch(10));
      expect(queue.state.memoryBytes).toBeLessThanOrEqual(120 * 1024);
    }
    await queue.append(stream.batch(1, 20_000));
    await queue.append(stream.batch(20));
    const read = await readAll(queue, 0);
    expect(read.map((one) => one.sequence)).toEqual(Array.from({ length: 1021 }, (_, index) => index + 1));
    expect(read.every((one) => one.record.equals(recordOf(one.sequence, one.sequence === 1001 ? 20_000 : 100)))).toBe(
      true,
    );
    expect(queue.state.memoryBytes).toBeLessThanOrEqual(120 * 1024);
  });

  it('queues a new stream behind the old one', async () => {
    const storage = new MemoryStorage();
    const queue = await openQueue(storage);
    await queue.begin('first');
    await queue.append(new TestStream().batch(3));
    await queue.begin('second');
    const second = new TestStream();
    await queue.append(second.batch(2));
    const expected = ['first 1', 'first 2', 'first 3', 'second 1', 'second 2'];
    expect((await readAll(queue, 0)).map((one) => `${one.streamId} ${one.sequence}`)).toEqual(expected);
    storage.crash();
    const again = await openQueue(storage);
    expect((await readAll(again, 0)).map((one) => `${one.streamId} ${one.sequence}`)).toEqual(expected);
    expect(again.position()).toEqual({ streamId: 'second', sequence: 2, checksum: second.checksum });
  });

  it('discards what was not released; indexes go on, also after a crash', async () => {
    const storage = new MemoryStorage();
    const queue = await openQueue(storage);
    await queue.begin('first');
    await queue.append(new TestStream().batch(30));
    queue.release(10);
    await queue.discard();
    expect(queue.position()).toBeUndefined();
    expect(queue.state).toMatchObject({ head: 30, released: 30, operations: 0, bytes: 0 });
    await expect(queue.append(new TestStream().batch(1))).rejects.toMatchObject({ code: 'STREAM-BROKEN' });
    storage.crash();
    const again = await openQueue(storage);
    expect(again.position()).toBeUndefined();
    await again.begin('second');
    await again.append(new TestStream().batch(1));
    expect(again.state.head).toBe(31);
    expect((await readAll(again, 30)).map((one) => `${one.streamId} ${one.sequence}`)).toEqual(['second 1']);
  });

  it('takes nothing that does not follow', async () => {
    const queue = await openQueue();
    await expect(queue.append(new TestStream().batch(1))).rejects.toMatchObject({ code: 'STREAM-BROKEN' });
    await queue.begin('first');
    const stream = new TestStream();
    const first = stream.batch(2);
    const second = stream.batch(2);
    await expect(queue.append(second)).rejects.toMatchObject({ code: 'STREAM-BROKEN' });
    await expect(queue.append({ ...first, checksumAfter: 1n })).rejects.toMatchObject({ code: 'STREAM-BROKEN' });
    expect(await queue.append(first)).toBe('durable');
    await expect(queue.append(first)).rejects.toMatchObject({ code: 'STREAM-BROKEN' });
    expect(await queue.append(second)).toBe('durable');
    expect(queue.position()?.sequence).toBe(4);
  });

  it('says full at its disk limit, loses nothing, and takes more after a release', async () => {
    const queue = await openQueue(new MemoryStorage(), { disk: 20_000 });
    await queue.begin('first');
    const stream = new TestStream();
    let refused = stream.batch(10);
    while ((await queue.append(refused)) === 'durable') refused = stream.batch(10);
    expect(queue.state.diskBytes).toBeLessThanOrEqual(20_000);
    expect(queue.state.diskBytes).toBeGreaterThan(15_000);
    expect(events.alerts).toHaveLength(1);
    expect(await queue.append(stream.batch(1))).toBe('full');
    const room = queue.waitForRoom();
    queue.release(queue.state.head);
    await room;
    expect(await queue.append(refused)).toBe('durable');
    expect((await readAll(queue, refused.firstSequence - 1)).map((one) => one.sequence)).toHaveLength(10);
    expect(events.failures).toEqual([]);
  });

  it('takes a batch as large as its whole limit once it is empty', async () => {
    const queue = await openQueue(new MemoryStorage(), { disk: 20_000 });
    await queue.begin('first');
    const stream = new TestStream();
    for (let count = 0; count < 5; count++) {
      expect(await queue.append(stream.batch(1, 18_000))).toBe('durable');
      expect(queue.state.diskBytes).toBeLessThanOrEqual(20_000);
      queue.release(queue.state.head);
    }
  });

  it('says full when the volume has no space, and goes on when there is some', async () => {
    const storage = new MemoryStorage({ spaceBytes: 30_000 });
    const queue = await openQueue(storage, { minimumFreeBytes: 10_000 });
    await queue.begin('first');
    const stream = new TestStream();
    const batches = Array.from({ length: 40 }, () => stream.batch(5));
    const answers = await Promise.all(batches.map((batch) => queue.append(batch)));
    const durable = answers.indexOf('full');
    expect(durable).toBeGreaterThan(10);
    expect(answers.slice(durable).every((answer) => answer === 'full')).toBe(true);
    expect((await storage.space()).freeBytes).toBeGreaterThanOrEqual(10_000);
    expect(queue.position()?.sequence).toBe(durable * 5);
    queue.release(queue.state.head);
    await queue.waitForRoom();
    for (const batch of batches.slice(durable, durable + 5)) expect(await queue.append(batch)).toBe('durable');
  });

  it('says full when a write finds no space, and keeps what is durable', async () => {
    const storage = new MemoryStorage();
    const queue = await openQueue(storage);
    await queue.begin('first');
    const stream = new TestStream();
    await queue.append(stream.batch(3));
    const batch = stream.batch(3);
    storage.failNextSync('ENOSPC');
    expect(await queue.append(batch)).toBe('full');
    expect(queue.position()?.sequence).toBe(3);
    expect(await queue.append(batch)).toBe('durable');
    storage.crash();
    expect((await openQueue(storage)).position()).toEqual({
      streamId: 'first',
      sequence: 6,
      checksum: stream.checksum,
    });
  });

  it('is over when a sync fails, and holds what was durable when it is opened again', async () => {
    const storage = new MemoryStorage();
    const queue = await openQueue(storage);
    await queue.begin('first');
    const stream = new TestStream();
    await queue.append(stream.batch(3));
    storage.failNextSync('EIO');
    await expect(queue.append(stream.batch(3))).rejects.toMatchObject({ code: 'EIO' });
    await expect(queue.append(stream.batch(3))).rejects.toMatchObject({ code: 'EIO' });
    expect(events.failures.map((failure) => failure.code)).toEqual(['EIO']);
    expect(await queue.waitForMore(3)).toBe(false);
    await queue.close();
    storage.crash();
    expect((await openQueue(storage)).position()?.sequence).toBe(3);
  });

  it('relies on what it found only after writing it anew', async () => {
    const storage = new MemoryStorage();
    const queue = await openQueue(storage);
    await queue.begin('first');
    const stream = new TestStream();
    await queue.append(stream.batch(3));
    storage.failNextSync('EIO');
    await expect(queue.append(stream.batch(3))).rejects.toThrow();
    const again = await openQueue(storage);
    const { sequence } = again.position() ?? { sequence: 0 };
    storage.crash();
    expect((await openQueue(storage)).position()?.sequence).toBe(sequence);
  });

  it('reports damage in durable bytes, and changes nothing', async () => {
    const storage = new MemoryStorage();
    const queue = await openQueue(storage);
    await queue.begin('first');
    const stream = new TestStream();
    for (let count = 0; count < 10; count++) await queue.append(stream.batch(10));
    const names = await storage.list(folder);
    await damage(storage, names[1], 1000);
    await expect(openQueue(storage)).rejects.toMatchObject({ code: 'QUEUE-UNREADABLE' });
    await damage(storage, names[1], 1000);
    await damage(storage, names[0], 8);
    await expect(openQueue(storage)).rejects.toMatchObject({ code: 'QUEUE-UNREADABLE' });
    await damage(storage, names[0], 8);
    expect((await openQueue(storage)).position()?.sequence).toBe(100);
    await storage.remove(names[1] ?? '');
    await expect(openQueue(storage)).rejects.toThrow('operations before it are missing');
  });

  it('reports damage that it meets while reading', async () => {
    const storage = new MemoryStorage();
    const queue = await openQueue(storage);
    await queue.begin('first');
    const stream = new TestStream();
    for (let count = 0; count < 30; count++) await queue.append(stream.batch(10));
    await damage(storage, (await storage.list(folder))[0], 1000);
    await expect(readAll(queue, 0)).rejects.toMatchObject({ code: 'QUEUE-UNREADABLE' });
    expect(events.failures).toHaveLength(1);
  });

  it('does not take damage of what was durable for a torn tail, whichever byte it is', async () => {
    const storage = new MemoryStorage();
    const queue = await openQueue(storage);
    await queue.begin('first');
    const stream = new TestStream();
    for (let count = 0; count < 3; count++) await queue.append(stream.batch(2, 20));
    // The process is killed, so nothing is said at the end; only the last words of the log may be missing.
    await settle();
    const [name = ''] = await storage.list(folder);
    const bytes = (await storage.read(name)) ?? Buffer.alloc(0);
    for (let at = 0; at < bytes.length; at++) {
      const copy = new MemoryStorage();
      await copy.replace(name, bytes);
      await damage(copy, name, at);
      const damaged = await copy.read(name);
      const opened = openQueue(copy).then(
        (again) => again.position()?.sequence,
        ({ code }: { code: string }) => code,
      );
      // The mark at the very end says only that the records before it were durable, and they are all there.
      const isLastMark = at >= bytes.length - markBytes;
      const isNewer = at === 4 && (damaged?.readUInt8(4) ?? 0) > 3;
      const refusal = isNewer ? 'FORMAT-NEWER' : 'QUEUE-UNREADABLE';
      expect([at, await opened]).toEqual([at, isLastMark ? 6 : refusal]);
      if (!isLastMark) expect(await copy.read(name)).toEqual(damaged);
    }
  });

  it('does not take damage for a torn tail after an orderly end or a restart either', async () => {
    for (const restarts of [0, 1, 2]) {
      const storage = new MemoryStorage();
      const queue = await openQueue(storage);
      await queue.begin('first');
      await queue.append(new TestStream().batch(10));
      await queue.close();
      for (let restart = 0; restart < restarts; restart++) await (await openQueue(storage)).close();
      storage.crash();
      await damage(storage, (await storage.list(folder))[0], 1000);
      await expect(openQueue(storage)).rejects.toMatchObject({ code: 'QUEUE-UNREADABLE' });
    }
  });

  it('cuts what a power failure tore, also where whole records stand behind the tear', async () => {
    for (const [kept, zeroed] of tears(900)) {
      const storage = new MemoryStorage();
      const queue = await openQueue(storage);
      await queue.begin('first');
      const stream = new TestStream();
      await queue.append(stream.batch(2));
      holdSyncs(storage);
      const again = await openQueue(storage);
      void again.append(stream.batch(3));
      void again.append(stream.batch(3));
      await settle();
      const choices = [kept, 0, zeroed];
      storage.losePower((count) => Math.min(count - 1, choices.shift() ?? 0));
      const recovered = await openQueue(storage);
      expect(recovered.position()?.sequence).toBeGreaterThanOrEqual(2);
      expect(events.failures).toEqual([]);
    }
  });

  it('does not take a log for one that was just begun when records stand in it', async () => {
    const storage = new MemoryStorage();
    const queue = await openQueue(storage);
    await queue.begin('first');
    const stream = new TestStream();
    for (let count = 0; count < 10; count++) await queue.append(stream.batch(10));
    const names = await storage.list(folder);
    expect(names.length).toBeGreaterThan(1);
    await damage(storage, names.at(-1), 20);
    await expect(openQueue(storage)).rejects.toMatchObject({ code: 'QUEUE-UNREADABLE' });
  });

  it('reads logs of the first format, which have no marks', async () => {
    const storage = new MemoryStorage();
    const stream = new TestStream();
    const { records } = stream.batch(3);
    const header = encodeLogHeader({ streamId: 'first', firstIndex: 1, firstSequence: 1, checksumBefore: 0n });
    header.writeUInt8(1, 4);
    header.writeUInt32BE(crc32(header.subarray(0, -4)), header.length - 4);
    const checksums = records.map((_, index) => records.slice(0, index + 1).reduce(advance, 0n));
    await storage.replace(`${folder}/000000000000001.log`, Buffer.concat([header, encodeEntries(records, checksums)]));
    const queue = await openQueue(storage);
    expect(queue.position()).toEqual({ streamId: 'first', sequence: 3, checksum: stream.checksum });
    await queue.append(stream.batch(3));
    await queue.close();
    expect((await readAll(await openQueue(storage), 0)).map((one) => one.sequence)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('notices that its end was lost when it is told what was applied', async () => {
    const storage = new MemoryStorage();
    const queue = await openQueue(storage);
    await queue.begin('first');
    await queue.append(new TestStream().batch(10));
    await queue.close();
    const [name = ''] = await storage.list(folder);
    await storage.replace(name, ((await storage.read(name)) ?? Buffer.alloc(0)).subarray(0, 1000));
    const again = await openQueue(storage);
    expect(() => again.release(10)).toThrow(expect.objectContaining({ code: 'QUEUE-UNREADABLE' }));
  });

  it('refuses a log of a newer format', async () => {
    const storage = new MemoryStorage();
    const queue = await openQueue(storage);
    await queue.begin('first');
    await queue.close();
    const [name = ''] = await storage.list(folder);
    const bytes = await storage.read(name);
    bytes?.writeUInt8(4, 4);
    await storage.replace(name, bytes ?? Buffer.alloc(0));
    await expect(openQueue(storage)).rejects.toMatchObject({ code: 'FORMAT-NEWER' });
  });

  it('makes durable what was handed in before it is closed', async () => {
    const storage = new MemoryStorage();
    const queue = await openQueue(storage);
    await queue.begin('first');
    const appended = queue.append(new TestStream().batch(10));
    await queue.close();
    expect(await appended).toBe('durable');
    storage.crash();
    expect((await openQueue(storage)).position()?.sequence).toBe(10);
  });
});
