// Points in time for people. For programs there is machine-text.ts.

const formats = new Map<string | undefined, Intl.DateTimeFormat>();

/**
 * `2026-12-01 02:40:00 CET`: in the time zone of this process, or in the zone that is named (IANA). Dates beyond those of
 * JavaScript print as their milliseconds.
 */
export function instantText(epochMs: number, timeZone?: string): string {
  if (Number.isNaN(new Date(epochMs).getTime())) return `${epochMs} ms after 1970`;
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(epochMs)
      .map(({ type, value }) => [type, value]),
  );
  const day = `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
  return `${day} ${parts.get('hour')}:${parts.get('minute')}:${parts.get('second')} ${parts.get('timeZoneName')}`;
}

/** As the original prints it, in the process's time zone: `08/17/2015 13:59:07.473`. For blocks that imitate its own. */
export function originalInstantText(epochMs: number): string {
  const date = new Date(epochMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${two(date.getMonth() + 1)}/${two(date.getDate())}/${date.getFullYear()}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function formatOf(timeZone: string | undefined): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const two = '2-digit';
  const format = new Intl.DateTimeFormat('en-GB', {
    ...(timeZone === undefined ? {} : { timeZone }),
    ...{ year: 'numeric', month: two, day: two, hour: two, minute: two, second: two },
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
  formats.set(timeZone, format);
  return format;
}
