// What every job of a server is given, on either side.
import type { JobParts } from '../../engine/job/job-parts.ts';
import type { EventId } from '../../model/event-catalogue.ts';
import type { JobSpecification } from '../../model/job.ts';
import type { JobServices, ServerParts } from './server-parts.ts';

/** As long as the reason stays, a refused link comes again and again. */
const refusedLink: EventId = 5002;
/** Likewise operations that the system refuses, each of another path when a volume is full. */
const refusedOperations: ReadonlySet<EventId> = new Set([5030, 5031]);

export function jobParts(
  parts: ServerParts,
  services: JobServices,
  specification: JobSpecification,
  folder: string,
  failed: JobParts['failed'],
): JobParts {
  const { clock, random, log, files, machineId, home, storage, programs, javascript } = parts;
  const { taskPolicy, queueLimits, eventLog, runBlock } = parts;
  const { jobId, sourceServer: source, targetServer: target } = specification;
  return {
    specification,
    clock,
    random,
    log,
    files,
    machineId,
    home,
    storage,
    folder,
    programs,
    javascript,
    taskPolicy,
    queueLimits,
    pace: parts.pace,
    builtIn: ({ type: _, ...change }) => services.updateDns(change),
    runBlock: ({ point, write, ...block }, signal) =>
      runBlock({ ...block, task: { jobId, source, target, point, write } }, signal),
    emit: (id, parameters) => {
      const { reason, mirrors = 0 } = parameters;
      // What a peer can cause as often as it likes.
      if (id === 5003) {
        eventLog.outside.report('frame', { peer: String(parameters.peer), reason: String(parameters.reason) }, jobId);
      } else if (id === refusedLink && typeof reason === 'string')
        eventLog.emitPaced(id, { ...parameters, reason }, jobId);
      // Whatever was refused before a mirror that completed is made good: after it the same reason is news.
      else if (refusedOperations.has(id) && typeof reason === 'string')
        eventLog.emitPaced(id, { ...parameters, reason }, jobId, { reason, mirrors });
      else eventLog.emit(id, parameters, jobId);
    },
    failed,
    changed: () => services.jobChanged(jobId),
  };
}
