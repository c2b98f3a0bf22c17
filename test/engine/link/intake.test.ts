// The way into a queue that is full for long.
import { expect, test } from 'vitest';
import { Intake } from '../../../src/engine/link/intake.ts';
import { QueueMemory } from '../../../src/engine/queue/memory/queue-memory.ts';
import { TargetQueue } from '../../../src/engine/queue/target-queue.ts';
import { MemoryStorage } from '../../../src/simulator/memory/memory-storage.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';
import { mostReactions } from '../../support/reactions.ts';
import { limitsOf, RecordedEvents, TestStream } from '../queue/queue-support.ts';

async function fullQueue() {
  const clock = new ManualClock();
  const limits = limitsOf({ disk: 20_000 });
  const queue = await TargetQueue.open({
    storage: new MemoryStorage(),
    folder: 'q',
    limits,
    memory: new QueueMemory(limits),
    events: new RecordedEvents(),
  });
  await queue.begin('stream');
  const told: boolean[] = [];
  const intake = new Intake(queue, clock, { stored: () => undefined, full: (isFull) => told.push(isFull) });
  const stream = new TestStream();
  const stored: Promise<void>[] = [];
  while (told.length === 0) {
    stored.push(intake.store(stream.batch(10)));
    await clock.advance(0);
  }
  return { clock, queue, intake, stored, told };
}

test('waiting for room takes no more memory the longer it lasts', async () => {
  const { clock, queue, stored, told } = await fullQueue();
  let asked = 0;
  const waitForRoom = queue.waitForRoom.bind(queue);
  queue.waitForRoom = () => {
    asked += 1;
    return waitForRoom();
  };
  expect(await mostReactions(() => clock.advance(1_000_000))).toBeLessThan(10);
  expect(asked).toBeLessThan(3);
  queue.release(queue.state.head);
  await clock.advance(0);
  await Promise.all(stored);
  expect(told).toEqual([true, false]);
});

test('room that nobody told of is found after a while', async () => {
  const { clock, queue, stored } = await fullQueue();
  queue.waitForRoom = () => new Promise(() => undefined);
  queue.release(queue.state.head);
  await clock.advance(2000);
  await Promise.all(stored);
});

test('what waits is given up when the link closes', async () => {
  const { intake, stored, clock } = await fullQueue();
  const last = expect(stored.at(-1)).rejects.toMatchObject({ code: 'LINK-LOST' });
  await intake.close();
  await last;
  await clock.advance(5000);
});
