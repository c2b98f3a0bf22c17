import { beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/base/waiting/clock.ts';
import { Channel, silenceMs } from '../../../src/engine/link/channel.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';
import type { Frame } from '../../../src/wire/frame-codec.ts';
import { type LinkPair, linkPair, PlainPeer } from '../../support/memory-links.ts';
import { StoppingClock } from '../../support/stopping-clock.ts';

let clock: ManualClock;
let links: LinkPair;
let peer: PlainPeer;
let channel: Channel;
let taken: string[];
let closed: string[];
let onFrame: (frame: Frame) => Promise<void> | void;

beforeEach(async () => {
  clock = new ManualClock();
  links = await linkPair();
  peer = new PlainPeer(links.beta);
  channel = new Channel(links.alpha, clock);
  taken = [];
  closed = [];
  onFrame = () => undefined;
  channel.open({
    frame: async (frame) => {
      taken.push(`${frame.type} ${frame.payload.toString()}`);
      await onFrame(frame);
    },
    closed: (reason, bad) => void closed.push(`${bad ? 'bad' : 'good'}: ${reason}`),
    heartbeat: () => Buffer.from('beat'),
  });
});

describe('a channel', () => {
  test('sends a heartbeat at once and every second', async () => {
    await clock.advance(3500);
    expect(peer.texts('heartbeat')).toEqual(Array(4).fill('beat'));
  });

  test('lives as long as something is heard, and closes after ten seconds of silence', async () => {
    for (let second = 0; second < 60; second += 5) {
      peer.say('heartbeat');
      await clock.advance(5000);
    }
    expect(channel.isOpen).toBe(true);
    await clock.advance(silenceMs);
    expect(closed).toEqual(['good: nothing was heard for 10 seconds']);
    expect(peer.types().at(-1)).toBe('bye');
    await clock.advance(60_000);
    expect(peer.types().at(-1)).toBe('bye');
  });

  test('counts no silence while its own process stands still, and reads the socket before it judges', async () => {
    const own = new StoppingClock(clock);
    const other = await linkPair();
    const far = new PlainPeer(other.beta);
    const stopped = new Channel(other.alpha, own);
    const said: string[] = [];
    stopped.open({
      frame: () => undefined,
      closed: (reason) => void said.push(reason),
      heartbeat: () => Buffer.alloc(0),
    });
    far.say('heartbeat');
    await clock.advance(9500);
    // Nine and a half seconds of silence, then it is stopped for an hour: the peer has spoken by then, and that is read late.
    await own.stopFor(3_600_000);
    expect(stopped.isOpen).toBe(true);
    far.say('heartbeat');
    await clock.advance(9000);
    expect([stopped.isOpen, said]).toEqual([true, []]);
    // One that is really gone is noticed all the same.
    await clock.advance(4000);
    expect(said).toEqual(['nothing was heard for 10 seconds']);
  });

  test('what the socket holds when the time is over still counts', async () => {
    const other = await linkPair();
    const far = new PlainPeer(other.beta);
    const waiting: (() => void)[] = [];
    // The system hands bytes over only when the event loop has a turn: here, when a timer of no delay is set.
    const reading: Clock = {
      wallMs: () => clock.wallMs(),
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, callback) => {
        if (delayMs === 0) for (const read of waiting.splice(0)) read();
        return clock.after(delayMs, callback);
      },
    };
    const late = new Channel(other.alpha, reading);
    late.open({ frame: () => undefined, closed: () => undefined, heartbeat: () => Buffer.alloc(0) });
    for (let round = 0; round < 5; round += 1) {
      waiting.push(() => far.say('heartbeat'));
      await clock.advance(11_500);
    }
    expect(late.isOpen).toBe(true);
  });

  test('delivers frames one at a time, in order', async () => {
    const gates: (() => void)[] = [];
    onFrame = () => new Promise((resolve) => gates.push(resolve));
    for (const text of ['1', '2', '3']) peer.say('notice', Buffer.from(text));
    await clock.advance(0);
    expect(taken).toEqual(['notice 1']);
    gates.shift()?.();
    await clock.advance(0);
    expect(taken).toEqual(['notice 1', 'notice 2']);
    peer.say('bye', Buffer.from('enough'));
    gates.shift()?.();
    await clock.advance(0);
    gates.shift()?.();
    await clock.advance(0);
    expect(closed).toEqual(['good: enough']);
  });

  test('closes as bad when a frame is damaged or refused, and delivers nothing after it', async () => {
    onFrame = ({ payload }) => {
      if (payload.toString() === 'no') throw new Error('I do not take this');
    };
    for (const text of ['yes', 'no', 'never']) peer.say('notice', Buffer.from(text));
    await clock.advance(0);
    expect(taken).toEqual(['notice yes', 'notice no']);
    expect(closed).toEqual([expect.stringMatching(/^bad: .*I do not take this/)]);
    expect(peer.texts('bye')).toEqual([expect.stringContaining('I do not take this')]);
    await clock.advance(60_000);
    expect(closed).toHaveLength(1);
  });

  test('closes as bad on bytes that are no frames', async () => {
    peer.sayBytes(Buffer.alloc(64, 255));
    await clock.advance(0);
    expect(closed).toEqual([expect.stringMatching(/^bad: /)]);
    expect(channel.isOpen).toBe(false);
  });

  test('hands what follows to a new handler, and says once that the link was lost', async () => {
    const later: string[] = [];
    peer.say('hello', Buffer.from('1'));
    await clock.advance(0);
    channel.open({
      frame: ({ payload }) => void later.push(payload.toString()),
      closed: (reason) => void later.push(reason),
      heartbeat: () => Buffer.alloc(0),
    });
    peer.say('notice', Buffer.from('2'));
    await clock.advance(0);
    links.network.cut('alpha', 'beta');
    await clock.advance(20_000);
    expect(taken).toEqual(['hello 1']);
    expect(later).toEqual(['2', 'the connection was lost']);
    expect(channel.send('notice', Buffer.from('into the void'))).toBe(true);
    await channel.drained();
  });

  test('tells a handler that comes late that it has closed', async () => {
    channel.close('enough');
    const late: string[] = [];
    const closedLate = (reason: string): void => void late.push(reason);
    channel.open({ frame: () => undefined, closed: closedLate, heartbeat: () => Buffer.alloc(0) });
    expect(late).toEqual(['enough']);
  });
});
