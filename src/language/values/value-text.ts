// How values print: in WRITE, in `+` with a string, and inside "…". The printed form of a quantity can be read back by
// parse(): a size has the largest unit that divides it, a duration all its units, so 5,400,000 ms is 1h 30m. A secret
// prints as •••, a handle as its number.
import { type ListValue, type RecordValue, secretMask, type Value } from './value.ts';

/** Lists and records are shown this deep; the rest is an ellipsis. */
const shownDepthMax = 16;
/**
 * And this long. A list may be an item of another many times over, so its text may be longer than any memory although
 * the list itself is small.
 */
const shownLengthMax = 16 * 1024 * 1024;

const durationUnits: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];
const sizeUnits: readonly (readonly [string, number])[] = [
  ['PB', 1024 ** 5],
  ['TB', 1024 ** 4],
  ['GB', 1024 ** 3],
  ['MB', 1024 ** 2],
  ['KB', 1024],
];

export function valueText(value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return String(value);
  if (value.kind !== 'list' && value.kind !== 'record') return plainText(value);
  return partText(value, 0, { left: shownLengthMax });
}

/** A part of a list or record. What is shown takes from the room; where none is left an ellipsis stands. */
function partText(value: Value, depth: number, room: { left: number }): string {
  if (room.left <= 0) return '…';
  if (typeof value === 'object' && (value.kind === 'list' || value.kind === 'record')) {
    const [open, close] = value.kind === 'list' ? '[]' : '{}';
    if (depth > shownDepthMax) return `${open}…${close}`;
    const parts: string[] = [];
    for (const [name, part] of value.kind === 'list' ? value.items.entries() : value.fields) {
      if (room.left <= 0) break;
      const shown = partText(part, depth + 1, room);
      parts.push(value.kind === 'list' ? shown : `${name}: ${shown}`);
    }
    if (room.left <= 0) parts.push('…');
    return `${open}${parts.join(', ')}${close}`;
  }
  const text = typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : valueText(value);
  room.left -= text.length + 2;
  return text;
}

function plainText(value: Exclude<Value, number | string | boolean | ListValue | RecordValue>): string {
  switch (value.kind) {
    case 'none':
      return 'none';
    case 'duration':
      return durationText(value.ms);
    case 'size':
      return sizeText(value.bytes);
    case 'rate':
      return `${sizeText(Math.round(value.bytesPerSecond))}/s`;
    case 'percent':
      return `${value.percent}%`;
    case 'date':
      return new Date(value.epochDays * 86_400_000).toISOString().slice(0, 10);
    case 'time':
      return trimmed(new Date(value.dayMs).toISOString().slice(11, 23));
    case 'datetime':
      return `${trimmed(new Date(value.epochMs).toISOString().slice(0, 23))}Z`;
    case 'handle':
      return String(value.number);
    case 'secret':
      return secretMask;
    case 'unknown':
      return value.text;
  }
}

function trimmed(time: string): string {
  return time.replace(/\.000$/, '');
}

/** `13d 21h 5m`; below a second `250ms`. */
export function durationText(ms: number): string {
  const length = Math.abs(ms);
  if (length < 1000) return ms === 0 ? '0s' : `${ms}ms`;
  const parts: string[] = [];
  let left = Math.round(length);
  for (const [unit, factor] of durationUnits) {
    const count = unit === 's' ? left / factor : Math.floor(left / factor);
    if (count > 0) parts.push(`${count}${unit}`);
    left %= factor;
  }
  return `${ms < 0 ? '-' : ''}${parts.join(' ')}`;
}

/** A duration as one literal, which a script can hold: `90s` for `1m 30s`. */
export function durationLiteral(ms: number): string {
  for (const [unit, factor] of durationUnits) {
    if (ms !== 0 && ms % factor === 0) return `${ms / factor}${unit}`;
  }
  if (ms === 0) return '0s';
  return Math.abs(ms) >= 1000 ? `${Math.round(ms) / 1000}s` : `${ms}ms`;
}

/** A value as a script writes it, for commands that are shown; lists and records print as always. */
export function literalText(value: Value): string {
  return typeof value === 'object' && value.kind === 'duration' ? durationLiteral(value.ms) : valueText(value);
}

function sizeText(bytes: number): string {
  for (const [unit, factor] of sizeUnits) {
    if (bytes !== 0 && bytes % factor === 0) return `${bytes / factor} ${unit}`;
  }
  return `${bytes} B`;
}
