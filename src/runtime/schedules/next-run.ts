// When a schedule runs next, by its cron expression and time zone: pure functions of an instant.
//
// The expression has five fields (minute, hour, day of month, month, day of week) or six (a leading second). When both
// day fields are restricted, a day has to match only one of them, as in Vixie cron. A fixed time that daylight saving
// skips runs at the moment the clock has jumped over it; a time that happens twice runs once. The server and every test
// use the same function, so a schedule always means the same. node-cron matches differently in both points, so it is
// used only for the ticks.
import { Cron } from 'croner';
import { Failure } from '../../base/failure.ts';

/** The first matching instant after `afterMs`, in milliseconds since the epoch; undefined when none will ever match. */
export function nextRun(expression: string, timeZone: string, afterMs: number): number | undefined {
  requireTimeZone(timeZone);
  return parse(expression, timeZone).nextRun(new Date(afterMs))?.getTime();
}

/** How many instants match in (`afterMs`, `untilMs`], counted up to `countMax`. */
export function runsBetween(
  expression: string,
  timeZone: string,
  afterMs: number,
  untilMs: number,
  countMax: number,
): number {
  requireTimeZone(timeZone);
  const cron = parse(expression, timeZone);
  let count = 0;
  let next = cron.nextRun(new Date(afterMs));
  while (next !== null && next.getTime() <= untilMs && count < countMax) {
    count += 1;
    next = cron.nextRun(next);
  }
  return count;
}

function parse(expression: string, timeZone: string): Cron {
  try {
    return new Cron(expression, { mode: '5-or-6-parts', timezone: timeZone, paused: true });
  } catch (error) {
    throw new Failure({
      code: 'CRON-INVALID',
      operation: 'read the cron expression',
      subject: expression,
      reason: error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error),
      hint: 'Write five fields: minute, hour, day of month, month, day of week; "0 2 * * *" is every day at 2:00.',
    });
  }
}

function requireTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw new Failure({
      code: 'TIMEZONE-UNKNOWN',
      operation: 'find the time zone',
      subject: timeZone,
      reason: 'no such time zone',
      hint: 'Use a name of the IANA database, such as "Europe/Berlin" or "UTC".',
    });
  }
}
