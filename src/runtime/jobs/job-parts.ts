// The parts that every job of a server gets, on the source and on the target.
import type { JobParts } from '../../engine/job/job-parts.ts';
import type { EventId } from '../../model/event-catalogue.ts';
import type { JobSpecification } from '../../model/job.ts';
import type { JobServices, ServerParts } from './server-parts.ts';

/** A link that is refused is refused again and again while the reason stays. */
const refusedLink: EventId = 5002;
/** The system, too, refuses operations again and again; when a volume is full, each event names another path. */
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
    queueMemory: services.queueMemory,
    pace: parts.pace,
    builtIn: ({ type: _, ...change }) => services.updateDns(change),
    runBlock: ({ point, write, ...block }, signal) =>
      runBlock({ ...block, task: { jobId, source, target, point, write } }, signal),
    emit: (id, parameters) => {
      const { reason, mirrors = 0 } = parameters;
      // A peer can cause this event as often as it likes.
      if (id === 5003) {
        eventLog.outside.report('frame', { peer: String(parameters.peer), reason: String(parameters.reason) }, jobId);
      } else if (id === refusedLink && typeof reason === 'string')
        eventLog.emitPaced(id, { ...parameters, reason }, jobId);
      // A completed mirror makes good what was refused before it, so the same reason is reported again after it.
      else if (refusedOperations.has(id) && typeof reason === 'string')
        eventLog.emitPaced(id, { ...parameters, reason }, jobId, { reason, mirrors });
      else eventLog.emit(id, parameters, jobId);
    },
    failed,
    changed: () => services.jobChanged(jobId),
  };
}
