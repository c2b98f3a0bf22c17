// The statistics of a throughput diagnosis (guide, ch. 4, TDU) as a file of text, one line a minute, and the estimate that is made
// of them. Comma-separated, so that any table reads it; times are UTC. Bytes are those of one line's time alone:
//
//   time,seconds,mirror_bytes,mirror_sent,change_bytes,change_sent,operations,queued_bytes
//   2026-12-01T12:00:00Z,60,1048576,524288,4096,2048,12,0
//
// `bytes` are those of the records, `sent` what they would have been on the wire, after compression.
import { roughSize } from '../../text/amounts.ts';

export const figuresHeading = 'time,seconds,mirror_bytes,mirror_sent,change_bytes,change_sent,operations,queued_bytes';

export interface Figures {
  readonly timeMs: number;
  readonly seconds: number;
  readonly mirrorBytes: number;
  readonly mirrorSent: number;
  readonly changeBytes: number;
  readonly changeSent: number;
  readonly operations: number;
  readonly queuedBytes: number;
}

export function figuresLine(one: Figures): string {
  const time = new Date(one.timeMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const { seconds, mirrorBytes, mirrorSent, changeBytes, changeSent, operations, queuedBytes } = one;
  return [time, seconds, mirrorBytes, mirrorSent, changeBytes, changeSent, operations, queuedBytes].join(',');
}

/** The figures of a file; undefined when it is no such file. A last line that was not written whole is left out. */
export function readFigures(text: string): Figures[] | undefined {
  const [heading, ...lines] = text.split('\n');
  if (heading !== figuresHeading) return undefined;
  return lines.slice(0, -1).flatMap((line) => {
    const [time = '', ...numbers] = line.split(',');
    const [seconds, mirrorBytes, mirrorSent, changeBytes, changeSent, operations, queuedBytes] = numbers.map(Number);
    const timeMs = Date.parse(time);
    if (Number.isNaN(timeMs) || seconds === undefined || queuedBytes === undefined) return [];
    const [mirror, change] = [
      { mirrorBytes: mirrorBytes ?? 0, mirrorSent: mirrorSent ?? 0 },
      { changeBytes: changeBytes ?? 0, changeSent: changeSent ?? 0 },
    ];
    return [{ timeMs, seconds, ...mirror, ...change, operations: operations ?? 0, queuedBytes }];
  });
}

/** Bandwidths for which the time of a mirror is told, in bits per second. */
const lines = [10_000_000, 100_000_000, 1_000_000_000];

/**
 * What a connection would need, in lines for people: the bandwidth for changes at each hour of the day (UTC) at which there
 * were any, on average and in the busiest minute, and how long the mirror would take.
 */
export function estimateLines(all: readonly Figures[]): string[] {
  const seconds = sum(all, 'seconds');
  if (seconds === 0) return ['Nothing was measured yet: the first figures come after a minute'];
  const busiest = mostOf(all);
  const mirrorSent = sum(all, 'mirrorSent');
  const hours = Map.groupBy(all, ({ timeMs }) => new Date(timeMs).getUTCHours());
  const rows = [...hours].sort(byHour).map(([hour, within]) => {
    const [average, most] = [sum(within, 'changeSent') / sum(within, 'seconds'), mostOf(within)];
    return `  ${String(hour).padStart(2, '0')}:00 UTC  ${bits(average)} on average, ${bits(most)} in the busiest minute`;
  });
  return [
    `Measured for ${Math.round(seconds / 60)} minutes: ${roughSize(sum(all, 'changeBytes'))} of changes, ${roughSize(sum(all, 'changeSent'))} on the wire`,
    `Bandwidth needed: ${bits(sum(all, 'changeSent') / seconds)} on average, ${bits(busiest)} to be never behind for more than a minute`,
    ...rows,
    `Mirror: ${roughSize(sum(all, 'mirrorBytes'))}, ${roughSize(mirrorSent)} on the wire; ${lines.map((line) => `${duration((8 * mirrorSent) / line)} at ${bits(line / 8)}`).join(', ')}`,
  ];
}

type Amount = Exclude<keyof Figures, 'timeMs'>;

function sum(all: readonly Figures[], amount: Amount): number {
  return all.reduce((total, one) => total + one[amount], 0);
}

function byHour([one]: readonly [number, unknown], [other]: readonly [number, unknown]): number {
  return one - other;
}

/** Bytes of changes a second, in the line with the most. */
function mostOf(all: readonly Figures[]): number {
  return all.reduce((most, one) => Math.max(most, rateOf(one)), 0);
}

/** Bytes of changes a second. */
function rateOf({ changeSent, seconds }: Figures): number {
  return seconds === 0 ? 0 : changeSent / seconds;
}

function bits(bytesPerSecond: number): string {
  const value = 8 * bytesPerSecond;
  if (value >= 1_000_000) return `${(value / 1_000_000).toFixed(value >= 10_000_000 ? 0 : 1)} Mbit/s`;
  return `${(value / 1000).toFixed(1)} kbit/s`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
