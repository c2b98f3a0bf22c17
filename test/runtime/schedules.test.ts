import { expect, it } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { silentLog } from '../../src/base/log.ts';
import type { ScheduleSpecification } from '../../src/model/schedule.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { EventLog } from '../../src/runtime/events/event-log.ts';
import { runsBetween } from '../../src/runtime/schedules/next-run.ts';
import { ScheduleService } from '../../src/runtime/schedules/schedules.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { clockCalendar } from '../../src/simulator/time/clock-calendar.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';

const minuteMs = 60_000;

function specification(overlap: ScheduleSpecification['overlap'] = 'skip'): ScheduleSpecification {
  return { name: 'nightly', cron: '*/10 * * * *', timeZone: 'UTC', overlap, body: 'write "now"', bindings: '{}' };
}

class FailingStorage extends MemoryStorage {
  failure: Failure | undefined;

  override async replace(name: string, bytes: Uint8Array): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    await super.replace(name, bytes);
  }

  /** What another process finds on this disk. */
  async copyTo(other: Storage): Promise<void> {
    await other.replace('schedules.json', (await this.read('schedules.json')) ?? Buffer.alloc(0));
  }
}

/** A server's schedules over files that outlive them, with blocks that end when the test says so. */
class Rig {
  readonly clock = new ManualClock();
  readonly storage = new FailingStorage();
  readonly starts: string[] = [];
  endings: { finish: () => void; fail: (error: Error) => void }[] = [];
  eventLog!: EventLog;

  async start(): Promise<ScheduleService> {
    this.eventLog = await EventLog.open(this.storage, this.clock, silentLog);
    return ScheduleService.start({
      storage: this.storage,
      clock: this.clock,
      calendar: clockCalendar(this.clock),
      eventLog: this.eventLog,
      runsBetween,
      runBlock: () => {
        this.starts.push(new Date(this.clock.wallMs()).toISOString().slice(11, 16));
        return new Promise((resolve, reject) => this.endings.push({ finish: resolve, fail: reject }));
      },
    });
  }

  events(id: number): string[] {
    return this.eventLog.since(0).flatMap((event) => (event.id === id ? [event.message] : []));
  }

  async finishNext(): Promise<void> {
    this.endings.shift()?.finish();
    await this.clock.advance(0);
  }
}

it('runs a block at its instants and says what became of it', async () => {
  const rig = new Rig();
  const service = await rig.start();
  await service.add(specification());
  await rig.clock.advance(10 * minuteMs);
  expect(await service.list()).toMatchObject([{ running: 1, lastOutcome: 'running' }]);
  await rig.finishNext();
  await rig.clock.advance(10 * minuteMs);
  rig.endings.shift()?.fail(new Failure({ code: 'X', operation: 'open', subject: 'the door', reason: 'it is locked' }));
  await rig.clock.advance(0);
  expect(rig.starts).toEqual(['00:10', '00:20']);
  expect(await service.list()).toMatchObject([
    { running: 0, lastOutcome: 'failed: cannot open: the door: it is locked', nextMs: rig.clock.wallMs() + 600_000 },
  ]);
  expect(rig.events(5093)).toEqual(['A run of schedule nightly failed: cannot open: the door: it is locked']);
  await service.stop();
});

it('skips a run that is due while the last one runs, and reports it', async () => {
  const rig = new Rig();
  const service = await rig.start();
  await service.add(specification('skip'));
  await rig.clock.advance(25 * minuteMs);
  expect(rig.starts).toEqual(['00:10']);
  expect(rig.events(5092)).toHaveLength(1);
  await rig.finishNext();
  await rig.clock.advance(5 * minuteMs);
  expect(rig.starts).toEqual(['00:10', '00:30']);
});

it('lets runs wait for each other, one at a time', async () => {
  const rig = new Rig();
  const service = await rig.start();
  await service.add(specification('queue'));
  await rig.clock.advance(35 * minuteMs);
  expect(rig.starts).toEqual(['00:10']);
  await rig.finishNext();
  await rig.finishNext();
  expect(rig.starts).toEqual(['00:10', '00:35', '00:35']);
  expect(await service.list()).toMatchObject([{ running: 1 }]);
});

it('lets runs overlap', async () => {
  const rig = new Rig();
  const service = await rig.start();
  await service.add(specification('allow'));
  await rig.clock.advance(35 * minuteMs);
  expect(rig.starts).toEqual(['00:10', '00:20', '00:30']);
  expect(await service.list()).toMatchObject([{ running: 3 }]);
});

it('keeps schedules over a restart, reports what was missed or interrupted, and repeats nothing', async () => {
  const rig = new Rig();
  const before = await rig.start();
  await before.add(specification('queue'));
  await rig.clock.advance(21 * minuteMs);
  expect(rig.starts).toEqual(['00:10']);
  // The process is killed here: one run unfinished, one waiting. Its timers are gone with it.
  const afterwards = new Rig();
  await rig.storage.copyTo(afterwards.storage);
  await afterwards.clock.advance(45 * minuteMs);
  const service = await afterwards.start();
  expect(afterwards.starts).toEqual([]);
  expect(afterwards.events(5093).at(-1)).toContain('the server stopped while it ran; started 2026-01-01T00:10:00.000Z');
  expect(afterwards.events(5091)).toEqual(['Schedule nightly missed 3 runs since 2026-01-01T00:20:00.000Z']);
  expect(await service.list()).toMatchObject([{ missedRuns: 3, lastOutcome: 'interrupted', running: 0 }]);
  await afterwards.clock.advance(5 * minuteMs);
  expect(afterwards.starts).toEqual(['00:50']);
  // Once reported, they are not missed again.
  const again = new Rig();
  await afterwards.storage.copyTo(again.storage);
  await again.clock.advance(51 * minuteMs);
  expect(await (await again.start()).list()).toMatchObject([{ missedRuns: 3 }]);
});

it('starts a run only after its start is on disk', async () => {
  const rig = new Rig();
  const service = await rig.start();
  await service.add(specification());
  rig.storage.failure = new Failure({ code: 'ENOSPC', operation: 'write', subject: 'disk', reason: 'no space left' });
  await rig.clock.advance(10 * minuteMs);
  expect(rig.starts).toEqual([]);
  expect(rig.events(5093)[0]).toContain('no space left');
});

it('refuses a name in use, an unknown name, a bad expression, a bad zone', async () => {
  const rig = new Rig();
  const service = await rig.start();
  await service.add(specification());
  await expect(service.add(specification())).rejects.toMatchObject({ code: 'SCHEDULE-EXISTS' });
  await expect(service.add({ ...specification(), name: 'b', cron: 'x' })).rejects.toMatchObject({
    code: 'CRON-INVALID',
  });
  await expect(service.add({ ...specification(), name: 'b', timeZone: 'x' })).rejects.toMatchObject({
    code: 'TIMEZONE-UNKNOWN',
  });
  await expect(service.remove('x')).rejects.toMatchObject({ hint: 'This server has: nightly.' });
  await service.remove('nightly');
  await rig.clock.advance(60 * minuteMs);
  expect(rig.starts).toEqual([]);
});
