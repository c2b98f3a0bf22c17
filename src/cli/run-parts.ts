// The real adapters of a run. Those of servers in this process, which are nearly the whole program, are loaded when the
// first of them is made: a script may talk to servers elsewhere, or to none.
import { resolve } from 'node:path';
import { isAlive, ownIdentity } from '../platform/process-identity.ts';
import { openRealStorage } from '../platform/real-storage.ts';
import { SystemClock } from '../platform/system-clock.ts';
import { systemRandom } from '../platform/system-random.ts';
import type { Storage } from '../ports/storage.ts';
import { RunJournal } from '../runtime/runs/run-journal.ts';
import type { EmbeddedServerMaker } from './own-server.ts';
import type { RunParts } from './run.ts';

const clock = new SystemClock();

export function systemRunParts(home: string): RunParts {
  let making: Promise<EmbeddedServerMaker> | undefined;
  return {
    clock,
    openStorage: openRealStorage,
    makeEmbedded: async (name, directory) => {
      // One maker for all servers of a run: they are on one network.
      making ??= import('./system-parts.ts').then(({ embeddedServers }) => embeddedServers(resolve(home)));
      return (await making)(name, directory);
    },
    loadScripts: async () => (await import('./system-parts.ts')).ownScripts(),
    beginJournal: beginSystemJournal,
  };
}

export function beginSystemJournal(
  script: string,
  storage: Storage,
  warn: (line: string) => void,
): Promise<RunJournal> {
  const own = { clock, random: systemRandom, owner: ownIdentity(), isRunning: isAlive };
  return RunJournal.begin(script, { ...own, storage, warn });
}
