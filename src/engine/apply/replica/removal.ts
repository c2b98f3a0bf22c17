// Removing an object with everything below it, without recursion: a tree may be as deep as a path is long.
import { joinRaw, type RawPath } from '../../../base/raw-path.ts';
import type { ObjectStatus } from '../../../model/stream/attributes.ts';
import type { FileTree } from '../../../ports/files.ts';

/** Handles one thing below a folder that is being removed; `descend` means it is a folder to be emptied and removed too. */
export type RemoveEntry = (path: RawPath, status: ObjectStatus) => Promise<'removed' | 'descend'>;

/** Removes what is at `path`. What has vanished meanwhile is no error. */
export async function removeTree(tree: FileTree, path: RawPath, status: ObjectStatus): Promise<void> {
  const removeEntry: RemoveEntry = async (entry, { kind }) => {
    if (kind === 'directory') return 'descend';
    await tree.unlink(entry);
    return 'removed';
  };
  if ((await removeEntry(path, status)) === 'descend') await removeFolder(tree, path, status, removeEntry);
}

/** Removes a folder after handing everything in it to `removeEntry`. */
export async function removeFolder(
  tree: FileTree,
  path: RawPath,
  status: ObjectStatus,
  removeEntry: RemoveEntry,
): Promise<void> {
  await openUp(tree, path, status);
  const open: { readonly path: RawPath; emptied: boolean }[] = [{ path, emptied: false }];
  for (let folder = open.at(-1); folder !== undefined; folder = open.at(-1)) {
    if (folder.emptied) {
      await tree.removeDirectory(folder.path);
      open.pop();
      continue;
    }
    folder.emptied = true;
    for (const entry of (await tree.list(folder.path)) ?? []) {
      const below = joinRaw(folder.path, entry.name);
      if ((await removeEntry(below, entry.status)) === 'removed') continue;
      await openUp(tree, below, entry.status);
      open.push({ path: below, emptied: false });
    }
  }
}

/** A folder that denies its owner could not be emptied without being root; it is going away, so its mode does not matter any more. */
async function openUp(tree: FileTree, path: RawPath, status: ObjectStatus): Promise<void> {
  if ((status.mode & 0o700) !== 0o700) await tree.setAttributes(path, { mode: status.mode | 0o700 });
}
