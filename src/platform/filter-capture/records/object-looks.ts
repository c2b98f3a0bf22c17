// What stands beneath a filtered folder, looked at under its name: the attributes that a record carries. Called on the loop's
// thread, between two changes, so it is the state exactly there.
import { closeSync } from 'node:fs';
import { displayPath } from '../../../base/raw-path.ts';
import type { ObjectAttributes } from '../../../model/stream/attributes.ts';
import { readExtended } from '../../files/extended-attributes.ts';
import { readStatus } from '../../files/object-status.ts';
import { atEmptyPath, cString, emptyPath, openBeneath, openFlags } from '../../kernel/libc.ts';
import type { ChangedName } from '../change-listener.ts';

export class ObjectLooks {
  readonly #roots: readonly number[];

  /** Descriptors of the folders beneath the mounts, in the filter's order; they stay the caller's. */
  constructor(roots: readonly number[]) {
    this.#roots = roots;
  }

  /** undefined when nothing is there (any more). Throws a Failure when it cannot be read. */
  attributesAt({ root, path }: ChangedName): ObjectAttributes | undefined {
    const folder = this.#roots[root];
    if (folder === undefined) return undefined;
    const name = path === '' ? '.' : path;
    const descriptor = openBeneath(folder, cString(name), openFlags.pathOnly | openFlags.noFollow);
    if (descriptor < 0) return undefined;
    try {
      const status = readStatus(descriptor, emptyPath, atEmptyPath);
      if (status === undefined) return undefined;
      const { mode, userId, groupId, modifiedNs } = status;
      return { mode, userId, groupId, modifiedNs, extended: readExtended(descriptor, displayPath(path)) };
    } finally {
      closeSync(descriptor);
    }
  }
}
