// Where a path really leads: over which symbolic links is the kernel's to say, and which part of which file system is seen
// there stands in the table of mounts, so that one folder is known again under all its bind mounts.
import { closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { isWithin, joinRaw, parentOf, type RawPath, rawBytes, rootPath } from '../../base/raw-path.ts';
import { systemFailure } from '../../base/system-failure.ts';
import type { FolderPlace, FolderRegion } from '../../model/folder-place.ts';
import { isFilter } from '../filtered-folders/mounted-filters.ts';
import { descriptorPath, openFlags } from '../kernel/libc.ts';
import { nodeErrorName } from '../kernel/node-error-name.ts';
import { isVirtual, type Mount, mountOf, mountsBelow, readMounts } from '../watch-capture/kernel/mount-table.ts';

const absentCodes: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);

export function placeOf(location: string): FolderPlace {
  const { path, missing } = realPath(location);
  // A filter shows what lies beneath it, and is no place of its own.
  const mounts = readMounts().filter((mount) => !isFilter(mount));
  const regions = regionsOf(path, mounts);
  const [own] = regions;
  const ignoresSetId = mountOf(path, mounts)?.options.includes('nosuid') ?? false;
  if (missing === '' || own === undefined) return { path, ignoresSetId, regions };
  return { path: below(path, missing), ignoresSetId, regions: [{ ...own, path: below(own.path, missing) }] };
}

/** The real path of the nearest folder that is there, and what of the location lies below it. */
function realPath(location: string): { readonly path: string; readonly missing: RawPath } {
  let missing = rootPath;
  for (let at = location; ; at = parentOf(at as RawPath)) {
    try {
      return { path: folderAt(at === '' ? '/' : at), missing };
    } catch (error) {
      const code = nodeErrorName(error);
      if (!absentCodes.has(code) || at === '') throw systemFailure(code, 'look where a folder lies', location);
    }
    const name = at.slice(at.lastIndexOf('/') + 1) as RawPath;
    missing = missing === '' ? name : joinRaw(name, missing);
  }
}

function folderAt(location: string): string {
  const descriptor = openSync(rawBytes(location), openFlags.pathOnly | constants.O_DIRECTORY);
  try {
    return readlinkSync(descriptorPath(descriptor), 'latin1' as 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

function regionsOf(path: string, mounts: readonly Mount[]): FolderRegion[] {
  const here = mountOf(path, mounts);
  if (here === undefined) return [{ fileSystem: '', path, at: rootPath }];
  const own: FolderRegion = {
    fileSystem: here.device,
    path: below(here.root, partOf(path, here.mountPoint)),
    at: rootPath,
  };
  const others = mountsBelow(path, mounts)
    .filter((mount) => !isVirtual(mount))
    .map(({ device, root, mountPoint }) => ({ fileSystem: device, path: root, at: partOf(mountPoint, path) }));
  return [own, ...others];
}

function partOf(path: string, folder: string): RawPath {
  if (!isWithin(path, folder === '/' ? '' : folder) || path === folder) return rootPath;
  return path.slice(folder === '/' ? 1 : folder.length + 1) as RawPath;
}

function below(folder: string, part: RawPath): string {
  if (part === '') return folder;
  return folder === '/' ? `/${part}` : `${folder}/${part}`;
}
