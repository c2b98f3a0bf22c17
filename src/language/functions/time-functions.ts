// Functions about points in time. A date and a time of day have no zone of their own; an instant is shown in UTC unless a zone
// is named, such as Europe/Berlin.
import { datetime, duration, record, type Value } from '../values/value.ts';
import { asText, cannot, type FunctionTable } from './function-definition.ts';

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** The instant whose parts in UTC are those that are asked for. */
function shown(point: Value | undefined, zone: Value | undefined): Date {
  if (typeof point !== 'object') return new Date(0);
  if (point.kind === 'date') return new Date(point.epochDays * 86_400_000);
  if (point.kind === 'time') return new Date(point.dayMs);
  if (point.kind !== 'datetime') return new Date(0);
  return new Date(point.epochMs + (zone === undefined ? 0 : offsetMs(point.epochMs, asText(zone))));
}

/** How far a zone is ahead of UTC at an instant. */
function offsetMs(epochMs: number, timeZone: string): number {
  let said: string;
  try {
    const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
    said = format.formatToParts(epochMs).find((one) => one.type === 'timeZoneName')?.value ?? '';
  } catch {
    throw cannot(`there is no time zone "${timeZone.slice(0, 40)}"`, 'name one such as Europe/Berlin, or UTC');
  }
  const [, sign, hours, minutes, seconds] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(said) ?? [];
  const ms = ((Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds ?? 0)) * 1000;
  return sign === '-' ? -ms : ms;
}

function parts([point, zone]: readonly Value[]): Value {
  const at = shown(point, zone);
  return record({
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    weekday: weekdays[at.getUTCDay()] ?? '',
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
    millisecond: at.getUTCMilliseconds(),
  });
}

function format([point, pattern, zone]: readonly Value[]): Value {
  const at = shown(point, zone);
  const iso = at.toISOString().replace(/^[+-]\d\d/, '');
  const pieces: Readonly<Record<string, string>> = {
    yyyy: iso.slice(0, 4),
    MM: iso.slice(5, 7),
    dd: iso.slice(8, 10),
    HH: iso.slice(11, 13),
    mm: iso.slice(14, 16),
    ss: iso.slice(17, 19),
    SSS: iso.slice(20, 23),
    EEEE: weekdays[at.getUTCDay()] ?? '',
  };
  return asText(pattern).replace(/[A-Za-z]+/g, (run) =>
    run.replace(/yyyy|MM|dd|HH|mm|SSS|ss|EEEE/g, (piece) => pieces[piece] ?? piece),
  );
}

export const timeFunctions: FunctionTable = [
  [
    'dateparts',
    {
      parameters: ['point in time', 'string'],
      required: 1,
      result: 'record',
      help: 'year, month, day, weekday, hour, minute, second and millisecond of a date, time or instant, in UTC or a zone',
      example: ['dateparts(2026-11-22T20:30:00Z, "Europe/Berlin").hour', '21'],
      run: parts,
    },
  ],
  [
    'format',
    {
      parameters: ['point in time', 'string', 'string'],
      required: 2,
      result: 'string',
      help: 'a date, time or instant in a pattern of yyyy, MM, dd, HH, mm, ss, SSS and EEEE, in UTC or a zone',
      example: ['format(2026-11-22T20:30:00Z, "dd.MM.yyyy HH:mm", "Europe/Berlin")', '22.11.2026 21:30'],
      run: format,
    },
  ],
  [
    'since',
    {
      parameters: ['datetime'],
      required: 1,
      result: 'duration',
      asksClock: true,
      help: 'how long ago an instant was',
      run: ([point], context) =>
        duration(context.wallMs() - (typeof point === 'object' && point.kind === 'datetime' ? point.epochMs : 0)),
    },
  ],
  [
    'now',
    {
      parameters: [],
      required: 0,
      result: 'datetime',
      asksClock: true,
      help: 'this instant',
      run: (_, context) => datetime(context.wallMs()),
    },
  ],
  [
    'today',
    {
      parameters: [],
      required: 0,
      result: 'date',
      asksClock: true,
      help: 'this day, in UTC',
      run: (_, context) => ({ kind: 'date', epochDays: Math.floor(context.wallMs() / 86_400_000) }),
    },
  ],
];
