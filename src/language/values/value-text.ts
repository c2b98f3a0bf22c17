// How values print: in WRITE, in `+` with a string, and inside "…". The printed form of a quantity can be read back: it
// has the largest unit that divides the quantity, so 300,000 ms is 5m and 90,000 ms is 90s. A secret prints as •••, a
// handle as its number.
import { secretMask, type Value } from './value.ts';

/** Lists and records are shown this deep; the rest is an ellipsis. */
const shownDepthMax = 16;

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
  return textOf(value, 0);
}

function textOf(value: Value, depth: number): string {
  if (typeof value === 'string') return depth === 0 ? value : `"${value.replaceAll('"', '""')}"`;
  if (typeof value !== 'object') return String(value);
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
    case 'list':
      return depth > shownDepthMax ? '[…]' : `[${value.items.map((item) => textOf(item, depth + 1)).join(', ')}]`;
    case 'record':
      return depth > shownDepthMax
        ? '{…}'
        : `{${[...value.fields].map(([name, field]) => `${name}: ${textOf(field, depth + 1)}`).join(', ')}}`;
    case 'handle':
      return String(value.number);
    case 'secret':
      return secretMask;
  }
}

function trimmed(time: string): string {
  return time.replace(/\.000$/, '');
}

export function durationText(ms: number): string {
  for (const [unit, factor] of durationUnits) {
    if (ms !== 0 && ms % factor === 0) return `${ms / factor}${unit}`;
  }
  if (ms === 0) return '0s';
  return Math.abs(ms) >= 1000 ? `${Math.round(ms) / 1000}s` : `${ms}ms`;
}

function sizeText(bytes: number): string {
  for (const [unit, factor] of sizeUnits) {
    if (bytes !== 0 && bytes % factor === 0) return `${bytes / factor} ${unit}`;
  }
  return `${bytes} B`;
}
