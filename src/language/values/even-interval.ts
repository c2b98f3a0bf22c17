// The intervals of EVERY that a cron line can say: 1 week, 1 day, hours that divide a day, minutes that divide an hour.

export interface EvenInterval {
  readonly unit: 'week' | 'day' | 'hour' | 'minute';
  readonly count: number;
}

const unitsMs = { week: 604_800_000, day: 86_400_000, hour: 3_600_000, minute: 60_000 } as const;

/** Undefined for an interval that does not come out even. */
export function evenInterval(ms: number): EvenInterval | undefined {
  if (ms === unitsMs.week) return { unit: 'week', count: 1 };
  if (ms === unitsMs.day) return { unit: 'day', count: 1 };
  const [hours, minutes] = [ms / unitsMs.hour, ms / unitsMs.minute];
  if (Number.isInteger(hours) && hours > 0 && 24 % hours === 0) return { unit: 'hour', count: hours };
  return Number.isInteger(minutes) && minutes > 0 && 60 % minutes === 0
    ? { unit: 'minute', count: minutes }
    : undefined;
}
