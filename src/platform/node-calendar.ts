// The calendar of a real server. node-cron gives the ticks (every minute, or every second for an expression with a
// field for seconds); which tick matches is decided by the pure `nextRun` of runtime/schedules/next-run.ts, handed in, so that the next run
// shown, the runs missed and the runs started can never disagree. A tick that comes late, after the process was stopped
// or the clock was set forward, still calls back, once.
import { schedule as scheduleTicks } from 'node-cron';
import type { Calendar } from '../ports/calendar.ts';

/** `next` throws CRON-INVALID or TIMEZONE-UNKNOWN; `wallMs` is the system's time. */
export function nodeCalendar(next: Calendar['next'], wallMs: () => number): Calendar {
  return {
    next,
    schedule: (expression, timeZone, callback) => {
      const now = wallMs();
      let dueMs = next(expression, timeZone, now);
      let lastTickMs = now;
      const tick = (): void => {
        const nowMs = wallMs();
        // The clock was set back: what was due may be far off now, so it is asked for anew.
        if (nowMs < lastTickMs) dueMs = next(expression, timeZone, nowMs);
        lastTickMs = nowMs;
        if (dueMs === undefined || nowMs < dueMs) return;
        dueMs = next(expression, timeZone, nowMs);
        callback();
      };
      const hasSeconds = expression.trim().split(/\s+/).length === 6;
      const task = scheduleTicks(hasSeconds ? '* * * * * *' : '* * * * *', tick, { suppressMissedWarning: true });
      return () => void task.destroy();
    },
  };
}
