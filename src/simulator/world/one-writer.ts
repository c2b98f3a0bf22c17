// A folder has one job that writes to it. Whoever opens a folder to make what is missing of it means to write there, so while one
// has it open so, and has not closed it, no other may. Of one life of a server: what it had open ends with it.
import type { Files, FileTree } from '../../ports/files.ts';

/** `shared` is called when two have one folder; the trees are what they were. */
export function watchedForOneWriter(files: Files, shared: (detail: string) => void): Files {
  const open = new Set<FileTree>();
  return {
    place: (location) => files.place(location),
    identityOf: (location) => files.identityOf(location),
    openTree: async (location, options) => {
      const tree = await files.openTree(location, options);
      if (options?.create !== true) return tree;
      if ([...open].some((other) => other.location === location)) shared(`${location} is opened by a second job`);
      open.add(tree);
      const close = tree.close.bind(tree);
      // Not a wrapper: trees move objects only into trees of their own kind.
      tree.close = async () => {
        await close();
        open.delete(tree);
      };
      return tree;
    },
  };
}
