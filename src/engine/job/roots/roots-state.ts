// The identities of the folders that a job protects, kept over a restart: `roots.json` in the job's folder, in the
// order of the job's roots.
import { z } from 'zod';
import type { ObjectIdentity } from '../../../model/stream/attributes.ts';
import type { Storage } from '../../../ports/storage.ts';
import { loadState, storeState } from '../../state-file.ts';

const schema = z.strictObject({
  version: z.literal(1),
  /** Inode numbers as decimal digits: they need 64 bits. */
  roots: z.array(z.strictObject({ device: z.int(), inode: z.string().regex(/^\d{1,20}$/) })),
});

export async function storeRootsState(
  storage: Storage,
  folder: string,
  roots: readonly ObjectIdentity[],
): Promise<void> {
  const written = roots.map(({ device, inode }) => ({ device, inode: String(inode) }));
  await storeState(storage, `${folder}/roots.json`, { roots: written });
}

/** undefined when nothing is stored. Throws `FORMAT-NEWER` or `JOB-UNREADABLE`. */
export async function loadRootsState(storage: Storage, folder: string): Promise<ObjectIdentity[] | undefined> {
  const state = await loadState(storage, `${folder}/roots.json`, schema);
  return state?.roots.map(({ device, inode }) => ({ device, inode: BigInt(inode) }));
}
