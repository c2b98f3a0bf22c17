// A monitor on the target of a job whose source is there all the time: the monitor must not fail over. (Only the simulator knows that
// the source is there.)
import type { StagedJob } from '../../../invariants/observed-stage.ts';
import { Broken } from '../../../world/broken.ts';
import type { Stage } from '../../stage.ts';

const monitorOf = (job: StagedJob): string => `watch ${job.name}`;

export async function makeMonitor(stage: Stage, job: StagedJob, totalMs: number): Promise<void> {
  const server = stage.world.server(job.target);
  const { jobId } = job;
  if (server === undefined || jobId === undefined || job.failedOver) return;
  const made = server.monitors.create({
    name: monitorOf(job),
    jobId,
    probe: { type: 'service' },
    intervalMs: Math.min(1000, totalMs),
    condition: { type: 'total-time', totalMs },
    waitForUser: false,
    failover: { type: 'live', queue: 'apply' },
    dns: [],
  });
  await stage.command(
    'monitor',
    made.then(() => server.monitors.start(monitorOf(job))),
  );
}

export async function endMonitor(stage: Stage, job: StagedJob): Promise<void> {
  const server = stage.world.server(job.target);
  if (server === undefined) return;
  await stage.command('end monitor', server.monitors.delete(monitorOf(job)));
  const report = await stage.report(job, 'target');
  if (report?.failedOver === true && !job.failedOver)
    throw new Broken('one writer', `${job.name}: the target took over from a source that was there all the time`);
}
