// Turns the EVERY and AT of a command into the cron line of a schedule.

import { evenInterval } from '../../language/values/even-interval.ts';
import { CommandError, commandErrorCodes } from '../../language/values/host.ts';
import type { DateTimeValue, TimeValue } from '../../language/values/value.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;

export interface Recurrence {
  readonly cron: string;
  /** The zone of an AT that names an instant; undefined for a time of day, which is read in the server's zone. */
  readonly timeZone: string | undefined;
  /** Whether the schedule runs only once. */
  readonly once: boolean;
}

/** Throws -101 for an interval that a cron line cannot express. At least one of the two parameters must be given. */
export function recurrence(everyMs: number | undefined, at: TimeValue | DateTimeValue | undefined): Recurrence {
  if (at?.kind === 'datetime') {
    if (everyMs === undefined) return { cron: instantCron(at.epochMs), timeZone: 'UTC', once: true };
    throw invalid('AT is an instant, and EVERY repeats', 'write a time of day: AT 2:00');
  }
  const dayMsAt = at?.dayMs ?? 0;
  const [hour, minute] = [Math.floor(dayMsAt / hourMs), Math.floor((dayMsAt % hourMs) / minuteMs)];
  if (everyMs === undefined) return { cron: `${minute} ${hour} * * *`, timeZone: undefined, once: true };
  return { cron: intervalCron(everyMs, hour, minute), timeZone: undefined, once: false };
}

function intervalCron(everyMs: number, hour: number, minute: number): string {
  const { unit, count = 1 } = evenInterval(everyMs) ?? {};
  if (unit === 'week') return `${minute} ${hour} * * 0`;
  if (unit === 'day') return `${minute} ${hour} * * *`;
  if (unit === 'hour') return `${minute} ${hour % count}-23/${count} * * *`;
  if (unit === 'minute') return `${minute % count}-59/${count} * * * *`;
  throw invalid(
    `an interval of ${everyMs / 1000} s does not come out even`,
    'EVERY takes minutes that divide an hour, hours that divide a day, 1 day or 1 week; SCHEDULE … CRON takes the rest',
  );
}

/** The cron line of one instant: minute, hour, day and month, in UTC. */
function instantCron(epochMs: number): string {
  const date = new Date(epochMs);
  return `${date.getUTCMinutes()} ${date.getUTCHours()} ${date.getUTCDate()} ${date.getUTCMonth() + 1} *`;
}

function invalid(message: string, hint: string): CommandError {
  return new CommandError(commandErrorCodes.invalidParameter, message, hint);
}
