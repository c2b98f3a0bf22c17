// What every job of a server is given, on either side.
import type { JobParts } from '../../engine/session/job-parts.ts';
import type { EventId } from '../../model/event-catalogue.ts';
import type { JobSpecification } from '../../model/job.ts';
import type { JobServices, ServerParts } from './server-parts.ts';

/** A refused link, and operations that the system refuses: as long as the reason stays they come again and again. */
const repeating: ReadonlySet<EventId> = new Set([5002, 5030, 5031]);

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
      const { reason } = parameters;
      // What a peer can cause as often as it likes.
      if (id === 5003) {
        eventLog.outside.report('frame', { peer: String(parameters.peer), reason: String(parameters.reason) }, jobId);
      } else if (repeating.has(id) && typeof reason === 'string')
        eventLog.emitPaced(id, { ...parameters, reason }, jobId);
      else eventLog.emit(id, parameters, jobId);
    },
    failed,
    changed: () => services.jobChanged(jobId),
  };
}
