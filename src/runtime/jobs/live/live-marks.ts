// The live mark of a folder: a note that the server which took over the folder stored at the folder itself. It tells of
// the live copy where `live-paths.json` does not: to another server of the same machine (an embedded run is one), and
// to a server whose home is new or was restored from a backup older than the takeover. The mark names the folder it
// belongs to, so a copy of the folder does not count as a live copy.
import { z } from 'zod';
import { isSameFolder } from '../../../model/folder-place.ts';
import type { Files, FileTree } from '../../../ports/files.ts';

const liveMarkSchema = z.strictObject({
  version: z.literal(1),
  server: z.string().min(1),
  jobId: z.string().min(1),
  job: z.string(),
  source: z.string(),
  epoch: z.int().nonnegative(),
  sinceMs: z.int(),
  folder: z.strictObject({ device: z.number(), inode: z.string(), bornNs: z.string().nullable() }),
});
export type LiveMark = Omit<z.output<typeof liveMarkSchema>, 'version' | 'folder'>;

/**
 * Best effort: the file system may not support the attribute, or the folder may be read-only. A takeover must not fail
 * because of that.
 */
export async function writeLiveMark(files: Files, path: string, mark: LiveMark): Promise<void> {
  await withFolder(files, path, async (tree) => {
    await tree.setLiveMark(JSON.stringify({ version: 1, ...mark, folder: await tree.identity() }));
    await tree.sync();
  }).catch(() => undefined);
}

/** Rejects with the failure of the system: a mark that stays keeps its effect. A missing folder has no mark. */
export async function removeLiveMark(files: Files, path: string): Promise<void> {
  await withFolder(files, path, (tree) => tree.setLiveMark(undefined));
}

/** undefined for no mark, for a mark that was copied from another folder, and for text that no server wrote. */
export async function readLiveMark(tree: FileTree): Promise<LiveMark | undefined> {
  const text = await tree.liveMark();
  if (text === undefined) return undefined;
  const found = parsed(text);
  if (found === undefined || !isSameFolder(found.folder, await tree.identity())) return undefined;
  const { version: _, folder: __, ...mark } = found;
  return mark;
}

function parsed(text: string): z.output<typeof liveMarkSchema> | undefined {
  try {
    return liveMarkSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function withFolder(files: Files, path: string, act: (tree: FileTree) => Promise<void>): Promise<void> {
  if ((await files.identityOf(path)) === undefined) return;
  const tree = await files.openTree(path);
  await act(tree).finally(() => tree.close());
}
