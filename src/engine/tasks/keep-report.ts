// Reports of tasks that nobody would tell again: how one ended, and what the other server said of it. A journal that refuses one
// (a disk that is full, or gives errors for a while) is asked again.
import { type Clock, sleep } from '../../base/waiting/clock.ts';
import type { TaskReport } from '../../model/stream/task.ts';
import type { TaskJournal } from './task-journal.ts';

/** How long a report that could not be written waits before it is tried again. */
const againMs = 3000;

/** Resolves when the report is durable. Once the signal is aborted it is tried a last time; rejects when that is refused, too. */
export async function keepReport(
  journal: TaskJournal,
  report: TaskReport,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const isLast = signal.aborted;
    try {
      await journal.record(report);
      return;
    } catch (thrown) {
      if (isLast) throw thrown;
      await sleep(clock, againMs, signal);
    }
  }
}
