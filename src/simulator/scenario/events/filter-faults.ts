// What can go wrong with a filter over the workload of a job: it is killed and its guard starts it again; both are killed, and the folder
// is given back until it is filtered anew; then a program may have opened a file of it meanwhile, and writes past the next filter; and
// the server takes nothing for a while of what was recorded.
import { Buffer } from 'node:buffer';
import type { MemoryObject } from '../../memory/memory-disk.ts';
import type { Stage } from '../stage.ts';
import { jobsAt } from './replaced-root.ts';
import type { Strike } from './strike.ts';

export const filterFaultKinds = ['filter killed', 'filter and guard killed', 'early user', 'slow reader'] as const;
export type FilterFaultKind = (typeof filterFaultKinds)[number];

/** A guard needs about so long, milliseconds. */
const pauseMsMax = 600;
const writesEach = 4;

/** Without a filter nothing happens. */
export const filterFaults: Readonly<Record<FilterFaultKind, (strike: Strike) => void>> = {
  'filter killed': ({ stage, job, durationMs }) =>
    stage.world.machine(job.source).filter?.kill(job.sourceRoot, 20 + (durationMs % pauseMsMax)),
  'filter and guard killed': ({ stage, job }) => stage.world.machine(job.source).filter?.killWithGuard(job.sourceRoot),
  'slow reader': ({ stage, job, durationMs }) =>
    stage.world.machine(job.source).filter?.readNothing(job.sourceRoot, durationMs),
  'early user': (strike) => {
    strike.stage.world.machine(strike.job.source).workload.afterDelivery(() => useEarly(strike));
  },
};

/** The program writes for so long as the strike lasts, and then lets go. */
function useEarly({ stage, job: { source, sourceRoot }, durationMs }: Strike): void {
  const { filter } = stage.world.machine(source);
  const [path, file] = fileOf(stage, source, sourceRoot, durationMs) ?? [];
  if (filter === undefined || path === undefined || file === undefined) return;
  filter.killWithGuard(sourceRoot);
  const user = filter.openEarly(path, file);
  for (let write = 1; write <= writesEach; write += 1) {
    stage.world.clock.after((durationMs * write) / writesEach, () => {
      const bytes = Buffer.alloc(1 + ((durationMs * write) % 70_000), durationMs + write);
      if (!filter.writePast(user, (durationMs * 7 * write) % 100_000, bytes)) return;
      stage.counts.operations += 1;
      for (const job of jobsAt(stage, source, sourceRoot)) job.states?.startAnew();
    });
  }
  stage.world.clock.after(durationMs, () => filter.letGo(user));
}

function fileOf(stage: Stage, server: string, root: string, choice: number): [string, MemoryObject] | undefined {
  const { workload, files } = stage.world.machine(server);
  const found = workload.pathsBelow(root).flatMap((below): [string, MemoryObject][] => {
    const path = `${root}/${below}`;
    const object = files.disk.find(files.disk.root, path.slice(1), 'open');
    return object.kind === 'file' ? [[path, object]] : [];
  });
  return found[choice % Math.max(1, found.length)];
}

/** After that much time a source has looked at the files that programs held past its filter. */
const lookedAtMs = 12_000;

/** Every program lets go of what it held past a filter, goes on with what it waited for, and the sources have heard and looked. */
export async function untilProgramsAreDone(stage: Stage): Promise<void> {
  const filters = stage.world.serverNames.flatMap((name) => stage.world.machine(name).filter ?? []);
  const areAny = filters.some(({ hasEarlyUsers }) => hasEarlyUsers);
  for (const filter of filters) filter.letAllGo();
  const areDone = (): boolean => stage.world.clock.monotonicMs() > stage.busyUntilMs;
  await stage.until(() => areDone() && filters.every(({ isQuiet }) => isQuiet), 60_000);
  if (areAny) await stage.turn(lookedAtMs, 250);
}
