// The units a script may write after a number, and the literals made of digits: numbers, quantities, percentages, dates
// and times. KB, MB, GB, TB and PB are powers of 1024, as everywhere in the product; KiB and so on mean the same.
import { datetime, duration, numberMax, percent, rate, size, type Value } from './value.ts';

const durationUnits: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['millisecond', 1],
  ['milliseconds', 1],
  ['s', 1000],
  ['sec', 1000],
  ['second', 1000],
  ['seconds', 1000],
  ['m', 60_000],
  ['min', 60_000],
  ['minute', 60_000],
  ['minutes', 60_000],
  ['h', 3_600_000],
  ['hour', 3_600_000],
  ['hours', 3_600_000],
  ['d', 86_400_000],
  ['day', 86_400_000],
  ['days', 86_400_000],
  ['w', 604_800_000],
  ['week', 604_800_000],
  ['weeks', 604_800_000],
]);

const sizeUnits: ReadonlyMap<string, number> = new Map([
  ['b', 1],
  ['byte', 1],
  ['bytes', 1],
  ...['k', 'm', 'g', 't', 'p'].flatMap((letter, index): [string, number][] => [
    [`${letter}b`, 1024 ** (index + 1)],
    [`${letter}ib`, 1024 ** (index + 1)],
  ]),
]);

/** Every spelling of a unit that may stand apart from its number; no option of a command may be one of these. */
export const spelledUnits: readonly string[] = [...durationUnits.keys(), ...sizeUnits.keys()].filter(
  (unit) => unit.length > 1,
);

const quantityPattern = /^(-?\d+(?:\.\d+)?)[^A-Za-z0-9%.]*?([A-Za-z]+)(\/s)?$/i;
const numberPattern = /^-?\d+(?:\.\d+)?$/;
const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/;
const timePattern = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?$/;
const instantPattern = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?$/i;

/** The value of a literal of digits, or what is wrong with the literal. */
export function parseLiteral(text: string): Value | { readonly kind: 'invalid'; readonly reason: string } {
  // Most literals are plain numbers.
  if (numberPattern.test(text)) return parseNumber(text);
  if (/^0[xob][\da-f]|^[\d.]+e[+-]?\d+$|_/i.test(text)) return invalid('numbers are written in decimal digits alone');
  if (text.startsWith('.')) return invalid('a digit stands before the point');
  if (text.endsWith('%')) return percent(Number(text.slice(0, -1)));
  if (datePattern.test(text)) return parseDate(text);
  if (text.includes(':')) return instantPattern.test(text) ? parseInstant(text) : parseTime(text);
  const quantity = quantityPattern.exec(text);
  return quantity ? parseQuantity(quantity) : invalid('it is neither a number nor an amount with a unit');
}

/** No duration prints longer. */
const printedLengthMax = 64;

/** A duration as it prints, in several units: `13d 21h 5m`. Undefined for anything else. */
export function parseDuration(text: string): Value | undefined {
  if (text.length > printedLengthMax) return undefined;
  const parts = /^(-?)((?:\d+(?:\.\d+)?\s*[A-Za-z]+\s*){2,})$/.exec(text);
  if (parts === null) return undefined;
  let ms = 0;
  for (const [, amount, unit = ''] of (parts[2] ?? '').matchAll(/(\d+(?:\.\d+)?)\s*([A-Za-z]+)/g)) {
    const factor = durationUnits.get(unit.toLowerCase());
    if (factor === undefined) return undefined;
    ms += times(Number(amount), factor);
  }
  return ms > numberMax ? undefined : duration(parts[1] === '-' ? -ms : ms);
}

function invalid(reason: string): { readonly kind: 'invalid'; readonly reason: string } {
  return { kind: 'invalid', reason };
}

function parseNumber(text: string): ReturnType<typeof parseLiteral> {
  const value = Number(text);
  if (Math.abs(value) > numberMax) return invalid(`it is beyond ±${numberMax}, up to which integers are exact`);
  return Object.is(value, -0) ? 0 : value;
}

function parseQuantity(match: RegExpExecArray): ReturnType<typeof parseLiteral> {
  const amount = Number(match[1]);
  const unit = (match[2] ?? '').toLowerCase();
  const perSecond = match[3] !== undefined;
  const bytes = sizeUnits.get(unit);
  const ms = durationUnits.get(unit);
  const factor = bytes ?? ms;
  if (factor === undefined || (perSecond && bytes === undefined))
    return invalid(`\`${match[2]}${match[3] ?? ''}\` is no unit`);
  const value = times(amount, factor);
  if (Math.abs(value) > numberMax) return invalid('it is larger than any amount the language can hold exactly');
  if (bytes === undefined) return duration(value);
  return perSecond ? rate(value) : size(value);
}

/** 32801.135 seconds are 32801135 ms, and not the 32801135.000000004 that the product of the two numbers is. */
function times(amount: number, factor: number): number {
  const product = amount * factor;
  const whole = Math.round(product);
  return Math.abs(product - whole) <= Math.abs(product) * 2 * Number.EPSILON ? whole : product;
}

function parseDate(text: string): ReturnType<typeof parseLiteral> {
  const ms = Date.parse(`${text}T00:00:00Z`);
  // JavaScript rolls 2026-02-30 over into March, so the date is written back and compared.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text) return invalid('there is no such day');
  return { kind: 'date', epochDays: ms / 86_400_000 };
}

function parseTime(text: string): ReturnType<typeof parseLiteral> {
  const match = timePattern.exec(text);
  const [hours, minutes, seconds] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3] ?? 0)];
  if (!match || hours > 23 || minutes > 59 || seconds > 59) return invalid('there is no such time of day');
  const milliseconds = Number((match[4] ?? '0').padEnd(3, '0'));
  return { kind: 'time', dayMs: ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds };
}

function parseInstant(text: string): ReturnType<typeof parseLiteral> {
  const match = instantPattern.exec(text);
  const day = parseDate(match?.[1] ?? '');
  const time = parseTime(match?.[2] ?? '');
  if (typeof day === 'object' && day.kind === 'invalid') return day;
  if (typeof time === 'object' && time.kind === 'invalid') return time;
  if (match?.[3] === undefined) return invalid('it says no time zone; write Z or an offset such as +02:00 behind it');
  const ms = Date.parse(text.toUpperCase());
  return Number.isNaN(ms) ? invalid('there is no such instant') : datetime(ms);
}
