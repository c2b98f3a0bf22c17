// What an operator does to the way to a target: a limit, compression, a pause, a stop; and the end of all that.

import type { StagedJob } from '../../../invariants/observed-stage.ts';
import type { LineWatch } from '../../../invariants/watches/line-watch.ts';
import type { Stage } from '../../stage.ts';

export const lineChanges = 'limit NUMBER|none|compress LEVEL|none|pause|start|stop|pause-target|resume-target';

/** `line JOB …`. What the watch then holds the source to is what its report says after its answer. */
export async function changeLine(
  stage: Stage,
  job: StagedJob,
  [what = '', value = '']: readonly string[],
): Promise<void> {
  const { jobId } = job;
  const source = stage.world.server(job.source);
  if (jobId === undefined) return;
  if (what === 'pause-target' || what === 'resume-target') {
    const target = stage.world.server(job.target)?.transmission;
    const answer = what === 'pause-target' ? target?.pauseTarget(jobId) : target?.resumeTarget(jobId);
    if (answer !== undefined) await stage.command(what, answer);
    return;
  }
  if (source === undefined) return;
  const { transmission } = source;
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    limit: () =>
      transmission.limit(jobId, value === 'none' ? { mode: 'none' } : { mode: 'fixed', fixed: Number(value) }),
    compress: () => transmission.compress(jobId, value === 'none' ? null : Number(value)),
    pause: () => transmission.pause(jobId),
    start: () => transmission.start(jobId),
    stop: () => transmission.stop(jobId),
  };
  const call = calls[what];
  if (call === undefined) throw new Error(`a line is changed by ${lineChanges}`);
  stage.lines.forget(job);
  // Over a stop of the job nothing lasts that an operator said of its mirrors.
  if (what === 'start' || what === 'stop') job.mirrorsHeld = undefined;
  if ((await stage.command(what, call())) !== undefined) await holdToReport(stage, job, stage.lines);
}

async function holdToReport(stage: Stage, job: StagedJob, lines: LineWatch): Promise<void> {
  const report = await stage.report(job, 'source');
  if (report?.line === undefined) return;
  lines.holds(job, report.line.bytesPerSecond ?? undefined, report.transmit.mode === 'Paused');
}

/** Everything flows again, as fast as it can. */
export async function endLineChanges(stage: Stage, job: StagedJob): Promise<void> {
  if (job.failedOver || job.jobId === undefined) return;
  for (const words of [['start'], ['limit', 'none'], ['resume-target']]) await changeLine(stage, job, words);
}
