// Folders in which the kernel shows its own state (proc, sysfs, …), as a tree of files has them: empty, with a time that stands
// still. Nobody walks into one, and capture leaves out the same ones (watch-capture/kernel/mount-table.ts).
import type { ObjectStatus } from '../../model/stream/attributes.ts';
import { isVirtual, readMounts } from '../watch-capture/kernel/mount-table.ts';

/** The status of a folder at which something is mounted: marked, when that is virtual. */
export function withVirtualMark(status: ObjectStatus): ObjectStatus {
  const number = `${Math.floor(status.device / 2 ** 20)}:${status.device % 2 ** 20}`;
  const mount = readMounts().find(({ device }) => device === number);
  if (mount === undefined || !isVirtual(mount)) return status;
  return { ...status, modifiedNs: 0n, virtualFileSystem: mount.fileSystemType };
}
