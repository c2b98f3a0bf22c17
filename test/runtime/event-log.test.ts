import { expect, it } from 'vitest';
import type { Log } from '../../src/base/log.ts';
import { EventLog } from '../../src/runtime/events/event-log.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';

const lines: string[] = [];
const log: Log = { write: (level, message) => void lines.push(`${level} ${message}`) };

it('keeps events over a restart, in order, with their text, severity and job', async () => {
  const clock = new ManualClock();
  const storage = new MemoryStorage();
  const first = await EventLog.open(storage, clock, log);
  first.emit(4000, { server: 'alpha' });
  await clock.advance(1000);
  first.emit(5021, { set: 'sales', reason: 'it broke' }, 'job-1');
  await first.close();
  const second = await EventLog.open(storage, clock, log);
  await clock.advance(1000);
  second.emit(4005, { server: 'alpha' });
  expect(second.since(0).map(({ id, severity, message, jobId }) => [id, severity, message, jobId])).toEqual([
    [4000, 'information', 'The server alpha was started', undefined],
    [5021, 'error', 'Capture of sales failed: it broke', 'job-1'],
    [4005, 'information', 'The server alpha was stopped', undefined],
  ]);
  expect(second.since(clock.wallMs() - 1)).toHaveLength(1);
  expect(lines).toContain('error Capture of sales failed: it broke');
});

it('gives no event an earlier time than the one before, so that none is missed by who reads on from a time', async () => {
  const clock = new ManualClock();
  const events = await EventLog.open(new MemoryStorage(), clock, log);
  const { timeMs } = events.emit(4000, { server: 'alpha' });
  clock.setWall(clock.wallMs() - 60_000);
  events.emit(4005, { server: 'alpha' });
  expect(events.since(timeMs - 1).map(({ id }) => id)).toEqual([4000, 4005]);
});

it('loses at most what was not yet on disk in a crash, and reads past a torn line', async () => {
  const clock = new ManualClock();
  const storage = new MemoryStorage();
  const first = await EventLog.open(storage, clock, log);
  first.emit(4000, { server: 'alpha' });
  await first.flush();
  first.emit(4005, { server: 'alpha' });
  // One write is under way; a part of its line reaches the disk.
  await Promise.resolve();
  storage.crash(10);
  const second = await EventLog.open(storage, clock, log);
  expect(second.since(0).map(({ id }) => id)).toEqual([4000]);
});

it('keeps the last thousand in memory and five files of a mebibyte on disk', async () => {
  const storage = new MemoryStorage();
  const events = await EventLog.open(storage, new ManualClock(), log);
  const reason = 'x'.repeat(10_000);
  for (let index = 0; index < 1200; index += 1) {
    events.emit(5021, { set: String(index), reason });
    if (index % 50 === 0) await events.flush();
  }
  await events.flush();
  expect(events.since(0)).toHaveLength(1000);
  expect(events.since(0).at(-1)?.message).toContain('Capture of 1199 failed');
  const files = await storage.list('events');
  expect(files).toHaveLength(5);
  for (const file of files) expect((await storage.read(file))?.length).toBeLessThan(2 * 1_048_576);
});

it('goes on without the disk, says so, and takes a new file afterwards', async () => {
  const storage = new MemoryStorage();
  const events = await EventLog.open(storage, new ManualClock(), log);
  storage.failNextSync('EIO');
  events.emit(4000, { server: 'alpha' });
  await events.flush();
  expect(lines.at(-1)).toContain('cannot write the event log');
  events.emit(4005, { server: 'alpha' });
  await events.flush();
  expect(events.since(0)).toHaveLength(2);
  expect(await storage.list('events')).toHaveLength(2);
});

it('tells those who listen, until they stop', async () => {
  const events = await EventLog.open(new MemoryStorage(), new ManualClock(), log);
  const heard: number[] = [];
  const stop = events.subscribe((event) => void heard.push(event.id));
  events.emit(4000, { server: 'alpha' });
  stop();
  events.emit(4005, { server: 'alpha' });
  expect(heard).toEqual([4000]);
});
