// However busy strangers are, an operator finds what happened, and finds it told in few words.
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { EventLog } from '../../src/runtime/events/event-log.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { MemoryCluster } from '../support/memory-cluster.ts';
import { PlainPeer } from '../support/memory-links.ts';

const minuteMs = 60_000;
let clock: ManualClock;
let storage: MemoryStorage;
let events: EventLog;

beforeEach(async () => {
  clock = new ManualClock();
  storage = new MemoryStorage();
  events = await EventLog.open(storage, clock, silentLog);
});

function knock(address: string, count = 1): void {
  for (let index = 0; index < count; index += 1) {
    events.outside.report('connection', { peer: `${address}:${40_000 + index}`, reason: 'it left' });
  }
}

function told(): string[] {
  return events.since(0).map(({ message }) => message);
}

it('leaves the history of a server whole when 34,000 connections come, also over a restart', async () => {
  for (let index = 0; index < 1000; index += 1) events.emit(5021, { set: String(index), reason: 'it broke' });
  knock('10.0.0.9', 34_000);
  await clock.advance(24 * 60 * minuteMs);
  const own = (log: EventLog): number => log.since(0).filter(({ id }) => id === 5021).length;
  expect(own(events)).toBe(1000);
  expect(told().filter((text) => text.includes('10.0.0.9'))).toEqual([
    'The peer 10.0.0.9:40000 is not trusted: it left',
    expect.stringMatching(/^33999 more connections from 10\.0\.0\.9 were refused since \S+Z: it left$/),
  ]);
  await events.close();
  expect(own(await EventLog.open(storage, clock, silentLog))).toBe(1000);
});

it('tells of one place at growing intervals, and leaves nothing out of the counts', async () => {
  const days = 3;
  for (let minute = 0; minute < days * 24 * 60; minute += 1) {
    knock('10.0.0.9');
    await clock.advance(minuteMs);
  }
  const counts = told().map((text) => Number(/^(\d+) more/.exec(text)?.[1] ?? 1));
  expect(counts.length).toBeLessThan(12);
  await events.close();
  const all = told().map((text) => Number(/^(\d+) more/.exec(text)?.[1] ?? 1));
  expect(all.reduce((sum, one) => sum + one, 0)).toBe(days * 24 * 60);
});

it('counts all others together when too many places come, and an IPv6 network as one place', async () => {
  for (let index = 0; index < 5000; index += 1) knock(`10.1.${index >> 8}.${index & 255}`);
  expect(told()).toHaveLength(32);
  await clock.advance(minuteMs);
  expect(told().at(-1)).toMatch(/^4968 more connections from many other places were refused since/);

  const six = await EventLog.open(new MemoryStorage(), clock, silentLog);
  for (let index = 1; index < 100; index += 1) {
    six.outside.report('connection', { peer: `[2001:db8:0:7::${index.toString(16)}]:4000`, reason: 'it left' });
  }
  await six.close();
  expect(six.since(0)).toHaveLength(2);
  expect(six.since(0).at(-1)?.message).toContain('98 more connections from 2001:db8:0:7::/64');
});

it('tells each new trouble with a peer at once, and its repetitions as a count', async () => {
  const job = { job: 'sales', peer: 'alpha' };
  events.outside.report('job', { ...job, reason: 'the path is not allowed' }, 'job-1');
  events.outside.report('job', { ...job, reason: 'the path is not allowed' }, 'job-1');
  events.outside.report('job', { ...job, reason: 'another version' }, 'job-1');
  expect(told()).toEqual([
    'Refused the job sales of alpha: the path is not allowed',
    'Refused the job sales of alpha: another version',
  ]);
  await clock.advance(minuteMs);
  expect(told().at(-1)).toMatch(/^1 more jobs of alpha were refused since \S+: the path is not allowed$/);
});

it('is quiet when nothing comes', async () => {
  knock('10.0.0.9');
  await clock.advance(48 * 60 * minuteMs);
  expect(told()).toHaveLength(1);
  knock('10.0.0.9');
  expect(told()).toHaveLength(2);
});

it('leaves a server its own events when a peer sends a thousand bad frames', async () => {
  const cluster = await MemoryCluster.start();
  onTestFinished(() => cluster.stop());
  const own = (await cluster.events('beta')).length;
  for (let index = 0; index < 1000; index += 1) {
    const peer = new PlainPeer(await cluster.network.server('gamma').connect('beta'));
    peer.sayBytes(Buffer.from('no frame at all, but long enough for one'));
    await cluster.clock.advance(1);
  }
  await cluster.clock.advance(minuteMs);
  const after = (await cluster.events('beta')).slice(own);
  expect(after).toEqual([5003, 5181]);
});
