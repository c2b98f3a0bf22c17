// The route to a target: a limit that no second exceeds, control that passes all the same, one share for all links.
import { describe, expect, test } from 'vitest';
import { Channel, silenceMs } from '../../../src/engine/link/channel.ts';
import { Route } from '../../../src/engine/link/route/route.ts';
import { type LimitSettings, type LineSettings, usualLine, withOverride } from '../../../src/model/transmission.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';
import { FrameDecoder, type FrameType } from '../../../src/wire/frame-codec.ts';
import { linkPair } from '../../support/memory-links.ts';

let clock: ManualClock;
let route: Route;

/** What arrived at the far end of a link, and when. */
interface Far {
  readonly channel: Channel;
  readonly arrivals: { readonly ms: number; readonly bytes: number }[];
  readonly frames: { readonly ms: number; readonly type: FrameType; readonly bytes: number }[];
}

const limited = (limit: LimitSettings, other: Partial<LineSettings> = {}): LineSettings => ({
  ...usualLine,
  limit,
  ...other,
});
const fixed = (bytesPerSecond: number): LineSettings => limited({ mode: 'fixed', fixed: bytesPerSecond, schedule: [] });

function begin(settings: LineSettings, wallMs?: number): void {
  clock = new ManualClock(wallMs);
  route = new Route({ target: 'beta', address: '' }, settings, clock);
  route.listen({ changed: () => undefined, limitChanged: () => undefined });
}

async function link(takesParts = true): Promise<Far> {
  const links = await linkPair();
  const far: Far = { channel: new Channel(links.alpha, clock, route), arrivals: [], frames: [] };
  const decoder = new FrameDecoder();
  links.beta.listen({
    data: (bytes) => {
      const ms = clock.monotonicMs();
      far.arrivals.push({ ms, bytes: bytes.length });
      for (const { type, payload } of decoder.push(bytes)) far.frames.push({ ms, type, bytes: payload.length });
    },
    closed: () => undefined,
  });
  far.channel.isCurrent = takesParts;
  far.channel.open({
    frame: () => undefined,
    closed: () => undefined,
    heartbeat: () => Buffer.from('{"head":0,"wallMs":0,"queuedBytes":0}'),
  });
  // The far end says something now and then, so that it does not count as gone.
  const speak = (): void => {
    links.beta.send(Buffer.from([0, 0, 0, 8, 9, 0, 0, 0, 0, 0, 0, 0]));
    clock.after(1000, speak);
  };
  speak();
  return far;
}

/** Sends so many bytes of data in batches, as a source does: the next one when the one before has left. */
async function feed({ channel }: Far, bytes: number, batchBytes: number): Promise<void> {
  for (let left = bytes; left > 0 && channel.isOpen; left -= batchBytes) {
    if (!channel.send('operations', Buffer.alloc(Math.min(left, batchBytes), 1))) await channel.drained();
  }
}

/** The most bytes that arrived in any second, wherever it begins. */
function mostInASecond(...fars: readonly Far[]): number {
  const all = fars.flatMap(({ arrivals }) => arrivals).toSorted((one, other) => one.ms - other.ms);
  let most = 0;
  let from = 0;
  let sum = 0;
  for (const { ms, bytes } of all) {
    sum += bytes;
    while ((all[from]?.ms ?? ms) < ms - 1000) {
      sum -= all[from]?.bytes ?? 0;
      from += 1;
    }
    most = Math.max(most, sum);
  }
  return most;
}

const bytesOf = ({ arrivals }: Far): number => arrivals.reduce((sum, { bytes }) => sum + bytes, 0);

describe.each([3500, 20_000, 1_000_000])('a limit of %i bytes per second', (limit) => {
  test.each([true, false])('is never exceeded in any second of a minute, and is used (parts: %s)', async (parts) => {
    begin(fixed(limit));
    const far = await link(parts);
    void feed(far, limit * 100, 65_536);
    await clock.advance(60_000);
    expect(mostInASecond(far)).toBeLessThanOrEqual(limit);
    expect(bytesOf(far)).toBeGreaterThan(limit * 60 * 0.9);
  });

  test('lets heartbeats and notices pass while data waits', async () => {
    begin(fixed(limit));
    const far = await link();
    void feed(far, limit * 100, 8 * 65_536);
    await clock.advance(10_050);
    const sentMs = clock.monotonicMs();
    far.channel.send('notice', Buffer.from('notice'));
    await clock.advance(20_000);
    const beats = far.frames.filter(({ type }) => type === 'heartbeat').map(({ ms }) => ms);
    const gaps = beats.slice(1).map((ms, index) => ms - (beats[index] ?? 0));
    expect(beats.length).toBeGreaterThanOrEqual(28);
    expect(Math.max(...gaps)).toBeLessThan(1200);
    const notice = far.frames.find(({ type }) => type === 'notice');
    expect((notice?.ms ?? Number.POSITIVE_INFINITY) - sentMs).toBeLessThan(200);
  });
});

test('a hello that is larger than a second’s share is paced too', async () => {
  begin(fixed(3500));
  const far = await link();
  far.channel.send('hello', Buffer.alloc(70_000));
  await clock.advance(25_000);
  expect(mostInASecond(far)).toBeLessThanOrEqual(3500);
  expect(far.frames.some(({ type, bytes }) => type === 'hello' && bytes === 70_000)).toBe(true);
  // Whoever receives bytes hears its peer.
  const gaps = far.arrivals.slice(1).map(({ ms }, index) => ms - (far.arrivals[index]?.ms ?? 0));
  expect(Math.max(...gaps)).toBeLessThan(silenceMs);
});

test('without a limit everything goes at once', async () => {
  begin(usualLine);
  const far = await link();
  await feed(far, 10_000_000, 262_144);
  await clock.advance(0);
  expect(bytesOf(far)).toBeGreaterThan(10_000_000);
});

test('two links of a route share its limit, and neither starves', async () => {
  begin(fixed(100_000));
  const [one, other] = [await link(), await link()];
  void feed(one, 10_000_000, 65_536);
  void feed(other, 10_000_000, 65_536);
  await clock.advance(30_000);
  expect(mostInASecond(one, other)).toBeLessThanOrEqual(100_000);
  expect(bytesOf(one) + bytesOf(other)).toBeGreaterThan(30 * 90_000);
  expect(Math.abs(bytesOf(one) - bytesOf(other))).toBeLessThan(100_000);
});

describe('a change of the limit', () => {
  test('holds at once, also for what waits', async () => {
    begin(fixed(1_000_000));
    const far = await link();
    void feed(far, 60_000_000, 262_144);
    await clock.advance(10_000);
    route.configure(fixed(3500));
    const begun = far.arrivals.length;
    await clock.advance(30_000);
    far.arrivals.splice(0, begun);
    expect(mostInASecond(far)).toBeLessThanOrEqual(3500);
    route.configure(usualLine);
    await clock.advance(0);
    expect(bytesOf(far)).toBeGreaterThan(40_000_000);
  });

  test('by an override holds until it is given back, whatever the settings become', () => {
    begin({ ...fixed(5000), override: { mode: 'none' } });
    expect(route.limitNow).toBe(undefined);
    route.configure({ ...fixed(6000), override: { mode: 'none' } });
    expect(route.limitNow).toBe(undefined);
    route.configure({ ...fixed(6000), override: { mode: 'fixed', fixed: 7000 } });
    expect(route.limitNow).toBe(7000);
    route.configure(withOverride(route.settings, undefined));
    expect(route.limitNow).toBe(6000);
  });
});

describe('a schedule', () => {
  const entry = { name: 'office', days: 'every day', bytesPerSecond: 10_000 } as const;
  const at = (hour: number, minute: number, second = 0): number => new Date(2026, 5, 3, hour, minute, second).getTime();
  const scheduled = (fromMinute: number, untilMinute: number): LineSettings =>
    limited({ mode: 'scheduled', schedule: [{ ...entry, fromMinute, untilMinute }] });

  test('switches at its minute, and tells', async () => {
    begin(scheduled(8 * 60, 18 * 60), at(7, 59, 50));
    const told: (number | undefined)[] = [];
    route.listen({ changed: () => undefined, limitChanged: (limit) => told.push(limit) });
    await clock.advance(9_000);
    expect(route.limitNow).toBe(undefined);
    await clock.advance(1_000);
    expect(route.limitNow).toBe(10_000);
    await clock.advance(10 * 3_600_000 - 1_000);
    expect(route.limitNow).toBe(10_000);
    await clock.advance(1_000);
    expect(told).toEqual([10_000, undefined]);
  });

  test('goes on past midnight when it begins later than it ends', async () => {
    begin(scheduled(22 * 60, 6 * 60), at(21, 59, 59));
    await clock.advance(1_000);
    expect(route.limitNow).toBe(10_000);
    await clock.advance(8 * 3_600_000 - 1_000);
    expect(route.limitNow).toBe(10_000);
    await clock.advance(1_000);
    expect(route.limitNow).toBe(undefined);
  });

  test('is kept, and not looked at, while another mode holds', async () => {
    const settings = scheduled(8 * 60, 18 * 60);
    begin(limited({ ...settings.limit, mode: 'none' }), at(9, 0));
    expect(route.limitNow).toBe(undefined);
    route.configure(withOverride(route.settings, { mode: 'scheduled' }));
    expect(route.limitNow).toBe(10_000);
  });
});

describe('a pause', () => {
  test('holds data of all links, and no control; what was held leaves when it is over', async () => {
    begin(usualLine);
    const [one, other] = [await link(), await link()];
    route.configure({ ...usualLine, paused: true });
    void feed(one, 100_000, 10_000);
    void feed(other, 100_000, 10_000);
    await clock.advance(60_000);
    const types = [...one.frames, ...other.frames].map(({ type }) => type);
    expect(types).not.toContain('operations');
    expect(types.filter((type) => type === 'heartbeat').length).toBeGreaterThan(100);
    route.configure(usualLine);
    await clock.advance(0);
    for (const far of [one, other]) {
      const data = far.frames.filter(({ type }) => type === 'operations');
      expect(data.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(100_000);
    }
  });
});
