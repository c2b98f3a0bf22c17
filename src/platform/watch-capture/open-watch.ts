// Chooses how to watch, and says what the chosen way cannot see.
import { Failure } from '../../base/failure.ts';
import { displayPath, isWithin } from '../../base/raw-path.ts';
import type { ChangeCollector } from './change-collector.ts';
import { FanotifyWatch } from './fanotify/fanotify-watch.ts';
import { InotifyWatch } from './inotify/inotify-watch.ts';
import type { KernelWatch } from './kernel/kernel-watch.ts';
import {
  isShared,
  isVirtual,
  type Mount,
  mountOf,
  mountsBelow,
  readMounts,
  virtualBelow,
} from './kernel/mount-table.ts';
import type { WatchMethod, WorkerSettings } from './worker-messages.ts';

export interface OpenedWatch {
  readonly watch: KernelWatch;
  readonly method: WatchMethod;
  /** For people: what is not noticed, and why the lesser way was taken. */
  readonly remarks: readonly string[];
}

// Not allowed, not in this kernel, or not on this file system.
const unavailable: ReadonlySet<string> = new Set(
  'EPERM EACCES ENOSYS EINVAL EXDEV ENODEV EOPNOTSUPP EMFILE'.split(' '),
);

export function openWatch(
  settings: Pick<WorkerSettings, 'roots' | 'method' | 'unlimitedQueue'>,
  collector: ChangeCollector,
): OpenedWatch {
  const all = readMounts();
  for (const root of settings.roots) refuseVirtual(root, all);
  const mounts = concerning(settings.roots, all);
  const remarks = mounts
    .filter((mount) => isShared(mount))
    .map((mount) => `${mount.mountPoint} is ${mount.fileSystemType}: what other machines change in it is not noticed`);
  if (settings.method !== 'inotify') {
    try {
      const watch = new FanotifyWatch(mounts, settings.unlimitedQueue, collector);
      return { watch, method: 'fanotify', remarks };
    } catch (thrown) {
      if (settings.method === 'fanotify' || !(thrown instanceof Failure) || !unavailable.has(thrown.code)) throw thrown;
      remarks.push(`one watch on each folder is used instead of one on the file system: ${thrown.message}`);
    }
  }
  const isVirtualMount = (path: string): boolean =>
    readMounts().some((mount) => mount.mountPoint === path && isVirtual(mount));
  return { watch: new InotifyWatch(settings.roots, mounts, isVirtualMount, collector), method: 'inotify', remarks };
}

/** The mounts in which the roots lie, and those below the roots that hold data: none in a virtual one, which nobody enters. */
export function concerning(roots: readonly string[], mounts: readonly Mount[]): Mount[] {
  const found = new Map<string, Mount>();
  const hidden = virtualBelow(roots, mounts);
  for (const root of roots) {
    const around = mountOf(root, mounts);
    for (const mount of [...(around === undefined ? [] : [around]), ...mountsBelow(root, mounts)]) {
      const isHidden = hidden.some(({ mountPoint }) => mount !== around && isWithin(mount.mountPoint, mountPoint));
      if (!isVirtual(mount) && !isHidden) found.set(mount.mountPoint, mount);
    }
  }
  return [...found.values()];
}

function refuseVirtual(root: string, mounts: readonly Mount[]): void {
  const around = mountOf(root, mounts);
  if (around === undefined || !isVirtual(around)) return;
  throw new Failure({
    code: 'FOLDER-VIRTUAL',
    operation: 'watch a folder',
    subject: displayPath(root),
    reason: `it lies on ${around.fileSystemType}, where the kernel shows its own state and no files are kept`,
    hint: 'protect folders that hold data, and leave this one out of the replication set',
  });
}
