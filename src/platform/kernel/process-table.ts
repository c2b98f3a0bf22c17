// Looks at what /proc shows of processes (proc(5)). A process ends and a file is closed at any moment, and some must not be looked
// into: that is nothing to tell.
import { readdirSync } from 'node:fs';
import { setImmediate as turnOfOthers } from 'node:timers/promises';

/** In the mode of a link in /proc/PID/fd: the file was opened for writing. */
export const openForWriting = 0o200;
const turnMs = 5;

/** Calls `look` with the number of each process, and lets others have their turn in between. */
export async function eachProcess(look: (process: string) => void): Promise<void> {
  let turnBeganMs = performance.now();
  for (const name of namesIn('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    look(name);
    if (performance.now() - turnBeganMs < turnMs) continue;
    await turnOfOthers();
    turnBeganMs = performance.now();
  }
}

export function namesIn(folder: string): readonly string[] {
  return orGone(() => readdirSync(folder)) ?? [];
}

export function orGone<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
