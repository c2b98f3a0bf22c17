// Bandwidth schedules: which limit holds when, and which entries may stand beside each other.
import { describe, expect, test } from 'vitest';
import {
  checkBandwidth,
  type LimitDays,
  type LimitEntry,
  scheduledLimit,
  withEntry,
  withoutEntry,
} from '../../src/model/transmission.ts';

function entry(days: LimitDays, from: string, until: string, name = `${days} ${from}`): LimitEntry {
  return { name, days, fromMinute: minuteOf(from), untilMinute: minuteOf(until), bytesPerSecond: 10_000 };
}

function minuteOf(text: string): number {
  const [hour = 0, minute = 0] = text.split(':').map(Number);
  return hour * 60 + minute;
}

/** June 2026 begins on a Monday; in the local time of this process. */
const at = (day: number, time: string): number => {
  const minute = minuteOf(time);
  return new Date(2026, 5, day, Math.floor(minute / 60), minute % 60).getTime();
};
const [friday, saturday, sunday, monday] = [5, 6, 7, 8];

describe('an entry', () => {
  test.each([
    ['weekdays', '8:00', '18:00', friday, '8:00', true],
    ['weekdays', '8:00', '18:00', friday, '7:59', false],
    ['weekdays', '8:00', '18:00', friday, '17:59', true],
    ['weekdays', '8:00', '18:00', friday, '18:00', false],
    ['weekdays', '8:00', '18:00', saturday, '12:00', false],
    ['weekends', '8:00', '18:00', saturday, '12:00', true],
    ['weekends', '8:00', '18:00', sunday, '12:00', true],
    ['monday', '8:00', '18:00', monday, '12:00', true],
    ['monday', '8:00', '18:00', sunday, '12:00', false],
    ['every day', '22:00', '6:00', sunday, '23:00', true],
    ['every day', '22:00', '6:00', monday, '5:59', true],
    ['every day', '22:00', '6:00', monday, '6:00', false],
    // A night belongs to the day on which it begins.
    ['weekdays', '22:00', '6:00', saturday, '5:00', true],
    ['weekdays', '22:00', '6:00', sunday, '5:00', false],
    ['saturday', '22:00', '6:00', sunday, '5:00', true],
    ['saturday', '22:00', '6:00', saturday, '5:00', false],
    ['every day', '18:00', '0:00', friday, '23:59', true],
    ['every day', '18:00', '0:00', saturday, '0:00', false],
  ] as const)('on %s from %s to %s, on June %i at %s: %s', (days, from, until, day, time, holds) => {
    expect(scheduledLimit([entry(days, from, until)], at(day, time))).toBe(holds ? 10_000 : undefined);
  });
});

describe('entries beside each other', () => {
  test.each([
    ['within one day', entry('every day', '8:00', '18:00'), entry('monday', '17:59', '19:00')],
    ['past midnight', entry('friday', '22:00', '6:00'), entry('weekends', '5:00', '7:00')],
    ['past the end of the week', entry('saturday', '22:00', '6:00'), entry('sunday', '5:00', '7:00')],
    ['the same', entry('weekdays', '8:00', '9:00', 'one'), entry('weekdays', '8:00', '9:00', 'other')],
  ])('are refused when they overlap %s, and both are named', (_, one, other) => {
    const schedule = withEntry([], one);
    expect(() => withEntry(schedule, other)).toThrow(one.name);
    expect(() => withEntry(schedule, other)).toThrow(other.name);
  });

  test('are kept when one begins as the other ends, as in the form of the guide', () => {
    const day = entry('every day', '6:00', '18:00');
    const both = withEntry(withEntry([], day), entry('every day', '18:00', '6:00', 'night'));
    for (let hour = 0; hour < 24; hour += 1) expect(scheduledLimit(both, at(3, `${hour}:00`))).toBe(10_000);
    expect(withoutEntry(both, 'NIGHT')).toEqual([day]);
  });

  test.each([
    ['of the same name', entry('sunday', '1:00', '2:00', 'One'), 'there is an entry of this name'],
    ['that begin as they end', entry('sunday', '1:00', '1:00', 'other'), 'begins and ends at the same time'],
    ['that are too narrow', { ...entry('sunday', '1:00', '2:00'), bytesPerSecond: 3499 }, '3499 bytes per second'],
  ])('are refused %s', (_, other, reason) => {
    expect(() => withEntry([entry('monday', '1:00', '2:00', 'one')], other)).toThrow(reason);
  });
});

test.each([3499, 0, -1, 3500.5, Number.NaN, Number.POSITIVE_INFINITY])('%d is no limit', (bytesPerSecond) => {
  expect(() => checkBandwidth(bytesPerSecond, 'it')).toThrow('no limit that can be kept');
});
