// The calendar port over a clock that is turned: the instants of the real one (runtime/schedules/next-run.ts), called back when the
// clock comes to them. That the wall clock was set is noticed within a minute, as node-cron's ticks would notice it.
import type { Clock } from '../../base/waiting/clock.ts';
import type { Calendar } from '../../ports/calendar.ts';
import { nextRun } from '../../runtime/schedules/next-run.ts';

const lookAgainMs = 60_000;

export function clockCalendar(clock: Clock): Calendar {
  return {
    next: nextRun,
    schedule: (expression, timeZone, callback) => {
      let cancel = (): void => undefined;
      const arm = (dueMs: number | undefined): void => {
        if (dueMs === undefined) return;
        cancel = clock.after(Math.min(dueMs - clock.wallMs(), lookAgainMs), () => {
          const isDue = clock.wallMs() >= dueMs;
          arm(isDue ? nextRun(expression, timeZone, clock.wallMs()) : dueMs);
          if (isDue) callback();
        });
      };
      arm(nextRun(expression, timeZone, clock.wallMs()));
      return () => cancel();
    },
  };
}
