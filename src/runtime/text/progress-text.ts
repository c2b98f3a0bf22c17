// How far a command is that lasts, in one line.
import type { ProgressReport } from '../../model/report.ts';
import { roughDuration, roughSize } from './amounts.ts';

export interface Progress extends ProgressReport {
  /** What goes on, and where: `mirror of connection 1`. */
  readonly title: string;
  /** What it does now, where that is more than a number; may be empty. */
  readonly state: string;
  readonly bytesPerSecond: number | null;
  /** null while it cannot be said. */
  readonly remainingMs: number | null;
}

/** Of the bytes, where there are any to count, else of the files; null while the whole is not known. */
export function percentOf({ doneBytes, totalBytes, doneFiles, totalFiles }: ProgressReport): number | null {
  if (totalBytes !== null && totalBytes > 0) return percent(doneBytes, totalBytes);
  return totalFiles === null || totalFiles === 0 ? null : percent(doneFiles, totalFiles);
}

/** What matters most comes first, because the end of the line may not fit. */
export function progressText(progress: Progress): string {
  const { title, state, doneBytes, totalBytes, doneFiles, totalFiles, bytesPerSecond, remainingMs } = progress;
  const share = percentOf(progress);
  const parts = [
    ...(state === '' ? [] : [state]),
    ...(share === null ? [] : [`${share} %`]),
    ...(remainingMs === null ? [] : [`${roughDuration(remainingMs)} left`]),
    ...(bytesPerSecond === null ? [] : [`${roughSize(bytesPerSecond)}/s`]),
    ...amount(doneBytes, totalBytes, roughSize, ''),
    ...amount(doneFiles, totalFiles, String, ' files'),
  ];
  return `${title}: ${parts.join(', ')}`;
}

/** `4 of 7 files`; nothing where neither is there. */
function amount(done: number, total: number | null, text: (amount: number) => string, unit: string): string[] {
  if (done === 0 && (total ?? 0) === 0) return [];
  return [total === null || total < done ? `${text(done)}${unit}` : `${text(done)} of ${text(total)}${unit}`];
}

function percent(done: number, total: number): number {
  return Math.min(100, Math.floor((100 * done) / total));
}
