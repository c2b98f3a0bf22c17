// The source's end of a link against a target that is played by hand.
import { beforeEach, describe, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import { Channel } from '../../../src/engine/link/channel.ts';
import { Route } from '../../../src/engine/link/route/route.ts';
import { SourceLink } from '../../../src/engine/link/source-link.ts';
import { QueueMemory } from '../../../src/engine/queue/memory/queue-memory.ts';
import { defaultQueueLimits } from '../../../src/engine/queue/queue-limits.ts';
import { SourceQueue } from '../../../src/engine/queue/source-queue.ts';
import { writtenBytesMax } from '../../../src/model/stream/operation.ts';
import type { StreamTask } from '../../../src/model/stream/task.ts';
import { usualLine } from '../../../src/model/transmission.ts';
import { MemoryStorage } from '../../../src/simulator/memory/memory-storage.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';
import { decodeOperations } from '../../../src/wire/operations-frame.ts';
import { encodeOperation } from '../../../src/wire/records/operation-codec.ts';
import { linkPair, PlainPeer } from '../../support/memory-links.ts';
import { mostReactions } from '../../support/reactions.ts';
import { recordOf } from '../queue/queue-support.ts';

const specification = {
  jobId: 'j',
  name: 'work to beta',
  replicationSet: 'work',
  sourceServer: 'alpha',
  targetServer: 'beta',
  roots: [{ source: '/work', replica: '/replica' }],
  rules: [],
  mirrorMethod: 'data-delta',
  orphans: 'delete',
} as const;
const hello = {
  jobId: 'j',
  epoch: 0,
  job: specification,
  streamId: 's',
  sourceName: 'alpha',
  capture: 'changes' as const,
};
const welcome = { version: 2, epoch: 0, position: null, applied: 0, state: 'Mirror Required' };

let clock: ManualClock;
let peer: PlainPeer;
let link: SourceLink;
let route: Route;
let queue: SourceQueue;
let acknowledged: number[];
let beforeTransmit: (task: StreamTask) => Promise<void>;

beforeEach(async () => {
  clock = new ManualClock();
  const links = await linkPair();
  peer = new PlainPeer(links.beta);
  acknowledged = [];
  beforeTransmit = async () => undefined;
  route = new Route({ target: 'beta', address: '' }, usualLine, clock);
  link = new SourceLink(
    new Channel(links.alpha, clock, route),
    clock,
    {
      acknowledged: ({ durable }) => {
        acknowledged.push(durable);
        queue.acknowledge(durable);
      },
      notice: () => undefined,
      sent: () => undefined,
      beforeTransmit: (task) => beforeTransmit(task),
    },
    route,
  );
  const events = { alert: () => undefined, ended: () => undefined };
  const limits = { ...defaultQueueLimits, minimumFreeBytes: 0 };
  const memory = new QueueMemory(limits);
  queue = await SourceQueue.open({ storage: new MemoryStorage(), folder: 'q', streamId: 's', limits, memory, events });
});

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

async function greeted(version = welcome.version): Promise<void> {
  const greeting = link.greet(hello);
  await clock.advance(0);
  peer.say('welcome', json({ ...welcome, version }));
  await greeting;
}

function sequences(): number[] {
  return peer.heard.flatMap(({ type, payload }) => {
    if (type !== 'operations') return [];
    const batch = decodeOperations(payload);
    return batch.records.map((_, index) => batch.firstSequence + index);
  });
}

describe('a limited line', () => {
  test.each([
    ['of this version gets a batch in parts, with heartbeats between', 4, 3],
    ['of the version before gets it so, too', 3, 3],
    ['of an earlier version gets a batch whole', 2, 0],
  ])('to a target %s', async (_, version, beats) => {
    route.configure({ ...usualLine, limit: { mode: 'fixed', fixed: 3500, schedule: [] } });
    await greeted(version);
    queue.append(recordOf(1, 30_000));
    void link.transmit(queue, 0, 0n);
    await clock.advance(500);
    const before = peer.texts('heartbeat').length;
    await clock.advance(4000);
    expect(peer.texts('heartbeat').length - before).toBeGreaterThanOrEqual(beats);
    if (beats === 0) expect(peer.texts('heartbeat').length).toBe(before);
    expect(sequences()).toEqual([]);
    peer.say('heartbeat');
    await clock.advance(6000);
    expect(sequences()).toEqual([1]);
  });
});

describe('a write of more than 64 KB', () => {
  const large = (): Buffer => {
    const data = Buffer.alloc(writtenBytesMax, 'data');
    return encodeOperation({ kind: 'write', root: 0, path: 'file' as RawPath, offset: 5, data }, 0);
  };

  test('goes to a target of this version in one piece', async () => {
    await greeted(3);
    queue.append(large());
    void link.transmit(queue, 0, 0n);
    await clock.advance(100);
    expect(sequences()).toEqual([1]);
  });

  test('waits while the target is of an earlier version, which is said', async () => {
    await greeted(2);
    queue.append(recordOf(1, 65_536));
    queue.append(large());
    const sending = link.transmit(queue, 0, 0n);
    await expect(sending).rejects.toThrow(/beta.*earlier version.*64 KB/);
    expect(sequences()).toEqual([1]);
    expect(queue.state.operations).toBe(2);
  });
});

describe('the greeting', () => {
  test('says who is there and gives the welcome', async () => {
    await greeted();
    expect(JSON.parse(peer.texts('hello')[0] ?? '')).toMatchObject({ versions: [2, 4], jobId: 'j', streamId: 's' });
  });

  test('rejects with the target’s refusal, or with the loss of the link', async () => {
    const refused = link.greet(hello);
    await clock.advance(0);
    peer.say('refuse', json({ code: 'FENCED', reason: 'taken over', hint: 'make a new job', epoch: 1 }));
    await expect(refused).rejects.toMatchObject({ code: 'FENCED', reason: 'taken over', hint: 'make a new job' });
  });

  test('rejects when nothing comes', async () => {
    const greeting = link.greet(hello);
    greeting.catch(() => undefined);
    await clock.advance(12_000);
    await expect(greeting).rejects.toMatchObject({ code: 'LINK-LOST', retryable: true });
  });
});

describe('the stream', () => {
  test('goes in order, no further than the window, and on as it is acknowledged', async () => {
    await greeted();
    const record = 60_000;
    for (let number = 1; number <= 600; number += 1) queue.append(recordOf(number, record));
    void link.transmit(queue, 0, 0n);
    await clock.advance(0);
    await clock.advance(0);
    const first = sequences().length;
    const windowBytes = 16 * 1024 * 1024;
    expect(first * record).toBeGreaterThan(windowBytes - 256 * 1024);
    expect(first * record).toBeLessThan(windowBytes + 512 * 1024);
    peer.say('acknowledge', json({ durable: 100, applied: 50 }));
    await clock.advance(0);
    await clock.advance(0);
    expect(sequences().length).toBeGreaterThanOrEqual(first + 95);
    expect(sequences()).toEqual(Array.from(sequences(), (_, index) => index + 1));
    expect(acknowledged).toEqual([100]);
  });

  test('begins behind what the target has', async () => {
    await greeted();
    for (let number = 1; number <= 10; number += 1) queue.append(recordOf(number));
    const checksum = queue.checksumAt(4) ?? 0n;
    void link.transmit(queue, 4, checksum);
    await clock.advance(0);
    expect(sequences()).toEqual([5, 6, 7, 8, 9, 10]);
  });

  test('holds a task back until its program on the source has ended, and everything behind it', async () => {
    await greeted();
    const gate = Promise.withResolvers<void>();
    const asked: string[] = [];
    beforeTransmit = (task) => {
      asked.push(task.name);
      return gate.promise;
    };
    const action = { type: 'program', program: '/p', arguments: [] } as const;
    const task = { taskId: 't', name: 'stamp', actions: { ontransmit: action }, timeoutMs: null };
    queue.append(recordOf(1));
    queue.append(encodeOperation({ kind: 'marker', marker: { type: 'task', task } }, 1));
    queue.append(recordOf(3));
    void link.transmit(queue, 0, 0n);
    await clock.advance(0);
    expect([sequences(), asked]).toEqual([[1], ['stamp']]);
    gate.resolve();
    await clock.advance(0);
    expect(sequences()).toEqual([1, 2, 3]);
  });

  test.each([
    ['more than was sent', { durable: 11, applied: 0 }],
    ['more applied than durable', { durable: 5, applied: 6 }],
  ])('an acknowledgement of %s closes the link', async (_, acknowledgement) => {
    await greeted();
    for (let number = 1; number <= 10; number += 1) queue.append(recordOf(number));
    void link.transmit(queue, 0, 0n);
    await clock.advance(0);
    peer.say('acknowledge', json(acknowledgement));
    await clock.advance(0);
    expect(await link.closed()).toContain('which was not sent');
    expect(acknowledged).toEqual([]);
  });

  test('a frame that only a source sends closes the link', async () => {
    await greeted();
    peer.say('operations', Buffer.alloc(4));
    await clock.advance(0);
    expect(await link.closed()).toContain('a target does not send operations frames');
  });
});

test('a question is answered, or rejects when the link is lost', async () => {
  await greeted();
  const question = link.hashes(7, 0, 'file' as never, 0, 10);
  question.catch(() => undefined);
  await clock.advance(0);
  expect(JSON.parse(peer.texts('request')[0] ?? '')).toMatchObject({
    type: 'hashes',
    after: 7,
    path: 'file',
    count: 10,
  });
  link.close('over');
  await expect(question).rejects.toMatchObject({ code: 'LINK-LOST' });
  await expect(link.list(0, 0, '' as never, false)).rejects.toMatchObject({ code: 'LINK-LOST' });
});

test('a link that sends one operation after the other takes no more memory the longer it lasts', async () => {
  await greeted();
  const done = link.transmit(queue, 0, 0n);
  let waiting = 0;
  let mostWaiting = 0;
  const waitForMore = queue.waitForMore.bind(queue);
  queue.waitForMore = (after) => {
    waiting += 1;
    mostWaiting = Math.max(mostWaiting, waiting);
    return waitForMore(after).finally(() => {
      waiting -= 1;
    });
  };
  const most = await mostReactions(async () => {
    for (let number = 1; number <= 200; number += 1) {
      queue.append(recordOf(number));
      await clock.advance(1);
    }
  });
  expect(sequences()).toHaveLength(200);
  expect(most).toBeLessThan(20);
  expect(mostWaiting).toBeLessThan(3);
  link.close('enough');
  await clock.advance(1);
  await done;
});
