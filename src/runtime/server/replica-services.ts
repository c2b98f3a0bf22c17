// The calls on what happens inside a job: on its source mirrors and stream tasks, on its target the snapshots of the
// replica, on both the scripts of its mirrors.
import type { Service } from '../contract/server.ts';
import type { HeldJobs } from './held-jobs.ts';

export function mirrorService(held: HeldJobs): Service<'mirrors'> {
  return {
    start: async (jobId, method) => held.source(jobId).startMirror(method, 'it was asked for'),
    stop: async (jobId) => held.source(jobId).stopMirror(),
    deleteOrphans: async (jobId) =>
      held.source(jobId).startMirror('attributes-delta', 'what only the replica has is to be deleted', true),
  };
}

export function taskService(held: HeldJobs): Service<'tasks'> {
  return {
    list: async (jobId) => held.find(jobId).taskReports(),
    queue: async (jobId, task) => held.source(jobId).queueTask(task),
  };
}

export function scriptService(held: HeldJobs): Service<'scripts'> {
  return {
    list: async (jobId) => held.find(jobId).scripts.list(),
    add: async (jobId, script) => held.find(jobId).scripts.add(script),
    remove: async (jobId, point) => held.find(jobId).scripts.remove(point),
  };
}

export function snapshotService(held: HeldJobs): Service<'snapshots'> {
  return {
    list: async (jobId) => held.target(jobId).snapshots(),
    take: async (jobId, name, type) => held.target(jobId).takeSnapshot(name, type),
    revert: async (jobId, snapshotId) => held.target(jobId).revertToSnapshot(snapshotId),
    delete: async (jobId, snapshotId) => held.target(jobId).deleteSnapshot(snapshotId),
  };
}
