// The real adapters of a run. The adapters of servers in this process are nearly the whole program, so they are loaded
// only when the first such server is made: a script may use servers elsewhere, or none.
import { resolve } from 'node:path';
import { SystemClock } from '../platform/kernel/system-clock.ts';
import { openRealStorage } from '../platform/storage/real-storage.ts';
import { nothingAllowed } from '../runtime/machine/allowance.ts';
import type { EmbeddedServerMaker } from './servers/own-server.ts';
import { beginSystemJournal } from './system-journal.ts';
import type { RunParts } from './verbs/run.ts';

const clock = new SystemClock();

/** `allowance`: what the script may reach of this machine, and with it the blocks that its own servers run. */
export function systemRunParts(home: string, allowance = nothingAllowed): RunParts {
  let making: Promise<EmbeddedServerMaker> | undefined;
  return {
    clock,
    openStorage: openRealStorage,
    makeEmbedded: async (name, directory) => {
      // One maker for all servers of a run, because they share one network.
      making ??= import('./system-parts.ts').then(({ embeddedServers }) => embeddedServers(resolve(home), allowance));
      return (await making)(name, directory);
    },
    loadMachine: async () => (await import('./system-parts.ts')).ownMachine(allowance),
    loadScripts: async () => (await import('./system-parts.ts')).ownScripts(),
    beginJournal: beginSystemJournal,
  };
}
