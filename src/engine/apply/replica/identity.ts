// Which object something is, whatever its name: the inode number, and the file system by the number of the first job root
// that lies on it, because device numbers may change when the machine restarts. Only good while the object exists: file
// systems give the numbers of freed objects to new ones.
import { rootPath } from '../../../base/raw-path.ts';
import { systemFailure } from '../../../base/system-failure.ts';
import type { ObjectStatus } from '../../../model/stream/attributes.ts';
import type { FileTree } from '../../../ports/files.ts';

declare const identityBrand: unique symbol;
/** `<file system>-<inode>`; also a good file name. */
export type Identity = string & { readonly [identityBrand]: true };

export class FileSystems {
  readonly #numbers = new Map<number, string>();

  static async of(trees: readonly FileTree[]): Promise<FileSystems> {
    const fileSystems = new FileSystems();
    for (const [number, tree] of trees.entries()) {
      const status = await tree.status(rootPath);
      if (status === undefined) throw systemFailure('ENOENT', 'open the replica', tree.location);
      if (!fileSystems.#numbers.has(status.device)) fileSystems.#numbers.set(status.device, String(number));
    }
    return fileSystems;
  }

  identityOf(status: ObjectStatus): Identity {
    const fileSystem = this.#numbers.get(status.device) ?? `x${status.device}`;
    return `${fileSystem}-${status.inode}` as Identity;
  }
}
