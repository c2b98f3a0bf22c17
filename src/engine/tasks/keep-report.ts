// Writes reports of tasks that nobody would send again: how a task ended, and what the other server reported about it.
// When the journal cannot be written (the disk is full, or gives errors for a while), the write is repeated.
import { type Clock, sleep } from '../../base/waiting/clock.ts';
import type { TaskReport } from '../../model/stream/task.ts';
import type { TaskJournal } from './task-journal.ts';

/** The time before a report that could not be written is tried again. */
const againMs = 3000;

/** Resolves when the report is durable. Once the signal is aborted, tries a last time; rejects when that fails, too. */
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
