// The queue of a target against a model, through crashes: whatever is appended, begun, released, discarded and read, what
// was acknowledged is there after every crash, nothing else than what was handed in is, and in its order.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { QueueMemory } from '../../../src/engine/queue/memory/queue-memory.ts';
import { TargetQueue } from '../../../src/engine/queue/target-queue.ts';
import { MemoryStorage } from '../../../src/simulator/memory/memory-storage.ts';
import { limitsOf, RecordedEvents, settle, TestStream } from './queue-support.ts';

const folder = 'queue/job';

interface ModelRecord {
  readonly streamId: string;
  readonly sequence: number;
  readonly record: Buffer;
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 30 }),
      wait: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('begin' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('release' as const), share: fc.integer({ min: 0, max: 100 }) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('read' as const), share: fc.integer({ min: 0, max: 100 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('discard' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('crash' as const),
      during: fc.constantFrom('nothing' as const, 'begin' as const, 'discard' as const),
      turns: fc.integer({ min: 0, max: 30 }),
      tornBytes: fc.oneof(fc.nat(100), fc.nat(6000)),
    }),
  },
);

class Model {
  readonly storage = new MemoryStorage();
  readonly limits = limitsOf();
  /** Everything handed in that may be in the queue, by index - 1. */
  records: ModelRecord[] = [];
  /** How many of them were acknowledged. */
  acknowledged = 0;
  released = 0;
  streams = 0;
  streamId = '';
  stream = new TestStream();
  /** The stream that a crash interrupted the beginning of; empty for a discard. */
  switchingTo: string | undefined;

  async open(): Promise<TargetQueue> {
    const { storage, limits } = this;
    const memory = new QueueMemory(limits);
    return await TargetQueue.open({ storage, folder, limits, memory, events: new RecordedEvents() });
  }

  async begin(queue: TargetQueue): Promise<void> {
    this.streams += 1;
    await queue.begin(`stream-${this.streams}`);
    this.streamId = `stream-${this.streams}`;
    this.stream = new TestStream();
    this.acknowledged = this.records.length;
  }

  append(queue: TargetQueue, count: number): Promise<void> {
    const batch = this.stream.batch(count);
    for (const [place, record] of batch.records.entries()) {
      this.records.push({ streamId: this.streamId, sequence: batch.firstSequence + place, record });
    }
    const end = this.records.length;
    const acknowledge = (answer: string): void => {
      expect(answer).toBe('durable');
      this.acknowledged = Math.max(this.acknowledged, end);
    };
    return queue.append(batch).then(acknowledge, () => undefined);
  }

  /** Begins or discards, without waiting for it; a crash that follows may or may not find it done. */
  switchBeforeCrash(queue: TargetQueue, to: 'begin' | 'discard'): Promise<void> {
    if (to === 'begin') this.streams += 1;
    this.switchingTo = to === 'begin' ? `stream-${this.streams}` : '';
    return (to === 'begin' ? queue.begin(this.switchingTo) : queue.discard()).catch(() => undefined);
  }

  /** After a crash: takes over from the queue what survived, and holds it against what had to. */
  async recover(): Promise<TargetQueue> {
    const queue = await this.open();
    const { head } = queue.state;
    expect(head).toBeGreaterThanOrEqual(this.acknowledged);
    expect(head).toBeLessThanOrEqual(this.records.length);
    this.records.length = head;
    this.acknowledged = head;
    const position = queue.position();
    const streamId = position?.streamId ?? '';
    expect([this.streamId, this.switchingTo ?? this.streamId]).toContain(streamId);
    if (streamId === '' && this.switchingTo === '') this.released = head;
    this.streamId = streamId;
    this.switchingTo = undefined;
    queue.release(this.released);
    await this.check(queue, this.released);
    this.stream = new TestStream();
    this.stream.batch(this.records.filter((one) => one.streamId === this.streamId).length);
    if (position)
      expect(position).toEqual({
        streamId: this.streamId,
        sequence: this.stream.sequence,
        checksum: this.stream.checksum,
      });
    return queue;
  }

  /** Everything durable from an index on is what was handed in. */
  async check(queue: TargetQueue, from: number): Promise<void> {
    let index = from;
    for (;;) {
      const batch = await queue.read(index, 2000);
      if (batch === undefined) break;
      for (const [place, record] of batch.records.entries()) {
        const expected = this.records[index + place];
        expect({ streamId: batch.streamId, sequence: batch.firstSequence + place }).toEqual({
          streamId: expected?.streamId,
          sequence: expected?.sequence,
        });
        expect(expected?.record.equals(record)).toBe(true);
      }
      index += batch.records.length;
    }
    expect(index).toBeGreaterThanOrEqual(this.acknowledged);
  }
}

it('keeps what it acknowledged through any crash, and invents nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const model = new Model();
      let queue = await model.open();
      await model.begin(queue);
      let waiting: Promise<void>[] = [];
      for (const one of steps) {
        if (one.type === 'append') {
          if (model.streamId === '') await model.begin(queue);
          waiting.push(model.append(queue, one.count));
          if (one.wait) await Promise.all(waiting);
        } else if (one.type === 'crash') {
          if (one.during !== 'nothing') waiting.push(model.switchBeforeCrash(queue, one.during));
          for (let turn = 0; turn < one.turns; turn++) await Promise.resolve();
          model.storage.crash(one.tornBytes);
          await Promise.all(waiting);
          waiting = [];
          await settle();
          queue = await model.recover();
        } else {
          await Promise.all(waiting);
          if (one.type === 'begin') await model.begin(queue);
          if (one.type === 'read')
            await model.check(
              queue,
              model.released + Math.floor(((queue.state.head - model.released) * one.share) / 100),
            );
          if (one.type === 'release') {
            model.released += Math.floor(((queue.state.head - model.released) * one.share) / 100);
            queue.release(model.released);
          }
          if (one.type === 'discard') {
            await queue.discard();
            model.released = model.records.length;
            model.streamId = '';
          }
        }
      }
      await Promise.all(waiting);
      // What the queue still does in the background, and nobody waits for, has to end before another takes over.
      await settle();
      model.storage.crash();
      await model.recover();
    }),
    { numRuns: 150 },
  );
});
