// Which snapshots a schedule keeps. Hours, days and weeks are those of a calendar.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { notKept, type Retention } from '../../src/runtime/schedules/retention.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

interface Taken {
  readonly takenMs: number;
}

const at = (text: string): Taken => ({ takenMs: Date.parse(text) });
const kept = (taken: readonly Taken[], retention: Retention, timeZone = 'UTC'): readonly Taken[] => {
  const gone = new Set(notKept(taken, retention, timeZone));
  return taken.filter((one) => !gone.has(one));
};
const times = (taken: readonly Taken[]): string[] =>
  taken.map(({ takenMs }) => new Date(takenMs).toISOString().slice(5, 16));

const everyHour = (from: string, hours: number): Taken[] =>
  Array.from({ length: hours }, (_, hour) => ({ takenMs: Date.parse(from) + hour * hourMs }));

describe('what is kept', () => {
  it('the newest, and the newest of each day and week before', () => {
    const taken = everyHour('2026-11-01T00:30:00Z', 24 * 30);
    expect(times(kept(taken, { newest: 2, daily: 3, weekly: 2 }))).toEqual(
      ['11-29T23:30', '11-28T23:30', '11-30T22:30', '11-30T23:30'].toSorted(),
    );
  });

  it('a Sunday belongs to the week before the Monday that follows', () => {
    const taken = [at('2026-11-28T12:00Z'), at('2026-11-29T12:00Z'), at('2026-11-30T12:00Z')];
    expect(times(kept(taken, { newest: 1, weekly: 5 }))).toEqual(['11-29T12:00', '11-30T12:00']);
  });

  it('a day is that of the zone', () => {
    const taken = [at('2026-11-28T22:30Z'), at('2026-11-28T23:30Z'), at('2026-11-29T22:30Z')];
    expect(times(kept(taken, { newest: 1, daily: 2 }, 'UTC'))).toEqual(['11-28T23:30', '11-29T22:30']);
    expect(times(kept(taken, { newest: 1, daily: 2 }, 'Europe/Berlin'))).toEqual(['11-28T22:30', '11-29T22:30']);
  });

  it('the hour that the end of daylight saving brings twice counts as two, the one that it skips as none', () => {
    const autumn = everyHour('2026-10-24T22:30:00Z', 5);
    expect(kept(autumn, { newest: 0, hourly: 5 }, 'Europe/Berlin')).toEqual(autumn);
    const spring = everyHour('2026-03-28T22:30:00Z', 24);
    expect(times(kept(spring, { newest: 0, daily: 2 }, 'Europe/Berlin'))).toEqual(['03-28T22:30', '03-29T21:30']);
  });

  it('a year has its own hours, days and weeks', () => {
    const taken = [at('2025-12-28T10:00Z'), at('2026-01-01T10:00Z'), at('2026-12-28T10:00Z')];
    expect(kept(taken, { newest: 0, hourly: 3 })).toEqual(taken);
    expect(kept(taken, { newest: 0, daily: 3 })).toEqual(taken);
    expect(kept(taken, { newest: 0, weekly: 3 })).toEqual(taken);
  });
});

describe('always', () => {
  const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu');
  const many = fc.integer({ min: 0, max: 6 });
  const retention = fc.record({ newest: many, hourly: many, daily: many, weekly: many });
  const taken = fc
    .array(fc.integer({ min: 0, max: 90 * 24 * 6 }), { maxLength: 80 })
    .map((tens) =>
      tens.toSorted((a, b) => a - b).map((ten) => ({ takenMs: Date.parse('2026-09-01') + ten * 600_000 })),
    );

  /** What an instant is called in a zone, by another way than that of the function. */
  const called = (takenMs: number, timeZone: string, length: number): string =>
    new Date(takenMs).toLocaleString('sv-SE', { timeZone }).slice(0, length);

  it('the newest is kept whatever is asked for, and nothing is made up', () => {
    fc.assert(
      fc.property(taken, retention, zone, (all, asked, timeZone) => {
        const left = kept(all, asked, timeZone);
        const most = asked.newest + asked.hourly + asked.daily + asked.weekly;
        expect(left.length).toBeLessThanOrEqual(most);
        if (most > 0 && all.length > 0) expect(left.at(-1)).toBe(all.at(-1));
        if (asked.newest > 0) expect(left.slice(-asked.newest)).toEqual(all.slice(-asked.newest));
        expect(all.filter((one) => left.includes(one))).toEqual(left);
      }),
    );
  });

  it('never fewer hours, days and newest ones than asked for while there are as many, and of each the newest', () => {
    fc.assert(
      fc.property(taken, retention, zone, (all, asked, timeZone) => {
        const left = kept(all, asked, timeZone);
        expect(left.length).toBeGreaterThanOrEqual(Math.min(asked.newest, all.length));
        const wanted = [
          [asked.daily, 10],
          [asked.hourly, 13],
        ] as const;
        for (const [count, length] of wanted) {
          const newestOf = new Map(all.map((one) => [called(one.takenMs, timeZone, length), one]));
          const last = count === 0 ? [] : [...newestOf].toSorted(([, a], [, b]) => a.takenMs - b.takenMs).slice(-count);
          for (const [, one] of last) expect(left).toContain(one);
        }
        const weeks = new Set(all.map(({ takenMs }) => mondayOf(called(takenMs, timeZone, 10))));
        const keptWeeks = new Set(left.map(({ takenMs }) => mondayOf(called(takenMs, timeZone, 10))));
        expect(keptWeeks.size).toBeGreaterThanOrEqual(Math.min(asked.weekly, weeks.size));
      }),
    );
  });

  it('what was let go is not missed: letting go after each one keeps as many days as letting go in the end', () => {
    fc.assert(
      fc.property(taken, retention, zone, (all, asked, timeZone) => {
        let held: Taken[] = [];
        for (const one of all) held = [...kept([...held, one], asked, timeZone)];
        const days = (some: readonly Taken[]): Set<string> =>
          new Set(some.map(({ takenMs }) => called(takenMs, timeZone, 10)));
        expect(days(held).size).toBeGreaterThanOrEqual(Math.min(asked.daily, days(all).size));
        if (asked.newest + asked.hourly + asked.daily + asked.weekly > 0) expect(held.at(-1)).toBe(all.at(-1));
      }),
    );
  });

  function mondayOf(day: string): number {
    const epochDay = Date.parse(day) / dayMs;
    return epochDay - ((epochDay + 3) % 7);
  }
});
