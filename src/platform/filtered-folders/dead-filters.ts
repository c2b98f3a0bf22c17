// Filters that nobody looks after any more: their guard was killed, perhaps with the process of the filter. Such a filter does not come
// back when it ends, and what lies beneath it cannot be reached past it. So it is taken away: whoever opens a file from
// then on reaches the folder itself, and a program that has one open keeps it as long as the process of the filter lives.
import { closeSync, existsSync, openSync, readlinkSync } from 'node:fs';
import { rawBytes } from '../../base/raw-path.ts';
import { cString, descriptorPath, openFlags, umount2 } from '../kernel/libc.ts';
import { readMounts } from '../watch-capture/kernel/mount-table.ts';
import { beneathOf, filterAt, isFilter } from './mounted-filters.ts';

const detach = 2; // MNT_DETACH
const doNotFollow = 8; // UMOUNT_NOFOLLOW

/** Takes away what is mounted at a path, for new users at once and for present ones when they have ended. False when nothing was. */
export function unmountLazily(path: string): boolean {
  return umount2(cString(path), detach | doNotFollow) === 0;
}

/** At and above a folder (an absolute byte string, perhaps over symbolic links). What cannot be opened is left alone. */
export function takeAwayDeadFilters(folder: string): void {
  while (readMounts().some(isFilter)) {
    const path = realPath(folder);
    const filter = path === undefined ? undefined : filterAt(path);
    if (filter === undefined || existsSync(beneathOf(filter)) || !unmountLazily(filter.mountPoint)) return;
  }
}

/** Asks no filter, so that it works over a dead one, too. */
function realPath(folder: string): string | undefined {
  try {
    const descriptor = openSync(rawBytes(folder), openFlags.pathOnly | openFlags.directory);
    try {
      return readlinkSync(descriptorPath(descriptor), 'latin1' as 'utf8');
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}
