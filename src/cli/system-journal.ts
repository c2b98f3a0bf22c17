// The journal of a run, kept by this process.
import { SystemClock } from '../platform/kernel/system-clock.ts';
import { systemRandom } from '../platform/kernel/system-random.ts';
import { isAlive, ownIdentity } from '../platform/processes/process-identity.ts';
import type { Storage } from '../ports/storage.ts';
import { RunJournal } from '../runtime/runs/run-journal.ts';

export function beginSystemJournal(
  script: string,
  storage: Storage,
  warn: (line: string) => void,
): Promise<RunJournal> {
  const own = { clock: new SystemClock(), random: systemRandom, owner: ownIdentity(), isRunning: isAlive };
  return RunJournal.begin(script, { ...own, storage, warn });
}
