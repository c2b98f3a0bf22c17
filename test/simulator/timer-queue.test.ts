import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/simulator/seeded-random.ts';
import { TimerQueue } from '../../src/simulator/time/timer-queue.ts';

describe('the queue of timers', () => {
  it('gives what a sorted list would give, whatever is cancelled', () => {
    const random = new SeededRandom(3);
    const below = (count: number): number => Buffer.from(random.bytes(2)).readUInt16LE(0) % count;
    const queue = new TimerQueue();
    let expected: { dueMs: number; order: number; timer: ReturnType<TimerQueue['add']> }[] = [];
    for (let step = 0; step < 5000; step += 1) {
      const choice = below(10);
      if (choice < 5) {
        const dueMs = below(300);
        expected.push({ dueMs, order: step, timer: queue.add(dueMs, () => undefined) });
      } else if (choice < 8 && expected.length > 0) {
        const [gone] = expected.splice(below(expected.length), 1);
        if (gone !== undefined) queue.cancel(gone.timer);
      } else {
        expected = expected.toSorted((one, other) => one.dueMs - other.dueMs || one.order - other.order);
        const first = queue.first();
        expect(first).toBe(expected.shift()?.timer);
        if (first !== undefined) queue.take(first);
      }
    }
    expect(expected.length).toBeGreaterThan(20);
  });
});
