// A change that comes between the look and the wait is not missed.
import { expect, test } from 'vitest';
import { Signal } from '../../../src/base/waiting/signal.ts';

test('a change after `next` and before the wait ends the wait', async () => {
  const signal = new Signal();
  const next = signal.next();
  signal.notify();
  await next;
});

test('one notification wakes everybody who waits, and nobody who asks later', async () => {
  const signal = new Signal();
  const woken: string[] = [];
  const wait = async (name: string): Promise<void> => {
    await signal.next();
    woken.push(name);
  };
  const waits = [wait('one'), wait('two')];
  signal.notify();
  const later = wait('later');
  await Promise.all(waits);
  expect(woken).toEqual(['one', 'two']);
  signal.notify();
  await later;
});

test('`until` looks again at every change, and does not wait when the condition holds', async () => {
  const signal = new Signal();
  let count = 0;
  const done = signal.until(() => count >= 2);
  for (count = 1; count <= 2; count += 1) {
    signal.notify();
    await Promise.resolve();
  }
  await done;
  await signal.until(() => true);
});
