// A program that makes, renames and removes names all the time: without help from the capture no mirror would find a moment for its end.
import type { StagedJob } from '../../invariants/observed-stage.ts';
import type { Stage } from '../stage.ts';
import { change } from './changes.ts';

const everyMs = 5;
const deeds = [
  ['create', 'busy', '20', '1'],
  ['rename', 'busy', 'busy-again'],
  ['unlink', 'busy-again'],
] as const;

/** One call after the other, each as soon as it is let through. A call that is never answered ends the program. */
export function beginBusy(stage: Stage, { source, sourceRoot }: StagedJob, durationMs: number): void {
  const { clock } = stage.world;
  const { workload, filter } = stage.world.machine(source);
  const endMs = clock.monotonicMs() + durationMs;
  stage.busyUntilMs = Math.max(stage.busyUntilMs, endMs + everyMs);
  const go = (count: number): void => {
    const call = (): void => {
      if (change(workload, sourceRoot, deeds[count % deeds.length] ?? deeds[0])) stage.counts.operations += 1;
      if (clock.monotonicMs() < endMs) clock.after(everyMs, () => go(count + 1));
    };
    if (filter === undefined) call();
    else filter.act(sourceRoot, call);
  };
  go(0);
}
