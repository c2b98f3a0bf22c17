// The protected folder is another one: moved away and made anew with something in it, for good, or covered by an empty one until
// the old one is there again. Its capture is told (the folder was moved) or not (something was mounted over it): then the source
// finds it out by looking, and until then nobody can blame it for what it does not know.
import type { StagedJob } from '../../invariants/observed-stage.ts';
import type { Stage } from '../stage.ts';
import { change } from './changes.ts';
import type { Strike } from './strike.ts';

/** Between two looks of the engine at a folder, and a look that comes late. */
const noticeMs = 25_000;

export function replaceRoot({ stage, job, durationMs }: Strike): void {
  const { sourceRoot } = job;
  const machine = stage.world.machine(job.source);
  const { workload } = machine;
  const isForGood = durationMs % 2 === 0;
  const isSilent = durationMs % 4 > 1;
  const replace = (make: () => void): string => {
    const aside = workload.replaceFolder(sourceRoot, make, isSilent);
    // Whoever does that makes sure of it.
    machine.files.becomeDurable();
    for (const one of jobsAt(stage, job.source, sourceRoot)) {
      one.states?.startAnew();
      one.replacedAt = stage.told.length;
    }
    return aside;
  };
  workload.afterDelivery(() => {
    const aside = replace(() => {
      workload.makeDirectory(sourceRoot);
      if (isForGood) for (const name of ['x', 'new']) change(workload, sourceRoot, ['create', name, '70000', '9']);
    });
    if (isForGood) return;
    stage.world.clock.after(durationMs, () => {
      // After a takeover it may be the replica of the other direction, which is nobody's to replace.
      if (jobsAt(stage, job.source, sourceRoot).length > 0) replace(() => workload.rename(aside, sourceRoot));
    });
  });
}

/** The jobs that protect this folder now. */
export function jobsAt(stage: Stage, source: string, root: string): readonly StagedJob[] {
  return [...stage.jobs.values()].filter((one) => one.source === source && one.sourceRoot === root);
}

/** After that much time a folder that was replaced has been looked at. */
export async function untilRootsAreLookedAt(stage: Stage): Promise<void> {
  const jobs = [...stage.jobs.values()].filter((job) => job.replacedAt !== undefined);
  if (jobs.length === 0) return;
  await stage.turn(noticeMs, 250);
  for (const job of jobs) job.replacedAt = undefined;
}
