// Which folder a folder is, and where it really lies. A path says neither: symbolic links and bind mounts give one folder
// several paths, and one path stands for another folder once something is mounted on it or somebody has replaced it.
import { isWithin, joinRaw, type RawPath, rootPath } from '../base/raw-path.ts';

/** Survives a restart of the machine and another mount of the same file system, so it may be written down. */
export interface FolderIdentity {
  /** Of the file system, as in ObjectStatus; may be another number after a restart of the machine. */
  readonly device: number;
  /** Decimal. */
  readonly inode: string;
  /** When the folder was made, nanoseconds since the epoch, decimal; null where the file system does not keep it. */
  readonly bornNs: string | null;
}

/** A part of a file system: everything at this path of it and below. */
export interface FolderRegion {
  /** The same for everyone on one machine, whatever the mount points; only compared. */
  readonly fileSystem: string;
  /** Absolute in that file system, without what mounts make of it. */
  readonly path: string;
  /** Where below the folder the region is seen: the empty path for the folder's own, otherwise a mount point. */
  readonly at: RawPath;
}

export interface FolderPlace {
  /** Absolute, free of symbolic links. */
  readonly path: string;
  /** Mounted so that no program there gets another account's rights (mount(8), nosuid). */
  readonly ignoresSetId: boolean;
  /** The folder's own region first, then that of each file system that is mounted below. */
  readonly regions: readonly FolderRegion[];
}

/**
 * Whether two descriptions are of one folder. The number of an inode is given again once its folder is gone, and an empty
 * mount point may have the same number as what was mounted there, so the time of birth decides; where a file system keeps
 * none, the device has to be the same.
 */
export function isSameFolder(left: FolderIdentity, right: FolderIdentity): boolean {
  if (left.inode !== right.inode) return false;
  if (left.bornNs !== null && right.bornNs !== null) return left.bornNs === right.bornNs;
  return left.device === right.device;
}

/** Whether something can be reached through both. */
export function overlap(left: FolderPlace, right: FolderPlace): boolean {
  return left.regions.some((one) => right.regions.some((other) => holds(one, other) || holds(other, one)));
}

/** Whether the folder `inner` itself, or a folder above it, is reached through `outer`. */
export function reaches(outer: FolderPlace, inner: FolderPlace): boolean {
  const [own] = inner.regions;
  return own !== undefined && outer.regions.some((one) => holds(one, own));
}

/** The paths below `outer` at which `inner` or a part of it is seen; the empty path when `outer` lies in `inner`. */
export function placesOf(inner: FolderPlace, outer: FolderPlace): RawPath[] {
  const [own] = inner.regions;
  if (own === undefined) return [];
  return outer.regions.flatMap((one) => {
    if (holds(own, one)) return [one.at];
    if (!holds(one, own)) return [];
    const below = own.path.slice(one.path === '/' ? 1 : one.path.length + 1);
    return [joinRaw(one.at, below)];
  });
}

/** Whether the region `inner` lies in `outer`, or is the same. */
function holds(outer: FolderRegion, inner: FolderRegion): boolean {
  return outer.fileSystem === inner.fileSystem && liesIn(inner.path, outer.path);
}

/** Of absolute paths: the root of a file system holds everything. */
export function liesIn(path: string, folder: string): boolean {
  return folder === '/' || isWithin(path, folder);
}

/** The place of a folder of an adapter without mounts, where no program can be run. */
export function plainPlace(fileSystem: string, path: string): FolderPlace {
  return { path, ignoresSetId: true, regions: [{ fileSystem, path, at: rootPath }] };
}
