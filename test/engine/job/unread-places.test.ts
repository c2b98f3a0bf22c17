// What could not be read, and what becomes of it later: on a clock that is turned, with places that answer when told.
import { expect, test } from 'vitest';
import { Failure } from '../../../src/base/failure.ts';
import type { RawPath } from '../../../src/base/raw-path.ts';
import type { JobParts } from '../../../src/engine/job/job-parts.ts';
import { UnreadPlaces } from '../../../src/engine/job/stream/unread-places.ts';
import type { ObjectStatus } from '../../../src/model/stream/attributes.ts';
import type { FileTree } from '../../../src/ports/files.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';

const failure = new Failure({ code: 'EIO', operation: 'read', subject: 'a/x', reason: 'input/output error' });
const [oldName, newName] = ['a/x' as RawPath, 'b/x' as RawPath];

function unread(status: () => Promise<ObjectStatus | undefined>) {
  const clock = new ManualClock();
  const done: string[] = [];
  const told: number[] = [];
  const tracker = { pending: 0, suspect: (_root: number, where: RawPath) => done.push(`look ${where}`) };
  const emit: JobParts['emit'] = (_id, { path }) => done.push(`told ${path}`);
  const unreadPlaces = new UnreadPlaces(
    { clock, emit },
    {
      roots: { trees: [{ location: '/work', status } as unknown as FileTree] },
      capture: { isExact: false },
      mirrors: { wantAgain: () => done.push('mirror') },
      stream: { tracker },
      target: { notify: (notice) => notice.type === 'unread' && told.push(notice.unread) },
    },
  );
  return { clock, done, told, tracker, unreadPlaces };
}

test('what is there is looked at again, under the name that it has by then, and counts until then', async () => {
  const answer = Promise.withResolvers<ObjectStatus>();
  const { clock, done, unreadPlaces } = unread(() => answer.promise);
  unreadPlaces.add(0, oldName, failure);
  await clock.advance(30_000);
  expect([unreadPlaces.count, ...done]).toEqual([1, 'told /work/a/x']);
  unreadPlaces.places.rename(0, oldName, newName);
  answer.resolve({} as ObjectStatus);
  await clock.advance(0);
  expect([unreadPlaces.count, ...done]).toEqual([0, 'told /work/a/x', 'look b/x']);
});

test('what is not there any more is found by a mirror alone', async () => {
  const { clock, done, unreadPlaces } = unread(async () => undefined);
  unreadPlaces.add(0, oldName, failure);
  await clock.advance(30_000);
  expect(done).toEqual(['told /work/a/x', 'mirror']);
});

test('the target is told of the first at once, and of the others together', async () => {
  const { clock, told, unreadPlaces } = unread(async () => ({}) as ObjectStatus);
  unreadPlaces.tellTarget();
  expect(told).toEqual([]);
  for (const name of ['a', 'b', 'c']) unreadPlaces.add(0, name as RawPath, failure);
  expect(told).toEqual([1]);
  await clock.advance(1000);
  expect(told).toEqual([1, 3]);
  unreadPlaces.clear();
  unreadPlaces.allTried();
  expect(told).toEqual([1, 3, 0]);
});

test('none is told to the target only when all were tried: not while a mirror walks, nor before they were read again', async () => {
  const { clock, told, tracker, unreadPlaces } = unread(async () => ({}) as ObjectStatus);
  unreadPlaces.allTried();
  unreadPlaces.add(0, oldName, failure);
  unreadPlaces.clear();
  unreadPlaces.tellTarget();
  expect(told).toEqual([0, 1]);
  unreadPlaces.allTried();
  unreadPlaces.add(0, oldName, failure);
  tracker.pending = 1;
  await clock.advance(40_000);
  expect(told).toEqual([0, 1, 0, 1]);
  tracker.pending = 0;
  await clock.advance(1000);
  expect(told).toEqual([0, 1, 0, 1, 0]);
});
