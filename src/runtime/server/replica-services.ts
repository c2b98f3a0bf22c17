// The calls on what happens inside a job: on its source mirrors and stream tasks, on its target the snapshots of the
// replica, on both the scripts of its mirrors; and on how its data travels.
import type { Server, Service } from '../contract/server.ts';
import type { Identities } from '../jobs/identity/identities.ts';
import type { SourceJobs } from '../jobs/source-jobs.ts';
import type { TargetJobs } from '../jobs/target-jobs.ts';
import type { HeldJobs } from './held-jobs.ts';

type ReplicaService = 'mirrors' | 'transmission' | 'tasks' | 'scripts' | 'snapshots' | 'identities';

export function replicaServices(
  held: HeldJobs,
  sources: SourceJobs,
  targets: TargetJobs,
  identities: Identities,
): Pick<Server, ReplicaService> {
  return {
    mirrors: mirrorService(held),
    transmission: transmissionService(held, sources, targets),
    tasks: taskService(held),
    scripts: scriptService(held),
    snapshots: snapshotService(held),
    identities: identityService(held, identities),
  };
}

function mirrorService(held: HeldJobs): Service<'mirrors'> {
  return {
    start: async (jobId, method) => held.source(jobId).startMirror(method, 'it was asked for'),
    stop: async (jobId) => held.source(jobId).stopMirror(),
    pause: async (jobId) => held.source(jobId).pauseMirror(),
    resume: async (jobId) => held.source(jobId).resumeMirror(),
    stopReplication: async (jobId) => held.source(jobId).stopReplication(),
    startReplication: async (jobId) => held.source(jobId).startReplication(),
    deleteOrphans: async (jobId) =>
      held.source(jobId).startMirror('attributes-delta', 'what only the replica has is to be deleted', true),
  };
}

/** How the jobs of a source send, and whether those of a target apply. Rejects with `WRONG-SIDE` at the other server. */
function transmissionService(held: HeldJobs, sources: SourceJobs, targets: TargetJobs): Service<'transmission'> {
  const { routes } = sources;
  const source = (jobId: string): string => {
    if (!sources.has(jobId)) held.source(jobId);
    return jobId;
  };
  const target = (jobId: string): string => held.target(jobId).jobId;
  return {
    limit: async (jobId, override) => routes.limit(source(jobId), override),
    addLimit: async (jobId, entry) => routes.addLimit(source(jobId), entry),
    removeLimit: async (jobId, name) => routes.removeLimit(source(jobId), name),
    compress: async (jobId, level) => routes.compress(source(jobId), level),
    pause: async (jobId) => routes.pause(source(jobId), true),
    start: async (jobId) => sources.start(source(jobId)),
    stop: async (jobId) => sources.stop(source(jobId)),
    pauseTarget: async (jobId) => targets.pause(target(jobId), true),
    resumeTarget: async (jobId) => targets.pause(target(jobId), false),
  };
}

function taskService(held: HeldJobs): Service<'tasks'> {
  return {
    list: async (jobId) => held.find(jobId).taskReports(),
    cancel: async (jobId, taskId) => held.source(jobId).cancelTask(taskId),
    queue: async (jobId, task) => held.replicating(jobId, 'queue a task').queueTask(task),
  };
}

/** The addresses of a job's failover, which both of its servers keep. */
function identityService(held: HeldJobs, identities: Identities): Service<'identities'> {
  return {
    report: async (jobId) => identities.report(jobId),
    set: async (jobId, addresses) => identities.set(jobId, addresses, held.report(jobId).role),
  };
}

function scriptService(held: HeldJobs): Service<'scripts'> {
  return {
    list: async (jobId) => held.find(jobId).scripts.list(),
    add: async (jobId, script) => held.find(jobId).scripts.add(script),
    remove: async (jobId, point) => held.find(jobId).scripts.remove(point),
  };
}

function snapshotService(held: HeldJobs): Service<'snapshots'> {
  return {
    list: async (jobId) => held.target(jobId).snapshots(),
    take: async (jobId, name, type) => held.target(jobId).takeSnapshot(name, type),
    revert: async (jobId, snapshotId) => held.target(jobId).revertToSnapshot(snapshotId),
    delete: async (jobId, snapshotId) => held.target(jobId).deleteSnapshot(snapshotId),
  };
}
