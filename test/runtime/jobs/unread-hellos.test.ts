// Links that begin a hello and do not end it take a bounded amount of memory together, and keep nobody else out.
import { expect, it, onTestFinished } from 'vitest';
import type { Link, LinkListener } from '../../../src/ports/network.ts';
import { helloBytesMax, UnreadHellos, unreadBytesMax } from '../../../src/runtime/jobs/admission/unread-hellos.ts';
import { encodeFrame } from '../../../src/wire/frame-codec.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { PlainPeer } from '../../support/memory-links.ts';

/** One end of a link whose other end the test is. */
class HalfLink implements Link {
  readonly peer = { name: 'alpha', fingerprint: '' };
  received = 0;
  closedReason: string | undefined;
  #listener: LinkListener | undefined;

  constructor(hellos: UnreadHellos) {
    const { link, greeted } = hellos.watch(this);
    this.greeted = greeted;
    link.listen({
      data: (bytes) => {
        this.received += bytes.length;
      },
      closed: () => undefined,
    });
  }

  readonly greeted: () => void;

  listen(listener: LinkListener): void {
    this.#listener = listener;
  }

  say(bytes: number): void {
    if (this.closedReason === undefined) this.#listener?.data(Buffer.alloc(bytes));
  }

  send(): boolean {
    return true;
  }

  async drained(): Promise<void> {
    await Promise.resolve();
  }

  close(reason: string): void {
    this.closedReason ??= reason;
    this.#listener?.closed(reason);
  }
}

it('holds no more than the budget of half-sent hellos, and lets the oldest go', () => {
  const hellos = new UnreadHellos();
  const links = Array.from({ length: 200 }, () => new HalfLink(hellos));
  for (const link of links) link.say(3_900_000);
  const open = links.filter(({ closedReason }) => closedReason === undefined);
  expect(open.reduce((sum, { received }) => sum + received, 0)).toBeLessThanOrEqual(unreadBytesMax);
  expect(open).toEqual(links.slice(-open.length));
  expect(open.length).toBeGreaterThan(0);
  // One that comes now is heard.
  const honest = new HalfLink(hellos);
  honest.say(500);
  expect([honest.received, honest.closedReason]).toEqual([500, undefined]);
});

it('lets a link go that sends more than any hello has, and counts nothing of one that was greeted', () => {
  const hellos = new UnreadHellos();
  const babbler = new HalfLink(hellos);
  for (let said = 0; said <= helloBytesMax; said += 65_536) babbler.say(65_536);
  expect(babbler.closedReason).toContain('before the link was greeted');
  const greeted = Array.from({ length: 50 }, () => new HalfLink(hellos));
  for (const link of greeted) {
    link.say(500);
    link.greeted();
    for (let piece = 0; piece < 10; piece += 1) link.say(1_048_576);
  }
  expect(greeted.every(({ closedReason }) => closedReason === undefined)).toBe(true);
});

it('has a place for a bounded number of links that say nothing', () => {
  const hellos = new UnreadHellos();
  const links = Array.from({ length: 1_000 }, () => new HalfLink(hellos));
  expect(links.filter(({ closedReason }) => closedReason === undefined)).toHaveLength(256);
  expect(links.at(-1)?.closedReason).toBeUndefined();
});

it.each([
  ['half a hello', 20, 3_900_000],
  ['nothing', 400, 0],
])('a server lets the oldest links go that say %s', async (_what, count, bytes) => {
  const cluster = await MemoryCluster.start();
  onTestFinished(() => cluster.stop());
  const hello = Buffer.concat([...encodeFrame('hello', Buffer.alloc(bytes))]);
  const peers: PlainPeer[] = [];
  for (let index = 0; index < count; index += 1) {
    const peer = new PlainPeer(await cluster.network.server('gamma').connect('beta'));
    if (bytes > 0) peer.sayBytes(hello.subarray(0, -1));
    peers.push(peer);
  }
  await cluster.clock.advance(1);
  const open = peers.filter(({ closed }) => closed === undefined);
  const fitting = Math.floor(unreadBytesMax / Math.max(bytes, 65_536));
  expect(open).toEqual(peers.slice(-fitting));
});
