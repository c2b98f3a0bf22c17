// The calls on the server itself: its report, its log and its free space.
import type { QueueMemory } from '../../engine/queue/memory/queue-memory.ts';
import type { FileTree } from '../../ports/files.ts';
import type { Service } from '../contract/server.ts';
import type { ServerParts } from '../jobs/server-parts.ts';
import type { HeldJobs } from './held-jobs.ts';
import { logTail } from './log-tail.ts';

export interface InformationParts {
  readonly parts: ServerParts;
  readonly startedMs: number;
  /** The folder of the log. */
  readonly logs: FileTree;
  readonly held: HeldJobs;
  readonly queueMemory: QueueMemory;
}

export function informationService({
  parts,
  startedMs,
  logs,
  held,
  queueMemory,
}: InformationParts): Service<'information'> {
  const { name, version, fingerprint, taskPolicy, clock, storage, queueLimits } = parts;
  return {
    report: async () => {
      const jobs = held.reports();
      return {
        name,
        version,
        fingerprint,
        startedMs,
        timeMs: clock.wallMs(),
        taskProcessing: taskPolicy.enabled,
        queueMemory: { usedBytes: queueMemory.usedBytes, maxBytes: queueMemory.bytesMax },
        jobs,
      };
    },
    log: (linesMax) => logTail(logs, linesMax),
    space: async () => ({ ...(await storage.space()), keptFreeBytes: queueLimits.minimumFreeBytes }),
  };
}
