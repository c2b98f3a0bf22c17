// Stands for the tree of a root whose folder is not there: it can be closed, and refuses everything else. Never says that
// something in it is gone: nothing is known of it.
import { systemFailure } from '../../../base/system-failure.ts';
import type { FileTree } from '../../../ports/files.ts';

export function absentTree(location: string): FileTree {
  const refuse = async (): Promise<never> => {
    throw systemFailure('EIO', 'use the folder', location);
  };
  const own: Partial<FileTree> = { location, close: async () => undefined };
  // No promise either, or whoever hands it on would wait for it.
  return new Proxy(own as FileTree, {
    get: (tree, name) => Reflect.get(tree, name) ?? (name === 'then' ? undefined : refuse),
  });
}
