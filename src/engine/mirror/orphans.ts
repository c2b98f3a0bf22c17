// What of an orphan may be removed. An object that a rule excludes is shielded and stays wherever it lies (guide, ch. 3,
// General Options, wildcards), so a folder that holds such an object is taken apart around it.
import { joinRaw, type RawPath } from '../../base/raw-path.ts';
import type { Selection } from '../capture/selection.ts';
import type { ReplicaView } from './replica-view.ts';

/** The topmost paths that may go: the orphan itself, or what in it is not shielded; nothing when all of it is. */
export async function removableParts(
  selection: Selection,
  replica: ReplicaView,
  root: number,
  path: RawPath,
  isDirectory: boolean,
): Promise<readonly RawPath[]> {
  if (!isDirectory || !selection.excludes(root)) return [path];
  const parts: RawPath[] = [];
  let isWhole = true;
  for (const entry of (await replica.list(root, path, false)) ?? []) {
    const below = joinRaw(path, entry.name);
    const goes = selection.shields(root, below)
      ? []
      : await removableParts(selection, replica, root, below, entry.kind === 'directory');
    if (goes.length !== 1 || goes[0] !== below) isWhole = false;
    parts.push(...goes);
  }
  return isWhole ? [path] : parts;
}
