// The live mark of a folder: what the server that took it over wrote at the folder itself, so that the live copy is known as one
// where `live-paths.json` does not say so: to another server of the machine (an embedded run is one), and to a server whose home is
// new or was put back from a backup of before the takeover. It counts for the very folder alone: a copy of it is no live copy.
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
 * Best effort: a file system may keep no such attribute, a folder may be read-only, and a takeover must not fail because of it.
 */
export async function writeLiveMark(files: Files, path: string, mark: LiveMark): Promise<void> {
  await withFolder(files, path, async (tree) => {
    await tree.setLiveMark(JSON.stringify({ version: 1, ...mark, folder: await tree.identity() }));
    await tree.sync();
  }).catch(() => undefined);
}

/** Rejects with what the system says: as long as the mark is there, it holds. A folder that is not there has none. */
export async function removeLiveMark(files: Files, path: string): Promise<void> {
  await withFolder(files, path, (tree) => tree.setLiveMark(undefined));
}

/** undefined for none, for one that a copy brought along, and for what no server wrote. */
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
