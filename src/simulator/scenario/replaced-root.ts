// The protected folder is moved away, and another is put in its place: one with something in it, for good, or an empty one until
// the old one is put back.
import { change } from './changes.ts';
import type { Strike } from './faults.ts';

export function replaceRoot({ stage, job, durationMs }: Strike): void {
  const { workload } = stage.world.machine(job.source);
  const { sourceRoot } = job;
  const isForGood = durationMs % 2 === 0;
  workload.afterDelivery(() => {
    const aside = workload.replaceFolder(sourceRoot, () => {
      workload.makeDirectory(sourceRoot);
      if (isForGood) for (const name of ['x', 'new']) change(workload, sourceRoot, ['create', name, '70000', '9']);
    });
    job.states?.startAnew();
    if (isForGood) return;
    stage.world.clock.after(durationMs, () => {
      workload.replaceFolder(sourceRoot, () => workload.rename(aside, sourceRoot));
      job.states?.startAnew();
    });
  });
}
