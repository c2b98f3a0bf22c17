// Something is deleted, and nobody is told in time: the notification comes late, the source is down, or an overflow hides it.
import type { Strike } from './strike.ts';

/** @param kill Ends the process of a server. */
export function deleteLate({ stage, job, durationMs }: Strike, kill: (server: string) => void): void {
  const { workload } = stage.world.machine(job.source);
  workload.afterDelivery(() => {
    const paths = workload.pathsBelow(job.sourceRoot);
    const path = paths[durationMs % Math.max(1, paths.length)];
    if (path === undefined) return;
    const remove = (): void => workload.removeTree(`${job.sourceRoot}/${path}`);
    stage.counts.operations += 1;
    if (durationMs % 3 === 0) {
      if (stage.world.hasLateCapture) workload.holdNotifications();
      remove();
      stage.world.clock.after(durationMs, () => workload.tellHeld());
    } else if (durationMs % 3 === 1) {
      kill(job.source);
      remove();
      job.states?.startAnew();
    } else workload.overflow(remove);
  });
}
