// One memory for all queues of a server (guide, ch. 10, "Amount of system memory to use").
import { beforeEach, describe, expect, it } from 'vitest';
import { type MemoryShare, QueueMemory } from '../../../src/engine/queue/memory/queue-memory.ts';
import type { QueueLimits } from '../../../src/engine/queue/queue-limits.ts';
import { SourceQueue } from '../../../src/engine/queue/source-queue.ts';
import { TargetQueue } from '../../../src/engine/queue/target-queue.ts';
import { MemoryStorage } from '../../../src/simulator/memory/memory-storage.ts';
import { limitsOf, RecordedEvents, recordOf, settle, TestStream } from './queue-support.ts';

/** Floors of 8, and a quarter of 16 for what is on its way to disk. */
const memoryOf = (): QueueMemory => new QueueMemory({ memoryBytesMax: 64, logBytesMax: 2 });

/** Takes all that there is. */
function fill(share: MemoryShare): number {
  share.hold(share.heldBytes + share.room('moving'));
  return share.heldBytes;
}

describe('the memory of the queues', () => {
  it('goes to whoever comes first, except for the floors of the others and of two that may come', () => {
    const memory = memoryOf();
    const [first, second] = [memory.join(), memory.join()];
    expect(memory.floorBytes).toBe(8);
    expect(fill(first)).toBe(64 - 8 - 2 * 8);
    expect(fill(second)).toBe(8);
    const third = memory.join();
    expect(fill(third)).toBe(8);
    expect(fill(memory.join())).toBe(8);
    expect(memory.usedBytes).toBe(64);
  });

  it('is never more than its limit, also when queues come after all was taken', () => {
    const memory = memoryOf();
    const shares = Array.from({ length: 3 }, () => memory.join());
    for (const share of shares) fill(share);
    const late = Array.from({ length: 20 }, () => memory.join());
    for (const share of late) fill(share);
    expect(memory.usedBytes).toBe(64);
    // What is given back goes to those that have less than their floor, and not to those that have more.
    shares[0]?.hold(8);
    expect(shares[1]?.room('moving')).toBe(0);
    expect(late.some((share) => share.room('moving') > 0)).toBe(true);
    for (const share of late) fill(share);
    expect(Math.min(...late.map(({ heldBytes }) => heldBytes))).toBe(memory.floorBytes);
    expect(memory.usedBytes).toBeLessThanOrEqual(64);
  });

  it('keeps its last quarter for what is on its way to disk', () => {
    const memory = memoryOf();
    const share = memory.join();
    share.hold(share.room('waiting'));
    expect(share.heldBytes).toBe(64 - 2 * 8 - 16);
    expect(share.room('waiting')).toBe(0);
    expect(share.room('moving')).toBe(16);
    // Of what is held already, so much may change its use.
    expect(share.room('waiting', 4)).toBe(4);
  });

  it('has everything back when a queue has left, whatever that queue says later', () => {
    const memory = memoryOf();
    const [first, second] = [memory.join(), memory.join()];
    fill(first);
    first.leave();
    first.hold(5);
    first.leave();
    expect(memory.usedBytes).toBe(0);
    expect(fill(second)).toBe(64 - 2 * 8);
  });
});

describe('queues on one memory', () => {
  let limits: QueueLimits;
  let memory: QueueMemory;
  let storage: MemoryStorage;
  let events: RecordedEvents;

  beforeEach(() => {
    limits = limitsOf();
    memory = new QueueMemory(limits);
    storage = new MemoryStorage();
    events = new RecordedEvents();
  });

  const source = (name: string, changes: Partial<QueueLimits> = {}): Promise<SourceQueue> =>
    SourceQueue.open({ storage, folder: name, streamId: name, limits: { ...limits, ...changes }, memory, events });
  const target = (name: string): Promise<TargetQueue> =>
    TargetQueue.open({ storage, folder: name, limits, memory, events });

  async function appendMany(queue: SourceQueue, count: number): Promise<void> {
    for (let made = 0; made < count; made++) {
      await queue.waitForRelief();
      queue.append(recordOf(queue.state.head + 1));
      expect(memory.usedBytes).toBeLessThanOrEqual(limits.memoryBytesMax);
    }
  }

  /** Reads and acknowledges until nothing is left; gives the sequences in the order in which they came. */
  async function drain(queue: SourceQueue): Promise<number[]> {
    const order: number[] = [];
    while (queue.state.operations > 0) {
      const { acknowledged } = queue.state;
      await queue.waitForMore(acknowledged);
      const batch = queue.read(acknowledged, 1500);
      if (batch === undefined) throw new Error('there must be something to read');
      for (const [place, record] of batch.records.entries()) {
        const sequence = batch.firstSequence + place;
        expect(record.equals(recordOf(sequence))).toBe(true);
        order.push(sequence);
      }
      queue.acknowledge(acknowledged + batch.records.length);
      expect(memory.usedBytes).toBeLessThanOrEqual(limits.memoryBytesMax);
    }
    return order;
  }

  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

  it('one that is held up spills to its logs, and does not starve another', async () => {
    const [stalled, busy] = [await source('stalled'), await source('busy')];
    await appendMany(stalled, 1000);
    await settle();
    expect(stalled.state.diskBytes).toBeGreaterThan(0);
    const held = stalled.state.memoryBytes;
    for (let round = 0; round < 20; round++) {
      await appendMany(busy, 10);
      expect(busy.state.diskBytes).toBe(0);
      expect(await drain(busy)).toHaveLength(10);
    }
    expect(stalled.state.memoryBytes).toBe(held);
    expect(await drain(stalled)).toEqual(numbers(1000));
    await settle();
    expect(memory.usedBytes).toBe(0);
    expect(events.failures).toEqual([]);
  });

  it('many that are held up spill alone, each writes and reads back within what is its own, in order', async () => {
    const queues = await Promise.all(numbers(12).map((number) => source(`q${number}`)));
    for (const queue of queues) await appendMany(queue, 300);
    await settle();
    for (const { state } of queues) expect(state.diskBytes).toBeGreaterThan(0);
    for (const queue of queues) expect(await drain(queue)).toEqual(numbers(300));
    await settle();
    expect(memory.usedBytes).toBe(0);
    expect(await storage.list('q1')).toEqual([]);
    expect(events.failures).toEqual([]);
  });

  it('what one gives back, another takes', async () => {
    const [first, second] = [await source('first'), await source('second')];
    await appendMany(first, 1000);
    await appendMany(second, 100);
    await settle();
    expect(second.state.diskBytes).toBeGreaterThan(0);
    await drain(first);
    await drain(second);
    await appendMany(second, 100);
    await settle();
    expect(second.state.diskBytes).toBe(0);
    await first.close();
    await second.close();
    expect(memory.usedBytes).toBe(0);
  });

  it('takes data to memory again only when all logs are gone, although there is room', async () => {
    const [first, second] = [await source('first'), await source('second')];
    await appendMany(first, 1000);
    await appendMany(second, 200);
    await settle();
    const inMemory = second.read(0, Number.POSITIVE_INFINITY)?.records.length ?? 0;
    await first.close();
    await settle();
    // The memory is free now, and yet what is new goes behind what lies on disk, which comes first.
    expect(memory.usedBytes).toBe(second.state.memoryBytes);
    second.append(recordOf(201));
    expect(second.state.diskBytes).toBeGreaterThan(0);
    expect(second.read(200, 100_000)).toBeUndefined();
    expect(second.read(0, Number.POSITIVE_INFINITY)?.records).toHaveLength(inMemory);
    await settle();
    expect(second.state.diskBytes).toBe(0);
    second.append(recordOf(202));
    expect(second.read(201, 100_000)?.records).toHaveLength(1);
    expect(await drain(second)).toEqual(numbers(202));
  });

  it('is exhausted alone when no disk is allowed, and gives its memory to the others', async () => {
    const [first, second] = [await source('first', { disk: 'none' }), await source('second')];
    for (let made = 0; made < 400; made++) first.append(recordOf(made + 1));
    expect(events.failures.map(({ code }) => code)).toEqual(['QUEUE-EXHAUSTED']);
    expect(memory.usedBytes).toBe(0);
    await first.close();
    await appendMany(second, 100);
    expect(second.state).toMatchObject({ open: true, diskBytes: 0 });
  });

  it('a target goes on within its floor while a source has all the rest, and the other way round', async () => {
    const [stalled, taking] = [await source('stalled'), await target('taking')];
    await taking.begin('stream');
    await appendMany(stalled, 1000);
    await settle();
    const stream = new TestStream();
    for (let round = 0; round < 100; round++) {
      expect(await taking.append(stream.batch(10))).toBe('durable');
      expect(memory.usedBytes).toBeLessThanOrEqual(limits.memoryBytesMax);
    }
    for (let index = 0; index < 1000; ) {
      const batch = await taking.read(index, 1000);
      expect(batch?.firstIndex).toBe(index + 1);
      index += batch?.records.length ?? 1000;
      expect(memory.usedBytes).toBeLessThanOrEqual(limits.memoryBytesMax);
    }
    expect(await drain(stalled)).toEqual(numbers(1000));
    taking.release(1000);
    await settle();
    expect(memory.usedBytes).toBe(0);
    // Now the target keeps what nobody reads, and the source has room in its turn.
    for (let round = 0; round < 100; round++) await taking.append(stream.batch(10));
    await appendMany(stalled, 50);
    expect(stalled.state.diskBytes).toBe(0);
    await taking.close();
    await stalled.close();
    expect(memory.usedBytes).toBe(0);
  });

  it('batches that find no memory are full, and are taken when those before them are durable', async () => {
    const [stalled, taking] = [await source('stalled'), await target('taking')];
    await taking.begin('stream');
    await appendMany(stalled, 1000);
    await settle();
    const stream = new TestStream();
    const batches = Array.from({ length: 30 }, () => stream.batch(10));
    const answers = await Promise.all(batches.map((batch) => taking.append(batch)));
    const full = answers.indexOf('full');
    expect(full).toBeGreaterThan(0);
    expect(new Set(answers.slice(full))).toEqual(new Set(['full']));
    await taking.waitForRoom();
    for (const batch of batches.slice(full)) expect(await taking.append(batch)).toBe('durable');
    await taking.close();
    await stalled.close();
    expect(memory.usedBytes).toBe(0);
  });
});
