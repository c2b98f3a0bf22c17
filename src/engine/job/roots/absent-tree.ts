// Stands for the tree of a root whose folder is not there: it can be closed, and every other call fails. It never
// answers that an object is gone, because nothing is known about the objects.
import { systemFailure } from '../../../base/system-failure.ts';
import type { FileTree } from '../../../ports/files.ts';

export function absentTree(location: string): FileTree {
  const refuse = async (): Promise<never> => {
    throw systemFailure('EIO', 'use the folder', location);
  };
  const own: Partial<FileTree> = { location, close: async () => undefined };
  // Without `then` the proxy is not taken for a promise, for which an async function that returns it would wait.
  return new Proxy(own as FileTree, {
    get: (tree, name) => Reflect.get(tree, name) ?? (name === 'then' ? undefined : refuse),
  });
}
