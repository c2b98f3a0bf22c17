// Which snapshots of a schedule are kept: the newest ones, and the newest of each of the last hours, days and weeks. A pure function.
// Hours, days and weeks are those of a calendar, so a day may have 23 or 25 hours: the hour that the end of daylight saving
// brings twice counts as two.

/** How many of each are kept. */
export interface Retention {
  /** The newest ones, whatever their time. */
  readonly newest: number;
  readonly hourly?: number;
  readonly daily?: number;
  readonly weekly?: number;
}

type Calendar = Intl.DateTimeFormat;
/** The name of the hour, day or week that an instant is in; different for different ones. */
type PeriodOf = (calendar: Calendar, epochMs: number) => string;

const periods: Readonly<Record<'hourly' | 'daily' | 'weekly', PeriodOf>> = {
  hourly: (calendar, epochMs) => {
    const { year, month, day, hour, timeZoneName } = partsOf(calendar, epochMs);
    return `${year}-${month}-${day} ${hour} ${timeZoneName}`;
  },
  daily: (calendar, epochMs) => {
    const { year, month, day } = partsOf(calendar, epochMs);
    return `${year}-${month}-${day}`;
  },
  /** By its Monday (ISO 8601). */
  weekly: (calendar, epochMs) => {
    const { year, month, day } = partsOf(calendar, epochMs);
    const noon = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
    noon.setUTCDate(noon.getUTCDate() - ((noon.getUTCDay() + 6) % 7));
    return noon.toISOString().slice(0, 10);
  },
};

/**
 * Those that are not kept, in their order.
 * @param taken Oldest first.
 * @param timeZone Of the calendar, an IANA name.
 */
export function notKept<T extends { readonly takenMs: number }>(
  taken: readonly T[],
  { newest, ...classes }: Retention,
  timeZone: string,
): readonly T[] {
  const calendar = calendarOf(timeZone);
  const kept = new Set(newest > 0 ? taken.slice(-newest) : []);
  for (const [name, periodOf] of Object.entries(periods)) {
    const most = classes[name as keyof typeof periods] ?? 0;
    const seen = new Set<string>();
    for (const one of taken.toReversed()) {
      if (seen.size >= most) break;
      const period = periodOf(calendar, one.takenMs);
      if (seen.has(period)) continue;
      seen.add(period);
      kept.add(one);
    }
  }
  return taken.filter((one) => !kept.has(one));
}

function calendarOf(timeZone: string): Calendar {
  const two = '2-digit';
  return new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, year: 'numeric', month: two, day: two, hour: two },
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
}

type Part = 'year' | 'month' | 'day' | 'hour' | 'timeZoneName';

function partsOf(calendar: Calendar, epochMs: number): Readonly<Record<Part, string>> {
  const parts = new Map(calendar.formatToParts(epochMs).map(({ type, value }) => [type, value]));
  const part = (name: Part): string => parts.get(name) ?? '';
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    timeZoneName: part('timeZoneName'),
  };
}
