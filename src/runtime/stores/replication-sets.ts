// Replication sets: named lists of rules that define a workload. Saved sets are in `replication-sets.json` of the home.
// Changes that are not saved exist only in the script's session.
//
// Names are kept as they were written and compared without letter case, as keywords are.
import { z } from 'zod';
import { ruleActions } from '../../model/job.ts';
import type { Storage } from '../../ports/storage.ts';
import { readVersioned, replaceVersioned } from './versioned-file.ts';

const fileName = 'replication-sets.json';
const fileVersion = 1;

const setSchema = z.strictObject({
  name: z.string(),
  rules: z.array(
    z.strictObject({
      action: z.enum(ruleActions),
      /** Absolute, without a trailing slash, in UTF-8 as typed; its last component may hold `*` and `?`. */
      path: z.string(),
      /** `flat` leaves out the sub-folders. */
      depth: z.enum(['recursive', 'flat']),
    }),
  ),
});

const fileSchema = z.strictObject({ version: z.literal(fileVersion), sets: z.array(setSchema) });

export type ReplicationSet = Readonly<z.output<typeof setSchema>>;
export type ReplicationRule = Readonly<ReplicationSet['rules'][number]>;

export function sameSetName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

export class ReplicationSetStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Sorted by name. The file is read each time, because another process of the same home may have saved a set. */
  async list(): Promise<readonly ReplicationSet[]> {
    return (await readVersioned(this.#storage, fileName, fileSchema, fileVersion))?.sets ?? [];
  }

  async find(name: string): Promise<ReplicationSet | undefined> {
    return (await this.list()).find((set) => sameSetName(set.name, name));
  }

  async save(set: ReplicationSet): Promise<void> {
    const others = (await this.list()).filter((other) => !sameSetName(other.name, set.name));
    const sets = [...others, set].sort((one, other) => (one.name.toLowerCase() < other.name.toLowerCase() ? -1 : 1));
    await replaceVersioned(this.#storage, fileName, { version: fileVersion, sets });
  }

  /** Succeeds also when there is no set of this name. */
  async remove(name: string): Promise<void> {
    const sets = await this.list();
    const others = sets.filter((set) => !sameSetName(set.name, name));
    if (others.length < sets.length) {
      await replaceVersioned(this.#storage, fileName, { version: fileVersion, sets: others });
    }
  }
}
