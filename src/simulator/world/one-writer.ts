// Invariant `one writer`, on one server: a folder has one job that writes to it. A job that opens a folder and has it made where it is
// missing means to write there, so until it has closed it no other may open it so. What a server has open ends with its process.
import type { Files, FileTree } from '../../ports/files.ts';

/** The same files; `shared` is called when two jobs have one folder open. */
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
