// Which folders are filtered, and by whom: read from the table of mounts, so that a server that starts finds the filters that an
// earlier one mounted, and everybody reaches what lies beneath one.
//
// A filter's mount tells in its source where its guard is and on which socket servers call. Only mounts that root made are believed:
// a user may mount a file system of FUSE over a folder of theirs, and say anything.
import { isWithin, joinRaw, type RawPath } from '../../base/raw-path.ts';
import { type Mount, mountOf, readMounts } from '../watch-capture/kernel/mount-table.ts';

export const filterSubtype = 'understudy';
/** The type of file system that mount tables show, by which a filter is known. */
export const filterType = `fuse.${filterSubtype}`;

/** The guard of a filter holds the folder of number n open as descriptor `firstBeneath` + n. */
export const firstBeneath = 100;

export interface MountedFilter {
  /** Where it is mounted, an absolute byte string. */
  readonly mountPoint: string;
  /** The folder's number in its filter. */
  readonly folder: number;
  readonly guardProcess: number;
  /** Where servers call; empty when none may. */
  readonly socket: string;
}

/** What the table of mounts shows of a filter as its source. */
export function mountSource(guardProcess: number, socket: string): string {
  return `${filterSubtype}:${guardProcess}:${socket}`;
}

/** The filter in which a path lies (an absolute byte string without symbolic links), if it lies in one. */
export function filterAt(path: string, mounts: readonly Mount[] = readMounts()): MountedFilter | undefined {
  const mount = mountOf(path, mounts);
  return mount === undefined ? undefined : filterOf(mount);
}

/** Whether it is a filter of ours, made by root. */
export function isFilter({ fileSystemType, superOptions }: Mount): boolean {
  return fileSystemType === filterType && superOptions.includes('user_id=0');
}

function filterOf(mount: Mount): MountedFilter | undefined {
  if (!isFilter(mount)) return undefined;
  const { mountPoint, source, root } = mount;
  const [, guard, socket] = /^[^:]+:(\d+):(.*)$/s.exec(source) ?? [];
  const folder = Number(root.slice(1));
  if (guard === undefined || socket === undefined || !Number.isInteger(folder)) return undefined;
  return { mountPoint, folder, guardProcess: Number(guard), socket };
}

/** A path by which root reaches what lies beneath a filter, as long as its guard lives. */
export function beneathOf({ guardProcess, folder }: MountedFilter): string {
  return `/proc/${guardProcess}/fd/${firstBeneath + folder}`;
}

/** A path by which root reaches what lies beneath a filter at this place; the path itself where there is no filter. */
export function beneath(path: string, mounts?: readonly Mount[]): string {
  const filter = filterAt(path, mounts);
  if (filter === undefined) return path;
  const { mountPoint } = filter;
  const top = beneathOf(filter);
  if (path === mountPoint) return top;
  return isWithin(path, mountPoint) ? joinRaw(top as RawPath, path.slice(mountPoint.length + 1)) : path;
}
