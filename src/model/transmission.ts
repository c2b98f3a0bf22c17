// How data travels from a source to an address of a target: compressed or not, and how fast at most. All jobs of a source to
// the same address share this (guide, ch. 3, Compression and Bandwidth). The functions are pure.
import { Failure } from '../base/failure.ts';

/** zstd, from little work to small data; the guide names only the ends: Minimum and Maximum. */
export const compressionLevelMin = 1;
export const compressionLevelMax = 9;
/** What ON stands for. */
export const compressionLevelUsual = 3;

/** The least limit in bytes per second (guide, ch. 3, Bandwidth). */
export const bandwidthMin = 3500;
/** Beyond this a limit limits nothing: a terabyte per second. */
export const bandwidthMax = 1_000_000_000_000;

/** Usual lines in bytes per second. T3 is the number in the guide's form, E1 to E3 and the others are nominal. */
export const bandwidthPresets = {
  T1: 193_000,
  E1: 256_000,
  E3: 4_296_000,
  T3: 5_625_000,
  '10Mbit': 1_250_000,
  '100Mbit': 12_500_000,
  '1000Mbit': 125_000_000,
} as const;
export type BandwidthPreset = keyof typeof bandwidthPresets;

export const limitModes = ['none', 'fixed', 'scheduled'] as const;
export type LimitMode = (typeof limitModes)[number];

const weekDays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
export const limitDays = ['every day', 'weekdays', 'weekends', ...weekDays] as const;
export type LimitDays = (typeof limitDays)[number];

export const minutesOfDay = 24 * 60;
const minutesOfWeek = 7 * minutesOfDay;

/**
 * One entry of a schedule, in the local time of the source: from `fromMinute` of these days until `untilMinute`, which lies on
 * the next day when it is not later (an overnight entry; `untilMinute` 0 is midnight).
 */
export interface LimitEntry {
  readonly name: string;
  readonly days: LimitDays;
  /** Minutes since midnight, 0 to 1439. */
  readonly fromMinute: number;
  readonly untilMinute: number;
  readonly bytesPerSecond: number;
}

/** The schedule stays when the mode is another one. Outside its entries there is no limit. */
export interface LimitSettings {
  readonly mode: LimitMode;
  /** In bytes per second; with the mode `fixed`. */
  readonly fixed?: number;
  readonly schedule: readonly LimitEntry[];
}

/** What holds instead of the settings until it is given back, or until an operator stops and starts a job of the route. */
export type LimitOverride =
  | { readonly mode: 'none' | 'scheduled' }
  | { readonly mode: 'fixed'; readonly fixed: number };

export interface LineSettings {
  /** null: data is not compressed. */
  readonly compression: number | null;
  readonly limit: LimitSettings;
  readonly override?: LimitOverride;
  /** Nothing is sent; changes are queued on the source. */
  readonly paused: boolean;
}

/** What a new job asks for; what it leaves out is as it is for the other jobs to that address, or as usual. */
export interface LineWishes {
  /** HOST or HOST:PORT of the target; absent: where it was when it was paired. */
  readonly address?: string;
  readonly compression?: number | null;
  readonly bytesPerSecond?: number;
}

export const usualLine: LineSettings = { compression: null, limit: { mode: 'none', schedule: [] }, paused: false };

export function withOverride(
  { override: _, ...line }: LineSettings,
  override: LimitOverride | undefined,
): LineSettings {
  return override === undefined ? line : { ...line, override };
}

/** Throws `BANDWIDTH-INVALID`. */
export function checkBandwidth(bytesPerSecond: number, subject: string): void {
  if (bytesPerSecond >= bandwidthMin && bytesPerSecond <= bandwidthMax && Number.isInteger(bytesPerSecond)) return;
  throw new Failure({
    code: 'BANDWIDTH-INVALID',
    operation: 'limit the bandwidth',
    subject,
    reason: `${bytesPerSecond} bytes per second is no limit that can be kept`,
    hint: `Give at least ${bandwidthMin} bytes per second, in whole bytes; LIMIT … NONE takes the limit away.`,
  });
}

/** The schedule with the entry. Throws `LIMIT-ENTRY-INVALID` or `BANDWIDTH-INVALID`. */
export function withEntry(schedule: readonly LimitEntry[], entry: LimitEntry): readonly LimitEntry[] {
  checkBandwidth(entry.bytesPerSecond, entry.name);
  const refuse = (reason: string, hint: string): Failure =>
    new Failure({
      code: 'LIMIT-ENTRY-INVALID',
      operation: 'add to the schedule of the bandwidth limit',
      subject: entry.name,
      reason,
      hint,
    });
  if (entry.fromMinute === entry.untilMinute) {
    throw refuse(
      'it begins and ends at the same time of day',
      'Begin before the end for an entry within one day, after it for one that goes past midnight.',
    );
  }
  if (schedule.some(({ name }) => name.toLowerCase() === entry.name.toLowerCase())) {
    throw refuse('there is an entry of this name', 'Remove that one first, or give another name.');
  }
  const overlapping = schedule.find((other) => overlap(entry, other));
  if (overlapping !== undefined) {
    throw refuse(
      `${entryText(entry)} overlaps with ${overlapping.name} (${entryText(overlapping)})`,
      `Only one limit can hold at a time: choose other times, or remove ${overlapping.name}.`,
    );
  }
  if (schedule.length >= entriesMax) throw refuse(`a schedule has at most ${entriesMax} entries`, 'Remove one first.');
  return [...schedule, entry];
}

const entriesMax = 64;

/** Throws `LIMIT-ENTRY-UNKNOWN`. */
export function withoutEntry(schedule: readonly LimitEntry[], name: string): readonly LimitEntry[] {
  const left = schedule.filter((entry) => entry.name.toLowerCase() !== name.toLowerCase());
  if (left.length < schedule.length) return left;
  const known = schedule.map((entry) => entry.name).join(', ');
  throw new Failure({
    code: 'LIMIT-ENTRY-UNKNOWN',
    operation: 'remove from the schedule of the bandwidth limit',
    subject: name,
    reason: 'there is no entry of this name',
    hint: known === '' ? 'The schedule is empty.' : `There are: ${known}.`,
  });
}

/** The limit by the schedule at an instant, in the local time of this process; undefined when there is none then. */
export function scheduledLimit(schedule: readonly LimitEntry[], wallMs: number): number | undefined {
  const local = new Date(wallMs);
  const minute = local.getDay() * minutesOfDay + local.getHours() * 60 + local.getMinutes();
  return schedule.find((entry) => spans(entry).some(([from, until]) => from <= minute && minute < until))
    ?.bytesPerSecond;
}

/** `weekdays 08:00 to 18:00`. */
export function entryText({ days, fromMinute, untilMinute }: LimitEntry): string {
  return `${days} ${minuteText(fromMinute)} to ${minuteText(untilMinute)}`;
}

function minuteText(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** As a report and the job log say it. */
export function limitText(bytesPerSecond: number | undefined | null): string {
  return bytesPerSecond == null ? 'Unlimited' : `${bytesPerSecond} bytes per second`;
}

/** `On / 3`, or `Off` (guide, ch. 6, job details). */
export function compressionText(level: number | null): string {
  return level === null ? 'Off' : `On / ${level}`;
}

function overlap(one: LimitEntry, other: LimitEntry): boolean {
  return spans(one).some(([from, until]) =>
    spans(other).some(([otherFrom, otherUntil]) => from < otherUntil && otherFrom < until),
  );
}

/** In minutes since the beginning of Sunday. What goes past the end of the week goes on at its beginning. */
function spans({ days, fromMinute, untilMinute }: LimitEntry): (readonly [from: number, until: number])[] {
  return daysOf(days).flatMap((day) => {
    const from = day * minutesOfDay + fromMinute;
    const until = day * minutesOfDay + untilMinute + (untilMinute <= fromMinute ? minutesOfDay : 0);
    if (until <= minutesOfWeek) return [[from, until] as const];
    return [[from, minutesOfWeek] as const, [0, until - minutesOfWeek] as const];
  });
}

function daysOf(days: LimitDays): readonly number[] {
  if (days === 'every day') return [0, 1, 2, 3, 4, 5, 6];
  if (days === 'weekdays') return [1, 2, 3, 4, 5];
  if (days === 'weekends') return [0, 6];
  return [weekDays.indexOf(days)];
}
