// The calendar of a test: the same instants as a real one, called back by a clock that is turned by hand.

import type { Calendar } from '../../src/ports/calendar.ts';
import { nextRun } from '../../src/scheduler/next-run.ts';
import type { ManualClock } from '../../src/simulator/manual-clock.ts';

export function manualCalendar(clock: ManualClock): Calendar {
  return {
    next: nextRun,
    schedule: (expression, timeZone, callback) => {
      let cancel = (): void => undefined;
      const arm = (): void => {
        const next = nextRun(expression, timeZone, clock.wallMs());
        if (next === undefined) return;
        cancel = clock.after(next - clock.wallMs(), () => {
          arm();
          callback();
        });
      };
      arm();
      return () => cancel();
    },
  };
}
