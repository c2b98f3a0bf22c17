// The folders that are to be filtered: opened before anything is mounted over them, or refused.
import { closeSync, constants, openSync, readlinkSync, realpathSync } from 'node:fs';
import { Failure } from '../../../base/failure.ts';
import { displayPath, isWithin, rawBytes } from '../../../base/raw-path.ts';
import { systemFailure } from '../../../base/system-failure.ts';
import { firstBeneath } from '../../filtered-folders/mounted-filters.ts';
import { nodeErrorName } from '../../kernel/node-error-name.ts';
import { isVirtual, type Mount, mountOf, mountsBelow, readMounts } from '../../watch-capture/kernel/mount-table.ts';
import { duplicateFrom } from '../kernel/file-calls.ts';

const operation = 'filter a folder';

export interface Root {
  /** Without symbolic links, a byte string. */
  readonly path: string;
  readonly descriptor: number;
}

/** Throws a Failure for the first folder that cannot be filtered; none stays open then. */
export function openRoots(paths: readonly string[]): Root[] {
  if (process.geteuid?.() !== 0)
    throw refusal('FILTER-NEEDS-ROOT', paths[0] ?? '', 'only root may mount', 'Start the server as root.');
  if (!isInCommonNamespace())
    throw refusal(
      'FILTER-NAMESPACE',
      paths[0] ?? '',
      'this server has mounts of its own, so that the programs of this machine would not see the filter',
      'Start the server without mounts of its own (as a unit: no PrivateTmp=, PrivateMounts= or Protect…=), or use CAPTURE WATCH.',
    );
  const opened: Root[] = [];
  try {
    const mounts = readMounts();
    for (const path of paths) opened.push(openRoot(path, mounts, opened));
    return opened;
  } catch (thrown) {
    for (const { descriptor } of opened) closeSync(descriptor);
    throw thrown;
  }
}

/** mount_namespaces(7): that of the first process is where programs are that are not told otherwise. Where it cannot be seen, true. */
function isInCommonNamespace(): boolean {
  try {
    return readlinkSync('/proc/self/ns/mnt') === readlinkSync('/proc/1/ns/mnt');
  } catch {
    return true;
  }
}

function openRoot(given: string, mounts: readonly Mount[], others: readonly Root[]): Root {
  let path: string;
  let descriptor: number;
  try {
    path = realpathSync(rawBytes(given), { encoding: 'latin1' });
    descriptor = openSync(rawBytes(path), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    throw systemFailure(nodeErrorName(error), operation, given);
  }
  try {
    refuseMounts(path, mounts);
    for (const other of others)
      if (isWithin(path, other.path) || isWithin(other.path, path))
        throw refusal(
          'FILTER-OVERLAP',
          path,
          `${displayPath(other.path)} is filtered, too`,
          'Name the outer one only.',
        );
    const beneath = duplicateFrom(descriptor, firstBeneath);
    if (beneath < 0) throw refusal('EMFILE', path, 'there is no descriptor left for it', 'Filter fewer folders.');
    closeSync(descriptor);
    return { path, descriptor: beneath };
  } catch (thrown) {
    closeSync(descriptor);
    throw thrown;
  }
}

function refuseMounts(path: string, mounts: readonly Mount[]): void {
  const [inside] = mountsBelow(path, mounts);
  if (inside !== undefined)
    throw refusal(
      'FILTER-MOUNT-INSIDE',
      path,
      `${displayPath(inside.mountPoint)} is another file system`,
      'Filter each file system on its own, or use another way of capture.',
    );
  const around = mountOf(path, mounts);
  if (around === undefined) return;
  if (around.fileSystemType.startsWith('fuse') || isVirtual(around))
    throw refusal(
      'FILTER-FILE-SYSTEM',
      path,
      `it lies on a file system of type ${around.fileSystemType}`,
      'Use another way of capture for this folder.',
    );
}

function refusal(code: string, path: string, reason: string, hint: string): Failure {
  return new Failure({ code, operation, subject: displayPath(path), reason, hint });
}
