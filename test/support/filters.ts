// Filters that a test has mounted, taken away again.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { isWithin } from '../../src/base/raw-path.ts';
import { filterAt } from '../../src/platform/filtered-folders/mounted-filters.ts';
import { readMounts } from '../../src/platform/watch-capture/kernel/mount-table.ts';

/** Unmounts all filters in a folder. Their processes end by themselves then; those that do not are killed. */
export function takeFiltersAway(folder: string): 'by itself' | 'killed' {
  const filters = readMounts().flatMap(({ mountPoint }) => {
    const filter = isWithin(mountPoint, folder) ? filterAt(mountPoint) : undefined;
    return filter === undefined ? [] : [filter];
  });
  for (const { mountPoint } of filters) spawnSync('umount', ['-l', mountPoint]);
  const guards = filters.map(({ guardProcess }) => guardProcess);
  for (let tries = 0; tries < 300 && guards.some(isRunning); tries += 1) spawnSync('sleep', ['0.1']);
  const left = guards.filter(isRunning);
  for (const guard of left) process.kill(guard, 'SIGKILL');
  return left.length === 0 ? 'by itself' : 'killed';
}

function isRunning(processId: number): boolean {
  const file = `/proc/${processId}/stat`;
  return existsSync(file) && !/\) Z /.test(readFileSync(file, 'latin1'));
}
