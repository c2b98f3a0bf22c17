import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QueueMemory } from '../../../src/engine/queue/memory/queue-memory.ts';
import type { QueueLimits } from '../../../src/engine/queue/queue-limits.ts';
import { SourceQueue } from '../../../src/engine/queue/source-queue.ts';
import { MemoryStorage } from '../../../src/simulator/memory/memory-storage.ts';
import { verifyBatch } from '../../../src/wire/operations-frame.ts';
import { advance } from '../../../src/wire/stream-checksum.ts';
import { limitsOf, RecordedEvents, recordOf, settle } from './queue-support.ts';

const folder = 'queue/job';

async function openQueue(changes: Partial<QueueLimits> = {}, storage = new MemoryStorage()) {
  const events = new RecordedEvents();
  const limits = limitsOf(changes);
  const memory = new QueueMemory(limits);
  const queue = await SourceQueue.open({ storage, folder, streamId: 'stream', limits, memory, events });
  return { queue, storage, events };
}

function appendMany(queue: SourceQueue, count: number, dataBytes = 100): void {
  for (let made = 0; made < count; made++) queue.append(recordOf(queue.state.head + 1, dataBytes));
}

/** Reads and acknowledges until nothing is left; checks numbers, bytes and checksums on the way. */
async function drain(queue: SourceQueue, dataBytes = 100): Promise<void> {
  while (queue.state.operations > 0) {
    const { acknowledged } = queue.state;
    expect(await queue.waitForMore(acknowledged)).toBe(true);
    const before = queue.checksumAt(acknowledged);
    const batch = queue.read(acknowledged, 1500);
    if (batch === undefined || before === undefined) throw new Error('there must be something to read');
    expect(batch.firstSequence).toBe(acknowledged + 1);
    expect(verifyBatch(batch, before)).toBe(true);
    for (const [index, record] of batch.records.entries()) {
      expect(record.equals(recordOf(batch.firstSequence + index, dataBytes))).toBe(true);
    }
    queue.acknowledge(acknowledged + batch.records.length);
  }
}

describe('the queue of a source', () => {
  it('keeps records in memory, and gives them again until they are acknowledged', async () => {
    const { queue, storage } = await openQueue();
    appendMany(queue, 10);
    const batch = queue.read(0, 10_000);
    expect(batch?.records).toHaveLength(10);
    expect(queue.read(0, 10_000)).toEqual(batch);
    queue.acknowledge(4);
    expect(queue.read(4, 10_000)?.firstSequence).toBe(5);
    expect(queue.read(4, 300)?.records).toHaveLength(2);
    expect(queue.read(4, 1)?.records).toHaveLength(1);
    expect(queue.state).toMatchObject({ head: 10, acknowledged: 4, operations: 6, diskBytes: 0 });
    expect(await storage.list(folder)).toEqual([]);
  });

  it('proves every position between what was acknowledged and what was given out', async () => {
    const { queue } = await openQueue();
    appendMany(queue, 3);
    const expected = [0n];
    for (let number = 1; number <= 3; number++) expected.push(advance(expected[number - 1] ?? 0n, recordOf(number)));
    expect([0, 1, 2, 3].map((sequence) => queue.checksumAt(sequence))).toEqual(expected);
    queue.acknowledge(2);
    expect([1, 2, 3, 4].map((sequence) => queue.checksumAt(sequence))).toEqual([
      undefined,
      expected[2],
      expected[3],
      undefined,
    ]);
  });

  it('spools to logs that never split a record, holds memory within its limit, and gives everything back in order', async () => {
    const { queue, storage, events } = await openQueue();
    appendMany(queue, 250);
    await settle();
    appendMany(queue, 60, 100);
    await settle();
    const logs = await storage.list(folder);
    expect(logs.length).toBeGreaterThan(2);
    for (const name of logs) expect((await storage.read(name))?.length).toBeLessThanOrEqual(4096);
    expect(logs[0]).toMatch(/^queue\/job\/stream\.\d{15}\.log$/);
    expect(queue.state.memoryBytes).toBeLessThanOrEqual(120 * 1024);
    expect(queue.read(queue.state.head - 1, 100)).toBeUndefined();
    await drain(queue);
    await settle();
    expect(await storage.list(folder)).toEqual([]);
    expect(queue.state).toMatchObject({ head: 310, acknowledged: 310, bytes: 0, memoryBytes: 0, diskBytes: 0 });
    appendMany(queue, 1);
    expect(queue.read(310, 100)?.records).toHaveLength(1);
    expect(events.failures).toEqual([]);
  });

  it('gets out of its logs again while changes go on, when the reader is fast enough', async () => {
    const { queue, storage } = await openQueue();
    const begun = new Set<string>();
    const openLog = storage.openLog.bind(storage);
    storage.openLog = (name, options) => {
      begun.add(name);
      return openLog(name, options);
    };
    appendMany(queue, 250);
    await settle();
    const logs = begun.size;
    expect(logs).toBeGreaterThan(0);
    for (let round = 0; round < 500; round++) {
      appendMany(queue, 1);
      const batch = queue.read(queue.state.acknowledged, 1500);
      if (batch) queue.acknowledge(batch.firstSequence + batch.records.length - 1);
      await Promise.resolve();
    }
    expect(queue.state.diskBytes).toBe(0);
    expect(begun.size).toBeLessThanOrEqual(logs + 3);
    await drain(queue);
  });

  it('puts a record that is larger than a log into one by itself', async () => {
    const { queue, storage } = await openQueue();
    appendMany(queue, 220);
    await settle();
    queue.append(recordOf(221, 9000));
    await settle();
    appendMany(queue, 3);
    await settle();
    const sizes = await Promise.all(
      (await storage.list(folder)).map(async (name) => (await storage.read(name))?.length ?? 0),
    );
    expect(sizes.filter((size) => size > 9000 && size < 9200)).toHaveLength(1);
    for (let sequence = 0; sequence < 224; sequence++) {
      expect(await queue.waitForMore(sequence)).toBe(true);
      expect(queue.read(sequence, 1)?.records[0]?.length).toBe(
        recordOf(sequence + 1, sequence === 220 ? 9000 : 100).length,
      );
      queue.acknowledge(sequence + 1);
    }
  });

  it('is exhausted when memory is all it has', async () => {
    const { queue, storage, events } = await openQueue({ disk: 'none' });
    appendMany(queue, 400);
    expect(events.failures.map((failure) => failure.code)).toEqual(['QUEUE-EXHAUSTED']);
    expect(queue.append(recordOf(1))).toBeUndefined();
    expect(queue.read(0, 1000)).toBeUndefined();
    expect(await queue.waitForMore(0)).toBe(false);
    expect(queue.state).toMatchObject({ open: false, memoryBytes: 0 });
    expect(await storage.list(folder)).toEqual([]);
  });

  it('is exhausted when the disk limit is reached, after one alert, and never takes more', async () => {
    const { queue, storage, events } = await openQueue({ disk: 40_000 });
    let usedMax = 0;
    for (let round = 0; round < 100 && queue.state.open; round++) {
      appendMany(queue, 10);
      await settle();
      usedMax = Math.max(usedMax, queue.state.diskBytes);
    }
    expect(events.failures.map((failure) => failure.code)).toEqual(['QUEUE-EXHAUSTED']);
    expect(events.alerts).toHaveLength(1);
    expect(events.alerts[0]).toBeGreaterThanOrEqual(50);
    expect(usedMax).toBeGreaterThan(30_000);
    expect(usedMax).toBeLessThanOrEqual(40_000);
    await queue.close();
    expect(await storage.list(folder)).toEqual([]);
  });

  it('is exhausted when changes come faster than the disk takes them, but not when their maker waits', async () => {
    const hasty = await openQueue();
    appendMany(hasty.queue, 1000);
    expect(hasty.events.failures[0]).toMatchObject({
      code: 'QUEUE-EXHAUSTED',
      reason: expect.stringContaining('slower'),
    });
    await hasty.queue.waitForRelief();
    const patient = await openQueue();
    for (let count = 0; count < 1000; count++) {
      await patient.queue.waitForRelief();
      appendMany(patient.queue, 1);
      expect(patient.queue.state.memoryBytes).toBeLessThanOrEqual(120 * 1024);
    }
    expect(patient.events.failures).toEqual([]);
    await drain(patient.queue);
  });

  it('writes what comes just when it has finished writing', async () => {
    for (let turns = 0; turns < 20; turns++) {
      const { queue } = await openQueue();
      appendMany(queue, 220);
      await settle();
      const before = queue.state.diskBytes;
      appendMany(queue, 1);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      appendMany(queue, 1);
      await settle();
      expect(queue.state.diskBytes - before).toBeGreaterThanOrEqual(2 * recordOf(1).length);
    }
  });

  it('leaves the minimum free, and gives up when the volume is full', async () => {
    const storage = new MemoryStorage({ spaceBytes: 30_000 });
    const { queue, events } = await openQueue({ minimumFreeBytes: 10_000 }, storage);
    for (let round = 0; round < 100 && queue.state.open; round++) {
      appendMany(queue, 10);
      await settle();
      expect((await storage.space()).freeBytes).toBeGreaterThanOrEqual(10_000);
    }
    expect(events.failures[0]).toMatchObject({ code: 'QUEUE-EXHAUSTED' });
  });

  it('reports a log that came back with other bytes', async () => {
    const { queue, storage, events } = await openQueue();
    appendMany(queue, 250);
    await settle();
    const [oldest] = await storage.list(folder);
    const bytes = oldest === undefined ? undefined : await storage.read(oldest);
    if (oldest === undefined || bytes === undefined) throw new Error('there must be a log');
    bytes[500] = (bytes[500] ?? 0) ^ 1;
    await storage.replace(oldest, bytes);
    queue.acknowledge(queue.read(0, 1e6)?.records.length ?? 0);
    await settle();
    expect(events.failures.map((failure) => failure.code)).toEqual(['QUEUE-UNREADABLE']);
    expect(await queue.waitForMore(0)).toBe(false);
  });

  it('removes what an earlier run left', async () => {
    const storage = new MemoryStorage();
    await storage.replace(`${folder}/old.000000000000001.log`, Buffer.from('old'));
    await openQueue({}, storage);
    expect(await storage.list(folder)).toEqual([]);
  });

  it('gives back exactly what was put in, whatever is appended, read and acknowledged when', async () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('append' as const), count: fc.integer({ min: 1, max: 120 }) }),
      fc.record({ type: fc.constant('acknowledge' as const), bytes: fc.integer({ min: 1, max: 20_000 }) }),
      fc.record({ type: fc.constant('turn' as const), count: fc.integer({ min: 1, max: 3 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { queue, storage, events } = await openQueue({ memoryBytesMax: 128 * 1024 });
        for (const one of steps) {
          // The limit of what may wait to be written is a matter of its own: give the disk its turn.
          if (one.type === 'append') {
            for (let made = 0; made < one.count; made += 40) {
              appendMany(queue, Math.min(40, one.count - made));
              await settle();
            }
          }
          if (one.type === 'acknowledge') {
            const batch = queue.read(queue.state.acknowledged, one.bytes);
            if (batch) queue.acknowledge(batch.firstSequence + batch.records.length - 1);
          }
          if (one.type === 'turn') for (let turn = 0; turn < one.count; turn++) await Promise.resolve();
          expect(queue.state.memoryBytes).toBeLessThanOrEqual(128 * 1024);
        }
        await drain(queue);
        await settle();
        expect(events.failures).toEqual([]);
        expect(await storage.list(folder)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
